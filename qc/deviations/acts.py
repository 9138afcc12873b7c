"""Names of everything that can happen to a deviation (a test keeps them in step with the actions)."""

# Judging a deviation is no part of writing it: whoever did only this may still close it. Lowering its
# class is not among them, nor is taking an affected batch off: both take something out of the way.
JUDGING_ACTS = frozenset(
    {
        "assign_deviation",
        "class_deviation",
        "send_back_investigation",
        "close_deviation",
        "reopen_deviation",
        "void_deviation",
    }
)
# A deviation tells of the record and is no part of it: writing one changes nothing that was signed in
# the batch, and makes nobody somebody who worked on the batch.
DEVIATION_ACTS = JUDGING_ACTS | {
    "open_deviation",
    "record_deviation",
    "lower_deviation_class",
    "note_deviation",
    "name_affected_batch",
    "withdraw_affected_batch",
    "finish_investigation",
}

"""Names of everything that can happen to a stability study (a test keeps them in step with the actions)."""

# A study goes on for years after its batch was approved. It tells of vials that were kept, and changes
# nothing of the record that was signed.
STABILITY_ACTS = frozenset(
    {
        "open_study",
        "pull_sample",
        "miss_pull",
        "record_result",
        "take_results",
        "void_result",
        "close_study",
    }
)

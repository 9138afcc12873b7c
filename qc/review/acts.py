"""Names of everything that a review does to a batch without changing its record (a test keeps them true)."""

REVIEWING_ACTS = frozenset(
    {
        "accept_exceptions",
        "take_back_acceptance",
        "ask_query",
        "answer_query",
        "ask_query_again",
        "close_query",
        "review_trail",
        "note_look",
        "reply_to_point",
    }
)

# Of them: only that somebody was shown the record. A page that is being signed stays as it was.
LOOKING_ACTS = frozenset({"note_look"})

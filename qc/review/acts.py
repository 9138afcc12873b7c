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
    }
)

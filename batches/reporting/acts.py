"""Names of what is said of a batch in public: no change of the record that was reviewed."""

REPORTING_ACTS = frozenset({"record_deposition", "withdraw_deposition"})

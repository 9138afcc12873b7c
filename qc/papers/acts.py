"""Names of the acts that make and print papers: a print of the record changes nothing in it."""

PAPER_ACTS = frozenset({"issue_certificate", "keep_certificate", "print_certificate", "print_batch_record"})

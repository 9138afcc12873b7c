"""Names of what can happen to a batch by signature alone (a test keeps them in step with the actions)."""

# Neither is a change of the record that was signed: a revision is opened for changes to come, and an
# addendum stands beside the record.
SIGNING_ACTS = frozenset({"open_revision", "add_addendum"})

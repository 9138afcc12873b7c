"""Example people: how they sign in, and what the sign-in page says about them."""

# Public on purpose: example people can't sign in, and keep a server from starting, in production.
EXAMPLE_PASSWORD = "exoledger example"  # noqa: S105

WHAT_ROLES_DO = {
    "operator": "opens batches, records steps and assays, checks colleagues' steps",
    "reviewer": "records too; reviews batches of others, writes masters",
    "qa": "records and reviews; approves masters, decides about release, exports the trail",
    "auditor": "reads everything, exports the trail, changes nothing",
    "administrator": "manages people, reads the trail, records nothing",
}

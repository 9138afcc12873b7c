"""Example people: how they sign in, and what the sign-in page says about them."""

import copy

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher, get_hasher

# Public on purpose: example people can't sign in, and keep a server from starting, in production.
EXAMPLE_PASSWORD = "exoledger example"  # noqa: S105

WHAT_ROLES_DO = {
    "operator": "opens batches, records steps and assays, checks colleagues' steps",
    "reviewer": "records too; reviews batches of others, writes masters",
    "qa": "records and reviews; approves masters, decides about release, exports the trail",
    "auditor": "reads everything, exports the trail, changes nothing",
    "administrator": "manages people, reads the trail, records nothing",
}


def hasher_of(password: str) -> BasePasswordHasher:
    """The hasher for a new password: with the least work for the one that everybody knows.

    The example signs seventy times; slow hashing of a public password would protect nothing.
    """
    hasher = get_hasher("default")
    if password != EXAMPLE_PASSWORD or not isinstance(hasher, Argon2PasswordHasher):
        return hasher
    quick = copy.copy(hasher)
    quick.time_cost, quick.memory_cost, quick.parallelism = 1, 64, 1
    return quick

"""Whose identity was verified: before somebody signs, an administrator made sure who it is."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import SIGN
from audit import records
from audit.refusal import ActionRefused, ValueRefused

FEWEST_LETTERS = 3
SAY_HOW = "Say how the identity was verified, such as: passport seen."
FIRST = "{role} is a role that signs. Record first how the identity of this person was verified."
NOT_VERIFIED = (
    "Nobody has recorded that your identity was verified, so you can't sign. An administrator does it on "
    "your page under People."
)
# Until this step of the database nobody recorded it; whoever signed then goes on signing.
STEP = "identity_verified"
FROM_BEFORE = "Registered before this was recorded; counted as verified by the upgrade"


def note(person: User, words: str, by: User) -> None:
    """Put down who made sure of a person, when and how. Does not save."""
    if len(words.strip()) < FEWEST_LETTERS:
        raise ValueRefused(SAY_HOW, "identity")
    person.identity_words = words.strip()
    person.identity_verified_at, person.identity_verified_by = timezone.now(), by


def demand_for_role(person: User) -> None:
    """Refuse a role that signs to somebody whose identity nobody verified."""
    if person.role in SIGN and person.identity_verified_at is None:
        raise ValueRefused(FIRST.format(role=person.get_role_display()), "identity")


def demand_verified(person: User) -> None:
    """Refuse a signature of somebody whose identity nobody verified."""
    if person.identity_verified_at is None:
        raise ActionRefused(NOT_VERIFIED)


def count_after_migrate(*, plan: Iterable[tuple[Any, bool]] = (), **_: Any) -> None:
    """With the step of the database that asks for it: count people who sign already as verified.

    Else nobody could sign after an upgrade. Their entries name the system actor and say it in words.
    """
    if any(
        step.app_label == "accounts" and step.name.endswith(STEP) for step, backwards in plan if not backwards
    ):
        count_people_from_before()


def count_people_from_before() -> None:
    """The same, for everybody with a role that signs."""
    with transaction.atomic():
        found = User.objects.select_for_update().filter(role__in=SIGN, identity_verified_at=None)
        for person in found.order_by("pk"):
            actor = _upgrade()
            note(person, FROM_BEFORE, actor)
            records.save(person, by=actor)


def _upgrade() -> User:
    from accounts.actions import system_actor  # accounts.actions reads this module

    return system_actor("upgrade", "Upgrade")

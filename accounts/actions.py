"""What happens to people's accounts."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import identities
from accounts.example import hasher_of
from accounts.models import User
from accounts.proving import IdentityRefused, prove_identity, prove_password
from accounts.roles import EVERYBODY, MANAGE_PEOPLE, Role
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ValueRefused

__all__ = ["IdentityRefused", "prove_identity"]  # where they are looked for
SYSTEM_PASSWORD = "!"  # noqa: S105 (no password: a system actor can't sign in)


def system_actor(username: str, printed_name: str) -> User:
    """The named system actor a command acts as, made at first use. Needs a transaction."""
    actor = User.objects.filter(username=username, role=Role.SYSTEM).first()
    if actor is None:
        actor = User(username=username, printed_name=printed_name, role=Role.SYSTEM, password=SYSTEM_PASSWORD)
        records.save(actor, by=actor)
    return actor


def command_line() -> User:
    """Who answers for what a command of manage.py does."""
    with transaction.atomic():
        return system_actor("command-line", "Command line")


@action(may={*MANAGE_PEOPLE, Role.SYSTEM})
def add_person(
    *,
    username: str,
    printed_name: str,
    role: str,
    password: str,
    by: User,
    identity: str = "",
    is_example: bool = False,
) -> User:
    """Register a person with a first password. `identity` says how it was made sure who they are."""
    if role == Role.SYSTEM:
        raise ValueRefused("System actors are not people.", "role")
    person = User(username=username.strip().lower(), printed_name=printed_name.strip(), role=role)
    person.is_example = is_example
    if identity.strip():
        identities.note(person, identity, by)
    identities.demand_for_role(person)
    _set(person, password, by)
    records.save(person, by=by)
    return person


@action(may=MANAGE_PEOPLE)
def change_person(*, person: User, printed_name: str, role: str, by: User, reason: Reason) -> User:
    """Change a person's printed name or role. A role that signs is given to a verified person only."""
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.pk == by.pk:
        raise ActionRefused("Nobody changes their own role or name; ask another administrator.")
    gets_role = role != person.role
    person.printed_name, person.role = printed_name.strip(), role
    if gets_role:
        identities.demand_for_role(person)
    records.save(person, by=by, reason=reason)
    return person


@action(may=MANAGE_PEOPLE)
def verify_identity(*, person: User, identity: str, by: User) -> User:
    """Record how it was made sure who a person is, such as a passport that was seen; again at any time."""
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.pk == by.pk:
        raise ActionRefused("Nobody verifies their own identity; ask another administrator.")
    identities.note(person, identity, by)
    records.save(person, by=by)
    return person


@action(may=MANAGE_PEOPLE)
def set_active(*, person: User, is_active: bool, by: User, reason: Reason) -> User:
    """Deactivate a person, or let them in again. Their name stays in every record."""
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.pk == by.pk:
        raise ActionRefused("Nobody deactivates themselves.")
    person.is_active = is_active
    records.save(person, by=by, reason=reason)
    return person


@action(may=MANAGE_PEOPLE)
def set_password(*, person: User, password: str, by: User) -> User:
    """Give a person a new first password."""
    person = User.objects.select_for_update().get(pk=person.pk)
    _set(person, password, by)
    records.save(person, by=by)
    return person


@action(may=EVERYBODY)
def change_own_password(*, old: str, new: str, by: User) -> User:
    """Change one's own password, knowing the old one."""
    prove_password(person=by, password=old)
    person = User.objects.select_for_update().get(pk=by.pk)
    _set(person, new, by)
    records.save(person, by=by)
    return person


def _set(person: User, password: str, by: User) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise ValueRefused(" ".join(error.messages), "password") from error
    person.password = make_password(password, hasher=hasher_of(password))
    person.password_set_at, person.password_set_by = timezone.now(), by

"""Setting a second factor up and switching it off."""

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import RecoveryCode, SecondFactor, User
from accounts.proving import IdentityRefused, prove_identity
from accounts.roles import EVERYBODY, MANAGE_PEOPLE
from accounts.second_factor import codes
from accounts.second_factor.secrets import seal
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason

WRONG_CODE = "That is not the code of this moment. Is the clock of your phone right?"


@action(may=EVERYBODY)
def begin_second_factor(*, password: str, by: User) -> str:
    """A new secret for the person's app, once they proved who they are. Nothing is kept yet."""
    prove_identity(person=by, password=password)
    return codes.new_secret()


@action(may=EVERYBODY)
def set_up_second_factor(*, secret: str, code: str, by: User) -> list[str]:
    """Switch the second factor on, confirmed by a code of the app. Returns the recovery codes, this once."""
    person = User.objects.select_for_update().get(pk=by.pk)
    step = codes.step_of(secret, code)
    if step is None:
        raise IdentityRefused(WRONG_CODE)
    for before in person.second_factors.active():
        _switch_off(before, by, Reason("administration", "set up anew"))
    factor = SecondFactor(
        person=person,
        secret=seal(secret, person.username),
        secret_set_at=timezone.now(),
        secret_set_by=by,
        first_step=step,
    )
    records.save(factor, by=by)
    made = codes.new_recovery_codes()
    for number, one in enumerate(made, start=1):
        hashed = make_password(codes.bare(one))
        kept = RecoveryCode(second_factor=factor, number=number, code=hashed)
        kept.code_set_at, kept.code_set_by = timezone.now(), by
        records.save(kept, by=by)
    return made


@action(may=EVERYBODY)
def switch_off_own_second_factor(*, password: str, by: User) -> None:
    """Sign in with the password alone again."""
    prove_identity(person=by, password=password)
    _switch_off(_active(by), by, Reason("administration", "switched off by its owner"))


@action(may=MANAGE_PEOPLE)
def switch_off_second_factor(*, person: User, by: User, reason: Reason) -> None:
    """Switch a person's second factor off, whose app and recovery codes are gone."""
    if person.pk == by.pk:
        raise ActionRefused("Your own you switch off on your account page, with your password.")
    _switch_off(_active(person), by, reason)


def _active(person: User) -> SecondFactor:
    factor = person.second_factors.active().select_for_update().first()
    if factor is None:
        raise ActionRefused(f"{person.username} has no second factor.")
    return factor


def _switch_off(factor: SecondFactor, by: User, reason: Reason) -> None:
    factor.off_at, factor.off_by = timezone.now(), by
    records.save(factor, by=by, reason=reason)

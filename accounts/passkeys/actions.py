"""Registering a passkey and taking one out of use."""

from django.utils import timezone

from accounts.models import Passkey, User
from accounts.passkeys import webauthn
from accounts.proving import prove_identity
from accounts.roles import EVERYBODY, MANAGE_PEOPLE
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason

NOT_YOURS = "A passkey is revoked by its owner or by an administrator."


@action(may=EVERYBODY)
def begin_passkey(*, password: str, by: User) -> None:
    """Make sure of the person before a device makes a passkey for them."""
    prove_identity(person=by, password=password)


@action(may=EVERYBODY)
def register_passkey(*, name: str, answer: str, challenge: bytes, by: User) -> Passkey:
    """Register a passkey that the person's own device just made in answer to this challenge.

    Always for oneself: an administrator can't register one for somebody else.
    """
    try:
        made = webauthn.check_registration(answer, challenge)
    except webauthn.AnswerWrong as wrong:
        raise ActionRefused(f"This passkey was not registered: {wrong}.") from wrong
    passkey = Passkey(
        person=by,
        name=name.strip(),
        credential_id=made.credential_id,
        public_key=made.public_key,
        aaguid=made.aaguid,
        transports=made.transports,
        first_count=made.count,
        registered_at=timezone.now(),
        registered_by=by,
    )
    records.save(passkey, by=by)
    return passkey


@action(may=EVERYBODY)
def revoke_passkey(*, passkey: Passkey, by: User, reason: Reason) -> Passkey:
    """Take a passkey out of use at once. What was signed with it stays signed, and names it."""
    passkey = Passkey.objects.select_for_update().get(pk=passkey.pk)
    if passkey.person_id != by.pk and not by.may(MANAGE_PEOPLE):
        raise ActionRefused(NOT_YOURS)
    if not passkey.is_active:
        raise ActionRefused(f"{passkey.name} is revoked already.")
    passkey.revoked_at, passkey.revoked_by = timezone.now(), by
    records.save(passkey, by=by, reason=reason)
    return passkey

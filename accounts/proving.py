"""Proving again who a person is, at signing and before what only they may do.

By password or by passkey. A wrong proof is an entry; five of them within some minutes lock both ways.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.identities import demand_verified
from accounts.models import Passkey, PasskeyUse, User
from accounts.passkeys import webauthn
from audit import records
from audit.models import Entry, EntryAction
from audit.refusal import ActionRefused

LOCKED = "Too many wrong passwords for this account. Wait {minutes} minutes, then try again."
NOT_YOUR_OWN = "Choose a password of your own first (Your account): somebody else set this one."
LOCK_ACT = "lock_account"
BY_PASSWORD, BY_PASSKEY = "password", "passkey"


class IdentityRefused(ActionRefused):
    """The proof of identity does not hold."""

    entry_action = EntryAction.IDENTITY_FAILED

    def keep_more(self, by: User) -> None:
        """The fifth failure locks, and that is an entry of its own."""
        if failures_of(by) + 1 == settings.SIGN_IN_FAILURES_ALLOWED:
            keep_lock(by)


@dataclass(frozen=True)
class Proof:
    """What a person gives to prove who they are: their password, or a passkey's answer as JSON."""

    password: str = ""
    passkey: str = ""


@dataclass(frozen=True)
class Proven:
    """By which means a person proved who they are; with a passkey, the bytes that show it to others.

    Bytes are base64url without padding. `public_key` is COSE; `domain` is what the passkey is bound to.
    """

    means: str
    credential_id: str = ""
    credential_name: str = ""
    public_key: str = ""
    domain: str = ""
    client_data: str = ""
    authenticator_data: str = ""
    signature: str = ""


def prove(*, person: User, proof: Proof, challenge: bytes) -> Proven:
    """How the person proved who they are. Raises IdentityRefused, kept as an entry.

    A passkey must have signed `challenge`, which no server can do in its place. Needs a transaction: each
    use of a passkey is a record. Nobody signs before their identity was verified.
    """
    demand_verified(person)
    if not proof.passkey:
        prove_identity(person=person, password=proof.password)
        return Proven(BY_PASSWORD)
    _demand_unlocked(person)
    _demand_own_password(person)
    return prove_by_passkey(person=person, answer=proof.passkey, challenge=challenge)


def prove_identity(*, person: User, password: str) -> None:
    """Raise unless this is the person's own password; audit.acting keeps the failure as an entry."""
    prove_password(person=person, password=password)
    _demand_own_password(person)


def prove_password(*, person: User, password: str) -> None:
    """The same, also where somebody else set the password: enough to choose another one."""
    _demand_unlocked(person)
    if not person.check_password(password):
        raise IdentityRefused("That is not your password. Nothing was signed or changed.")


def owes_own_password(person: User) -> bool:
    """Whether somebody else, an administrator, set the password and so knows it."""
    if person.password_set_by_id in (None, person.pk) or person.is_example:
        return False
    return User.objects.people().filter(pk=person.password_set_by_id).exists()


def _demand_own_password(person: User) -> None:
    if owes_own_password(person):
        raise ActionRefused(NOT_YOUR_OWN)


def failures_of(person: User) -> int:
    """How many wrong passwords and other proofs were given for this person a moment ago.

    Counted from the entries themselves, so every worker process counts the same.
    """
    since = timezone.now() - timedelta(minutes=settings.SIGN_IN_FAILURE_WINDOW_MINUTES)
    at_sign_in = Q(action=EntryAction.SIGN_IN_FAILED, kind=User._meta.label_lower, object_id=person.pk)
    at_signing = Q(action=EntryAction.IDENTITY_FAILED, actor=person)
    return Entry.objects.filter(at_sign_in | at_signing, at__gte=since).count()


def is_locked(person: User) -> bool:
    """Whether too many of them were wrong."""
    return failures_of(person) >= settings.SIGN_IN_FAILURES_ALLOWED


def keep_lock(person: User) -> None:
    """Write that the account is locked for some minutes. Needs a transaction."""
    words = f"Locked after {settings.SIGN_IN_FAILURES_ALLOWED} wrong proofs of identity"
    records.event(EntryAction.REFUSED, by=None, about=person, act=LOCK_ACT, detail={"words": words})


def locks(days: int = 7) -> QuerySet[Entry]:
    """Entries that tell of a locked account, newest first: for notices to administrators."""
    since = timezone.now() - timedelta(days=days)
    found = Entry.objects.filter(action=EntryAction.REFUSED, act=LOCK_ACT, at__gte=since)
    return found.order_by("-id")


def _demand_unlocked(person: User) -> None:
    if is_locked(person):
        raise ActionRefused(LOCKED.format(minutes=settings.SIGN_IN_FAILURE_WINDOW_MINUTES))


def prove_by_passkey(*, person: User, answer: str, challenge: bytes) -> Proven:
    """Check a passkey's answer against the person's own, and note the use. Raises IdentityRefused."""
    named = webauthn.credential_named(answer)
    passkey = Passkey.objects.select_for_update().filter(person=person, credential_id=named).first()
    if passkey is None:
        raise _refused("it is none of yours")
    if not passkey.is_active:
        raise _refused(f"{passkey.name} was revoked")
    try:
        asserted = webauthn.check_assertion(answer, challenge, passkey)
    except webauthn.AnswerWrong as wrong:
        raise _refused(f"its answer does not fit what was to be signed ({wrong})") from wrong
    _note_use(passkey, asserted, challenge, by=person)
    return Proven(
        means=BY_PASSKEY,
        credential_id=passkey.credential_id,
        credential_name=passkey.name,
        public_key=passkey.public_key,
        domain=settings.PASSKEY_DOMAIN,
        client_data=asserted.client_data,
        authenticator_data=asserted.authenticator_data,
        signature=asserted.signature,
    )


def _note_use(passkey: Passkey, asserted: webauthn.Asserted, challenge: bytes, *, by: User) -> None:
    """Keep that this challenge was answered. Refused a second time, and for a count that went back."""
    if passkey.uses.filter(challenge=challenge.hex()).exists():
        raise _refused("this answer was used before")
    last = passkey.uses.aggregate(most=Max("sign_count"))["most"] or passkey.first_count
    # Passkeys that are kept on several devices do not count: they always say 0.
    if (asserted.count or last) and asserted.count <= last:
        raise _refused("its count went back, as that of a copy would; revoke it and register another")
    use = PasskeyUse(
        passkey=passkey,
        challenge=challenge.hex(),
        sign_count=asserted.count,
        used_at=timezone.now(),
        used_by=by,
    )
    records.save(use, by=by)


def _refused(why: str) -> IdentityRefused:
    return IdentityRefused(f"That passkey does not prove who you are: {why}. Nothing was signed or changed.")

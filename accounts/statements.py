"""What a person states by signing, beginning with what a page offered them.

A page for signing carries an *offer*: what is signed, by its name and the SHA-256 of what it says, to whom,
and a nonce; kept from forging by the server's key. The *statement* is canonical JSON over those and the
meaning. A passkey signs the statement's SHA-256, so the server can't make that signature itself.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing as sealed
from django.utils import timezone

from accounts.models import User
from accounts.proving import Proof, prove
from audit import canonical, reading
from audit.refusal import ActionRefused, RoleRefused

STATEMENT = 1
SALT = "exoledger.offer"
LONGEST_READING = timedelta(hours=12)
# Clocks of several servers may differ by so much; what lies farther apart is a clock that jumped.
CLOCKS_APART = timedelta(seconds=30)
FORGED = "What this page sent is not what it was given: open it anew and sign there. Nothing was signed."
TOO_OLD = "This page is older than twelve hours: look at the record again, then sign."
JUMPED = "The server's clock stands before {what}: nothing is signed until it goes right again."
ROLE_CHANGED = "Your role changed while you were reading, from {before} to {now}: sign in again."


@dataclass(frozen=True)
class Offer:
    """What a page offers one person for signing: a thing by its name, and the SHA-256 of what it says."""

    subject: str
    signer: str
    sha256: str
    nonce: str
    at: str

    def token(self) -> str:
        """The offer as a page carries it, sealed with the server's key."""
        return sealed.dumps(vars(self), salt=SALT)

    def statement(self, meaning: str) -> str:
        """What the person states by signing this with that meaning."""
        said = {"subject": self.subject, "sha256": self.sha256, "signer": self.signer, "nonce": self.nonce}
        return canonical.text({"v": STATEMENT, "meaning": meaning, **said})

    def challenge(self, meaning: str) -> str:
        """What a passkey signs for that meaning, in base64url as browsers take it."""
        return browsers(challenge_of(self.statement(meaning)))


@dataclass(frozen=True)
class Signing:
    """What a person gives with a signature: proof of identity, the offer that the page showed, a comment."""

    proof: Proof = field(repr=False)
    shown: str = field(repr=False)
    comment: str = ""


def challenge_of(statement: str) -> bytes:
    """SHA-256 of a statement's UTF-8 bytes: what a passkey signs."""
    return hashlib.sha256(statement.encode("utf-8")).digest()


def browsers(challenge: bytes) -> str:
    """A challenge in base64url without padding."""
    return base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()


def offer(subject: str, sha256: str, person: User) -> Offer:
    """Offer something to a person for signing, with a nonce that serves once."""
    at = canonical.time_text(timezone.now())
    return Offer(subject, person.username, sha256, secrets.token_hex(16), at)


def just_read(subject: str, sha256: str, person: User, proof: Proof, comment: str = "") -> Signing:
    """What somebody gives who signs the thing as it stands at this moment (example data, tests)."""
    return Signing(proof, offer(subject, sha256, person).token(), comment)


def opened(token: str, subject: str, by: User) -> Offer:
    """The offer, if this server made it for this thing and this person, lately.

    Refuses somebody whose role changed since the request came in as well.
    """
    try:
        offered = Offer(**sealed.loads(token, salt=SALT))
    except (sealed.BadSignature, TypeError, ValueError) as forged:
        raise ActionRefused(FORGED) from forged
    if (offered.subject, offered.signer) != (subject, by.username):
        raise ActionRefused(FORGED)
    demand_same_role(by)
    demand_recent(offered.at)
    return offered


def demand_same_role(by: User) -> None:
    """Refuse somebody who was deactivated, or whose role was changed, since the request came in."""
    now = reading.fresh(User, by.pk)
    if not now.is_active:
        raise RoleRefused("This account is deactivated.")
    if now.role != by.role:
        before, after = by.get_role_display(), now.get_role_display()
        raise RoleRefused(ROLE_CHANGED.format(before=before, now=after))


def demand_recent(at: str) -> None:
    """Refuse a page that was opened too long ago, and a clock that stands before it."""
    now, shown = timezone.now(), datetime.fromisoformat(at)
    if now - shown > LONGEST_READING:
        raise ActionRefused(TOO_OLD)
    if shown - now > CLOCKS_APART:
        raise ActionRefused(JUMPED.format(what="the moment at which it made this page"))


def signed(statement: str, proof: Proof, by: User) -> dict[str, Any]:
    """Prove who signs a statement: what every signature keeps of signer, moment, statement and proof.

    Raises IdentityRefused for a wrong proof; the action's frame takes back what was written before.
    """
    proven = prove(person=by, proof=proof, challenge=challenge_of(statement))
    return {
        "signed_at": timezone.now(),
        "signed_by": by,
        "printed_name": by.printed_name,
        "username": by.username,
        "role": by.get_role_display(),
        "time_zone": settings.TIME_ZONE,
        "statement": statement,
        "means": proven.means,
        "credential_id": proven.credential_id,
        "credential_name": proven.credential_name,
        "public_key": proven.public_key,
        "domain": proven.domain,
        "client_data": proven.client_data,
        "authenticator_data": proven.authenticator_data,
        "proof": proven.signature,
    }

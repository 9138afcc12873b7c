"""How a signature is made: what the page showed, who signs, and the record locked and read anew.

A page for signing carries an *offer*: batch, person, the manifest's hash, the last entry and a nonce, kept
from forging by the server's key. The signature's *statement* is canonical JSON over meaning, batch,
manifest, signer and nonce; a passkey signs its SHA-256, so the server can't make that signature itself.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing as sealed
from django.utils import timezone

from accounts.models import User
from accounts.proving import Proof, prove
from audit import canonical, reading, records
from audit.models import Entry, EntryAction
from audit.refusal import ActionRefused, RoleRefused
from batches.record.models import Batch
from qc.models import Review, Signature
from qc.signatures.contents import Written
from qc.signatures.manifests import keep, manifest_now
from qc.signatures.stale import what_changed

STATEMENT = 1
SALT = "exoledger.ceremony"
LONGEST_READING = timedelta(hours=12)
# Clocks of several servers may differ by so much; what lies farther apart is a clock that jumped.
CLOCKS_APART = timedelta(seconds=30)
STALE = "The record changed while you were reading; look at it again."
FORGED = "What this page sent is not what it was given: open it anew and sign there. Nothing was signed."
TOO_OLD = "This page is older than twelve hours: look at the record again, then sign."
REPLAYED = "This page was signed already: one page is signed once."
JUMPED = "The server's clock stands before {what}: nothing is signed until it goes right again."
ROLE_CHANGED = "Your role changed while you were reading, from {before} to {now}: sign in again."


@dataclass(frozen=True)
class Offer:
    """What a page offers for signing: one manifest of a batch to one person, once."""

    batch: str
    signer: str
    sha256: str
    entry: int
    nonce: str
    at: str

    def token(self) -> str:
        """The offer as a page carries it, sealed with the server's key."""
        return sealed.dumps(vars(self), salt=SALT)

    def statement(self, meaning: str) -> str:
        """What the person states by signing this with that meaning."""
        return canonical.text(
            {
                "v": STATEMENT,
                "meaning": meaning,
                "batch": self.batch,
                "manifest": self.sha256,
                "signer": self.signer,
                "nonce": self.nonce,
            }
        )

    def challenge(self, meaning: str) -> str:
        """What a passkey signs for that meaning, in base64url as browsers take it."""
        return base64.urlsafe_b64encode(challenge_of(self.statement(meaning))).rstrip(b"=").decode()


@dataclass(frozen=True)
class Signing:
    """What a person gives with a signature: proof of identity, the offer that the page showed, a comment."""

    proof: Proof = field(repr=False)
    manifest_shown: str = field(repr=False)
    comment: str = ""


@dataclass(frozen=True)
class Bound:
    """What a signature is bound to: the offer, the manifest as it was read under the lock, the last entry."""

    offer: Offer
    manifest: Written
    entries: int
    leaf: str


def challenge_of(statement: str) -> bytes:
    """SHA-256 of a statement's UTF-8 bytes: what a passkey signs."""
    return hashlib.sha256(statement.encode("utf-8")).digest()


def offer(batch: Batch, written: Written, person: User) -> Offer:
    """Offer a manifest to a person for signing, with a nonce that serves once."""
    return Offer(
        batch=batch.number,
        signer=person.username,
        sha256=written.sha256,
        entry=written.content["last_change"]["entry"],
        nonce=secrets.token_hex(16),
        at=canonical.time_text(timezone.now()),
    )


def just_read(batch: Batch, person: User, proof: Proof, comment: str = "") -> Signing:
    """What somebody gives who signs the record as it stands at this moment (example data, tests)."""
    return Signing(proof, offer(batch, manifest_now(batch), person).token(), comment)


def begin_signing(batch: Batch, signing: Signing, by: User) -> Bound:
    """What the signature will be bound to, where the record still is what the page showed.

    Needs the batch's lock (qc.rules.lock_batch), and comes before anything is written. Refuses a forged,
    foreign, outdated or used offer, a person whose role changed, a clock that jumped, and a record that
    changed while it was read, naming what changed.
    """
    offered = _opened(signing.manifest_shown, batch, by)
    _demand_same_role(by)
    _demand_time(offered, batch)
    if Signature.objects.filter(nonce=offered.nonce).exists():
        raise ActionRefused(REPLAYED)
    written = manifest_now(batch)
    if written.sha256 != offered.sha256:
        raise ActionRefused(" ".join([STALE, *what_changed(batch, offered.entry)]))
    entries, leaf = last_entry(batch)
    return Bound(offered, written, entries, leaf)


def sign(
    batch: Batch, meaning: str, signing: Signing, bound: Bound, by: User, review: Review | None = None
) -> Signature:
    """Prove who signs, then write manifest, signature, and the entry that tells of it.

    Raises IdentityRefused for a wrong proof; the action's frame takes back what was written before.
    """
    statement = bound.offer.statement(meaning)
    proven = prove(person=by, proof=signing.proof, challenge=challenge_of(statement))
    signature = Signature(
        batch=batch,
        review=review,
        manifest=keep(batch, bound.manifest, by=by),
        meaning=meaning,
        comment=signing.comment.strip(),
        signed_at=timezone.now(),
        signed_by=by,
        printed_name=by.printed_name,
        username=by.username,
        role=by.get_role_display(),
        time_zone=settings.TIME_ZONE,
        entries_signed=bound.entries,
        leaf_signed=bound.leaf,
        statement=statement,
        nonce=bound.offer.nonce,
        means=proven.means,
        credential_id=proven.credential_id,
        credential_name=proven.credential_name,
        public_key=proven.public_key,
        domain=proven.domain,
        client_data=proven.client_data,
        authenticator_data=proven.authenticator_data,
        proof=proven.signature,
    )
    records.save(signature, by=by)
    _tell(signature, bound, by)
    return signature


def _tell(signature: Signature, bound: Bound, by: User) -> None:
    """The entry of the signing itself."""
    detail = {
        "meaning": str(signature.get_meaning_display()),
        "entries": bound.entries,
        "last_entry": bound.leaf,
        "manifest": bound.manifest.sha256,
        "means": signature.means,
    }
    records.event(EntryAction.SIGNED, by=by, about=signature, detail=detail)


def last_entry(batch: Batch) -> tuple[int, str]:
    """Number within the batch, and leaf hash in hex, of the batch's last entry."""
    entries = Entry.objects.filter(batch_number=batch.number).order_by("-number_in_batch")
    number, leaf = entries.values_list("number_in_batch", "leaf_hash")[0]
    return number or 0, bytes(leaf).hex()


# --- what the offer must be ---------------------------------------------------------------------------


def _opened(token: str, batch: Batch, by: User) -> Offer:
    """The offer, if this server made it for this batch and this person."""
    try:
        offered = Offer(**sealed.loads(token, salt=SALT))
    except (sealed.BadSignature, TypeError, ValueError) as forged:
        raise ActionRefused(FORGED) from forged
    if (offered.batch, offered.signer) != (batch.number, by.username):
        raise ActionRefused(FORGED)
    return offered


def _demand_same_role(by: User) -> None:
    """Refuse somebody who was deactivated, or whose role was changed, since the request came in."""
    now = reading.fresh(User, by.pk)
    if not now.is_active:
        raise RoleRefused("This account is deactivated.")
    if now.role != by.role:
        before, after = by.get_role_display(), now.get_role_display()
        raise RoleRefused(ROLE_CHANGED.format(before=before, now=after))


def _demand_time(offered: Offer, batch: Batch) -> None:
    """Refuse a page that was opened too long ago, and a clock that stands before what it stamped already."""
    now, shown = timezone.now(), datetime.fromisoformat(offered.at)
    if now - shown > LONGEST_READING:
        raise ActionRefused(TOO_OLD)
    if shown - now > CLOCKS_APART:
        raise ActionRefused(JUMPED.format(what="the moment at which it made this page"))
    last = Entry.objects.filter(batch_number=batch.number).order_by("-number_in_batch").first()
    if last is not None and last.at - now > CLOCKS_APART:
        raise ActionRefused(JUMPED.format(what="the last entry of this batch"))

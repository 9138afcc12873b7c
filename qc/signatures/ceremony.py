"""How a signature is made: what the page showed, who signs, and the record locked and read anew.

A page for signing carries an *offer*: batch, person, the manifest's hash, the last entry and a nonce, kept
from forging by the server's key. The signature's *statement* is canonical JSON over meaning, batch,
manifest, signer and nonce; a passkey signs its SHA-256, so the server can't make that signature itself.
"""

import secrets
from dataclasses import dataclass

from django.core import signing as sealed
from django.utils import timezone

from accounts.models import User
from accounts.proving import Proof
from accounts.statements import (
    CLOCKS_APART,
    FORGED,
    JUMPED,
    STATEMENT,
    Signing,
    browsers,
    challenge_of,
    demand_recent,
    demand_same_role,
    signed,
)
from audit import canonical, records
from audit.models import Entry, EntryAction
from audit.refusal import ActionRefused
from batches.record.models import Batch
from qc.models import Review, Signature
from qc.signatures.contents import Written
from qc.signatures.manifests import keep, manifest_now
from qc.signatures.stale import what_changed

SALT = "exoledger.ceremony"
STALE = "The record changed while you were reading; look at it again."
REPLAYED = "This page was signed already: one page is signed once."


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
        return browsers(challenge_of(self.statement(meaning)))


@dataclass(frozen=True)
class Bound:
    """What a signature is bound to: the offer, the manifest as it was read under the lock, the last entry."""

    offer: Offer
    manifest: Written
    entries: int
    leaf: str


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
    offered = _opened(signing.shown, batch, by)
    demand_same_role(by)
    demand_recent(offered.at)
    _demand_clock(batch)
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
    signature = Signature(
        batch=batch,
        review=review,
        manifest=keep(batch, bound.manifest, by=by),
        meaning=meaning,
        comment=signing.comment.strip(),
        entries_signed=bound.entries,
        leaf_signed=bound.leaf,
        nonce=bound.offer.nonce,
        **signed(bound.offer.statement(meaning), signing.proof, by),
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


def _demand_clock(batch: Batch) -> None:
    """Refuse a clock that stands before what it stamped already."""
    last = Entry.objects.filter(batch_number=batch.number).order_by("-number_in_batch").first()
    if last is not None and last.at - timezone.now() > CLOCKS_APART:
        raise ActionRefused(JUMPED.format(what="the last entry of this batch"))

"""What every signature keeps, whatever it is on, and how people read it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from accounts.fields import person
from accounts.statements import Offer, Signing, opened, signed
from audit import records
from audit.models import EntryAction, TrackedModel
from audit.refusal import ActionRefused
from batches.quantities import LongWords, Words


class SignedFields(TrackedModel):
    """Who signed, when and by which means. `statement` is what was signed; `proof` and what stands around it
    is a passkey's answer to it, in base64url, empty for a password.
    """

    append_only = True

    comment = LongWords("comment")
    signed_at = models.DateTimeField("signed at")
    signed_by = person(null=False)
    printed_name = Words("printed name", max_length=150, blank=False)
    username = Words("user name", max_length=60, blank=False)
    role = Words("role", max_length=20, blank=False)
    time_zone = Words("time zone", max_length=60, blank=False)
    means = Words("identity proved by", max_length=40, blank=False)
    statement = LongWords("statement")
    credential_id = Words("passkey", max_length=700)
    credential_name = Words("name of the passkey", max_length=120)
    public_key = LongWords("public key")
    domain = Words("domain of the passkey", max_length=255)
    client_data = LongWords("client data")
    authenticator_data = LongWords("authenticator data")
    proof = LongWords("passkey's signature")

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @property
    def utc(self) -> str:
        return utc_words(self.signed_at)

    @property
    def local(self) -> str:
        """In the time zone of the laboratory when it was signed, with its distance from UTC."""
        return local_words(self.signed_at, self.time_zone)


@dataclass(frozen=True)
class Shown:
    """A signature over what a version says, as people read it, with whether it still fits."""

    signature: Any
    is_valid: bool
    validity: str


def shown_over(signatures: Any, sha256: str, what: str) -> list[Shown]:
    """Each signature with whether what it was bound to is what stands there now; `what` names that."""
    words = {True: "valid", False: f"the {what} does not read as it was signed"}
    fits = [(one, one.sha256 == sha256) for one in signatures]
    return [Shown(one, is_valid, words[is_valid]) for one, is_valid in fits]


def utc_words(moment: datetime) -> str:
    """'14 Nov 2026 16:42:10 UTC'."""
    return f"{moment.astimezone(UTC):%-d %b %Y %H:%M:%S} UTC"


def local_words(moment: datetime, time_zone: str) -> str:
    """A moment in a time zone: '14 Nov 2026 17:42:10 +01:00 Europe/Berlin'."""
    there = moment.astimezone(ZoneInfo(time_zone))
    offset = f"{there:%z}"
    return f"{there:%-d %b %Y %H:%M:%S} {offset[:3]}:{offset[3:]} {time_zone}"


def begin_signing(signing: Signing, subject: str, sha256: str, moved: str, by: Any) -> Offer:
    """The offer that the page made, where the thing still says what the page showed; before anything is
    written. `moved` is what a person is told otherwise.
    """
    offered = opened(signing.shown, subject, by)
    if offered.sha256 != sha256:
        raise ActionRefused(moved)
    return offered


def sign(signature: SignedFields, offered: Offer, signing: Signing, by: Any) -> None:
    """Prove who signs, fill and write the signature, and the entry that tells of it.

    `signature` names what it is on, its meaning and its `sha256`.
    """
    meaning = signature.meaning
    signature.comment = signing.comment.strip()
    for name, value in signed(offered.statement(str(meaning)), signing.proof, by).items():
        setattr(signature, name, value)
    records.save(signature, by=by)
    detail = {"meaning": str(meaning.label), "sha256": offered.sha256, "means": signature.means}
    records.event(EntryAction.SIGNED, by=by, about=signature, detail=detail)

"""Issuing and printing certificates. Every print is an entry that is written before the first byte leaves."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import canonical, originals, records
from audit.acting import action
from audit.models import Entry, EntryAction
from audit.originals import OriginalWrong
from audit.refusal import ActionRefused
from batches.record import files
from batches.record.models import Batch
from batches.record.values import lock_batch
from qc.papers.certificate import content_of
from qc.papers.heads import checkpoint_over, day_words, head_of, head_pictures
from qc.papers.models import Certificate
from qc.papers.rendering import typeset

TEMPLATE = "certificate.typ"
FEWEST_LETTERS = 3
MOVED = "The record changed while its certificate was made; look at it and try again."
WHY = (
    "The record says something else than certificate {number} of {day} did: say why that one is replaced. "
    "The new certificate tells it."
)
MAY_ISSUE = {*roles.ISSUE_CERTIFICATES, roles.Role.SYSTEM}
MAY_PRINT = {*roles.PRINT_PAPERS, roles.Role.SYSTEM}


@dataclass(frozen=True)
class Draft:
    """A certificate that is being made: what it says, which one it is, and the entry of its print."""

    batch: Batch
    content: dict[str, Any]
    number: int
    replaces: Certificate | None
    reason: str
    entry: Entry

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.content)


def fingerprint_of(content: dict[str, Any]) -> str:
    """SHA-256 of what a certificate says of its batch."""
    return canonical.content_hash(content)


def newest(batch: Batch) -> Certificate | None:
    """The certificate of a batch that counts: the last one."""
    return Certificate.objects.filter(batch=batch).select_related("batch").order_by("number").last()


def certificate_of(batch: Batch, *, by: User, reason: str = "") -> tuple[Certificate, bytes]:
    """The certificate of a batch as a PDF: the one that was issued while it still holds, else a new one."""
    batch = Batch.objects.with_header().get(pk=batch.pk)
    last = newest(batch)
    if last and batch.status in {Batch.Status.APPROVED, Batch.Status.REJECTED}:
        if last.content_sha256 == fingerprint_of(content_of(batch)):
            return last, print_certificate(certificate=last, by=by)
    draft = issue_certificate(batch=batch, reason=reason, by=by)
    pdf = _set(draft, by)
    return keep_certificate(draft=draft, pdf=pdf, by=by), pdf


@action(may=MAY_ISSUE)
def issue_certificate(*, batch: Batch, reason: str = "", by: User) -> Draft:
    """Begin a new certificate: its entry is written before anything is set."""
    content, last = content_of(batch), newest(batch)
    reason = reason.strip()
    if last and len(reason) < FEWEST_LETTERS:
        raise ActionRefused(WHY.format(number=last.number, day=day_words(last.made_at)))
    number = last.number + 1 if last else 1
    detail = {"certificate": number, "content": fingerprint_of(content)}
    if last:
        detail |= {"replaces": last.number, "because": reason}
    entry = records.event(EntryAction.PRINTED, by=by, about=batch, detail=detail)
    return Draft(batch, content, number, last, reason if last else "", entry)


def _set(draft: Draft, by: User) -> bytes:
    """The certificate's PDF."""
    checkpoint = checkpoint_over(draft.entry)
    amends = draft.replaces and {
        "number": draft.replaces.number,
        "day": day_words(draft.replaces.made_at),
        "reason": draft.reason,
    }
    data = {
        **head_of(draft.entry, checkpoint, by),
        "number": draft.number,
        "amends": amends,
        "content": draft.content,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pdf"
        typeset(TEMPLATE, data, path, head_pictures(checkpoint))
        return path.read_bytes()


@action(may=MAY_ISSUE)
def keep_certificate(*, draft: Draft, pdf: bytes, by: User) -> Certificate:
    """Keep a certificate that was set, where the record still says the same and nobody was faster."""
    batch = lock_batch(draft.batch)
    fresh = Batch.objects.with_header().get(pk=batch.pk)
    last = newest(batch)
    if last != draft.replaces or fingerprint_of(content_of(fresh)) != draft.fingerprint:
        raise ActionRefused(MOVED)
    sha256 = hashlib.sha256(pdf).hexdigest()
    files.keep(sha256, ContentFile(pdf))
    made = Certificate(
        batch=batch,
        number=draft.number,
        replaces=draft.replaces,
        reason=draft.reason,
        content_sha256=draft.fingerprint,
        manifest_sha256=draft.content["manifest"],
        sha256=sha256,
        size_bytes=len(pdf),
        entry=draft.entry.pk,
        made_at=timezone.now(),
        made_by=by,
    )
    records.save(made, by=by)
    return made


@action(may=MAY_PRINT)
def print_certificate(*, certificate: Certificate, by: User) -> bytes:
    """A certificate that was issued, byte for byte as it was; a print like every other."""
    detail = {"certificate": certificate.number, "sha256": certificate.sha256}
    records.event(EntryAction.PRINTED, by=by, about=certificate, detail=detail)
    try:
        with originals.fetched(certificate.sha256, files.open_by_hash) as stored:
            return stored.read()
    except OriginalWrong as wrong:
        raise ActionRefused(f"{certificate.trail_label} can't be printed. {wrong}") from wrong

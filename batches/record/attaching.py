"""Attaching a file to a batch: stored first, read second; what can't be read is kept and says why."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.utils import timezone

from accounts.models import User
from audit import records
from audit.models import EntryAction
from audit.refusal import Reason
from batches.instruments import Reading as Export
from batches.instruments import Unreadable
from batches.instruments.apart import READERS, Limits
from batches.instruments.detect import IMAGE_CAP_BYTES
from batches.record import files
from batches.record.models import Attachment, Batch, Reading


@dataclass(frozen=True)
class Attached:
    """An attachment and what a reader made of it, or why it made nothing."""

    attachment: Attachment
    reading: Reading | None
    refused: str = ""
    videos: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    are_samples: bool = False


Outcome = Export | Unreadable


def look_into(upload: File, videos: list[str] | None = None) -> Outcome:
    """Store an upload's bytes and let the readers look at them, before any transaction stands.

    A file that takes its readers long would otherwise keep everybody else from writing.
    """
    sha256, size = files.store(upload)
    return outcome_of(sha256, size, clean_name(upload.name or ""), videos)


def outcome_of(sha256: str, size_bytes: int, name: str, videos: list[str] | None = None) -> Outcome:
    """What the readers make of stored bytes, or why they make nothing. They run apart, under limits."""
    if size_bytes > IMAGE_CAP_BYTES:
        return Unreadable(f"{size_bytes / 1024**2:.0f} MB is more than is read. It is kept.")
    try:
        with files.open_by_hash(sha256) as file:
            return READERS.read(file, name, videos, limits())
    except Unreadable as refusal:
        return refusal


def limits() -> Limits:
    """What reading one file may take here."""
    return Limits(settings.READER_SECONDS, settings.READER_MEMORY_MB)


def attach(
    batch: Batch,
    upload: File,
    *,
    by: User,
    videos: list[str] | None = None,
    outcome: Outcome | None = None,
) -> Attached:
    """Store a file on a batch and keep what readers make of it. Stands inside an action's transaction.

    `outcome` is what look_into said before; without it the file is read here.
    """
    attachment, twins = store(batch, upload, by=by)
    return read_again(attachment, by=by, videos=videos, twins=twins, outcome=outcome)


def store(batch: Batch, upload: File, *, by: User) -> tuple[Attachment, tuple[str, ...]]:
    """Put a file on a batch unread; also the numbers of batches that have the same bytes already."""
    sha256, size = files.store(upload)
    twins = tuple(
        Attachment.objects.filter(sha256=sha256).values_list("batch__number", flat=True).distinct()[:3]
    )
    attachment = Attachment(
        batch=batch,
        name=clean_name(upload.name or ""),
        sha256=sha256,
        size_bytes=size,
        uploaded_at=timezone.now(),
        uploaded_by=by,
    )
    records.save(attachment, by=by)
    return attachment, twins


def read_again(
    attachment: Attachment,
    *,
    by: User,
    videos: list[str] | None = None,
    twins: tuple[str, ...] = (),
    outcome: Outcome | None = None,
) -> Attached:
    """Let the readers look at an attachment; the outcome is written down either way."""
    if outcome is None:
        outcome = outcome_of(attachment.sha256, attachment.size_bytes, attachment.name, videos)
    if isinstance(outcome, Unreadable):
        return _keep_unread(attachment, outcome, by, twins)
    attachment.status, attachment.not_read_because = Attachment.Status.READ, ""
    records.save(attachment, by=by)
    return Attached(attachment, keep_reading(attachment, outcome, by), twins=twins)


def _keep_unread(attachment: Attachment, refusal: Unreadable, by: User, twins: tuple[str, ...]) -> Attached:
    attachment.not_read_because = str(refusal)[:10_000]
    records.save(attachment, by=by)
    records.event(EntryAction.REFUSED, by=by, about=attachment, detail={"words": str(refusal)})
    videos = tuple(refusal.videos)
    return Attached(attachment, None, str(refusal), videos, twins, are_samples=refusal.are_samples)


def keep_reading(attachment: Attachment, export: Export, by: User, reason: Reason | None = None) -> Reading:
    """Write down what a reader made of an attachment, beside what others made of it before."""
    reading = Reading(
        attachment=attachment,
        reader=export.reader,
        reader_version=export.reader_version,
        format=export.format[:80],
        software=export.software[:120],
        technique=export.technique,
        values=export.values,
        header=export.header,
        warnings=list(export.warnings),
        curves=export.curves,
    )
    records.save(reading, by=by, reason=reason)
    return reading


def clean_name(name: str) -> str:
    """A file's name as it came, without path parts and control characters."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    return name[:255] or "unnamed"


def number(values: dict[str, Any], key: str) -> Decimal | None:
    """A reader's value as Decimal with at most 15 significant digits, None where there is none."""
    value = values.get(key)
    return None if value is None else Decimal(format(float(value), ".15g"))

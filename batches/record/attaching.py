"""Attaching a file to a batch: stored first, read second; what can't be read is kept and says why."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.utils import timezone

from accounts.models import User
from audit import records
from audit.models import EntryAction
from batches.instruments import Reading as Export
from batches.instruments import Unreadable, read_export
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


def attach(batch: Batch, upload: File, *, by: User, videos: list[str] | None = None) -> Attached:
    """Store a file on a batch and read it. Stands inside an action's transaction."""
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
    return read_again(attachment, by=by, videos=videos, twins=twins)


def read_again(
    attachment: Attachment, *, by: User, videos: list[str] | None = None, twins: tuple[str, ...] = ()
) -> Attached:
    """Let the readers look at an attachment; the outcome is written down either way."""
    data = files.bytes_of(attachment)
    try:
        if data is None:
            raise Unreadable(f"{attachment.size_bytes / 1024**2:.0f} MB is more than is read. It is kept.")
        export = read_export(data, attachment.name, videos)
    except Unreadable as refusal:
        return _keep_unread(attachment, refusal, by, twins)
    attachment.status, attachment.not_read_because = Attachment.Status.READ, ""
    records.save(attachment, by=by)
    return Attached(attachment, _keep_reading(attachment, export, by), twins=twins)


def _keep_unread(attachment: Attachment, refusal: Unreadable, by: User, twins: tuple[str, ...]) -> Attached:
    attachment.not_read_because = str(refusal)[:10_000]
    records.save(attachment, by=by)
    records.event(EntryAction.REFUSED, by=by, about=attachment, detail={"words": str(refusal)})
    return Attached(attachment, None, str(refusal), tuple(refusal.videos), twins)


def _keep_reading(attachment: Attachment, export: Export, by: User) -> Reading:
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
    records.save(reading, by=by)
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

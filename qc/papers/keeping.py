"""Certificates among the originals: verified, bundled, copied and backed up like every other file."""

from collections.abc import Iterator

from audit.originals import Original, Room
from batches.record import files
from qc.papers.models import Certificate


def named(batch_number: str) -> Iterator[Original]:
    """The PDF of every certificate, or of those of one batch."""
    found = Certificate.objects.select_related("batch").order_by("pk")
    if batch_number:
        found = found.filter(batch__number=batch_number)
    for one in found.iterator():
        kind = Certificate._meta.label_lower
        yield Original(kind, one.pk, one.filename, one.batch.number, one.sha256, one.size_bytes)


ROOM = Room(
    kind=Certificate._meta.label_lower,
    named_by="sha256",
    named=named,
    opened=files.open_by_hash,
    kept=files.keep,
    is_empty=files.none_kept,
)

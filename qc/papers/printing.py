"""Printing the whole batch record: an entry first, then the record as it stands, then its pages."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.exporting import jobs
from audit.models import Entry, EntryAction
from audit.refusal import ActionRefused
from batches.record.models import Batch
from qc.papers.batch_record import Record
from qc.papers.heads import checkpoint_over, head_of, head_pictures
from qc.papers.rendering import typeset
from qc.rules import last_entry

TEMPLATE = "record.typ"
KIND = "paper"
MOST_TRIES = 5
MOVING = "Somebody writes in the record at this moment; print it again when they are done."


@dataclass(frozen=True)
class Print:
    """A batch record that is printed: its entry is written, its content read; its pages are to be set."""

    entry: Entry
    filename: str
    parts: int
    write: Callable[[Path, jobs.Tell], None]


@action(may={*roles.PRINT_PAPERS, roles.Role.SYSTEM})
def print_batch_record(*, batch: Batch, by: User) -> Entry:
    """Write the entry that tells who printed the whole record and when."""
    return records.event(EntryAction.PRINTED, by=by, about=batch, detail={"what": "the whole batch record"})


def begin(batch: Batch, *, by: User) -> Print:
    """Print a batch's whole record as it stands now: a print is of one moment."""
    entry = print_batch_record(batch=batch, by=by)
    checkpoint, record = checkpoint_over(entry), _read(batch)
    data = {**head_of(entry, checkpoint, by), "record": record.data}
    pictures = {**head_pictures(checkpoint), **record.pictures}

    def write(path: Path, tell: jobs.Tell) -> None:
        typeset(TEMPLATE, data, path, pictures, tell)

    filename = f"{batch.number}-record-{entry.pk}.pdf"
    return Print(entry, filename, len(pictures), write)


def _read(batch: Batch) -> Record:
    """The record, read while nobody wrote in it."""
    for _ in range(MOST_TRIES):
        fresh = Batch.objects.with_header().get(pk=batch.pk)
        before = last_entry(fresh)
        record = Record(fresh)
        if last_entry(fresh) == before:
            return record
    raise ActionRefused(MOVING)

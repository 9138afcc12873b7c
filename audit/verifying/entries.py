"""Every entry by itself and within its batch: text and hash, the copies that screens show, the numbers.

Entries are read in the order of batches and of their numbers within them, so that nothing but the entry
before is remembered.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from audit import canonical
from audit.exporting.lines import change_cells
from audit.models import Entry
from audit.verifying.differences import Difference, What

CHUNK = 2_000
COLUMNS = (
    "id",
    "at",
    "actor_id",
    "actor_name",
    "actor_username",
    "actor_role",
    "action",
    "act",
    "kind",
    "object_id",
    "object_label",
    "history_id",
    "batch_number",
    "number_in_batch",
    "leaf_hash",
    "body",
    "change_cells",
)
# Names for people of what stands beside the text.
LABELS = {
    "at": "time",
    "actor_id": "person",
    "actor_name": "printed name",
    "actor_username": "user name",
    "actor_role": "role",
    "action": "action",
    "act": "act",
    "kind": "kind of record",
    "object_id": "record",
    "object_label": "name of the record",
    "history_id": "history row",
    "batch_number": "batch",
    "number_in_batch": "number in the batch",
    "change_cells": "cells for exports",
}


class Line(NamedTuple):
    """One entry's columns."""

    id: int
    at: Any
    actor_id: int | None
    actor_name: str
    actor_username: str
    actor_role: str
    action: str
    act: str
    kind: str
    object_id: int | None
    object_label: str
    history_id: int | None
    batch_number: str
    number_in_batch: int | None
    leaf_hash: bytes
    body: str
    change_cells: str


def differences(batch: str = "", tell: Callable[[int], None] = lambda rows: None) -> Iterator[Difference]:
    """What is wrong with entries: all of them, or those of one batch."""
    found = Entry.objects.filter(batch_number=batch) if batch else Entry.objects.all()
    rows = found.order_by("batch_number", "number_in_batch", "id").values_list(*COLUMNS)
    before: Line | None = None
    for number, row in enumerate(rows.iterator(chunk_size=CHUNK), start=1):
        line = Line(*row)
        yield from _of(line, before)
        before = line
        if number % CHUNK == 0:
            tell(CHUNK)


def _of(line: Line, before: Line | None) -> Iterator[Difference]:
    leaf, stored = canonical.leaf_hash(line.body), bytes(line.leaf_hash)
    if leaf != stored:
        words = "its text was changed after it was hashed: text and hash do not belong together."
        yield _difference(
            line, "body", words, f"a text hashing to {stored.hex()}", f"one hashing to {leaf.hex()}"
        )
    try:
        body = json.loads(line.body)
        told = _told(body)
        previous = (body["batch"] or {}).get("previous")
    except (ValueError, KeyError, TypeError, AttributeError):
        yield _difference(line, "body", "its text can't be read.", "", "")
        return
    shown = (canonical.time_text(line.at), *line[2:14], line.change_cells)
    if told != shown:
        yield from _unlike_copies(line, told, shown)
    if line.batch_number:
        yield from _place(
            line, before if before and before.batch_number == line.batch_number else None, previous
        )


def _told(body: dict[str, Any]) -> tuple[Any, ...]:
    """The columns beside the text, as the text says them."""
    actor, record, batch = body["actor"], body["record"] or {}, body["batch"] or {}
    return (
        body["at"],
        actor["id"],
        actor["name"],
        actor["user"],
        actor["role"],
        body["action"],
        body["act"],
        record.get("kind", ""),
        record.get("id"),
        record.get("label", ""),
        record.get("history"),
        batch.get("number", ""),
        batch.get("entry"),
        change_cells(body),
    )


def _unlike_copies(line: Line, told: tuple[Any, ...], shown: tuple[Any, ...]) -> Iterator[Difference]:
    for name, says, shows in zip(LABELS, told, shown, strict=True):
        if says != shows:
            words = f"its text says {LABELS[name]} {says}, but screens show {shows}."
            yield _difference(line, name, words, f"{says}", f"{shows}")


def _place(line: Line, before: Line | None, previous: str | None) -> Iterator[Difference]:
    """The entry's number within its batch, and the one it says it follows."""
    number = line.number_in_batch or 0
    expected = (before.number_in_batch or 0) + 1 if before else 1
    if number != expected:
        gone = f"entry {expected}" if number == expected + 1 else f"entries {expected} to {number - 1}"
        words = f"it is entry {number} of its batch, but {gone} of the batch is gone."
        yield _difference(line, "number_in_batch", words, f"{gone} before it", "a gap")
    elif previous != (bytes(before.leaf_hash).hex() if before else None):
        words = f"it follows another entry than the one that stands before it in the batch ({number - 1})."
        yield _difference(
            line, "previous", words, f"{previous}", bytes(before.leaf_hash).hex() if before else ""
        )


def _difference(line: Line, field: str, words: str, recorded: str, standing: str) -> Difference:
    about = f" ({line.object_label})" if line.object_label else ""
    return Difference(
        words=words,
        what=What.ENTRY,
        record_kind=Entry._meta.label_lower,
        record_id=line.id,
        record_label=f"Entry {line.id}{about}"[:300],
        batch_number=line.batch_number,
        field=field,
        label=LABELS.get(field, field),
        recorded=recorded,
        standing=standing,
        entry=line.id,
        recorded_by=line.actor_username,
        in_order_until=line.at,
    )

"""Replaying entries: what they tell, one after the other, must give each history row.

Whoever edits a live row and its history row alike is found here, because the entry says otherwise. Rows
and entries of one record stand side by side in the order of their numbers, read as two streams; only the
record at hand is in memory. Records that do not fit are named by their key; `records.examine` says what
is wrong with each.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from audit import canonical
from audit.models import Entry
from audit.verifying.shapes import FieldShape, Shape

CHUNK = 2_000
FEW = 50  # rows that hold whole curves
EMPTY: tuple[Any, ...] = (None, "", [], {})  # a list that a new column begins with is as empty as no words
Row = tuple[Any, ...]
# What a history row says of itself, beside the fields of its model.
OF_HISTORY = ("history_id", "history_date", "history_user_id", "history_change_reason", "revision")


def suspects(shape: Shape, tell: Callable[[int], None] = lambda rows: None) -> Iterator[int]:
    """Keys of records whose history, or whose bulky values, are not what their entries tell."""
    streams = [_entries(shape), _history(shape), _live(shape)]
    for done, (key, (entries, history, live)) in enumerate(_side_by_side(streams), start=1):
        if not (_history_fits(shape, entries, history) and _live_fits(shape, entries, live)):
            yield key
        if done % CHUNK == 0:
            tell(CHUNK)


def _entries(shape: Shape) -> Iterator[Row]:
    found = Entry.objects.filter(kind=shape.kind, history_id__isnull=False).order_by("object_id", "id")
    return found.values_list("object_id", "history_id", "body").iterator(chunk_size=CHUNK)


def _history(shape: Shape) -> Iterator[Row]:
    names = [shape.pk, *OF_HISTORY, *(one.attname for one in shape.kept)]
    rows = shape.history._base_manager.order_by(shape.pk, "history_id").values_list(*names)
    return rows.iterator(chunk_size=CHUNK)


def _live(shape: Shape) -> Iterator[Row]:
    """Only what no history row holds; nothing for most models."""
    if not shape.unkept:
        return iter(())
    rows = shape.model._base_manager.order_by("pk")
    return rows.values_list("pk", *(one.attname for one in shape.unkept)).iterator(chunk_size=FEW)


def _side_by_side(streams: Sequence[Iterator[Row]]) -> Iterator[tuple[int, list[list[Row]]]]:
    """The rows of one key from every stream, key by key; each stream is sorted by its first column."""
    groups = [itertools.groupby(stream, key=lambda row: row[0]) for stream in streams]
    heads = [next(group, None) for group in groups]
    while any(heads):
        key = min(head[0] for head in heads if head)
        rows: list[list[Row]] = []
        for place, head in enumerate(heads):
            is_here = head is not None and head[0] == key
            rows.append(list(head[1]) if head is not None and is_here else [])
            if is_here:
                heads[place] = next(groups[place], None)
        yield key, rows


def _history_fits(shape: Shape, entries: list[Row], history: list[Row]) -> bool:
    if len(entries) != len(history):
        return False
    told: dict[str, Any] = {}
    try:
        for number, (entry, row) in enumerate(zip(entries, history, strict=True), start=1):
            body = json.loads(entry[2])
            if entry[1] != row[1] or row[5] != number or not says_alike(body, number, *row[2:5]):
                return False
            apply(body, told)
            if not _values_fit(shape.kept, told, row[6:]):
                return False
    except (ValueError, TypeError, KeyError, AttributeError):
        return False  # a body that can't be read, or a value that no entry could tell
    return True


def says_alike(body: dict[str, Any], number: int, at: Any, by: int, reason: str | None) -> bool:
    """Whether an entry and a history row name the same revision, moment, person and reason."""
    why = body.get("reason")
    return (
        body["record"]["revision"] == number
        and body["at"] == canonical.time_text(at)
        and body["actor"]["id"] == by
        and reason == (f"{why['category']}: {why['words']}" if why else None)
    )


def apply(body: dict[str, Any], told: dict[str, Any]) -> None:
    """Take over what one entry changed."""
    for change in body["changes"]:
        told[change["field"]] = change["new"]


def _values_fit(fields: Iterable[FieldShape], told: dict[str, Any], values: Row) -> bool:
    return all(fits(field, told, value) for field, value in zip(fields, values, strict=True))


def fits(field: FieldShape, told: dict[str, Any], value: Any) -> bool:
    """Whether a value is what the entries tell; what no entry ever named is empty."""
    if field.name not in told:
        return value in EMPTY or (field.is_hashed and not value)
    return bool(told[field.name] == field.plain(value)) or _same_number(field, told[field.name], value)


def _same_number(field: FieldShape, told: Any, value: Any) -> bool:
    """Whether both are one value in two notations: a field's default may be the whole number 30 for 30.0."""
    if field.is_hashed or isinstance(told, dict | list):
        return False
    try:
        return bool(field.plain(field.value_of(told)) == field.plain(value))
    except ValidationError:
        return False


def _live_fits(shape: Shape, entries: list[Row], live: list[Row]) -> bool:
    if not live:
        return True
    told: dict[str, Any] = {}
    try:
        for entry in entries:
            apply(json.loads(entry[2]), told)
        return _values_fit(shape.unkept, told, live[0][1:])
    except (ValueError, TypeError, KeyError, AttributeError):
        return False

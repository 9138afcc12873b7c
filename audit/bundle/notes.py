"""What a record says about a value of another: rooms register how to read it, since `audit` knows nobody."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Note(NamedTuple):
    """Words that belong beside a value: the kind and key of its record, the field, and what is said."""

    kind: str
    key: int
    field: str
    words: str


ReadNote = Callable[[Mapping[str, Any]], Note]
_read_by: dict[str, ReadNote] = {}


def register(kind: str, read: ReadNote) -> None:
    """Name what reads a note out of the values (as entries have them) of a kind of record."""
    _read_by[kind] = read


def note_of(kind: str, changes: list[dict[str, Any]]) -> Note | None:
    """The note that an entry of that kind writes; None for other kinds."""
    read = _read_by.get(kind)
    return read({change["field"]: change["new"] for change in changes}) if read else None

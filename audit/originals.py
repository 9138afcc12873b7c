"""Original files that belong to the record: rooms say where they keep them, others fetch them from there.

Originals are named by their SHA-256 everywhere. `audit` knows nobody: a room that keeps originals registers,
when its app is ready, which kind of record names them, how one is opened and how one is put back.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import File

from audit.hashing import CHUNK_BYTES, chunks_of

IN_MEMORY_BYTES = 4 * CHUNK_BYTES


class OriginalWrong(Exception):
    """An original that is not there, or whose bytes are not those of its name; says so in words."""


@dataclass(frozen=True)
class Original:
    """An original as its record names it."""

    kind: str
    record_id: int
    name: str
    batch_number: str
    sha256: str
    size_bytes: int

    def open(self) -> Any:
        """Its stored bytes, to be read."""
        return _rooms[self.kind].opened(self.sha256)

    def fetched(self) -> IO[bytes]:
        """A copy of it in a temporary file, its bytes checked. Raises OriginalWrong."""
        return fetched(self.sha256, _rooms[self.kind].opened)


@dataclass(frozen=True)
class Room:
    """Where the originals of one kind of record are.

    `named` gives those of one batch, or all for an empty number; `opened` reads one, `kept` puts one there.
    """

    kind: str
    named_by: str
    named: Callable[[str], Iterator[Original]]
    opened: Callable[[str], Any]
    kept: Callable[[str, File], None]
    is_empty: Callable[[], bool]


_rooms: dict[str, Room] = {}


def register(room: Room) -> None:
    """Tell where originals are kept; a room does it when its app is ready."""
    _rooms[room.kind] = room


def room_of(kind: str) -> Room | None:
    """The room that keeps the originals which records of that kind name."""
    return _rooms.get(kind)


def rooms() -> list[Room]:
    """All rooms that keep originals."""
    return list(_rooms.values())


def named(batch_number: str = "") -> Iterator[Original]:
    """Every original that a record names, or those of one batch; the same bytes may have several names."""
    for room in rooms():
        yield from room.named(batch_number)


def each_once(batch_number: str = "") -> Iterator[Original]:
    """The same, each SHA-256 once."""
    seen: set[str] = set()
    for original in named(batch_number):
        if original.sha256 not in seen:
            seen.add(original.sha256)
            yield original


def fetched(sha256: str, opened: Callable[[str], Any]) -> IO[bytes]:
    """A copy of the original in a temporary file, its bytes checked. Raises OriginalWrong."""
    found = hashlib.sha256()
    copy = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)
    try:
        with opened(sha256) as original:
            for chunk in chunks_of(original):
                found.update(chunk)
                copy.write(chunk)
    except FileNotFoundError as error:
        copy.close()
        raise OriginalWrong(f"The original file {sha256} is not in the store.") from error
    if found.hexdigest() != sha256:
        copy.close()
        raise OriginalWrong(f"The original file {sha256} has other bytes than its name says.")
    copy.seek(0)
    return copy  # type: ignore[return-value]

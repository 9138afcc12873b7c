"""Original files that belong to the record: rooms say where they keep them, copies and backups fetch them.

Originals are named by their SHA-256 everywhere. A room registers the kind of record that names them, the
field that holds the hash, how one is opened and how one is put where the room keeps it.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.apps import apps
from django.core.files.base import File

CHUNK_BYTES = 1024 * 1024
IN_MEMORY_BYTES = 4 * CHUNK_BYTES


class OriginalWrong(Exception):
    """An original that is not there, or whose bytes are not those of its name; says so in words."""


@dataclass(frozen=True)
class Room:
    """Where the originals of one kind of record are: `opened` reads one, `kept` puts one there."""

    kind: str
    named_by: str
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


def everything() -> Iterator[tuple[str, Room]]:
    """SHA-256 and room of every original that a record names, each once."""
    for room in rooms():
        model = apps.get_model(room.kind)
        names = model._base_manager.order_by(room.named_by).values_list(room.named_by, flat=True).distinct()
        for sha256 in names.iterator():
            yield sha256, room


def fetched(sha256: str, opened: Callable[[str], Any]) -> IO[bytes]:
    """A copy of the original in a temporary file, its bytes checked. Raises OriginalWrong."""
    found = hashlib.sha256()
    copy = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)
    try:
        with opened(sha256) as original:
            while chunk := original.read(CHUNK_BYTES):
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


def sha256_of(stream: Any) -> str:
    """SHA-256 (hex) of everything a stream holds."""
    found = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        found.update(chunk)
    return found.hexdigest()

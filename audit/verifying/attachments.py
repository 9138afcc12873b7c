"""Files that records stand on: whether their bytes are there and are the ones that the record names.

`audit` knows nobody. A room that keeps files registers, when it is ready, a function that names them.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from audit.verifying.differences import Difference, What

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file as its record names it, and how its bytes are opened."""

    record_kind: str
    record_id: int
    name: str
    batch_number: str
    sha256: str
    size_bytes: int
    opened: Callable[[], IO[Any]]


# Names every stored file, or those of one batch.
Source = Callable[[str], Iterator[StoredFile]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Let a room name the files that it keeps; called once, when the room is ready."""
    if source not in _sources:
        _sources.append(source)


def differences(batch: str = "", tell: Callable[[int], None] = lambda files: None) -> Iterator[Difference]:
    """Files that are missing or not what their record names: all, or those of one batch."""
    for source in _sources:
        for file in source(batch):
            words = trouble(file)
            if words:
                yield _difference(file, words)
            tell(1)


def difference_of(record_kind: str, record_id: int, batch: str) -> Difference | None:
    """What is wrong with the file of one record of a batch now."""
    for source in _sources:
        for file in source(batch):
            if (file.record_kind, file.record_id) == (record_kind, record_id):
                words = trouble(file)
                return _difference(file, words) if words else None
    return None


def trouble(file: StoredFile) -> str:
    """What is wrong with a file; empty when its bytes are the ones that the record names."""
    sha256 = hashlib.sha256()
    try:
        with file.opened() as stored:
            while chunk := stored.read(CHUNK_BYTES):
                sha256.update(chunk)
    except FileNotFoundError:
        return "its file is missing from the store."
    except OSError as error:
        return f"its file can't be read: {error.strerror or error}."
    if sha256.hexdigest() != file.sha256:
        return "the stored file is not the one that was attached: its bytes have another SHA-256."
    return ""


def _difference(file: StoredFile, words: str) -> Difference:
    return Difference(
        words=words,
        what=What.FILE,
        record_kind=file.record_kind,
        record_id=file.record_id,
        record_label=f"File {file.name}"[:300],
        batch_number=file.batch_number,
        field="file",
        label="File",
        recorded=f"SHA-256 {file.sha256}, {file.size_bytes} bytes",
        standing="no file" if "missing" in words else "other bytes",
    )

"""Reading a stream piece by piece: its SHA-256, without holding all of it in memory."""

import hashlib
from collections.abc import Iterator
from typing import Any

CHUNK_BYTES = 1024 * 1024


def chunks_of(stream: Any) -> Iterator[bytes]:
    """Everything that a stream still holds, in pieces."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def sha256_of(stream: Any) -> str:
    """SHA-256 (hex) of everything that a stream still holds."""
    found = hashlib.sha256()
    for chunk in chunks_of(stream):
        found.update(chunk)
    return found.hexdigest()

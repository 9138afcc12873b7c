"""Files that are whole or not there: written beside their place, down to the disk, then given their name."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write the file, over one that may be there; at any moment it holds the old or the new text."""
    with _written(path, text.encode(), mode) as half:
        half.replace(path)


def create(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write a new file. Raises FileExistsError where there is one: that is never overwritten."""
    create_bytes(path, text.encode(), mode=mode)


def create_bytes(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """The same with bytes."""
    with _written(path, content, mode) as half:
        os.link(half, path)


@contextmanager
def _written(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    half = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.half")
    held = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        with open(held, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield half
    finally:
        half.unlink(missing_ok=True)

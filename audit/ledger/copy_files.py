"""What lies where in the second copy, and how it is read.

    epoch-1/epoch.json                                 origin, public key, since, why
    epoch-1/ranges/000000000123-000000000455.jsonl     one line a leaf, one a checkpoint
    epoch-1/checkpoints/000000000456.txt               the signed note over the first 456 leaves
    originals/ab/cd/abcd…                              original files, by their SHA-256

Ranges may overlap (a shipment that was interrupted is made again with more in it); each leaf is read once.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage

from audit.hashing import sha256_of
from audit.ledger.rows import Row

RANGE_NAME = re.compile(r"(\d{12})-(\d{12})\.jsonl")
NOTE_NAME = re.compile(r"(\d{12})\.txt")
EPOCH_NAME = re.compile(r"epoch-(\d+)")


class CopyTrouble(Exception):
    """The second copy can't be written or read, or is not what it should be; says so in words."""


def epoch_path(number: int) -> str:
    return f"epoch-{number}/epoch.json"


def range_path(epoch: int, first: int, last: int) -> str:
    return f"epoch-{epoch}/ranges/{first:012}-{last:012}.jsonl"


def note_path(epoch: int, size: int) -> str:
    return f"epoch-{epoch}/checkpoints/{size:012}.txt"


def original_path(sha256: str) -> str:
    return f"originals/{sha256[:2]}/{sha256[2:4]}/{sha256}"


# --- writing ------------------------------------------------------------------------------------


def put(store: Storage, name: str, content: Any) -> None:
    """Write a file that is not there yet; one with the same bytes is fine. Raises CopyTrouble for others."""
    if not store.exists(name):
        with contextlib.suppress(FileExistsError):
            content.seek(0)
            kept = store.save(name, File(content))
            if kept == name:
                return
            store.delete(kept)  # somebody else was first, and the store gave it another name
    content.seek(0)
    with store.open(name, "rb") as there:
        if sha256_of(there) == sha256_of(content):
            return
    content.seek(0)
    with store.open(name, "rb") as there:
        if RANGE_NAME.search(name) and _essence(there) == _essence(content):
            return
    raise CopyTrouble(
        f"The second copy holds another file {name} than this ledger would write. Nothing is overwritten: "
        "look whose copy that is, and whether it was changed."
    )


def _essence(lines: Any) -> str:
    """SHA-256 over a range without what stands beside the history, which may have moved on since."""
    found = hashlib.sha256()
    for line in lines:
        try:
            held = json.loads(line)
        except ValueError:
            return ""
        if not isinstance(held, dict):
            return ""
        held.pop("beside", None)
        found.update(json.dumps(held, sort_keys=True).encode() + b"\n")
    return found.hexdigest()


# --- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of a range, with the epoch it lies in."""

    epoch: Row
    leaf: int | None
    held: Row


def epochs(store: Storage) -> list[Row]:
    """What the copy says of the epochs, by their number."""
    folders, _ = _listed(store, "")
    numbers = sorted(int(m[1]) for folder in folders if (m := EPOCH_NAME.fullmatch(folder)))
    return [_epoch(store, number) for number in numbers]


def _epoch(store: Storage, number: int) -> Row:
    epoch = _json(store, epoch_path(number))
    if epoch.get("number") != number or not {"origin", "public_key", "size"} <= epoch.keys():
        raise CopyTrouble(f"{epoch_path(number)} in the second copy does not describe epoch {number}.")
    return epoch


def newest_note(store: Storage) -> str:
    """The newest checkpoint that the copy holds, as its note; empty when it holds none."""
    for epoch in reversed(epochs(store)):
        _, names = _listed(store, f"epoch-{epoch['number']}/checkpoints")
        sizes = [int(found[1]) for name in names if (found := NOTE_NAME.fullmatch(name))]
        if sizes:
            return _text(store, note_path(epoch["number"], max(sizes)))
    return ""


def lines(store: Storage, start: int) -> Iterator[Line]:
    """Leaves from `start` on with their checkpoints, in order, up to the first that the copy lacks."""
    known = epochs(store)
    following = start
    signed = start
    for epoch, then in zip(known, [*known[1:], None], strict=True):
        end = then["size"] if then else None
        for first, name in _ranges(store, epoch["number"], following):
            if first > following:
                return
            for held in _held(store, name):
                leaf, size = held.get("leaf"), (held.get("checkpoint") or {}).get("size")
                if end is not None and (leaf if size is None else size - 1) >= end:
                    break  # a stretch that was lost; the epoch behind says so
                if leaf == following:
                    following += 1
                    yield Line(epoch, leaf, held)
                elif size is not None and size > signed and size == following:
                    signed = size
                    yield Line(epoch, None, held)


def _ranges(store: Storage, epoch: int, start: int) -> list[tuple[int, str]]:
    _, names = _listed(store, f"epoch-{epoch}/ranges")
    found = [(int(m[1]), int(m[2]), m[0]) for name in names if (m := RANGE_NAME.fullmatch(name))]
    return [(first, f"epoch-{epoch}/ranges/{name}") for first, last, name in sorted(found) if last >= start]


@contextlib.contextmanager
def _reachable() -> Iterator[None]:
    """Whatever a store or a network throws becomes words; a missing file is its reader's business."""
    try:
        yield
    except (CopyTrouble, FileNotFoundError):
        raise
    except Exception as error:
        raise CopyTrouble(f"The second copy can't be read: {error}") from error


def _held(store: Storage, name: str) -> Iterator[Row]:
    with _reachable(), store.open(name, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                held = json.loads(line)
            except ValueError as error:
                raise CopyTrouble(f"Line {number} of {name} in the second copy can't be read.") from error
            if not isinstance(held, dict) or not ({"leaf", "entry"} <= held.keys() or "checkpoint" in held):
                raise CopyTrouble(f"Line {number} of {name} in the second copy is no leaf and no checkpoint.")
            yield held


def _listed(store: Storage, folder: str) -> tuple[list[str], list[str]]:
    try:
        with _reachable():
            return store.listdir(folder)
    except FileNotFoundError as error:
        if folder:
            return [], []
        raise CopyTrouble(f"The second copy can't be read: {error}") from error


def _text(store: Storage, name: str) -> str:
    try:
        with _reachable(), store.open(name, "rb") as file:
            return str(file.read().decode("utf-8"))
    except FileNotFoundError as error:
        raise CopyTrouble(f"{name} is not in the second copy.") from error


def _json(store: Storage, name: str) -> Row:
    try:
        held = json.loads(_text(store, name))
    except ValueError as error:
        raise CopyTrouble(f"{name} in the second copy can't be read.") from error
    if not isinstance(held, dict):
        raise CopyTrouble(f"{name} in the second copy can't be read.")
    return held

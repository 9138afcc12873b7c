"""The signing key and the last checkpoint, kept in a folder outside the database.

The folder (settings.LEDGER_DIR) holds `signing_key`, readable by whoever seals and nobody else, and
`last_checkpoint`, which tells the sealer what it signed last: a database that is older was restored.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from audit import whole_files
from audit.ledger.notes import NoteWrong, SigningKey

KEY_FILE = "signing_key"
LAST_FILE = "last_checkpoint"
LOCK_FILE = "lock"


class KeyUnusable(Exception):
    """The signing key is missing or can't be read; says where it should be and what to do."""


def folder() -> Path:
    return Path(settings.LEDGER_DIR)


def key_path() -> Path:
    return folder() / KEY_FILE


def load() -> SigningKey:
    """The signing key. Raises KeyUnusable."""
    path = key_path()
    try:
        return SigningKey.read(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise KeyUnusable(
            f"The signing key is not at {path}. Put it back from where it is kept apart; if it is lost, "
            "begin a new epoch (manage.py new_epoch)."
        ) from error
    except OSError as error:
        raise KeyUnusable(f"The signing key at {path} can't be read: {error.strerror}.") from error
    except (NoteWrong, UnicodeDecodeError) as error:
        raise KeyUnusable(f"The file {path} holds no usable signing key: {error}") from error


def make(origin: str) -> SigningKey:
    """A new signing key in its file: whole or not there. A file that is there is never overwritten."""
    key = SigningKey.make(origin)
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    whole_files.create(key_path(), key.secret_text() + "\n", mode=0o600)
    # Nothing may be signed by a key that a power cut could still take away.
    held = os.open(folder(), os.O_RDONLY)
    os.fsync(held)
    os.close(held)
    return key


def set_aside() -> Path | None:
    """Rename the present key's file, so that another one can be made. Returns where it is now."""
    return _aside(key_path(), "retired")


def set_last_note_aside() -> Path | None:
    """Rename what is remembered as the last checkpoint, where it is none. Returns where it is now."""
    return _aside(folder() / LAST_FILE, "unreadable")


def _aside(path: Path, why: str) -> Path | None:
    if not path.exists():
        return None
    return path.rename(path.with_name(f"{path.name}.{secrets.token_hex(4)}.{why}"))


def new_origin() -> str:
    """A name for a log that no other installation has."""
    return f"exoledger/{secrets.token_hex(8)}"


def last_note() -> str:
    """The checkpoint that was signed last, as its note; empty before the first."""
    try:
        return (folder() / LAST_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Nobody else on this machine changes the folder meanwhile."""
    with (folder() / LOCK_FILE).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def keep_last_note(note: str) -> None:
    """Remember a checkpoint outside the database; the file is whole at any moment."""
    whole_files.replace(folder() / LAST_FILE, note)

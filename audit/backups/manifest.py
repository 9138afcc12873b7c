"""The manifest of a backup: what is in it, so that a restore can tell whether it is whole."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from audit.backups import BackupFailed
from audit.hashing import sha256_of

NAME = "manifest.json"
FORMAT = "exoledger-backup/1"


@dataclass
class Manifest:
    """What a backup holds: rows of every table, the newest checkpoint, each file with its SHA-256."""

    made_at: str
    product: str
    engine: str
    counts: dict[str, int]
    migrations: list[list[str]]
    checkpoint: dict[str, Any] | None
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    format: str = FORMAT

    def add(self, folder: Path, path: Path, sha256: str = "") -> None:
        """Name a file of the backup; its hash is computed unless it is known."""
        with path.open("rb") as file:
            found = sha256 or sha256_of(file)
        self.files[str(path.relative_to(folder))] = {"sha256": found, "bytes": path.stat().st_size}

    def write(self, folder: Path) -> str:
        """Write the manifest. Returns its own SHA-256."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (folder / NAME).write_text(text, encoding="utf-8")
        return hashlib.sha256(text.encode()).hexdigest()


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupFailed."""
    path = folder / NAME
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != FORMAT:
            raise BackupFailed(f"{path} is of the format {held['format']}; this version reads {FORMAT}.")
        return Manifest(**held)
    except FileNotFoundError as error:
        raise BackupFailed(f"{folder} is no backup: there is no {NAME} in it.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{path} can't be read: {error}") from error


def check(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all there with their hashes. Raises BackupFailed."""
    manifest = read(folder)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {NAME}
    for name in sorted({*manifest.files} - there):
        raise BackupFailed(f"The backup is not whole: {name} is missing. Nothing was restored.")
    for name in sorted(there - {*manifest.files}):
        raise BackupFailed(f"{name} in the backup is not named by its manifest. Nothing was restored.")
    for name, known in sorted(manifest.files.items()):
        with (folder / name).open("rb") as file:
            if sha256_of(file) != known["sha256"]:
                raise BackupFailed(f"{name} in the backup was changed or damaged. Nothing was restored.")
    return manifest

"""Making a backup: one folder named by its moment, whole or not at all, without the signing key."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit import originals, whole_files
from audit.backups import BackupFailed, databases
from audit.backups.databases import Facts
from audit.backups.manifest import NAME as MANIFEST
from audit.backups.manifest import Manifest
from audit.hashing import sha256_of
from audit.ledger import keys, sealing

PARTIAL = ".partial"
DATABASE_FILE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


@dataclass(frozen=True)
class Made:
    """A backup that is complete; it gets its final name when the caller has told of it."""

    path: Path
    manifest: Manifest
    sha256: str


@contextmanager
def backup(folder: Path) -> Iterator[Made]:
    """Make a backup in the folder; when the caller's block ends well it appears under its name.

    Raises BackupFailed, and then leaves nothing behind.
    """
    now = timezone.now()
    final = folder / f"{now:%Y%m%dT%H%M%S.%fZ}"  # two backups may begin within one second
    partial = final.with_name(final.name + PARTIAL)
    try:
        partial.mkdir(parents=True, mode=0o700)
        with suppress(sealing.SealingStopped):  # a backup is due most of all when something is wrong
            sealing.seal()
        manifest = _fill(partial, folder, made_at=now.isoformat())
        yield Made(final, manifest, manifest.write(partial))
        _settle(partial)
        partial.rename(final)
    except OSError as error:
        raise BackupFailed(
            f"The backup can't be written to {folder}: {error}. Nothing is left of it."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _fill(partial: Path, folder: Path, *, made_at: str) -> Manifest:
    database = partial / DATABASE_FILE[connection.vendor]
    facts = databases.dump(database)
    manifest = Manifest(
        made_at=made_at,
        product=f"ExoLedger {settings.PRODUCT_VERSION}",
        engine=connection.vendor,
        counts=facts.counts,
        migrations=facts.migrations,
        checkpoint=_newest(facts),
    )
    manifest.add(partial, database)
    _write_ledger(partial, facts, manifest)
    _write_originals(partial, folder, manifest)
    return manifest


def _newest(facts: Facts) -> dict[str, object] | None:
    if not facts.notes:
        return None
    size, root, note = facts.notes[-1]
    return {"size": size, "root": root.hex(), "note": note}


def _write_ledger(partial: Path, facts: Facts, manifest: Manifest) -> None:
    """Public keys and every signed note: small, and readable without the database."""
    ledger = partial / "ledger"
    ledger.mkdir()
    notes = [json.dumps({"size": size, "note": note}, ensure_ascii=False) for size, _, note in facts.notes]
    texts = {
        "epochs.json": json.dumps(facts.epochs, ensure_ascii=False, indent=1) + "\n",
        "checkpoints.jsonl": "".join(f"{note}\n" for note in notes),
        "newest.txt": facts.notes[-1][2] if facts.notes else "",
    }
    for name, text in texts.items():
        (ledger / name).write_text(text, encoding="utf-8")
        manifest.add(partial, ledger / name)


def _write_originals(partial: Path, folder: Path, manifest: Manifest) -> None:
    """Every original, linked from the backup before where it has the same bytes, else fetched."""
    before = _backup_before(folder)
    for original in originals.each_once():
        sha256 = original.sha256
        path = partial / "originals" / sha256[:2] / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        if before is None or not _linked(before / "originals" / sha256[:2] / sha256, path, sha256):
            try:
                with original.fetched() as content, path.open("xb") as file:
                    shutil.copyfileobj(content, file)
            except originals.OriginalWrong as error:
                manifest.troubles.append(str(error))
                continue
        manifest.add(partial, path, sha256)


def _backup_before(folder: Path) -> Path | None:
    whole = sorted(path.parent for path in folder.glob(f"*Z/{MANIFEST}"))
    return whole[-1] if whole else None


def _linked(before: Path, path: Path, sha256: str) -> bool:
    """Whether the file could be linked; its bytes are read again, so that no damage is handed on."""
    try:
        with before.open("rb") as file:
            if sha256_of(file) != sha256:
                return False
        os.link(before, path)
    except OSError:
        return False
    return True


def _settle(partial: Path) -> None:
    """Wait until the disk has everything."""
    for path in partial.rglob("*"):
        if path.is_file() and path.stat().st_nlink == 1:
            with path.open("rb") as file:
                os.fsync(file.fileno())


# --- the key, apart -----------------------------------------------------------------------------


def keep_key(folder: Path, backups: Path) -> None:
    """Write the signing key and the last checkpoint to a folder of their own, for their owner only.

    Raises BackupFailed when that folder is, holds or lies in that of the backups, or holds another key.
    """
    apart, beside = folder.resolve(), backups.resolve()
    if apart == beside or apart in beside.parents or beside in apart.parents:
        raise BackupFailed("The key is kept apart from the backups: name another folder with --key-to.")
    try:
        key = keys.load()
    except keys.KeyUnusable as error:
        raise BackupFailed(str(error)) from error
    text = key.secret_text() + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / keys.KEY_FILE
        if target.exists() and target.read_text(encoding="utf-8") != text:
            raise BackupFailed(f"{target} holds another key. It is not overwritten; name an empty folder.")
        whole_files.replace(target, text, mode=0o600)
        if note := keys.last_note():
            whole_files.replace(folder / keys.LAST_FILE, note, mode=0o600)
    except OSError as error:
        raise BackupFailed(f"The signing key can't be written to {folder}: {error}.") from error

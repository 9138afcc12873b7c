"""Restoring a backup into an empty installation; what stands there then is verified by its caller."""

from dataclasses import dataclass, field
from pathlib import Path

from django.core.files.base import File
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from audit import originals
from audit.backups import BackupFailed, databases, manifest
from audit.backups.making import DATABASE_FILE
from audit.backups.manifest import Manifest
from audit.ledger.models import Checkpoint


@dataclass
class Restored:
    """What came out of a backup: rows of every table before and after, and what is wrong."""

    manifest: Manifest
    counts: dict[str, int]
    originals: int = 0
    problems: list[str] = field(default_factory=list)


def restore(folder: Path) -> Restored:
    """Check a backup, put it into this empty installation, and count what stands there then.

    Raises BackupFailed before anything is written, or when the database could not be filled.
    """
    told = manifest.check(folder)
    _demand_fitting(told)
    _demand_empty()
    count = _put_originals(folder)
    try:
        databases.load(folder / DATABASE_FILE[told.engine])
        restored = Restored(told, databases.present_counts(), originals=count)
    except (OSError, DatabaseError) as error:
        raise BackupFailed(
            f"The database can't be filled: {error}. Empty it and the folder of originals, and begin again."
        ) from error
    restored.problems += [*_other_counts(told.counts, restored.counts), *told.troubles]
    _migrate(told)
    restored.problems += _other_checkpoint(told)
    return restored


def _demand_fitting(told: Manifest) -> None:
    if told.engine != connection.vendor:
        raise BackupFailed(
            f"The backup was made on {told.engine}, this installation runs on {connection.vendor}: set "
            "DATABASE_URL to an empty database of the same engine."
        )
    known = {tuple(key) for key in MigrationLoader(None).disk_migrations}
    newer = sorted(f"{app}.{name}" for app, name in told.migrations if (app, name) not in known)
    ours = [name for name in newer if name.split(".")[0] in {app for app, _ in known}]
    if ours:
        raise BackupFailed(
            f"The backup was made by a newer version ({told.product}): this one does not know {ours[0]}. "
            "Install that version and restore there."
        )


def _demand_empty() -> None:
    if not databases.is_empty():
        raise BackupFailed(
            f"The database {connection.settings_dict['NAME']} is not empty. A backup is restored into an "
            "empty installation only: name an empty folder in EXOLEDGER_DATA or an empty database in "
            "DATABASE_URL."
        )
    if not all(room.is_empty() for room in originals.rooms()):
        raise BackupFailed(
            "The folder of originals is not empty. A backup is restored into an empty installation only; if "
            "a restore was interrupted, empty the folder and begin again."
        )


def _put_originals(folder: Path) -> int:
    """Put every original where its room keeps it. Returns how many."""
    count = 0
    for path in sorted((folder / "originals").glob("*/*")):
        try:
            with path.open("rb") as file:
                for room in originals.rooms():
                    room.kept(path.name, File(file))
        except OSError as error:
            raise BackupFailed(
                f"The original file {path.name} can't be put back: {error}. Make room, empty the folder of "
                "originals and begin again."
            ) from error
        count += 1
    return count


def _migrate(told: Manifest) -> None:
    """Bring an older backup to the present version."""
    applied = {tuple(key) for key in told.migrations}
    if {tuple(key) for key in MigrationLoader(None).disk_migrations} - applied:
        call_command("migrate", verbosity=0, skip_checks=True)


# --- what is checked ----------------------------------------------------------------------------


def _other_counts(before: dict[str, int], after: dict[str, int]) -> list[str]:
    return [
        f"The table {name} has {after.get(name, 'no')} rows; the backup names {before.get(name, 'none')}."
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _other_checkpoint(told: Manifest) -> list[str]:
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first()
    named = told.checkpoint["size"] if told.checkpoint else None
    return [] if newest == named else [f"The newest checkpoint is {newest}; the backup names {named}."]

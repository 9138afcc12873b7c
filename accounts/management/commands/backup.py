"""`manage.py backup DIR`: database, originals and ledger in one folder; the signing key only apart."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actions import command_line
from audit import records
from audit.backups import BackupFailed
from audit.backups.making import Made, backup, keep_key
from audit.models import EntryAction


class Command(BaseCommand):
    help = "Makes a backup in a folder of its own under DIR. The signing key is not in it (see --key-to)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", help="where backups are kept")
        parser.add_argument("--key-to", metavar="DIR", help="write the signing key to this other folder")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["folder"])
        actor = command_line()
        try:
            if options["key_to"]:
                keep_key(Path(options["key_to"]), folder)
            with backup(folder) as made, transaction.atomic():
                records.event(EntryAction.BACKED_UP, by=actor, act="backup", detail=_detail(made))
        except BackupFailed as failed:
            raise CommandError(str(failed)) from failed
        self.stdout.write(
            f"{made.path}: {sum(made.manifest.counts.values())} rows in {len(made.manifest.counts)} tables, "
            f"{len(made.manifest.files)} files. SHA-256 of its manifest: {made.sha256}"
        )
        for trouble in made.manifest.troubles:
            self.stderr.write(trouble)
        if options["key_to"]:
            self.stdout.write(f"The signing key is in {options['key_to']}; take it to another place.")


def _detail(made: Made) -> dict[str, Any]:
    """What the trail says of a backup."""
    manifest = made.manifest
    return {
        "folder": made.path.name,
        "manifest_sha256": made.sha256,
        "checkpoint": manifest.checkpoint["size"] if manifest.checkpoint else None,
        "rows": sum(manifest.counts.values()),
        "files": len(manifest.files),
        "troubles": manifest.troubles,
    }

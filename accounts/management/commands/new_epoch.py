"""`manage.py new_epoch`: go on sealing under a new key and origin, and state why and what is lost."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import command_line
from audit.ledger import epochs
from audit.ledger.copy_files import CopyTrouble
from audit.ledger.gaps import Kept
from audit.ledger.notes import NoteWrong


class Command(BaseCommand):
    help = (
        "Begins an epoch of the ledger: a new key and origin, with the reason and what is known to be lost."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="why, in words that an auditor will read")
        parser.add_argument("--newest", action="append", default=[], help="file of a checkpoint you keep")
        parser.add_argument(
            "--leave-out", action="store_true", help="give up entries that the second copy still holds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["reason"].strip():
            raise CommandError("Say why with --reason: it stands in the ledger for good.")
        kept = kept_notes(options["newest"])
        try:
            plan = epochs.plan(kept, leave_out=options["leave_out"])
            actor = command_line()
            epoch = epochs.begin(plan, by=actor, reason=options["reason"])
        except (epochs.EpochRefused, NoteWrong, CopyTrouble) as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"The new key can't be kept: {error}. No epoch began.") from error
        self.stdout.write(f"Epoch {epoch.number} has begun: {epoch.origin}")
        self.stdout.write(f"Its public key, to be kept with the checkpoints: {epoch.public_key}")
        self.stdout.write(epoch.words)


def kept_notes(paths: list[str]) -> list[Kept]:
    """The notes in those files. Raises CommandError."""
    try:
        return [Kept(Path(path).read_text(encoding="utf-8"), f"in {path}") for path in paths]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"A checkpoint's file can't be read: {error}") from error

"""`manage.py reimport`: bring back from the second copy what a restored database lacks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actions import command_line
from accounts.management.commands.new_epoch import kept_notes
from accounts.recovering import bring_back, verified
from audit import records
from audit.ledger import copies
from audit.ledger.copy_files import CopyTrouble
from audit.ledger.notes import NoteWrong
from audit.ledger.reimport import ReimportRefused
from audit.models import EntryAction
from audit.words import counted


class Command(BaseCommand):
    help = "Brings back from the second copy the entries and records that this database has lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--newest", action="append", default=[], help="file of a checkpoint you keep")

    def handle(self, *args: Any, **options: Any) -> None:
        if not copies.is_set():
            raise CommandError(
                "This installation has no second copy. Set EXOLEDGER_COPY_DIR or EXOLEDGER_COPY_BUCKET, or "
                "begin a new epoch (manage.py new_epoch)."
            )
        try:
            recovery = bring_back(kept_notes(options["newest"]))
        except (ReimportRefused, CopyTrouble, NoteWrong) as refusal:
            raise CommandError(f"Nothing was changed. {refusal}") from refusal
        words = recovery.words()
        wrong: list[str] = []
        if recovery.came and recovery.came.entries:
            entries, wrong = verified()
            words += wrong or [f"{counted(entries, 'entry was', 'entries were')} verified: everything fits."]
            _keep(recovery.came.entries, words)
        if recovery.left or wrong:
            raise CommandError("\n".join(words))
        self.stdout.write("\n".join(words))


def _keep(entries: int, words: list[str]) -> None:
    with transaction.atomic():
        actor = command_line()
        detail = {"entries": entries, "words": words}
        records.event(EntryAction.RESTORED, by=actor, act="reimport", detail=detail)

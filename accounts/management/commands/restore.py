"""`manage.py restore DIR`: a backup into an empty installation, checked, with a report."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.actions import command_line
from accounts.management.commands.new_epoch import kept_notes
from accounts.recovering import bring_back, verified
from audit import records
from audit.backups import BackupFailed
from audit.backups.restoring import Restored, restore
from audit.ledger.copy_files import CopyTrouble
from audit.ledger.notes import NoteWrong
from audit.ledger.reimport import ReimportRefused
from audit.models import EntryAction


@dataclass
class Report:
    """What a restore did and found, for people and for machines."""

    backup: str
    made_at: str
    restored_at: str
    product: str
    checkpoint: int | None
    tables: int
    rows_in_backup: int
    rows_restored: int
    originals: int
    entries_verified: int = 0
    gap: list[str] = field(default_factory=list)
    lost_entries: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.problems and not self.lost_entries

    def text(self) -> str:
        """The report as people read it."""
        lines = [
            f"Restore of {self.backup} (made {self.made_at} by {self.product})",
            f"Restored at:          {self.restored_at}",
            f"Newest checkpoint:    {self.checkpoint}",
            f"Tables:               {self.tables}",
            f"Rows in the backup:   {self.rows_in_backup}",
            f"Rows restored:        {self.rows_restored}",
            f"Original files:       {self.originals}",
            f"Entries verified:     {self.entries_verified}",
            *self.gap,
            *(f"PROBLEM: {problem}" for problem in self.problems),
            "Everything fits." if self.is_whole else "NOT EVERYTHING FITS. Read the lines above.",
        ]
        return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Restores a backup into this empty installation, checks it and writes a report beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", metavar="DIR", help="one backup, such as backups/20261126T050000.000000Z"
        )
        parser.add_argument("--newest", action="append", default=[], help="file of a checkpoint you keep")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["folder"])
        kept = kept_notes(options["newest"])
        try:
            report = _report(folder, restore(folder))
        except BackupFailed as failed:
            raise CommandError(str(failed)) from failed
        _recover(report, kept)
        report.entries_verified, wrong = verified()
        report.problems += wrong
        _keep(report)
        self.stdout.write(report.text())
        if not report.is_whole:
            raise CommandError("The restore is done, but not everything fits; see the report.")


def _report(folder: Path, restored: Restored) -> Report:
    told = restored.manifest
    return Report(
        backup=folder.resolve().name,
        made_at=told.made_at,
        restored_at=timezone.now().isoformat(),
        product=told.product,
        checkpoint=told.checkpoint["size"] if told.checkpoint else None,
        tables=len(restored.counts),
        rows_in_backup=sum(told.counts.values()),
        rows_restored=sum(restored.counts.values()),
        originals=restored.originals,
        problems=restored.problems,
    )


def _recover(report: Report, kept: Any) -> None:
    """Find what the backup lacks; bring it back where the second copy has it."""
    try:
        recovery = bring_back(kept)
    except (ReimportRefused, CopyTrouble, NoteWrong) as refusal:
        report.problems.append(f"Whether entries are missing could not be settled. {refusal}")
        return
    report.gap = recovery.words()
    report.lost_entries = recovery.left.entries if recovery.left else 0


def _keep(report: Report) -> None:
    """Write the report beside the installation, and what it says as an entry."""
    with transaction.atomic():
        actor = command_line()
        detail = {**asdict(report), "is_whole": report.is_whole}
        records.event(EntryAction.RESTORED, by=actor, act="restore", detail=detail)
    name = f"restored-{report.restored_at[:19].replace(':', '').replace('-', '')}Z"
    folder = Path(settings.DATA_DIR)
    (folder / f"{name}.txt").write_text(report.text(), encoding="utf-8")
    written = json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"
    (folder / f"{name}.json").write_text(written, encoding="utf-8")

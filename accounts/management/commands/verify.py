"""`manage.py verify`: whether records, history, entries, ledger and files are what was recorded.

Ends with 0 when everything is in order, or everything wrong is known and dealt with ("noted"); with 1
when something is wrong; with 2 when it was asked wrongly. The outcome is kept as an entry. It stands here
and not in audit because that entry names a system actor, and people are accounts'.
"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts.actions import command_line
from accounts.unexplained.actions import keep_verification
from audit.models import Entry
from audit.verifying import running
from audit.words import grouped


class Command(BaseCommand):
    help = (
        "Verifies that live rows, history, entries, ledger and files fit together. Ends with 0 when they do "
        "(or every difference is known and noted), with 1 when not, with 2 when asked wrongly."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", metavar="NUMBER", default="", help="only the records of one batch")
        parser.add_argument("--quick", action="store_true", help="only sets and the newest checkpoint")
        parser.add_argument(
            "--against",
            metavar="OLD_CHECKPOINT",
            nargs="+",
            default=[],
            help='files with signed checkpoints, or "SIZE ROOT" as typed from a print',
        )
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["batch"]
        scope = running.BATCH if number else running.QUICK if options["quick"] else running.WHOLE
        if number and (options["quick"] or options["against"]):
            raise CommandError("--batch can't be combined with --quick or --against.", returncode=2)
        if number and not Entry.objects.filter(batch_number=number).exists():
            raise CommandError(f"There are no entries of a batch {number}.", returncode=2)
        progress = Progress(self.stderr)
        try:
            report = running.verify(scope, number=number, against=options["against"], tell=progress.tell)
        except DatabaseError as error:
            raise CommandError(f"The database can't be read to its end: {error}", returncode=1) from error
        finally:
            progress.end()
        actor = command_line()
        entry = keep_verification(report=report, scope=scope, number=number, by=actor)
        self.stdout.write(as_json(report, entry) if options["json"] else in_words(report, entry))
        if report.outcome == "wrong":
            raise SystemExit(1)


class Progress:
    """What is being checked now, on a terminal; silent elsewhere."""

    def __init__(self, stream: Any):
        self.stream, self.is_shown = stream, sys.stderr.isatty()

    def tell(self, stage: str, done: int) -> None:
        if self.is_shown:
            self.stream.write(f"\r\x1b[K{stage}… {grouped(done) if done else ''}", ending="")
            self.stream.flush()

    def end(self) -> None:
        if self.is_shown:
            self.stream.write("\r\x1b[K", ending="")


def in_words(report: running.Report, entry: Entry) -> str:
    """The report for people: what was checked, the first thing wrong, how many more."""
    lines = [f"{stage.name}: {stage.counts} ({stage.seconds:.1f} s)" for stage in report.stages]
    lines += ["", *report.notes] if report.notes else []
    lines += [f"Warning: {one.sentence}" for one in report.warnings]
    lines += [f"Known: {one.sentence} {dealt}" for one, dealt in report.known]
    lines.append("")
    if report.outcome == "wrong":
        lines.append(f"WRONG: {report.differences[0].sentence}" if report.differences else "WRONG")
        lines += [f"       {one.sentence}" for one in report.differences[1:10]]
        more = report.wrong - min(10, len(report.differences))
        lines += [f"       and {grouped(more)} more"] if more else []
    else:
        lines.append(report.words)
    lines.append(f"Kept as entry {entry.pk}.")
    return "\n".join(lines)


def as_json(report: running.Report, entry: Entry) -> str:
    """The report for machines."""
    found = {
        "outcome": report.outcome,
        "words": report.words,
        "wrong": report.wrong,
        "checkpoint": report.checkpoint,
        "entry": entry.pk,
        "seconds": round(report.seconds, 3),
        "stages": [
            {"name": stage.name, "counts": stage.counts, "seconds": round(stage.seconds, 3)}
            for stage in report.stages
        ],
        "differences": [one.as_json() for one in report.differences],
        "known": [{**one.as_json(), "dealt_with": dealt} for one, dealt in report.known],
        "warnings": [one.sentence for one in report.warnings],
        "notes": report.notes,
    }
    return json.dumps(found, ensure_ascii=False, indent=2)

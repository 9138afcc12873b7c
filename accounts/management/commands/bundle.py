"""`manage.py bundle`: a batch, some days or some entries as a zip that proves itself.

It stands here and not in audit because a bundle names who made it, and people are accounts'.
"""

import datetime as dt
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import command_line
from audit.bundle.making import Made, Wanted, make, sizes_of
from audit.refusal import ActionRefused
from audit.words import grouped


class Command(BaseCommand):
    help = "Writes a bundle: a record with its proof, checked by anybody without us. It is an entry itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", nargs="?", default="", help="number of a batch")
        parser.add_argument("-o", "--output", required=True, help="zip to write; must not exist yet")
        parser.add_argument("--from", dest="since", default="", help="first day (2026-11-01), with --to")
        parser.add_argument("--to", dest="until", default="", help="last day")
        parser.add_argument("--entries", default="", help="numbers of the first and last entry (1-500)")
        parser.add_argument(
            "--against",
            action="append",
            default=[],
            help="a checkpoint kept elsewhere that the bundle will be compared with: its file, or its "
            "number of entries; may be given more than once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = _written(_wanted(options), Path(options["output"]))
        except ActionRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for name in made.missing:
            self.stderr.write(f"The original of {name} is not in the store. The verifier will say so.")
        size = grouped(made.checkpoint.size)
        self.stderr.write(f"Entry {made.entry.pk} tells of it; checkpoint {size} covers it.")


def _written(wanted: Wanted, path: Path) -> Made:
    """Write beside the place and move there when whole: nothing half-written is ever taken for a bundle."""
    if path.exists():
        raise CommandError(f"{path} is there already; a bundle is never written over.")
    actor = command_line()
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with half.open("xb") as file:
            made = make(wanted, file, by=actor)
        half.rename(path)
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error
    finally:
        half.unlink(missing_ok=True)
    return made


def _wanted(options: dict[str, Any]) -> Wanted:
    asked = [bool(options["batch"]), bool(options["since"] or options["until"]), bool(options["entries"])]
    if sum(asked) != 1:
        raise CommandError("Name a batch, or days (--from and --to), or entries (--entries 1-500).")
    return Wanted(
        batch=options["batch"],
        since=_day(options["since"], "--from") if asked[1] else None,
        until=_day(options["until"], "--to") if asked[1] else None,
        entries=_entries(options["entries"]) if asked[2] else None,
        against=sizes_of(_text(given) for given in options["against"]),
    )


def _day(text: str, option: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{option}: write the day as 2026-11-01.") from error


def _entries(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise CommandError("--entries: write the numbers of the first and the last as 1-500.")
    return int(first), int(last)


def _text(given: str) -> str:
    try:
        return Path(given).read_text(encoding="utf-8") if Path(given).is_file() else given
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{given} can't be read as a checkpoint.") from error

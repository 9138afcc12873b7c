"""`manage.py audit_export`: the trail as a file, with the filters of the trail page.

It stands here and not in audit because an export names who took the trail away, and people are accounts'.
"""

import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import command_line
from accounts.models import User
from audit.exporting import workbook
from audit.exporting.making import CSV, FORMATS, XLSX, Export
from audit.trail.asking import TrailFilter
from audit.trail.forms import TrailFilterForm
from audit.trail.marks import MARKS
from audit.words import counted

TELL_EVERY_S = 2.0
FILTERS = {
    "batch": "number of a batch, or its beginning with a * behind it",
    "person": "user name of who did it",
    "kind": "kind of record, such as batches.processstep",
    "action": "what happened, such as changed or signed_in",
    "only": f"what reviewers look for first: {', '.join(MARKS)}",
    "from": "first day (2026-11-23), in the time zone of the installation",
    "to": "last day",
}


class Command(BaseCommand):
    help = "Writes the trail as CSV, JSON Lines or XLSX. The export is an entry itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default=CSV)
        parser.add_argument("--output", help="file to write; must not exist yet (default: standard output)")
        for name, words in FILTERS.items():
            parser.add_argument(f"--{name}", default="", help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = _filter(options)
        if options["format"] == XLSX and not options["output"]:
            raise CommandError("A workbook needs a file to go to: add --output trail.xlsx.")
        actor = command_line()
        with _new_file(options["output"]) if options["output"] else nullcontext(self._out()) as file:
            made = Export(wanted=wanted, form=options["format"], by=actor)
            self._write(made, file)
        entries = counted(made.count, "entry", "entries")
        self.stderr.write(f"{entries}; this export is entry {made.entry.pk}.")
        if made.checkpoint is None:
            self.stderr.write(made.note)

    def _write(self, made: Export, file: Any) -> None:
        """Write it, and say every few seconds how far it is."""
        if made.form == XLSX:
            told = _Told(self.stderr, f"of {made.count} entries")
            workbook.write(made, file, told)
            return
        told, written = _Told(self.stderr, "KiB"), 0
        for chunk in made:
            file.write(chunk)
            written += len(chunk)
            told(written // 1024)

    def _out(self) -> Any:
        """Standard output for bytes; a text stream, where a caller gave one, gets them as text."""
        if self.stdout._out is sys.stdout:
            return sys.stdout.buffer
        return _AsText(self.stdout)


class _Told:
    """Says how far it is, every TELL_EVERY_S."""

    def __init__(self, stream: Any, words: str):
        self.stream, self.words, self.last = stream, words, time.monotonic()

    def __call__(self, done: int) -> None:
        if time.monotonic() - self.last >= TELL_EVERY_S:
            self.last = time.monotonic()
            self.stream.write(f"{done} {self.words}")


class _AsText:
    def __init__(self, stream: Any):
        self.stream = stream

    def write(self, chunk: bytes) -> None:
        # Chunks end where lines end, so no character is cut in two.
        self.stream.write(chunk.decode(), ending="")


def _new_file(path: str) -> Any:
    try:
        return open(path, "xb")
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error


def _filter(options: dict[str, Any]) -> TrailFilter:
    """The filters as the trail page understands them. Raises CommandError for others."""
    asked = {name: options[name] for name in FILTERS}
    if asked["person"]:
        asked["person"] = _person(asked["person"])
    form = TrailFilterForm(asked)
    if not form.is_valid():
        raise CommandError(
            _sentences((name, [str(word) for word in words]) for name, words in form.errors.items())
        )
    return form.filter()


def _person(username: str) -> int:
    try:
        return User.objects.get_by_natural_key(username).pk
    except User.DoesNotExist as error:
        raise CommandError(f"Nobody has the user name {username}.") from error


def _sentences(errors: Iterable[tuple[str, list[str]]]) -> str:
    return " ".join(f"--{name}: {' '.join(words)}" for name, words in errors)

"""`manage.py audit_export`: the trail as a file, with the filters of the trail page.

It stands here and not in audit because an export names who took the trail away, and people are accounts'.
"""

import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actions import system_actor
from accounts.models import User
from audit.export import CSV, FORMATS, Export
from audit.forms import TrailFilterForm
from audit.marks import MARKS
from audit.trail import TrailFilter

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
    help = "Writes the trail as CSV or JSON Lines. The export is an entry itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default=CSV)
        parser.add_argument("--output", help="file to write; must not exist yet (default: standard output)")
        for name, words in FILTERS.items():
            parser.add_argument(f"--{name}", default="", help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = _filter(options)
        with transaction.atomic():
            actor = system_actor("command-line", "Command line")
        if options["output"]:
            with _new_file(options["output"]) as file:
                made = self._write(Export(wanted=wanted, form=options["format"], by=actor), file)
        else:
            made = self._write(Export(wanted=wanted, form=options["format"], by=actor), self._out())
        self.stderr.write(f"{made.count} entries; this export is entry {made.entry.pk}.")

    def _write(self, made: Export, file: Any) -> Export:
        for chunk in made:
            file.write(chunk)
        return made

    def _out(self) -> Any:
        """Standard output for bytes; a text stream, where a caller gave one, gets them as text."""
        if self.stdout._out is sys.stdout:
            return sys.stdout.buffer
        return _AsText(self.stdout)


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

"""`manage.py read_export FILE`: what the readers make of an instrument export, as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.instruments import Reading, Unreadable, as_json
from batches.instruments.apart import READERS
from batches.instruments.detect import IMAGE_CAP_BYTES
from batches.record.attaching import limits


class Command(BaseCommand):
    help = "Prints what the readers make of an instrument export, as JSON. Exit status 1 when refused."
    requires_system_checks: list[str] = []  # noqa: RUF012 (reads a file, needs no database)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--video", action="append", help="use only this video of an experiment")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        outcome = self._read(path, options["video"])
        self.stdout.write(json.dumps(as_json(outcome), ensure_ascii=False, indent=2))
        if isinstance(outcome, Unreadable):
            sys.exit(1)

    def _read(self, path: Path, videos: list[str] | None) -> Reading | Unreadable:
        if path.stat().st_size > IMAGE_CAP_BYTES:
            return Unreadable(
                f"The file has {path.stat().st_size / 1024**2:.0f} MB; 200 MB are read at most."
            )
        try:
            with path.open("rb") as file:
                return READERS.read(file, path.name, videos, limits())
        except Unreadable as refusal:
            return refusal

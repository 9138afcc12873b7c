"""`manage.py batch_record`: the whole record of a batch, as PDF/A."""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import command_line
from audit.refusal import ActionRefused
from qc.papers import printing
from qc.papers.writing import batch_named, demand_free, put


class Command(BaseCommand):
    help = "Writes the whole record of a batch, in any status. Every print is an entry."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", help="number of the batch")
        parser.add_argument("-o", "--output", required=True, help="PDF to write; must not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = demand_free(options["output"])
            begun = printing.begin(batch_named(options["batch"]), by=command_line())
            with tempfile.TemporaryDirectory() as folder:
                made = Path(folder) / begun.filename
                begun.write(made, lambda done: None)
                put(path, made.read_bytes())
        except ActionRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stderr.write(f"Entry {begun.entry.pk} tells of it.")

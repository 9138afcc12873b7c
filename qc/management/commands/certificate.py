"""`manage.py certificate`: the certificate of analysis of a batch, as PDF/A."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import command_line
from audit.refusal import ActionRefused
from qc.papers.actions import certificate_of
from qc.papers.writing import batch_named, demand_free, put


class Command(BaseCommand):
    help = (
        "Writes the certificate of analysis of an approved or rejected batch. While the record says the "
        "same, it is the file that was issued, byte for byte. Every print is an entry."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", help="number of the batch")
        parser.add_argument("-o", "--output", required=True, help="PDF to write; must not exist yet")
        parser.add_argument(
            "--because",
            default="",
            help="why the certificate issued before is replaced, where the record says something else now",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = demand_free(options["output"])
            batch = batch_named(options["batch"])
            made, pdf = certificate_of(batch, by=command_line(), reason=options["because"])
            put(path, pdf)
        except ActionRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stderr.write(f"{made.trail_label}; its SHA-256 is {made.sha256}.")

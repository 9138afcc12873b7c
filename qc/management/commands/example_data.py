"""`manage.py example_data`: fill an empty database with a believable laboratory."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.example import EXAMPLE_PASSWORD
from accounts.models import User
from audit.refusal import ActionRefused
from batches.record.models import Batch
from qc.example.people import USERNAMES

USUAL_BATCHES = 26


class Command(BaseCommand):
    """Writes example people, masters, sources and batches through the actions that people use."""

    help = "Fill an empty database with example people, masters, sources and batches (never in production)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batches", type=int, default=USUAL_BATCHES, metavar="N")
        parser.add_argument(
            "--history",
            type=int,
            default=0,
            metavar="N",
            help="so many more batches of one product, for trends",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the example, unless this is production or something is there already."""
        if settings.PRODUCTION:
            raise CommandError(
                "Example data never goes into production: example people have a public password."
            )
        if options["batches"] < 1:
            raise CommandError("--batches must be 1 or more.")
        there = what_is_there()
        if there:
            self.stdout.write(f"{there}: no example data written.")
            return
        # Only now, because drawing pictures takes half a second to import.
        from qc.example.playing import write_example

        try:
            write_example(options["batches"], self.stdout.write, options["history"])
        except ActionRefused as refusal:
            raise CommandError(f"No example data written: {refusal}") from refusal
        self.stdout.write(f'These can sign in, password "{EXAMPLE_PASSWORD}":')
        for person in User.objects.active().filter(is_example=True).order_by("pk"):
            self.stdout.write(f"  {person.username:<12}{person.get_role_display()}")


def what_is_there() -> str:
    """What keeps example data out, in words; empty for a database without batches and example names."""
    if Batch.objects.exists():
        return "There are batches already"
    if User.objects.filter(username__in=USERNAMES).exists():
        return "People with the names of example people are registered already"
    return ""

"""`manage.py ship`: bring the second copy up to date by hand; the sealer does it by itself otherwise."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.ledger import copies


class Command(BaseCommand):
    help = "Ships sealed ranges that the second copy lacks; with --again all of them, for a new, empty store."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="begin at the first entry")

    def handle(self, *args: Any, **options: Any) -> None:
        if not copies.is_set():
            raise CommandError(
                "This installation has no second copy. Set EXOLEDGER_COPY_DIR or EXOLEDGER_COPY_BUCKET."
            )
        if trouble := copies.ship(again=options["again"]):
            raise CommandError(trouble)
        self.stdout.write("The second copy holds everything that is sealed.")

"""`clean_duplicate_history` of django-simple-history would write or drop history behind the entries."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Refused: history rows are evidence."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("anything", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("History rows are evidence: written with their entries, never cleaned.")

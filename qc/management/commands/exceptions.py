"""What a reviewer would have to look at, without a browser.

    python manage.py exceptions EXO-2026-0001            for people
    python manage.py exceptions EXO-2026-0001 --json     one JSON object
    python manage.py exceptions --all                    every batch, a JSON line each
    python manage.py exceptions --under-review           those submitted or in review, a JSON line each
    python manage.py exceptions --rules                  the rules themselves (docs/exceptions.md)

Ends with 0 where nothing asks for a decision, with 1 where something does, with 2 for an unknown batch.
"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.record.models import Batch
from qc.exceptions.describing import page
from qc.exceptions.telling import Told, as_json, as_text, told_of


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("batch", nargs="?", help="number of a batch")
        which.add_argument("--all", action="store_true", help="every batch, a JSON line each")
        which.add_argument("--under-review", action="store_true", help="those submitted or in review")
        which.add_argument("--rules", action="store_true", help="print the rules as docs/exceptions.md")
        parser.add_argument("--json", action="store_true", help="as one JSON object")

    def handle(self, *args: Any, **wanted: Any) -> None:
        """Print and set the exit code."""
        if wanted["rules"]:
            self.stdout.write(page(), ending="")
            return
        batches = Batch.objects.order_by("id")
        if wanted["batch"]:
            chosen = batches.filter(number=wanted["batch"])
            if not chosen.exists():
                raise CommandError(f"There is no batch {wanted['batch']}.", returncode=2)
        else:
            chosen = batches.awaiting_review() if wanted["under_review"] else batches
        write = as_text if wanted["batch"] and not wanted["json"] else as_json
        if self._asks_for_decision(told_of(chosen), write):
            sys.exit(1)

    def _asks_for_decision(self, many: Any, write: Any) -> bool:
        found = False
        for told in many:
            found |= _needs_decision(told)
            self.stdout.write(write(told))
        return found


def _needs_decision(told: Told) -> bool:
    return any(one.rule.needs_decision for one in told.exceptions)

"""Recovery of batches, without a browser.

python manage.py recovery EXO-2026-0001          for people
python manage.py recovery EXO-2026-0001 --json   one JSON object
python manage.py recovery                        every batch
python manage.py recovery --json                 every batch, a JSON line each
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.record.models import Batch
from batches.reporting.balance import COUNTING, WEIGHING, balance_of
from batches.reporting.loading import in_chunks, read
from batches.reporting.telling import as_plain, as_words


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", nargs="?", help="number of a batch; every batch without one")
        parser.add_argument("--json", action="store_true", help="a JSON object, one line for each batch")

    def handle(self, *args: Any, **wanted: Any) -> None:
        """Print what was recovered."""
        batches = Batch.objects.order_by("id")
        if wanted["batch"]:
            batches = batches.filter(number=wanted["batch"])
            if not batches:
                raise CommandError(f"There is no batch {wanted['batch']}.", returncode=2)
        for chunk in in_chunks(list(batches.only("number"))):
            for made in read(chunk, techniques={*COUNTING, *WEIGHING}):
                balance = balance_of(made)
                as_json = wanted["json"]
                self.stdout.write(json.dumps(as_plain(balance)) if as_json else as_words(balance))

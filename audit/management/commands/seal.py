"""`manage.py seal`: the sealer, once or for as long as it is left running."""

import logging
import os
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from audit.ledger import copies, sealing

log = logging.getLogger("audit.ledger")


class Command(BaseCommand):
    help = "Seals entries into the ledger and signs checkpoints; with --watch for as long as it runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on until ended")
        parser.add_argument("--every", type=float, default=0.5, help="seconds between two looks")
        parser.add_argument("--with-parent", action="store_true", help="end when the starting process ends")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["watch"]:
            self._watch(options["every"], os.getppid() if options["with_parent"] else 0)
            return
        try:
            checkpoint = sealing.seal()
        except sealing.SealingStopped as stopped:
            raise CommandError(str(stopped)) from stopped
        if trouble := copies.ship():
            self.stderr.write(trouble)
        self.stdout.write(checkpoint.note if checkpoint else "There are no entries yet.")

    def _watch(self, every: float, parent: int) -> None:
        ended = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ended.set())
        said = ""
        while not ended.wait(every) and (not parent or os.getppid() == parent):
            said = self._look(said)

    def _look(self, said: str) -> str:
        """Seal once; a trouble is told when it begins and when it ends. Returns the trouble."""
        connection.close_if_unusable_or_obsolete()  # the database may have gone away and come back
        try:
            sealing.seal()
            trouble = ""
        except sealing.SealingStopped as stopped:
            trouble = str(stopped)
        except DatabaseError as error:
            trouble = f"The database can't be reached: {error}"
            connection.close()
        copies.ship()  # tells its own troubles; sealing goes on whatever they are
        if trouble != said:
            log.error("Sealing stopped: %s", trouble) if trouble else log.warning("Sealing goes on.")
        return trouble

"""`manage.py seal`: the sealer, once or for as long as it is left running.

With --verify-every it also sees to it that the record is verified that often: by `manage.py verify` as a
process beside it, so that sealing goes on meanwhile. With --mails-from it does the same for the daily mails.
"""

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from audit.ledger import copies, sealing
from audit.verifying import state

log = logging.getLogger("audit.ledger")
ASKED_EVERY_S = 60  # how often it is looked whether a verification is due


class Command(BaseCommand):
    help = "Seals entries into the ledger and signs checkpoints; with --watch for as long as it runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on until ended")
        parser.add_argument("--every", type=float, default=0.5, help="seconds between two looks")
        parser.add_argument("--with-parent", action="store_true", help="end when the starting process ends")
        parser.add_argument(
            "--verify-every", type=float, metavar="HOURS", help="start manage.py verify when it is due"
        )
        parser.add_argument(
            "--mails-from", type=int, metavar="HOUR", help="send the daily mails once this hour has come"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["watch"]:
            parent = os.getppid() if options["with_parent"] else 0
            beside: list[Verifier | Mailer] = [
                Verifier(options["verify_every"]),
                Mailer(options["mails_from"]),
            ]
            self._watch(options["every"], parent, beside)
            return
        try:
            checkpoint = sealing.seal()
        except sealing.SealingStopped as stopped:
            raise CommandError(str(stopped)) from stopped
        if trouble := copies.ship():
            self.stderr.write(trouble)
        self.stdout.write(checkpoint.note if checkpoint else "There are no entries yet.")

    def _watch(self, every: float, parent: int, beside: "Sequence[Verifier | Mailer]") -> None:
        ended = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ended.set())
        said = ""
        while not ended.wait(every) and (not parent or os.getppid() == parent):
            said = self._look(said)
            if not said:
                for one in beside:
                    one.look()

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


class Verifier:
    """Starts `manage.py verify` when the last one is older than so many hours; never two at once."""

    def __init__(self, hours: float | None):
        self.hours, self.asked_s = hours, 0.0
        self.running: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start one where it is due; the outcome is an entry of its own."""
        if self.hours is None or (self.running and self.running.poll() is None):
            return
        if self.asked_s and time.monotonic() - self.asked_s < ASKED_EVERY_S:
            return
        self.asked_s = time.monotonic()
        if self._is_due(dt.timedelta(hours=self.hours)):
            command = [sys.executable, "manage.py", "verify"]
            self.running = subprocess.Popen(  # noqa: S603 (our own command)
                command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )

    def _is_due(self, age: dt.timedelta) -> bool:
        last = state.latest()
        return last is None or timezone.now() - last.at >= age


class Mailer:
    """Starts `manage.py send_digests` every hour of the day from the one named; nobody is mailed twice."""

    def __init__(self, hour: int | None):
        self.hour = hour
        self.started: tuple[dt.date, int] | None = None
        self.running: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start it where it is due; what it could not send, the next hour's tries again."""
        now = timezone.localtime()
        due = self.hour is not None and now.hour >= self.hour and self.started != (now.date(), now.hour)
        if not due or (self.running and self.running.poll() is None):
            return
        self.started = (now.date(), now.hour)
        command = [sys.executable, "manage.py", "send_digests"]
        self.running = subprocess.Popen(  # noqa: S603 (our own command)
            command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

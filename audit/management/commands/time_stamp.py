"""`manage.py time_stamp`: have the newest checkpoint stamped by an outside authority (RFC 3161)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.ledger import sealing
from audit.ledger.models import Checkpoint
from audit.ledger.time_stamps import NotStamped, stamp
from audit.words import grouped, moment_words


class Command(BaseCommand):
    help = "Asks the authority at EXOLEDGER_TSA_URL to stamp the newest checkpoint. For a daily timer."

    def handle(self, *args: Any, **options: Any) -> None:
        checkpoint = _newest()
        name = f"Checkpoint {grouped(checkpoint.size)}"
        if checkpoint.time_stamps.exists():
            self.stdout.write(f"{name} is stamped already; there is nothing newer.")
            return
        try:
            made = stamp(checkpoint)
        except NotStamped as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name} was there at {moment_words(made.moment)}, says {made.authority}.")


def _newest() -> Checkpoint:
    """The newest checkpoint, sealed now where that can be done; stamping an older one is better than none."""
    try:
        newest = sealing.seal()
    except sealing.SealingStopped:
        newest = sealing.newest()
    if newest is None:
        raise CommandError("There is no checkpoint yet: nothing has been written.")
    return newest

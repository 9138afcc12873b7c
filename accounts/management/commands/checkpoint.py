"""`manage.py checkpoint`: the newest checkpoint for mail, a USB stick or paper.

It stands here and not in audit because handing one out is an entry, and people are accounts'.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import command_line
from audit.ledger import printing
from audit.ledger.handing_out import hand_out_checkpoint
from audit.ledger.models import Checkpoint
from audit.ledger.sealing import SealingStopped
from audit.words import grouped


class Command(BaseCommand):
    help = (
        "Seals, and writes the newest checkpoint as a signed note. Keep it where this server can't reach it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("-o", "--output", help="file for the note (default: standard output)")
        parser.add_argument("--qr", help="file for the note as a QR code (SVG)")

    def handle(self, *args: Any, **options: Any) -> None:
        for given in (options["output"], options["qr"]):
            if given and Path(given).exists():
                raise CommandError(f"{given} is there already; a checkpoint is never written over.")
        made = _handed_out()
        if options["output"]:
            _write(options["output"], made.note)
        else:
            self.stdout.write(made.note, ending="")
        if options["qr"]:
            _write(options["qr"], printing.qr_svg(made.note))
        self.stderr.write(f"Checkpoint {grouped(made.size)} was handed out.")


def _handed_out() -> Checkpoint:
    actor = command_line()
    try:
        return hand_out_checkpoint(by=actor)
    except SealingStopped as stopped:
        raise CommandError(f"There is no new checkpoint: {stopped}") from stopped


def _write(path: str, text: str) -> None:
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error

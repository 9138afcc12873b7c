"""`manage.py send_digests`: today's mails with new notices; for a timer, may run as often as it likes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.words import counted
from qc.notices import digest


class Command(BaseCommand):
    help = "Sends the daily mail to everybody who wants one and has not had today's."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = digest.send_digests()
        except digest.NoMail as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{counted(outcome.sent, 'mail', 'mails')} sent.")
        if outcome.failed:
            told = counted(outcome.failed, "mail was", "mails were")
            raise CommandError(f"{told} not sent ({outcome.trouble}); the next run tries again.")

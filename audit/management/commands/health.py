"""`manage.py health`: how the installation is; exits 1 when something is wrong."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from audit import health


class Command(BaseCommand):
    help = "Says how the installation is and what to do; exits 1 when something is wrong."
    # They ask the database, which may be what is away.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        signs = health.all_signs()
        for sign in signs:
            mark = "ok   " if sign.is_well else "WRONG"
            self.stdout.write(f"{mark} {sign.name}: {sign.words}")
            if sign.what_to_do:
                self.stdout.write(f"      {sign.what_to_do}")
        if not all(sign.is_well for sign in signs):
            sys.exit(1)

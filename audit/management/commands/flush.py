"""`manage.py flush`, which only a test run may use."""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush

from audit import guards


class Command(DjangoFlush):
    help = "Empties the database between tests. Refused outside the test settings."

    def handle(self, **options: Any) -> None:
        with guards.lifted(options["database"]):
            super().handle(**options)

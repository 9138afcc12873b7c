"""The product with history alone, for the benchmark to compare with: no entries, no guards.

The same requests, actions, rows and history rows; what is taken out is the writing of the entry with
everything that is looked up for it. Lives in the benchmark and is switched on by its settings; the
product has no such switch. `python -m benchmarks.history_alone` drops the guards of a loaded database.
"""

from typing import Any

from django.apps import AppConfig


class HistoryAlone(AppConfig):
    """Takes the entry out of the one door."""

    name = "benchmarks"

    def ready(self) -> None:
        from audit import records

        for part in ("_write_entry", "_text_for_people"):
            setattr(records, part, _nothing)


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Neither an entry nor a name looked up for one."""


def drop_guards() -> None:
    """Drop every guard that stands."""
    from django.db import connection

    from audit import guards

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION exoledger_guard() CASCADE")
        else:
            for name in guards.standing():
                cursor.execute(f'DROP TRIGGER "{name}"')


if __name__ == "__main__":
    import django

    django.setup()
    drop_guards()

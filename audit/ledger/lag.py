"""How far sealing has come: what is sealed, what waits, since when; one query."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audit.ledger.sealing import SEALED_BELOW

# Where more than that wait, sealing has stopped: how many exactly says nothing, and counting would take long.
MOST_COUNTED = 10_000
SQL = """
WITH newest AS (SELECT size, at FROM audit_checkpoint ORDER BY size DESC LIMIT 1)
SELECT (SELECT size FROM newest), (SELECT at FROM newest), count(*), min(at)
FROM (SELECT e.at FROM audit_entry e WHERE {waits} LIMIT {most}) AS waiting
"""
WAITS = {
    "sqlite": 'e.id > coalesce((SELECT entry_id FROM audit_leaf ORDER BY "index" DESC LIMIT 1), 0)',
    "postgresql": f"""
        e.transaction >= coalesce({SEALED_BELOW}, 0)
        AND NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.entry_id = e.id)""",  # noqa: S608 (a constant)
}


@dataclass(frozen=True)
class Lag:
    """`sealed` and `sealed_at` are of the newest checkpoint; `waiting` entries wait since `oldest_at`."""

    sealed: int
    sealed_at: dt.datetime | None
    waiting: int
    oldest_at: dt.datetime | None

    @property
    def total(self) -> int:
        """Number of entries, sealed or not."""
        return self.sealed + self.waiting

    @property
    def is_more(self) -> bool:
        """Whether more entries wait than were counted."""
        return self.waiting >= MOST_COUNTED

    @property
    def waiting_s(self) -> float:
        """For how many seconds the oldest has waited."""
        return (timezone.now() - self.oldest_at).total_seconds() if self.oldest_at else 0.0


def lag() -> Lag:
    """How far sealing has come."""
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(waits=WAITS[connection.vendor], most=MOST_COUNTED))
        size, at, waiting, oldest = cursor.fetchone()
    return Lag(size or 0, _moment(at), waiting, _moment(oldest))


def _moment(value: Any) -> dt.datetime | None:
    """A moment as the engine gives it: SQLite holds text, in UTC."""
    found = parse_datetime(value) if isinstance(value, str) else value
    return found.replace(tzinfo=dt.UTC) if found and found.tzinfo is None else found

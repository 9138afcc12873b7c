"""Numbers of deviations: counted up within a year, never used twice."""

from datetime import UTC, datetime

from django.db import connection, models

from qc.deviations.models import Deviation

PATTERN = "DEV-{year}-{number:04d}"
# Arbitrary, ours: keeps those who ask for a number apart from other users of PostgreSQL's advisory locks.
ADVISORY_LOCK = (0x4558, 0xDE71)


def next_number(now: datetime) -> tuple[str, int, int]:
    """Number, year (UTC, as batches have it) and count of the next deviation.

    Whoever asks next waits until this transaction has ended: SQLite's IMMEDIATE transactions see to it,
    PostgreSQL is asked for a lock. So a number is neither given twice nor left out.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", ADVISORY_LOCK)
    year = now.astimezone(UTC).year
    last = Deviation.objects.filter(year=year).aggregate(models.Max("sequence"))["sequence__max"] or 0
    return PATTERN.format(year=year, number=last + 1), year, last + 1

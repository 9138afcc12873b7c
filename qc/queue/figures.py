"""How long reviews take and how often a record is right the first time, by month; one query.

Counted by the database: the median of a month is the mean of its middle one or two. A month's figures are
those of decisions made in it. The time is that from the last submission to the decision that ended the
review, approved or rejected; a batch is right the first time when its first round approved it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from audit.words import span

MONTHS = 6
SECONDS = {
    "sqlite": "(julianday(r.decided_at) - julianday(b.submitted_at)) * 86400.0",
    "postgresql": "extract(epoch FROM r.decided_at - b.submitted_at)",
}
SQL = """
WITH decided AS (
  SELECT CASE {cases} ELSE 0 END AS month, r.round, r.decision, {seconds} AS took
  FROM qc_review r JOIN batches_batch b ON b.id = r.batch_id {product}
  WHERE r.decided_at >= %s
), placed AS (
  SELECT month, took, row_number() OVER (PARTITION BY month ORDER BY took) AS place,
         count(*) OVER (PARTITION BY month) AS many
  FROM decided WHERE decision IN ('approved', 'rejected') AND took >= 0
)
SELECT month, 'took', max(many), avg(took) FROM placed
WHERE place * 2 BETWEEN many AND many + 2 GROUP BY month
UNION ALL
SELECT month, 'first', count(*), sum(CASE WHEN decision = 'approved' THEN 1 ELSE 0 END)
FROM decided WHERE round = 1 GROUP BY month
"""
OF_PRODUCT = "JOIN batches_product p ON p.id = b.product_id AND p.code = %s"


@dataclass(frozen=True)
class Month:
    """What was decided in one month."""

    begins: dt.datetime
    decided: int = 0
    median: dt.timedelta | None = None
    first_rounds: int = 0
    right_first: int = 0

    @property
    def name(self) -> str:
        """'Nov'; with the year in January."""
        local = timezone.localtime(self.begins)
        return f"{local:%b %Y}" if local.month == 1 else f"{local:%b}"

    @property
    def median_words(self) -> str:
        return span(self.median) if self.median is not None else ""

    @property
    def share(self) -> int | None:
        """Right the first time, in whole percent."""
        return round(100 * self.right_first / self.first_rounds) if self.first_rounds else None

    @property
    def share_words(self) -> str:
        return f"{self.share} %" if self.share is not None else ""


def figures(product: str = "", *, now: dt.datetime | None = None) -> list[Month]:
    """The last months, oldest first; the present one is not over yet."""
    begins = _beginnings(now or timezone.now())
    told: dict[int, dict[str, tuple[int, Any]]] = {}
    for month, what, many, value in _rows(begins, product):
        told.setdefault(month, {})[what] = (many, value)
    return [_month(at, told.get(number, {})) for number, at in enumerate(begins)]


def _beginnings(now: dt.datetime) -> list[dt.datetime]:
    """The first moments of the last months, in the laboratory's time."""
    local = timezone.localtime(now)
    firsts = []
    for back in range(MONTHS - 1, -1, -1):
        year, month = divmod(local.year * 12 + local.month - 1 - back, 12)
        firsts.append(timezone.make_aware(dt.datetime(year, month + 1, 1)))
    return firsts


def _rows(begins: list[dt.datetime], product: str) -> list[tuple[int, str, int, Any]]:
    moments = [connection.ops.adapt_datetimefield_value(at) for at in begins]
    later = list(range(1, MONTHS))[::-1]
    cases = " ".join(f"WHEN r.decided_at >= %s THEN {number}" for number in later)
    sql = SQL.format(cases=cases, seconds=SECONDS[connection.vendor], product=OF_PRODUCT if product else "")
    given = [*(moments[number] for number in later), *([product] if product else []), moments[0]]
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def _month(begins: dt.datetime, told: dict[str, tuple[int, Any]]) -> Month:
    decided, took = told.get("took", (0, None))
    first_rounds, right_first = told.get("first", (0, 0))
    median = None if took is None else dt.timedelta(seconds=float(took))
    return Month(begins, decided, median, first_rounds, int(right_first))

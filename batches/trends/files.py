"""A chart as a file: the picture as SVG, its points as CSV. An entry tells who took it."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from audit import records
from audit.exporting.lines import cell
from audit.models import EntryAction, TrackedModel
from batches.trends import drawing
from batches.trends.attributes import Trended
from batches.trends.pages import TableRow, table_of
from batches.trends.series import Series

HEADER = (
    *("point", "sign", "value", "unit", "SD from the centre", "rules"),
    *("left out because", "events", "by", "at"),
)


def tell(*, by: User, about: TrackedModel | None, chart: str, kind: str, points: int) -> None:
    """Write the entry of an export."""
    with transaction.atomic():
        detail = {"format": kind, "chart": chart, "points": points}
        records.event(EntryAction.EXPORTED, by=by, about=about, act="export_chart", detail=detail)


def as_csv(series: Series, trended: Trended) -> str:
    """The points, oldest first: UTF-8, comma, LF, and nothing that a spreadsheet would run."""
    rows = [HEADER, *(_cells(row, trended) for row in reversed(table_of(series, trended)))]
    return "".join(f"{','.join(map(cell, row))}\n" for row in rows)


def _cells(row: TableRow, trended: Trended) -> tuple[str, ...]:
    point = row.point
    events = "; ".join(event.words for event in point.events)
    at = point.at.astimezone(dt.UTC).isoformat(timespec="seconds") if point.at else ""
    value = f"{point.value:.10g}"
    what = (point.label, point.sign, value, trended.unit, row.score, row.rules)
    return (*what, point.left_out, events, point.by, at)


def as_svg(series: Series, trended: Trended, name: str) -> str:
    """The picture with its style inside."""
    return drawing.as_file(drawing.control_chart(series, trended), name)

"""A chart as a file: the picture as SVG and PNG, its points as CSV. An entry tells who took it."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from audit import records
from audit.exporting.lines import cell
from audit.models import EntryAction, TrackedModel
from batches.pictures import files
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
    return "".join(f"{','.join(map(cell, row))}\n" for row in rows_of(series, trended))


def rows_of(series: Series, trended: Trended) -> list[tuple[str, ...]]:
    """The points as a table, oldest first, its heading on top."""
    return [HEADER, *(_cells(row, trended) for row in reversed(table_of(series, trended)))]


def _cells(row: TableRow, trended: Trended) -> tuple[str, ...]:
    point = row.point
    events = "; ".join(event.words for event in point.events)
    at = point.at.astimezone(dt.UTC).isoformat(timespec="seconds") if point.at else ""
    value = f"{point.value:.10g}"
    what = (point.label, point.sign, value, trended.unit, row.score, row.rules)
    return (*what, point.left_out, events, point.by, at)


def as_svg(series: Series, trended: Trended, name: str) -> str:
    """The picture with its style inside."""
    return files.as_svg(drawing.control_chart(series, trended), name)


def as_png(series: Series, trended: Trended, name: str) -> bytes:
    """The same in pixels. Raises ActionRefused where none can be made."""
    return files.as_png(drawing.control_chart(series, trended), name)

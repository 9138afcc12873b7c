"""The list of deviations as CSV: the filters of the page, an entry before the first byte leaves.

Rules of the cells as in the trail's export (audit.exporting.making): UTF-8, comma, LF, moments in UTC, and
nothing that a spreadsheet would run.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from accounts.models import User
from audit import canonical, records
from audit.exporting.lines import cell
from audit.models import Entry, EntryAction
from qc.deviations.lists import DeviationSearch
from qc.deviations.models import Deviation

ROWS_A_FETCH = 200
HEADER = (
    "number",
    "class",
    "status",
    "overdue",
    "round",
    "batch",
    "where",
    "what the record said",
    "what happened",
    "when it happened",
    "immediate action",
    "impact",
    "cause",
    "corrective action",
    "owner",
    "due",
    "also affects",
    "opened at",
    "opened by",
    "investigated at",
    "investigated by",
    "closed at",
    "closed by",
    "voided at",
    "voided by",
)
PEOPLE = ("owner", "opened_by", "investigated_by", "closed_by", "voided_by")


class DeviationExport:
    """An export whose entry is written. Iterate for its bytes."""

    def __init__(self, *, search: DeviationSearch, by: User):
        found = search.found().order_by("id")
        with transaction.atomic():
            ids = list(found.values_list("pk", flat=True))
            detail = {"format": "csv", "deviations": len(ids), "filters": search.asked}
            self.entry: Entry = records.event(
                EntryAction.EXPORTED, by=by, act="export_deviations", detail=detail
            )
        self._ids = ids

    @property
    def filename(self) -> str:
        """Names the export's own entry, so that file and trail find each other."""
        return f"exoledger-deviations-{self.entry.pk}.csv"

    def __iter__(self) -> Iterator[bytes]:
        yield _row(HEADER)
        for start in range(0, len(self._ids), ROWS_A_FETCH):
            some = Deviation.objects.filter(pk__in=self._ids[start : start + ROWS_A_FETCH]).order_by("id")
            for one in some.select_related("batch", *PEOPLE).prefetch_related("affected__batch"):
                yield _row(_cells(one))


def _row(values: tuple[Any, ...]) -> bytes:
    return (",".join(cell(value) for value in values) + "\n").encode()


def _cells(one: Deviation) -> tuple[Any, ...]:
    also = ", ".join(named.batch.number for named in one.affected.all() if not named.is_withdrawn)
    return (
        one.number,
        one.class_words,
        one.status,
        "yes" if one.is_overdue else "no",
        one.round,
        one.trail_batch,
        one.place_label,
        one.evidence,
        one.happened,
        _moment(one.happened_time),
        one.immediate_action,
        one.impact,
        one.cause,
        one.corrective_action,
        _name(one.owner),
        one.due_on.isoformat() if one.due_on else "",
        also,
        _moment(one.opened_at),
        _name(one.opened_by),
        _moment(one.investigated_at),
        _name(one.investigated_by),
        _moment(one.closed_at),
        _name(one.closed_by),
        _moment(one.voided_at),
        _name(one.voided_by),
    )


def _moment(moment: dt.datetime | None) -> str:
    return canonical.time_text(moment) if moment else ""


def _name(person: User | None) -> str:
    return person.username if person else ""

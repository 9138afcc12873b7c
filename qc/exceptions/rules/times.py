"""When things were done and when they were recorded."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from batches.isolation.models import ProcessStep
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule, username

STEP_LATE_AFTER = dt.timedelta(hours=1)
ASSAY_LATE_AFTER = dt.timedelta(hours=24)
LATE = Pill("warn", "clock", "late entry")


@rule("Every step and assay was recorded when it was done", "minor", LATE, over="records")
def late_entry(basis: Basis) -> Iterator[Found]:
    for step in basis.record.standing_steps:
        yield from _late_of_step(basis, step, "performed_from", step.started_at, step.started_by)
        yield from _late_of_step(basis, step, "performed_until", step.finished_at, step.finished_by)
    for assay in basis.record.standing_assays:
        behind = _behind(assay.performed_time, assay.performed_at, ASSAY_LATE_AFTER)
        if behind:
            url = f"/batches/{basis.number}/assays/{assay.number}/#value-performed_time"
            yield _late(f"{_span(behind)} after it was performed", assay, url, assay.performed_by)


def _late_of_step(
    basis: Basis, step: ProcessStep, field: str, recorded: dt.datetime | None, by: Any
) -> Iterator[Found]:
    behind = _behind(getattr(step, field), recorded, STEP_LATE_AFTER)
    if behind:
        verb = "began" if field == "performed_from" else "ended"
        url = f"/batches/{basis.number}/steps/{step.position}/#value-{field}"
        yield _late(f"{_span(behind)} after it {verb}", step, url, by, recorded)


def _late(words: str, record: Any, url: str, by: Any, when: dt.datetime | None = None) -> Found:
    return Found(
        f"Recorded {words}",
        str(record),
        url,
        username(by),
        when or record.performed_at,
        record_kind=record._meta.label_lower,
        record_id=record.pk,
        field=url.rpartition("#value-")[2],
    )


def _behind(
    really: dt.datetime | None, recorded: dt.datetime | None, most: dt.timedelta
) -> dt.timedelta | None:
    """How long after the fact it was recorded, where that is longer than usual."""
    if really is None or recorded is None or recorded - really <= most:
        return None
    return recorded - really


def _span(span: dt.timedelta) -> str:
    """'5 h 12 min' or '3 d 4 h'."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h {minutes} min"

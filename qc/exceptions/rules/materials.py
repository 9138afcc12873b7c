"""Equipment and lots: whether what is written about them held when they were used."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from batches.record.sheets import Sheet
from qc.exceptions.basis import Basis, began
from qc.exceptions.dates import due_dates
from qc.exceptions.kinds import Found, Pill, rule

LOT_FIELDS = (
    "material_lots",
    "resuspension_buffer",
    "running_buffer",
    "kit_lot",
    "column_lot",
    "kit",
    "diluent",
    "ladder",
)


@rule(
    "No calibration or check of equipment had run out, as far as a date is written",
    "major",
    Pill("fail", "screwdriver-wrench", "calibration"),
    over="records",
)
def equipment_due(basis: Basis) -> Iterator[Found]:
    for sheet, used_at in _used(basis):
        is_step = hasattr(sheet.subject, "started_at")
        yield from _run_out(sheet, "equipment", used_at, "due", only_until=not is_step)


@rule(
    "No lot was used after its date, as far as one is written",
    "major",
    Pill("fail", "box-archive", "lot expired"),
    over="records",
)
def lot_expired(basis: Basis) -> Iterator[Found]:
    for sheet, used_at in _used(basis):
        for field in LOT_FIELDS:
            yield from _run_out(sheet, field, used_at, "use by", only_until=field != "material_lots")


def _used(basis: Basis) -> Iterator[tuple[Sheet, dt.date]]:
    """Each sheet with the day on which its equipment and lots were used."""
    for sheet in basis.sheets:
        one = sheet.subject
        moment = _moment_of(one)
        if moment is not None:
            yield sheet, timezone.localtime(moment, timezone.get_default_timezone()).date()


def _moment_of(one: Any) -> dt.datetime | None:
    if hasattr(one, "harvested_time"):
        return one.harvested_time
    return began(one) if hasattr(one, "started_at") else one.performed_time or one.performed_at


def _run_out(sheet: Sheet, field: str, used_at: dt.date, verb: str, *, only_until: bool) -> Iterator[Found]:
    part = next((one for one in sheet.parts if field in one.__dict__), None)
    text = getattr(part, field) if part is not None else ""
    passed = [date for date in due_dates(text, only_until=only_until) if date < used_at] if text else []
    if passed and part is not None:
        yield Found(
            f"{sheet.label_of(field)}: “{text}”; {verb} {_day(min(passed))}, used {_day(used_at)}",
            sheet.label,
            f"{sheet.url}#value-{field}",
            record_kind=part._meta.label_lower,
            record_id=part.pk,
            field=field,
        )


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%b %Y}"

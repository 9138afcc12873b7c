"""Values of the record as people write them in a sheet or a text; empty where nobody entered one."""

from decimal import Decimal
from typing import Any

from batches.quantities import people_number, significant

DIGITS = 4


def told(record: Any, name: str, *, unit: bool = True) -> str:
    """A field of a record in words, with its sign and unit; empty without a value or without the field."""
    value = getattr(record, name, None)
    if value in (None, ""):
        return ""
    field = record._meta.get_field(name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, Decimal):
        value = people_number(significant(value, DIGITS) if value.adjusted() >= 6 else value)
    sign = record.sign_of(name) if hasattr(record, "sign_of") else ""
    words = f"{sign} {value}".strip()
    measured_in = getattr(field, "unit", "")
    return f"{words} {measured_in}" if unit and measured_in else words


def told_or_gap(record: Any, name: str) -> str:
    """The same for a text, where a gap has to show: '[rotor not recorded]'."""
    return told(record, name) or f"[{label_of(record, name)} not recorded]"


def label_of(record: Any, name: str) -> str:
    """What people call a field, without what stands in brackets."""
    return str(record._meta.get_field(name).verbose_name).split(" (")[0]

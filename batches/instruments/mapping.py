"""Columns of any table, mapped to values by a person: found by their titles, converted, with their cell.

The safety net for tables that no reader knows. A header is found again by its names, never by its place; a
number is never taken from a cell that does not hold one, and every number says which cell it came from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from .detect import binary_format
from .reading import Unreadable
from .tables import Row, decimal_sign, rows_of
from .text import decode, number
from .workbook import sheets_of

MOST_SHOWN = 200
TEXT_SHEET = "table"
_HEADER_WITHIN = 60

# What a column may be in, by the unit that a field is kept in, with its factor.
UNITS: dict[str, dict[str, str]] = {
    "/mL": {
        "/mL": "1",
        "/µL": "1e3",
        "/L": "1e-3",
        "×10⁶ /mL": "1e6",
        "×10⁹ /mL": "1e9",
        "×10¹² /mL": "1e12",
    },
    "nm": {"nm": "1", "µm": "1e3", "Å": "0.1", "radius in nm": "2"},
    "µg/mL": {"µg/mL": "1", "mg/mL": "1e3", "ng/mL": "1e-3", "ng/µL": "1", "g/L": "1e3"},
    "ng/mL": {"ng/mL": "1", "pg/mL": "1e-3", "µg/mL": "1e3"},
    "EU/mL": {"EU/mL": "1", "IU/mL": "1"},
    "%": {"%": "1", "fraction (0 to 1)": "100"},
    "mV": {"mV": "1", "V": "1e3"},
}


@dataclass(frozen=True)
class Column:
    """A column by its title; `nth` tells apart columns of the same title, `unit` what it is in."""

    title: str
    nth: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Field:
    """A value that a technique keeps: its name, its words, its unit and its decimal places."""

    name: str
    label: str
    unit: str = ""
    places: int = 0

    @property
    def units(self) -> list[str]:
        """What its column may be in."""
        return list(UNITS.get(self.unit, {self.unit: "1"}))


@dataclass
class MappedRow:
    """One row of the table: its number as people count, its values, where each came from, what is wrong."""

    row: int
    values: dict[str, Decimal] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def table_of(data: bytes) -> dict[str, Any]:
    """Return the sheets of a workbook or the rows of a text, as plain JSON; or raise Unreadable."""
    found = binary_format(data)
    if found is None:
        text, encoding = decode(data)
        return {"sheets": {TEXT_SHEET: _trimmed(rows_of(text))}, "encoding": encoding, "warnings": []}
    if not data.startswith(b"PK"):
        raise Unreadable("This is no table: columns are mapped of CSV, TSV and XLSX files only.")
    sheets, warnings = sheets_of(data)
    return {
        "sheets": {name: _trimmed(rows) for name, rows in sheets.items()},
        "encoding": "",
        "warnings": warnings,
    }


def _trimmed(rows: list[Row]) -> list[Row]:
    while rows and not any(rows[-1]):
        rows = rows[:-1]
    return rows


def header_of(row: Row) -> list[str]:
    """The titles of a header row, without the empty cells behind the last one."""
    titles = list(row)
    while titles and not titles[-1]:
        titles.pop()
    return titles


def proposed_header(rows: Sequence[Row]) -> int:
    """The row that looks most like a header: many different texts that are no numbers, numbers below."""
    best, most = 0, -1
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        texts = {cell for cell in row if cell and _plain(cell) is None}
        below = rows[at + 1] if at + 1 < len(rows) else []
        score = len(texts) * (3 if any(_plain(cell) is not None for cell in below) else 1)
        if score > most:
            best, most = at, score
    return best


def find_header(rows: Sequence[Row], header: Sequence[str]) -> int | None:
    """Where a known header stands in a table, None where it does not stand in it as it was."""
    wanted = list(header)
    return next((at for at, row in enumerate(rows) if header_of(row) == wanted), None)


def proposed_decimal(rows: Sequence[Row], header_at: int) -> str:
    """The decimal sign of the cells below a header; a point where they don't agree."""
    try:
        return decimal_sign([cell for row in rows[header_at + 1 :] for cell in row])
    except Unreadable:
        return "."


def mapped_rows(
    rows: Sequence[Row],
    header_at: int,
    columns: Mapping[str, Column],
    fields: Sequence[Field],
    decimal: str = ".",
) -> list[MappedRow]:
    """Every row below the header that holds anything, with its values converted and its errors."""
    places = _places(header_of(rows[header_at]), columns)
    known = {one.name: one for one in fields}
    found: list[MappedRow] = []
    for at in range(header_at + 1, len(rows)):
        if any(rows[at]) and len(found) < MOST_SHOWN:
            found.append(_mapped(rows[at], at + 1, places, columns, known, decimal))
    return found


def _places(header: list[str], columns: Mapping[str, Column]) -> dict[str, int]:
    """The position of each mapped column now, found by its title."""
    places = {}
    for name, column in columns.items():
        same = [at for at, title in enumerate(header) if title == column.title]
        if column.nth >= len(same):
            raise Unreadable(f"The table has no column '{column.title}'. Map its columns again.")
        places[name] = same[column.nth]
    return places


def _mapped(
    row: Row,
    shown: int,
    places: Mapping[str, int],
    columns: Mapping[str, Column],
    known: Mapping[str, Field],
    decimal: str,
) -> MappedRow:
    mapped = MappedRow(shown)
    for name, at in places.items():
        text, column = (row[at] if at < len(row) else ""), columns[name]
        source = f"row {shown}, '{column.title}'"
        if not text:
            continue
        value = _converted(text, known[name], column.unit, decimal)
        if value is None:
            mapped.errors.append(f"{source}: '{text[:40]}' is no number that can be taken.")
            continue
        mapped.values[name] = value
        mapped.sources[name] = f"{source}: {text[:60]}" + (f" in {column.unit}" if column.unit else "")
    if not mapped.values and not mapped.errors:
        mapped.errors.append(f"row {shown} holds none of the mapped values.")
    return mapped


def _converted(text: str, field: Field, unit: str, decimal: str) -> Decimal | None:
    """The number of a cell in the field's own unit, rounded to its places."""
    if number(text, decimal) is None:
        return None
    factor = UNITS.get(field.unit, {field.unit: "1"}).get(unit)
    if factor is None:
        return None
    try:
        value = Decimal(text.strip().replace(decimal, ".")) * Decimal(factor)
        return value.quantize(Decimal(1).scaleb(-field.places))
    except InvalidOperation:
        return None


def _plain(cell: str) -> float | None:
    value = number(cell)
    return number(cell, ",") if value is None else value

"""Matrices of wells in a table: a row of column numbers 1, 2, 3 ... and rows that begin with A, B, C ...

Positions matter: an empty cell is an empty well, and a text (`OVRFLW`, `<0.000`, `*0.356*` for a masked
well, `?????`, `NaN`) is kept as the text it is, never as 0.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from .reading import Unreadable
from .tables import Row
from .text import number

# Columns of plates with 6, 12, 24, 48, 96, 384 and 1536 wells.
WIDTHS = (3, 4, 6, 8, 12, 24, 48)
MATRIX_CAP = 400
LETTERS = [chr(65 + at) for at in range(26)] + ["A" + chr(65 + at) for at in range(6)]


@dataclass
class Matrix:
    """One read of one plate: numbers and texts by well."""

    plate: str
    label: str
    columns: int
    rows: int = 0
    kind: str = "raw"
    wells: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)

    def put(self, letter: str, cells: Row, decimal: str = ".") -> None:
        """Add one row of the plate; a row that is there already is refused: no well has two values."""
        if letter in self.letters:
            raise Unreadable(
                f"Row {letter} of {self.plate} ({self.label}) stands twice: the table is cut off or edited. "
                "Export the plate again."
            )
        self.letters.add(letter)
        self.rows = max(self.rows, LETTERS.index(letter) + 1)
        for at, cell in enumerate(cells[: self.columns]):
            if not cell:
                continue
            value = number(cell, decimal)
            if value is None:
                self.texts[f"{letter}{at + 1}"] = cell[:40]
            else:
                self.wells[f"{letter}{at + 1}"] = value

    def as_record(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {
            "plate": self.plate,
            "label": self.label,
            "kind": self.kind,
            "wavelength_nm": wavelength_in(self.label),
            "rows": self.rows,
            "columns": self.columns,
            "wells": self.wells,
            "texts": self.texts,
        }


@dataclass(frozen=True)
class Head:
    """A row of column numbers: where it stands, where its first number stands, how many there are."""

    at: int
    first: int
    columns: int


def head_in(row: Row, at: int = 0, start: int = 0) -> Head | None:
    """Return the first run 1, 2, 3 ... of a row that is as wide as a plate."""
    for first in range(start, len(row)):
        if row[first] != "1":
            continue
        columns = 0
        while first + columns < len(row) and row[first + columns] == str(columns + 1):
            columns += 1
        if columns in WIDTHS:
            return Head(at, first, columns)
    return None


def lettered_rows(rows: list[Row], head: Head) -> list[tuple[str, Row, str]]:
    """Return letter, cells and the label behind them for every line of a matrix, to its end.

    A line without letter belongs to the row above (Gen5 prints several values per well one below another).
    """
    found: list[tuple[str, Row, str]] = []
    letter = ""
    for row in rows[head.at + 1 :]:
        before = row[head.first - 1] if head.first and len(row) >= head.first else ""
        if not any(row) or head_in(row) or (before and before.upper() not in LETTERS):
            break
        if before:
            _demand_next(letter, before.upper())
            letter = before.upper()
        if not letter:
            break
        cells = row[head.first : head.first + head.columns]
        behind = row[head.first + head.columns :]
        found.append((letter, cells, next((cell for cell in behind if cell), "")))
    return found


def _demand_next(last: str, letter: str) -> None:
    expected = LETTERS.index(last) + 1 if last else 0
    if LETTERS.index(letter) != expected:
        raise Unreadable(
            f"The rows of a plate are not in order (row {letter} after {last or 'the column numbers'}): the "
            "table is cut off or edited. Export the plate again."
        )


def title_above(rows: list[Row], at: int, within: int = 3) -> str:
    """Return what the nearest filled line above a matrix says."""
    for row in reversed(rows[max(0, at - within) : at]):
        if filled := [cell for cell in row if cell]:
            return " ".join(filled)[:80]
    return ""


def wavelength_in(label: str) -> float | None:
    """Return the wavelength (nm) that a label names; of several that differ none."""
    found = {int(digits) for digits in re.findall(r"(?<![\d.])(\d{3,4})(?=\s*nm|\)|$)", label)}
    told = [one for one in found if 190 <= one <= 1100]
    return float(told[0]) if len(told) == 1 else None

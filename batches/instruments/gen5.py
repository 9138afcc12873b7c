"""Agilent (BioTek) Gen5 text exports: layout, raw and computed matrices, the reader's own curve.

Anatomy after real files of 3.12.08. Several lines stand per plate row, told apart by the label in the last
column. The reader's `[Concentration]` is the value of its fit, NOT multiplied by the dilution.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from .plate_matrix import Head, Matrix, head_in, lettered_rows, title_above
from .plates import plate_reading
from .reading import Reading, Unreadable
from .tables import Row, tab_rows
from .text import number

FORMAT = "Gen5 plate export"
READER = "gen5"

KNOWN = (
    "Software Version",
    "Plate Number",
    "Date",
    "Time",
    "Reader Type",
    "Reader Serial Number",
    "Reading Type",
)
LAYOUT_WORDS = {"Well ID": "id", "Name": "name", "Conc/Dil": "concentration_or_dilution"}
COMPUTED = ("blank ", "[", "conc", "mean", "std", "cv", "corrected", "calculation")


@dataclass
class Found:
    """What the file holds, gathered line by line."""

    header: dict[str, str] = field(default_factory=dict)
    plate: str = "Plate 1"
    matrices: list[Matrix] = field(default_factory=list)
    layout: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    curves: list[dict[str, Any]] = field(default_factory=list)


def read_gen5(text: str, name: str = "", encoding: str = "") -> Reading:
    """Return the plates of a Gen5 text export, or raise Unreadable."""
    rows = tab_rows(text)
    found = Found()
    for at, row in enumerate(rows):
        _take_header(found, row)
        if head := head_in(row, at):
            _take_matrix(found, rows, head)
        elif row[0] == "Curve Name":
            found.curves += _curve_rows(rows, at)
    return plate_reading(
        found.matrices,
        format=FORMAT,
        reader=READER,
        software=f"Gen5 {found.header.get('Software Version', '')}".strip(),
        encoding=encoding,
        layout=found.layout,
        header=found.header,
        values={
            "curves_of_the_reader": found.curves,
            "captured_at": f"{found.header.get('Date', '')} {found.header.get('Time', '')}".strip(),
            "reading_type": found.header.get("Reading Type", ""),
        },
        warnings=_warnings(found),
    )


def _take_header(found: Found, row: Row) -> None:
    key = row[0].rstrip(":")
    told = row[1] if len(row) > 1 else ""
    if key == "Plate Number" and told:
        found.plate = told
    if key in KNOWN and told:
        found.header.setdefault(key, told)
    elif told.startswith("Wavelengths:") or key.startswith("Wavelengths:"):
        found.header.setdefault("Wavelengths", (told or key).removeprefix("Wavelengths:").strip())


def _take_matrix(found: Found, rows: list[Row], head: Head) -> None:
    title = title_above(rows, head.at, 1) or "Results"
    lines = lettered_rows(rows, head)
    if not lines:
        raise Unreadable(
            f"The plate under '{title}' of this Gen5 file has no rows: it is cut off. Export it again."
        )
    if title == "Layout":
        _take_layout(found, lines)
        return
    by_label: dict[str, Matrix] = {}
    for letter, cells, label in lines:
        if len(cells) < head.columns:
            raise Unreadable(
                f"Row {letter} of '{title}' in this Gen5 file is cut off. Export the plate again."
            )
        matrix = by_label.setdefault(
            label, Matrix(found.plate, label or title, head.columns, kind=_kind(title, label))
        )
        matrix.put(letter, cells)
    found.matrices += by_label.values()


def _kind(title: str, label: str) -> str:
    words = (label.lower(), title.lower())
    return "computed by the reader" if any(word.startswith(COMPUTED) for word in words) else "raw"


def _take_layout(found: Found, lines: list[tuple[str, Row, str]]) -> None:
    wells = found.layout.setdefault(found.plate, {})
    for letter, cells, label in lines:
        for at, cell in enumerate(cells):
            if cell and label in LAYOUT_WORDS:
                wells.setdefault(f"{letter}{at + 1}", {})[LAYOUT_WORDS[label]] = cell[:80]


def _curve_rows(rows: list[Row], at: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in rows[at + 1 : at + 21]:
        if not row[0]:
            break
        cells = dict(zip(rows[at], row, strict=False))
        numbers = {key: number(cells[key]) for key in cells if re.fullmatch(r"[A-G]|R2", key)}
        found.append(
            {"name": row[0], "formula": cells.get("Curve Formula", ""), "numbers": numbers, "texts": cells}
        )
    return found


def _warnings(found: Found) -> list[str]:
    told = []
    kind = found.header.get("Reading Type", "")
    if kind == "Manual":
        told.append("Reading Type is Manual: the values were typed, not measured.")
    elif kind and kind != "Reader":
        told.append(f"Reading Type is {kind}, not Reader: the values did not come straight from the reader.")
    if any(
        "concentration" in m.label.lower() or "conc" in m.label.lower()
        for m in found.matrices
        if m.kind != "raw"
    ):
        told.append("The reader's concentration is the value of its fit, not multiplied by the dilution.")
    return told

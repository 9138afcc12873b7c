"""Tables in text: rows of stripped cells, columns found by their titles and the unit in them."""

import csv
import io
import re
from dataclasses import dataclass

from .reading import Unreadable
from .text import number

ROW_CAP = 10_000
CELL_CAP = 2_000_000

Row = list[str]

_TITLE = re.compile(r"(?P<name>.*?)\s*(?:\[(?P<index>\d{1,5})\])?\s*(?:\((?P<unit>[^()]*)\))?")


@dataclass(frozen=True)
class Title:
    """A column's title taken apart: `Sizes[3] (d.nm)` is sizes, 3, d.nm."""

    name: str
    unit: str = ""
    index: int | None = None


def title_of(cell: str) -> Title:
    """Take a title apart; the name is lower case, because vendors write it both ways."""
    found = _TITLE.fullmatch(" ".join(cell.split()))
    if found is None:
        return Title(cell.strip().lower())
    index = found["index"]
    return Title(found["name"].lower(), (found["unit"] or "").strip(), int(index) if index else None)


def tab_rows(text: str) -> list[Row]:
    """Return the rows of a table with tabs, in which a quote is a letter like any other."""
    lines = text.split("\n")
    _refuse_bulk(len(lines), text.count("\t") + len(lines))
    return [[cell.strip() for cell in line.split("\t")] for line in lines]


def csv_rows(text: str, delimiter: str = ",") -> list[Row]:
    """Return the rows of a table with quotes around cells that hold the delimiter."""
    _refuse_bulk(text.count("\n"), text.count(delimiter) + text.count("\n"))
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise Unreadable("The table holds a cell of enormous length: it is no export.") from error


def rows_of(text: str) -> list[Row]:
    """Return the rows of a table whose delimiter is the commonest one of its first lines."""
    head = text[:4096]
    delimiter = max("\t;,", key=head.count)
    return tab_rows(text) if delimiter == "\t" else csv_rows(text, delimiter)


def _refuse_bulk(rows: int, cells: int) -> None:
    if rows > ROW_CAP or cells > CELL_CAP:
        raise Unreadable(
            f"The table has more than {ROW_CAP} rows or {CELL_CAP} cells: it is no export of one measurement."
        )


def decimal_sign(cells: list[str]) -> str:
    """Return the decimal sign that known number cells of one file agree on.

    Raises Unreadable where points and commas are mixed: then no number of the file is sure.
    """
    points = sum("." in cell and number(cell) is not None for cell in cells)
    commas = sum("," in cell and number(cell, ",") is not None for cell in cells)
    if points and commas:
        raise Unreadable(
            "Decimal points and decimal commas are mixed in this file: it was edited. Export it again."
        )
    return "," if commas else "."

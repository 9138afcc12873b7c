"""The layout of a ZetaView size export: header keys and the linear table, no meaning yet.

Anatomy after real files of 8.05.14, 8.05.16 and 8.06.01. The header is 70 to 90 lines long, so the
table is found by its heading; the decimal sign follows the locale of the instrument's PC.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from .reading import Unreadable
from .text import number

ROW_CAP = 10_000
HEADER_CAP = 1_000
HEADER_CAP_CHARS = 1_000_000
SENTINEL = -1.0

_KEY = re.compile(r"([^:\t]+):+\t?\s?(.*)")
_OTHER_THAN_NUMBERS = re.compile(r"[^0-9.,eE+\t\n-]")
_HEADING = re.compile(r"^Size / nm[^\n]*", re.MULTILINE)
# Fields that every version prints with decimals; the first that is there decides.
_DECIMAL_FIELDS = ("Temperature", "Viscosity", "pH", "Conductivity", "Median Number (D50)")
_BROKEN = "In this ZetaView file {}: it is cut off or edited. Export the measurement again."

Table = tuple[list[float], list[float], list[float]]


@dataclass(frozen=True)
class ZetaviewLayout:
    """Header cells per key, and the columns of the linear table."""

    keys: dict[str, list[str]]
    decimal: str
    sizes_nm: list[float]
    counts: list[float]
    per_ml: list[float]
    has_sentinel: bool

    def text(self, key: str) -> str:
        """Return the first cell of a header line, empty where there is none."""
        return (self.keys.get(key) or [""])[0].strip()

    def number(self, key: str) -> float | None:
        """Return the first cell of a header line as a number."""
        return number(self.text(key), self.decimal)

    def labelled(self, key: str, label: str) -> float | None:
        """Return the number after a label further on in a header line."""
        cells = self.keys.get(key, [])
        for place, cell in enumerate(cells[:-1]):
            if cell.strip().rstrip(":") == label:
                return number(cells[place + 1], self.decimal)
        return None


def is_profile(text: str) -> bool:
    """Tell a profile (zeta potential) from a size measurement."""
    return (
        re.search(r"^Type of Measurement:+\s*Profile\s*$", text[:HEADER_CAP_CHARS], re.MULTILINE) is not None
    )


def profile_of(text: str) -> ZetaviewLayout:
    """Take the header of a profile apart; it has no size table."""
    keys = _keys(text)
    return ZetaviewLayout(keys, _decimal_sign(keys), [], [], [], True)


def lay_out(text: str) -> ZetaviewLayout:
    """Take a ZetaView text export apart, or raise Unreadable."""
    heading = _HEADING.search(text)
    keys = _keys(text[: heading.start() if heading else len(text)])
    if heading is None:
        raise Unreadable(_BROKEN.format("the table 'Size / nm' is missing"))
    decimal = _decimal_sign(keys)
    columns, has_sentinel = _linear_table(text[heading.start() :], decimal)
    return ZetaviewLayout(keys, decimal, *columns, has_sentinel)


def _keys(header: str) -> dict[str, list[str]]:
    lines = header.split("\n", HEADER_CAP + 1)
    if len(lines) > HEADER_CAP or len(header) > HEADER_CAP_CHARS:
        raise Unreadable(_BROKEN.format("the header is far too long"))
    found: dict[str, list[str]] = {}
    for line in lines:
        if match := _KEY.match(line):
            found.setdefault(match[1].strip(), match[2].split("\t"))
    return found


def _decimal_sign(keys: dict[str, list[str]]) -> str:
    """Return the file's decimal sign; raise Unreadable where its known fields disagree."""
    signs = []
    for key in _DECIMAL_FIELDS:
        cell = (keys.get(key) or [""])[0].strip()
        signs += [sign for sign in ".," if number(cell, sign) is not None and sign in cell]
    if not signs:
        raise Unreadable(_BROKEN.format("no header field tells the decimal sign"))
    if len(set(signs)) > 1:
        raise Unreadable(_BROKEN.format("decimal points and decimal commas are mixed"))
    return signs[0]


def _linear_table(text: str, decimal: str) -> tuple[Table, bool]:
    """Return size, count and concentration of the first block, and whether its end is marked.

    After the end mark the same particles follow in logarithmic classes: adding them up would
    double everything.
    """
    titles = [title.strip() for title in text.split("\n", 1)[0].split("\t")]
    places = [_place(titles, title) for title in ("Size / nm", "Number", "Concentration / cm-3")]
    if (columns := _read_at_once(text, places, len(titles), decimal)) is not None:
        return _sound(columns), True
    lines = text.split("\n", ROW_CAP + 1)
    rows: list[list[float]] = []
    for line in lines[1 : ROW_CAP + 1]:
        if not line.strip():
            break
        row = _row(line, places, len(titles), decimal, len(rows) + 1)
        if row[0] == SENTINEL:
            return _columns(rows), True
        rows.append(row)
    if len(rows) >= ROW_CAP:
        raise Unreadable(f"The size table has more than {ROW_CAP} rows: it is not an export.")
    return _columns(rows), False


def _read_at_once(text: str, places: list[int], width: int, decimal: str) -> Table | None:
    """Return the columns above the end mark, None where a look at each line has to say what is wrong."""
    end = text.find("\n-1")
    block = text[text.find("\n") + 1 : max(end, 0)]
    if _OTHER_THAN_NUMBERS.search(block) or ("," if decimal == "." else ".") in block:
        return None
    lines = block.split("\n")
    if {line.count("\t") for line in lines} != {width - 1} or len(lines) >= ROW_CAP:
        return None
    if number(text[end + 1 :].split("\t", 1)[0], decimal) != SENTINEL:
        return None
    cells = block.replace(decimal, ".").replace("\n", "\t").split("\t")
    try:
        sizes, counts, per_ml = (list(map(float, cells[place::width])) for place in places)
    except ValueError:
        return None
    return (sizes, counts, per_ml) if all(map(isfinite, sizes + counts + per_ml)) else None


def _place(titles: list[str], title: str) -> int:
    if title not in titles:
        raise Unreadable(_BROKEN.format(f"the column '{title}' is missing"))
    return titles.index(title)


def _row(line: str, places: list[int], width: int, decimal: str, at: int) -> list[float]:
    cells = line.rstrip("\t").split("\t")
    if len(cells) != width:
        raise Unreadable(_BROKEN.format(f"row {at} of the size table has not {width} columns"))
    other = "," if decimal == "." else "."
    if other in line:
        raise Unreadable(_BROKEN.format("decimal points and decimal commas are mixed"))
    numbers = [value for place in places if (value := number(cells[place], decimal)) is not None]
    if len(numbers) != len(places):
        raise Unreadable(_BROKEN.format(f"row {at} of the size table holds a cell without number"))
    return numbers


def _columns(rows: list[list[float]]) -> Table:
    sizes, counts, per_ml = map(list, zip(*rows, strict=True)) if rows else ([], [], [])
    return _sound((sizes, counts, per_ml))


def _sound(columns: Table) -> Table:
    sizes, counts, per_ml = columns
    if any(later <= earlier for earlier, later in pairwise(sizes)):
        raise Unreadable(_BROKEN.format("the sizes do not increase from row to row"))
    if min(sizes + counts + per_ml, default=0) < 0:
        raise Unreadable(_BROKEN.format("a class of the size table is negative"))
    return sizes, counts, per_ml

"""What the wells of a plate hold, as lines that people write and read.

    standard 2000: A1-A3
    blank: H1-H3
    sample EV ×4: A4-A6
    left out bubble: C3

A range such as A1-B3 is the rectangle between its corners. Pure functions.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from batches.quantities import parse_quantity

STANDARD, SAMPLE, BLANK, LEFT_OUT = "standard", "sample", "blank", "left out"
ROLES = (STANDARD, SAMPLE, BLANK, LEFT_OUT)
MOST_LINES = 400

_WELL = re.compile(r"([A-P])0?([1-9]\d?)", re.IGNORECASE)
LETTERS = "ABCDEFGHIJKLMNOP"


class LayoutRefused(ValueError):
    """Why a layout can't be, in plain words."""


@dataclass(frozen=True)
class Line:
    """Wells that hold the same: a standard's amount, a sample's name and dilution, or why left out."""

    role: str
    wells: tuple[str, ...]
    name: str = ""
    amount: Decimal | None = None

    @property
    def words(self) -> str:
        """The line as people write it."""
        told = {
            STANDARD: f"standard {self.amount:f}" if self.amount is not None else "",
            SAMPLE: f"sample {self.name} ×{self.amount:f}" if self.amount is not None else "",
            BLANK: "blank",
            LEFT_OUT: f"left out {self.name}".strip(),
        }
        return f"{told[self.role]}: {wells_in_words(self.wells)}"


def wells_of(text: str) -> tuple[str, ...]:
    """Return the wells that a text names: `A1-A3, B1-C2`. Raises LayoutRefused for anything else."""
    found: list[str] = []
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–:]\s*", "-", text.strip())):
        if not part:
            continue
        corners = [_WELL.fullmatch(corner) for corner in part.split("-")]
        if len(corners) > 2 or not all(corners):
            raise LayoutRefused(f"'{part}' names no well: write A1, or A1-A3 for a range.")
        found += _rectangle(*(corner for corner in (corners[0], corners[-1]) if corner))
    if not found:
        raise LayoutRefused("Name the wells, such as A1-A3.")
    return tuple(dict.fromkeys(found))


def _rectangle(first: re.Match[str], last: re.Match[str]) -> list[str]:
    rows = sorted(LETTERS.index(corner[1].upper()) for corner in (first, last))
    columns = sorted(int(corner[2]) for corner in (first, last))
    return [
        f"{LETTERS[row]}{column}"
        for row in range(rows[0], rows[1] + 1)
        for column in range(columns[0], columns[1] + 1)
    ]


def wells_in_words(wells: Sequence[str]) -> str:
    """Return wells with neighbours of a row or column drawn together: `A1-A3, C5`."""
    parts, at = [], 0
    while at < len(wells):
        end = max(_run(wells, at, 0, 1), _run(wells, at, 1, 0))
        parts.append(wells[at] if end == at else f"{wells[at]}-{wells[end]}")
        at = end + 1
    return ", ".join(parts)


def _run(wells: Sequence[str], at: int, down: int, right: int) -> int:
    end = at
    while end + 1 < len(wells) and _place(wells[end + 1]) == (
        _place(wells[end])[0] + down,
        _place(wells[end])[1] + right,
    ):
        end += 1
    return end


def _place(well: str) -> tuple[int, int]:
    return LETTERS.index(well[0]), int(well[1:])


def text_of(lines: Iterable[Line]) -> str:
    """Return the layout as text."""
    return "\n".join(line.words for line in lines)


def lines_of(text: str) -> list[Line]:
    """Return the lines of a layout's text. Raises LayoutRefused where a line says nothing sensible."""
    lines = [_line(one.strip()) for one in text.splitlines() if one.strip()]
    demand_sense(lines)
    return lines


def _line(text: str) -> Line:
    told, _, wells = text.rpartition(":")
    role = next((role for role in ROLES if told.lower().startswith(role)), "")
    if not role:
        raise LayoutRefused(f"'{text[:60]}' begins with none of {', '.join(ROLES)}.")
    rest = told[len(role) :].strip()
    if role == STANDARD:
        return Line(role, wells_of(wells), amount=_amount(rest, text))
    if role == SAMPLE:
        name, mark, dilution = rest.rpartition("×")
        amount = _amount(dilution, text) if mark else Decimal(1)
        return Line(role, wells_of(wells), (name if mark else rest).strip(), amount)
    return Line(role, wells_of(wells), rest if role == LEFT_OUT else "")


def _amount(text: str, line: str) -> Decimal:
    try:
        return parse_quantity(text)
    except ValueError as error:
        raise LayoutRefused(f"'{line[:60]}': {error}") from error


def demand_sense(lines: Sequence[Line]) -> None:
    """Refuse a layout in which a well holds two things, a standard nothing, or a sample has no name."""
    if len(lines) > MOST_LINES:
        raise LayoutRefused(f"The layout has more than {MOST_LINES} lines.")
    seen: dict[str, Line] = {}
    for line in lines:
        if line.role == STANDARD and (line.amount is None or line.amount < 0):
            raise LayoutRefused(f"Standard in {wells_in_words(line.wells)}: how much is in it?")
        if line.role == SAMPLE and (not line.name or line.amount is None or line.amount < 1):
            words = wells_in_words(line.wells)
            raise LayoutRefused(f"Sample in {words}: it needs a name, and a dilution of 1 or more.")
        if line.role == LEFT_OUT and not line.name:
            raise LayoutRefused(f"Say why {wells_in_words(line.wells)} is left out.")
        for well in line.wells:
            if well in seen and LEFT_OUT not in (line.role, seen[well].role):
                raise LayoutRefused(f"{well} holds two things: '{seen[well].words}' and '{line.words}'.")
            seen[well] = line


def proposed(layout: dict[str, dict[str, str]]) -> list[Line]:
    """Return what a reader's file says about its wells as lines, for a person to look through.

    Gen5 prints one column for a standard's concentration and a sample's dilution; its 0.5 means 1 in 2.
    """
    groups: dict[tuple[str, str, Decimal | None], list[str]] = {}
    for well, told in layout.items():
        if key := _proposed(told):
            groups.setdefault(key, []).append(well)
    return [Line(role, tuple(wells), name, amount) for (role, name, amount), wells in groups.items()]


def _proposed(told: dict[str, str]) -> tuple[str, str, Decimal | None] | None:
    name = told.get("id", "")
    amount = _number(told.get("concentration") or told.get("concentration_or_dilution", ""))
    if re.match(r"(blk|blank)", name, re.IGNORECASE):
        return BLANK, "", None
    if re.match(r"(std|standard|cal)", name, re.IGNORECASE):
        return (STANDARD, "", amount) if amount is not None and amount >= 0 else None
    if not name:
        return None
    share = amount if amount and "concentration_or_dilution" in told else Decimal(1)
    return SAMPLE, name, max(Decimal(1), (1 / share).quantize(Decimal("0.0001")).normalize())


def _number(text: str) -> Decimal | None:
    try:
        return parse_quantity(text)
    except ValueError:
        return None

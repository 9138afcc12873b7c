"""Plates without a vendor's frame: 8 x 12 grids in any table, BMG MARS, Magellan's list of wells."""

import re
from typing import Any

from .plate_matrix import LETTERS, Matrix, head_in, lettered_rows, title_above
from .plates import plate_reading
from .reading import Reading, Unreadable
from .tables import Row, decimal_sign, rows_of
from .text import listed

FORMAT = "Plate grid"
READER = "plate-grid"

MAGELLAN_TITLES = {"Raw data", "Well positions"}
_WELL = re.compile(r"([A-P])0?([1-9]\d?)")


def read_grids(text: str, name: str = "", encoding: str = "") -> Reading:
    """Return the grids of wells in a text table, or raise Unreadable."""
    return grids_in({"": rows_of(text)}, encoding=encoding)


def read_bmg(text: str, name: str = "", encoding: str = "") -> Reading:
    """Return the plates of a BMG MARS export, or raise Unreadable."""
    rows = rows_of(text)
    told = dict(re.findall(r"(Test name|Date|Time|Test run no\.|ID\d): ?([^,\n]*)", text[:4096]))
    words = []
    if ambiguous := ambiguous_date(told.get("Date", "")):
        words.append(ambiguous)
    return plate_reading(
        grid_matrices(rows, ""),
        format="BMG MARS plate export",
        reader="bmg",
        software="BMG MARS, version not in the file",
        encoding=encoding,
        values={"captured_at": f"{told.get('Date', '')} {told.get('Time', '')}".strip()},
        header={key: value.strip()[:120] for key, value in told.items()},
        warnings=words,
    )


def ambiguous_date(printed: str) -> str:
    """Return a warning where day and month of a printed date may change places."""
    parts = re.match(r"(\d{1,2})[/.](\d{1,2})[/.]\d{2,4}", printed)
    if parts and int(parts[1]) <= 12 and int(parts[2]) <= 12 and int(parts[1]) != int(parts[2]):
        return f"The date {parts[0]} may be day/month or month/day: check it."
    return ""


def is_grid(first: str, head: str) -> bool:
    """Tell a table with a grid of wells: column numbers, and a row A below them."""
    try:
        rows = rows_of(head)
    except Unreadable:
        return False
    return has_grid(rows[:-1] if len(rows) > 1 and len(head) >= 4000 else rows)


def has_grid(rows: list[Row]) -> bool:
    """Whether a table holds column numbers with a row A below them."""
    for at, row in enumerate(rows[:-1]):
        head = head_in(row, at)
        if (
            head
            and head.first
            and len(rows[at + 1]) >= head.first
            and rows[at + 1][head.first - 1].upper() == "A"
        ):
            return True
    return False


def grids_in(sheets: dict[str, list[Row]], *, encoding: str = "", software: str = "") -> Reading:
    """Return the grids of all sheets as one reading, or raise Unreadable."""
    matrices = [matrix for sheet, rows in sheets.items() for matrix in grid_matrices(rows, sheet)]
    return plate_reading(
        matrices,
        format=FORMAT,
        reader=READER,
        software=software or "unknown: a table of wells",
        encoding=encoding,
        warnings=["A plain grid of wells: neither instrument, time nor wavelength need be in it."],
    )


def grid_matrices(rows: list[Row], sheet: str) -> list[Matrix]:
    """Return every lettered grid of a table; one title per grid makes them plates of their own."""
    heads = [head for at, row in enumerate(rows) if (head := head_in(row, at)) and head.first]
    found: list[Matrix] = []
    for head in heads:
        lines = lettered_rows(rows, head)
        if not lines:
            continue
        decimal = decimal_sign([cell for _, cells, _ in lines for cell in cells])
        title = title_above(rows, head.at) or "values"
        labels = list(dict.fromkeys(label for _, _, label in lines))
        plate = " ".join(
            filter(
                None, (sheet or "Plate", str(heads.index(head) + 1) if len(heads) > 1 or not sheet else "")
            )
        )
        for label in labels:
            matrix = Matrix(plate, f"{title} {label}".strip(), head.columns)
            for letter, cells, own in lines:
                if own == label:
                    matrix.put(letter, cells, decimal)
            found.append(matrix)
    return found


# --- Magellan -------------------------------------------------------------------------------------


def is_magellan(rows: list[Row]) -> bool:
    """Tell a Magellan sheet by the titles of its list of wells."""
    return bool(rows) and set(rows[0]) >= MAGELLAN_TITLES


def read_magellan(rows: list[Row]) -> Reading:
    """Return the plate of a Magellan sheet: one line per well, facts below, or raise Unreadable."""
    value_at, well_at = rows[0].index("Raw data"), rows[0].index("Well positions")
    wells: dict[str, str] = {}
    facts: list[str] = []
    for row in rows[1:]:
        well = _WELL.fullmatch(row[well_at]) if len(row) > max(value_at, well_at) else None
        if well is None:
            facts += [cell for cell in row if cell]
        elif (name := f"{well[1]}{well[2]}") in wells:
            raise Unreadable(
                f"Well {name} stands twice in this Magellan list: it is edited. Export it again."
            )
        else:
            wells[name] = row[value_at]
    told = _facts(facts)
    label = told.get("Measurement wavelength", "raw")
    matrix = _matrix_of(
        wells, rows[1][rows[0].index("Plate")] if "Plate" in rows[0] and len(rows) > 1 else "", label
    )
    return plate_reading(
        [matrix],
        format="Tecan Magellan plate export",
        reader="magellan",
        software="Tecan Magellan, version not in the file",
        values={"captured_at": f"{told.get('Date', '')} {told.get('Time', '')}".strip()} | _unit(told),
        header=told,
        warnings=() if told else ["The facts of the measurement are missing below the list of wells."],
    )


def _facts(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        for part in re.split(r",\s|(?<=\d)/(?=Time)", line):
            key, colon, value = part.partition(": ")
            if colon and len(key) < 60 and "\\" not in key:
                found.setdefault(key.strip(), value.strip()[:120])
    return found


def _unit(told: dict[str, str]) -> dict[str, Any]:
    return {"unit": told["Unit"]} if "Unit" in told else {}


def _matrix_of(wells: dict[str, str], plate: str, label: str) -> Matrix:
    columns = max((int(well[1:]) for well in wells), default=0)
    if columns > 24:
        raise Unreadable(f"Wells such as {listed(list(wells)[-3:])} are on no plate that is read.")
    matrix = Matrix(plate or "Plate 1", label, 24 if columns > 12 else 12)
    for letter in LETTERS[:16]:
        cells = [wells.get(f"{letter}{at + 1}", "") for at in range(matrix.columns)]
        if any(cells):
            matrix.put(letter, cells)
    return matrix

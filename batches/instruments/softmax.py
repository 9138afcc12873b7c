"""SoftMax Pro text exports (UTF-16 or ASCII): endpoint plates, reduced data, groups with their wells.

Anatomy after a real file. A plate begins with a line `Plate:` whose cells are told by their place, its wells
have no row letters, and `~End` closes it. Kinetic reads and spectra are not read.
"""

import re
from dataclasses import dataclass, field

from .plate_matrix import LETTERS, Head, Matrix, head_in
from .plates import plate_reading
from .reading import Reading, Unreadable
from .tables import Row, tab_rows
from .text import listed, number

FORMAT = "SoftMax Pro plate export"
READER = "softmax"

FORMAT_AT, TYPE_AT, MODE_AT, WAVELENGTHS_AT, COLUMNS_AT, ROWS_AT = 3, 4, 5, 15, 17, 20
_BROKEN = "In this SoftMax Pro file {}: it is cut off or edited. Export it again."


@dataclass
class Found:
    """What the file holds, gathered block by block."""

    matrices: list[Matrix] = field(default_factory=list)
    layout: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    temperatures: list[float] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)


def read_softmax(text: str, name: str = "", encoding: str = "") -> Reading:
    """Return the endpoint plates of a SoftMax Pro export, or raise Unreadable."""
    rows = tab_rows(text)
    found = Found()
    blocks = _blocks(rows)
    for block in blocks:
        if block[0][0] == "Plate:":
            _take_plate(found, block)
        elif block[0][0].startswith("Group:"):
            _take_group(found, block)
    _refuse_missing(rows, blocks)
    if not found.matrices and found.left_out:
        raise Unreadable(
            f"This SoftMax Pro file holds no endpoint read ({listed(found.left_out)}); it is kept as an "
            "attachment."
        )
    return plate_reading(
        found.matrices,
        format=FORMAT,
        reader=READER,
        software="SoftMax Pro, version not in the file",
        encoding=encoding,
        layout=found.layout,
        values={
            "captured_at": _saved_at(rows),
            "temperature_c": found.temperatures[0] if len(set(found.temperatures)) == 1 else None,
            "modes": list(dict.fromkeys(found.modes)),
        },
        warnings=[f"Not read: {what}." for what in found.left_out],
    )


def _blocks(rows: list[Row]) -> list[list[Row]]:
    found: list[list[Row]] = []
    block: list[Row] = []
    for row in rows:
        if row[0].startswith("~End"):
            found += [block] if block else []
            block = []
        elif block or row[0] == "Plate:" or row[0].startswith("Group:"):
            block.append(row)
    if block:
        raise Unreadable(_BROKEN.format(f"the block '{' '.join(block[0][:2]).strip()}' has no end"))
    return found


def _refuse_missing(rows: list[Row], blocks: list[list[Row]]) -> None:
    told = re.match(r"##BLOCKS=\s*(\d+)", rows[0][0])
    if told and len(blocks) != int(told[1]) and any(row[0].startswith("Note:") for row in rows) is False:
        raise Unreadable(_BROKEN.format(f"{len(blocks)} of {told[1]} blocks are there"))


def _take_plate(found: Found, block: list[Row]) -> None:
    about = block[0] + [""] * 24
    plate = about[1] or f"Plate {len(found.matrices) + 1}"
    if about[FORMAT_AT] != "PlateFormat" or about[TYPE_AT] != "Endpoint":
        found.left_out.append(
            f"{plate} ({about[TYPE_AT] or 'unknown'} read, {about[FORMAT_AT] or 'unknown format'})"
        )
        return
    found.modes.append(about[MODE_AT])
    wavelengths = about[WAVELENGTHS_AT].split()
    heads = [(at, row) for at, row in enumerate(block[1:], 1) if head_in(row)]
    if not heads:
        raise Unreadable(_BROKEN.format(f"the columns of {plate} are missing"))
    for place, (at, _) in enumerate(heads):
        end = heads[place + 1][0] if place + 1 < len(heads) else len(block)
        kind = "raw" if place == 0 else "computed by the reader"
        _take_wells(found, plate, block[at:end], wavelengths, kind, place)
    if (temperature := number(block[2][1]) if len(block) > 2 and len(block[2]) > 1 else None) is not None:
        found.temperatures.append(temperature)
    _demand_shape(found, plate, about)


def _take_wells(
    found: Found, plate: str, rows: list[Row], wavelengths: list[str], kind: str, place: int
) -> None:
    runs = _runs(rows[0])
    if kind == "raw" and len(runs) != max(1, len(wavelengths)):
        raise Unreadable(
            _BROKEN.format(f"{plate} names {len(wavelengths)} wavelengths for {len(runs)} matrices")
        )
    body = [row for row in rows[1:] if any(row)]
    for number_of_run, run in enumerate(runs):
        told = wavelengths[number_of_run] if kind == "raw" and wavelengths else ""
        label = f"{told} nm" if told else ("raw" if kind == "raw" else f"reduced {place}.{number_of_run + 1}")
        matrix = Matrix(plate, label, run.columns, kind=kind)
        for letter, row in zip(LETTERS, body, strict=False):
            matrix.put(letter, row[run.first : run.first + run.columns])
        found.matrices.append(matrix)


def _runs(row: Row) -> list[Head]:
    runs: list[Head] = []
    while run := head_in(row, 0, runs[-1].first + runs[-1].columns if runs else 0):
        runs.append(run)
    return runs


def _demand_shape(found: Found, plate: str, about: Row) -> None:
    rows, columns = number(about[ROWS_AT]), number(about[COLUMNS_AT])
    for matrix in found.matrices:
        if matrix.plate == plate and matrix.kind == "raw":
            if (columns or matrix.columns) != matrix.columns or matrix.rows > (rows or matrix.rows):
                raise Unreadable(
                    _BROKEN.format(f"{plate} has other rows or columns than its first line says")
                )


def _take_group(found: Found, block: list[Row]) -> None:
    """Note which wells belong to which sample of a group: a proposal for the plate's layout."""
    if len(block) < 2 or "Wells" not in block[1] or "Sample" not in block[1]:
        return
    titles, sample, standard = block[1], "", ""
    group = block[0][0].removeprefix("Group:").strip()
    value_at = next((at for at, title in enumerate(titles) if title.startswith("Standard Value")), -1)
    plate_at = titles.index("WellPlateName") if "WellPlateName" in titles else -1
    for row in block[2:]:
        if not any(row) or row[0].startswith("Group "):
            break
        cells = row + [""] * (len(titles) - len(row))
        sample = cells[titles.index("Sample")] or sample
        standard = cells[value_at] or standard if value_at >= 0 else ""
        plate = cells[plate_at] if plate_at >= 0 else found.matrices[0].plate if found.matrices else "Plate 1"
        for well in re.findall(r"[A-P]\d{1,2}\b", cells[titles.index("Wells")]):
            told = {"id": f"{group} {sample}".strip(), "concentration": standard}
            found.layout.setdefault(plate, {})[well] = {key: word[:80] for key, word in told.items() if word}


def _saved_at(rows: list[Row]) -> str:
    last = next((row[0] for row in reversed(rows) if "Date Last Saved:" in row[0]), "")
    return last.partition("Date Last Saved:")[2].strip()[:40]

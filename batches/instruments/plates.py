"""What every plate reader's export becomes: raw reads by well, texts kept, the reader's own results apart."""

from collections.abc import Sequence
from typing import Any

from .plate_matrix import MATRIX_CAP, Matrix
from .reading import Reading, Unreadable
from .text import listed

READER_VERSION = "1"
# The detectors of most readers saturate about here; above it absorbance is no longer linear.
HIGH_ABSORBANCE = 3.5


def plate_reading(
    matrices: Sequence[Matrix],
    *,
    format: str,
    reader: str,
    software: str,
    encoding: str = "",
    values: dict[str, Any] | None = None,
    layout: dict[str, dict[str, dict[str, str]]] | None = None,
    header: dict[str, str] | None = None,
    warnings: Sequence[str] = (),
) -> Reading:
    """Return the reading of one or more plates, or raise Unreadable where no well holds a number.

    `layout` is what the file says about the wells: plate -> well -> words. It is a proposal for a person.
    """
    raw = [matrix for matrix in matrices if matrix.kind == "raw"]
    if not any(matrix.wells for matrix in raw):
        raise Unreadable(
            "No well of this plate holds a measured number. Export the plate again with raw data."
        )
    _refuse_bulk_and_twins(matrices)
    plates = list(dict.fromkeys(matrix.plate for matrix in raw))
    texts = {_place(matrix, well): text for matrix in raw for well, text in matrix.texts.items()}
    return Reading(
        format=format,
        software=software,
        technique="PLATE",
        reader=reader,
        reader_version=READER_VERSION,
        values={
            "plates": len(plates),
            "plate_names": plates,
            "reads": [f"{matrix.plate} · {matrix.label}" for matrix in raw],
            "wells_measured": sum(len(matrix.wells) for matrix in raw),
            "wells_without_number": dict(list(texts.items())[:100]),
            "wells_in_layout": sum(map(len, (layout or {}).values())),
            **(values or {}),
        },
        curves={"records": [matrix.as_record() for matrix in matrices], "layout": layout or {}},
        header=header or {},
        warnings=(*warnings, *_warnings(raw, texts)),
        encoding=encoding,
    )


def _refuse_bulk_and_twins(matrices: Sequence[Matrix]) -> None:
    if len(matrices) > MATRIX_CAP:
        raise Unreadable(
            f"The file holds more than {MATRIX_CAP} reads. Export the endpoint reads of the batch."
        )
    names = [(matrix.plate, matrix.label, matrix.kind) for matrix in matrices]
    if len(set(names)) < len(names):
        twins = sorted(
            {f"{plate} {label}" for plate, label, kind in names if names.count((plate, label, kind)) > 1}
        )
        raise Unreadable(
            f"The file holds several reads of one name ({listed(twins)}), so that a well has no one value. "
            "Name the plates apart and export again."
        )


def _place(matrix: Matrix, well: str) -> str:
    return f"{matrix.plate} · {matrix.label} · {well}"


def _warnings(raw: list[Matrix], texts: dict[str, str]) -> list[str]:
    found = []
    if texts:
        shown = listed([f"{place}: {text}" for place, text in texts.items()])
        found.append(f"Wells without a number, kept as text: {len(texts)} ({shown}).")
    high = [_place(m, well) for m in raw for well, value in m.wells.items() if value > HIGH_ABSORBANCE]
    if high and all(value < 10 for m in raw for value in m.wells.values()):
        found.append(f"Wells above {HIGH_ABSORBANCE}, no longer linear: {len(high)} ({listed(high)}).")
    return found

"""Standard curves of an assay on paper: what a person said of the plate, and what was found."""

from collections.abc import Sequence
from typing import Any

from batches.characterization.plates import PlateCurve
from batches.quantities import people_number
from qc.papers.sheets import day

COLUMNS = ("Plate", "Layout", "Worked out", "Found")
WIDTHS = (10, 26, 18, 22)


def plate_table(curves: Sequence[PlateCurve]) -> dict[str, Any]:
    """Every curve of an assay as a row, the latest last; only that one counts."""
    rows = [_row(curve, is_latest=curve is curves[-1]) for curve in curves]
    return {
        "title": "Plate and standard curve",
        "columns": list(COLUMNS),
        "widths": list(WIDTHS),
        "rows": rows,
    }


def _row(curve: PlateCurve, *, is_latest: bool) -> dict[str, Any]:
    told = (
        f"{curve.plate} · {curve.read}" + ("" if is_latest else " (laid out anew since)"),
        "; ".join(curve.layout.splitlines()),
        _worked_out(curve),
        "; ".join(curve.found.splitlines()),
    )
    return {"cells": [{"text": words, "earlier": []} for words in told], "is_voided": False, "why": ""}


def _worked_out(curve: PlateCurve) -> str:
    low, high = people_number(curve.least_recovery), people_number(curve.most_recovery)
    parts = [
        f"{curve.get_model_display()}, weighting {curve.get_weighting_display()}",
        "blank subtracted" if curve.subtract_blank == "yes" else "blank not subtracted",
        f"standards in {curve.get_unit_display()}, come back within {low} to {high} %",
        f"this batch's sample: {curve.sample}",
        f"formulas {curve.formula_version}",
        f"{curve.computed_by}, {day(curve.computed_at)}",
    ]
    return "; ".join(parts)

"""From a plate's wells and its layout to results: blank, curve, samples; a pure function of its inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from batches.characterization import standard_curves as curves
from batches.characterization.plate_layout import BLANK, LEFT_OUT, SAMPLE, STANDARD, Line

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Settings:
    """How a plate is worked out; recovery (%) is what a standard must come back within to count."""

    model: str = "linear"
    weighting: str = "none"
    subtract_blank: bool = True
    least_recovery: float = 70.0
    most_recovery: float = 130.0


def work_out(
    lines: Sequence[Line], read: Record, settings: Settings, beside: Sequence[Record] = ()
) -> dict[str, Any]:
    """Return curve, standards and samples as plain JSON. Raises CurveRefused in words.

    `read` is the raw matrix; wells with a text (masked, overflow) or without any value are left out and
    told. `beside` are matrices that the reader computed itself; its concentration is shown, never used.
    """
    responses, left_out = _responses(lines, read["wells"], read["texts"])
    blank = _blank(lines, responses) if settings.subtract_blank else 0.0
    net = {well: value - blank for well, value in responses.items()}
    points = [
        curves.Point(float(line.amount or 0), net[well], well)
        for line in lines
        if line.role == STANDARD
        for well in line.wells
        if well in net
    ]
    curve = curves.fit(points, settings.model, settings.weighting)
    levels = curves.levels_of(curve, points, settings.least_recovery, settings.most_recovery)
    limits = curves.working_range(levels)
    found = [one for line in lines if line.role == SAMPLE and (one := _found(curve, limits, line, net))]
    return {
        "blank": _tidy(blank) if settings.subtract_blank else None,
        "parameters": {key: _tidy(value) for key, value in curve.parameters.items()},
        "r_squared": _tidy(curve.r_squared),
        "range": [_tidy(limits[0]), _tidy(limits[1])],
        "fitted": [_tidy(curve.low), _tidy(curve.high)],
        "points": [[_tidy(point.amount), _tidy(point.response), point.well] for point in points],
        "standards": [_plain(level) for level in levels],
        "samples": [_plain(one) | {"readers_value": _readers_value(one.wells, beside)} for one in found],
        "results": [_plain(one) for one in curves.results_of(found)],
        "left_out": [{"well": well, "why": why} for well, why in left_out.items()],
        "without_weight": list(curve.left_out),
    }


def _responses(
    lines: Sequence[Line], wells: Mapping[str, float], texts: Mapping[str, str]
) -> tuple[dict[str, float], dict[str, str]]:
    left_out = {well: line.name for line in lines if line.role == LEFT_OUT for well in line.wells}
    used: dict[str, float] = {}
    for line in lines:
        for well in line.wells if line.role != LEFT_OUT else ():
            if well in left_out:
                continue
            if well in wells:
                used[well] = wells[well]
            else:
                left_out[well] = (
                    f"the reader printed {texts[well]}" if well in texts else "no value in the file"
                )
    return used, left_out


def _blank(lines: Sequence[Line], responses: Mapping[str, float]) -> float:
    blanks = [
        responses[well] for line in lines if line.role == BLANK for well in line.wells if well in responses
    ]
    if not blanks:
        raise curves.CurveRefused("No blank has a value: lay out a blank, or don't subtract it.")
    return fmean(blanks)


def _found(
    curve: curves.Curve, limits: tuple[float, float], line: Line, net: Mapping[str, float]
) -> curves.Found | None:
    wells = {well: net[well] for well in line.wells if well in net}
    return curves.read_sample(curve, limits, line.name, float(line.amount or 1), wells) if wells else None


def _readers_value(wells: Sequence[str], beside: Sequence[Record]) -> float | None:
    for record in beside:
        if "conc" in record["label"].lower():
            known = [record["wells"][well] for well in wells if well in record["wells"]]
            return _tidy(fmean(known)) if known else None
    return None


def _plain(one: Any) -> dict[str, Any]:
    return {
        key: _tidy(value) if isinstance(value, float) else list(value) if isinstance(value, tuple) else value
        for key, value in asdict(one).items()
    }


def _tidy(value: float) -> float:
    """Without the binary noise, so that the same inputs give the same bytes everywhere."""
    return float(f"{value:.10g}")

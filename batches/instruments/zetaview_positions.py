"""ZetaView's table of the 11 positions (`…_11pos.txt`): which counted, which were removed and why.

It belongs to the size measurement of the same name and gives what that file lacks: the spread between
positions. `Conc.` is that of the measured suspension, `Orig. Conc.` includes the dilution.
"""

from typing import Any

from .reading import Reading, Unreadable
from .replicates import mean_of, sd_of
from .tables import Row, decimal_sign, tab_rows, title_of
from .text import listed, number

FORMAT = "ZetaView table of positions"
READER = "zetaview-positions"
READER_VERSION = "1"

POSITION_CAP = 100
LARGEST_GAP = 0.01
LEAST_USED = 8
COLUMNS = {
    "mean_intensity": "mean int.",
    "particles": "av. no of particles",
    "per_ml": "conc.",
    "original_per_ml": "orig. conc.",
    "traces": "no. of traces",
    "x50_nm": "x50",
    "peak_nm": "peak ø",
    "span": "span",
    "drift_um_per_s": "drift",
}
NEEDED = ("per_ml", "traces", "x50_nm")
SUMMARIES = {"mean": "mean", "st.dev.": "sd", "rel.st.dev.": "relative_sd"}


def read_positions(text: str, name: str = "", encoding: str = "") -> Reading:
    """Return the positions of one measurement with mean and SD over the used ones, or raise Unreadable."""
    rows = [row for row in tab_rows(text) if any(row)]
    places = _places(rows[0])
    decimal = decimal_sign([cell for row in rows[1:] for cell in row[2:]])
    positions, printed = _split(rows[1:], places, decimal)
    used = [one for one in positions if one["is_used"]]
    if not used:
        raise Unreadable("No position of this ZetaView table was used: it holds no result. Measure again.")
    values = _values(positions, used)
    return Reading(
        format=FORMAT,
        software="ZetaView, version not in the file",
        technique="NTA_POSITIONS",
        reader=READER,
        reader_version=READER_VERSION,
        values=values | {"printed": printed, "records": positions},
        warnings=tuple(_warnings(positions, used, values, printed)),
        encoding=encoding,
    )


def _places(titles: Row) -> dict[str, int]:
    names = [title_of(title).name for title in titles]
    places = {key: names.index(title) for key, title in COLUMNS.items() if title in names}
    places |= {key: names.index(key) for key in ("use", "position", "removal") if key in names}
    missing = [title for title in (*NEEDED, "use", "position") if title not in places]
    if missing:
        raise Unreadable(f"This ZetaView table has no column for {listed(missing)}. Export it again.")
    return places


def _split(
    rows: list[Row], places: dict[str, int], decimal: str
) -> tuple[list[dict[str, Any]], dict[str, dict[str, float | None]]]:
    positions: list[dict[str, Any]] = []
    printed: dict[str, dict[str, float | None]] = {}
    for row in rows[: POSITION_CAP + 1]:
        label = next(
            (cell.lower().replace(" ", "") for cell in row[:2] if cell.lower().replace(" ", "") in SUMMARIES),
            "",
        )
        if label:
            printed[SUMMARIES[label]] = _numbers(row, places, decimal)
        else:
            positions.append(_position(row, places, decimal))
    if len(positions) >= POSITION_CAP or len({one["position"] for one in positions}) < len(positions):
        raise Unreadable(
            "The positions of this ZetaView table are not each there once: it is edited. Export it again."
        )
    return positions, printed


def _numbers(row: Row, places: dict[str, int], decimal: str) -> dict[str, float | None]:
    return {key: number(_cell(row, places, key).rstrip("%"), decimal) for key in COLUMNS if key in places}


def _cell(row: Row, places: dict[str, int], key: str) -> str:
    at = places.get(key, len(row))
    return row[at] if at < len(row) else ""


def _position(row: Row, places: dict[str, int], decimal: str) -> dict[str, Any]:
    numbers = _numbers(row, places, decimal)
    place, use = number(_cell(row, places, "position"), decimal), _cell(row, places, "use")
    if place is None or use.upper() not in ("X", ""):
        raise Unreadable(
            "A row of this ZetaView table has no position number or an unknown mark in 'Use': it is cut "
            "off or edited. Export it again."
        )
    if use and any(numbers[key] is None or numbers[key] < 0 for key in NEEDED):  # type: ignore[operator]
        raise Unreadable(
            f"Position {place:g} counts but holds no number: the table is edited. Export it again."
        )
    return {"position": place, "is_used": bool(use), "removal": _cell(row, places, "removal"), **numbers}


def _values(positions: list[dict[str, Any]], used: list[dict[str, Any]]) -> dict[str, Any]:
    measured, original = _known(used, "per_ml"), _known(used, "original_per_ml")
    sizes, removed = _known(used, "x50_nm"), [one for one in positions if not one["is_used"]]
    return {
        "positions": len(positions),
        "positions_used": len(used),
        "removed": {f"{one['position']:g}": one["removal"] or "no reason given" for one in removed},
        "concentration_per_ml": mean_of(measured),
        "concentration_sd_per_ml": sd_of(measured),
        "concentration_original_per_ml": mean_of(original) if len(original) == len(used) else None,
        "concentration_original_sd_per_ml": sd_of(original) if len(original) == len(used) else None,
        "concentration_includes_dilution": False,
        "d50_nm": mean_of(sizes),
        "d50_sd_nm": sd_of(sizes),
        "valid_tracks": round(len(used) * (mean_of(_known(used, "traces")) or 0)),
        "averages_from": "app",
    }


def _known(used: list[dict[str, Any]], key: str) -> list[float]:
    return [one[key] for one in used if one.get(key) is not None]


def _warnings(
    positions: list[dict[str, Any]],
    used: list[dict[str, Any]],
    values: dict[str, Any],
    printed: dict[str, Any],
) -> list[str]:
    found = []
    if removed := values["removed"]:
        reasons = listed([f"{place}: {reason}" for place, reason in removed.items()], len(removed))
        found.append(f"{len(removed)} of {len(positions)} positions were removed ({reasons}).")
    if len(used) < LEAST_USED:
        found.append(f"Only {len(used)} positions count; {LEAST_USED} or more are customary.")
    told = printed.get("mean", {}).get("per_ml")
    if told is None:
        found.append("The line 'Mean' is missing: the file may be cut off.")
    elif abs(told - values["concentration_per_ml"]) > LARGEST_GAP * abs(told):
        found.append(
            f"The printed mean ({told:.3g} per mL) is not the one of the used positions "
            f"({values['concentration_per_ml']:.3g} per mL): the file is edited."
        )
    return found

"""Tables of bands or lanes: LI-COR Image Studio, ImageJ/Fiji measurements, Bio-Rad Image Lab.

Intensities keep the name that the software gives them (`Adj. Volume`, `Signal`, `IntDen`, `Mean`): they are
not comparable with each other. `#NUM!` and other texts are kept as text.
"""

from collections.abc import Sequence
from typing import Any

from .reading import Reading, Unreadable
from .tables import Row, Title, decimal_sign, rows_of, title_of
from .text import listed, number

READER = "bands"
READER_VERSION = "1"
RECORD_CAP = 5_000
EIGHT_BITS = 255

# What counts as the intensity, the best first.
INTENSITIES = ("adj. volume", "signal", "total", "intden", "rawintden", "volume", "mean", "area")
PLACES = {"lane", "band no.", "band label", "well name", "image name", "channel", "name", "label", "slice"}
NUMBERS = {
    "mol. wt.": "kda", "kda": "kda", "mw": "kda", "relative front": "relative_front",
    "band %": "band_percent",
    "lane %": "lane_percent", "abs. quant.": "absolute", "rel. quant.": "relative",
    "background": "background",
    "bkgnd.": "background", "area": "area", "mean": "mean", "min": "minimum", "max": "maximum",
    "intden": "intden", "rawintden": "rawintden", "%area": "area_percent", "percent": "percent",
    "volume": "volume", "adj. volume": "adjusted_volume", "signal": "signal", "total": "total",
    "icw relative": "icw_relative", "icw % response": "icw_response_percent",
}  # fmt: skip


def is_bands_text(first: str, head: str) -> bool:
    """Tell a text table of bands by its titles."""
    try:
        return is_bands([*rows_of(first), *rows_of(head.partition("\n")[2].partition("\n")[0])])
    except Unreadable:
        return False


def is_bands(rows: list[Row]) -> bool:
    """Tell a table of bands by titles in its first or second row."""
    return _find(rows) is not None


def _find(rows: list[Row]) -> tuple[int, list[Title], str] | None:
    for at, row in enumerate(rows[:2]):
        titles = [title_of(cell) for cell in row]
        if software := _software({title.name for title in titles}, row):
            return at, titles, software
    return None


def _software(names: set[str], row: Row) -> str:
    if {"image name", "channel"} <= names and names & {"total", "signal"}:
        return "LI-COR Image Studio"
    if "lane" in names and names & {"volume", "adj. volume"}:
        return "Bio-Rad Image Lab"
    measures = names & {"area", "mean", "min", "max", "intden", "rawintden", "%area"}
    numbered = "lane" in names or row[0].lower() in ("", "label", "lane")
    return "ImageJ" if len(measures) >= 2 and numbered and measures & {"mean", "intden", "rawintden"} else ""


def read_bands(text: str, name: str = "", encoding: str = "") -> Reading:
    """Return the bands of a text table, or raise Unreadable."""
    return bands_in(rows_of(text), encoding)


def bands_in(rows: list[Row], encoding: str = "") -> Reading:
    """Return one record per band or lane, or raise Unreadable."""
    found = _find(rows)
    if found is None:
        raise Unreadable("The titles of this table are not those of Image Studio, ImageJ or Image Lab.")
    at, titles, software = found
    body = [row for row in rows[at + 1 :] if any(row)]
    measured = [place for place, title in enumerate(titles) if title.name in NUMBERS]
    decimal = decimal_sign([row[place] for row in body for place in measured if place < len(row)])
    basis = _basis(titles, body, decimal)
    records = [_record(titles, row, decimal, basis) for row in body[: RECORD_CAP + 1]]
    _refuse(records, body, len(titles))
    return Reading(
        format=f"{software} table of bands",
        software=f"{software}, version not in the file",
        technique="BANDS",
        reader=READER,
        reader_version=READER_VERSION,
        values=_values(records, basis, rows[0][0] if at else ""),
        warnings=tuple(_warnings(records, software)),
        encoding=encoding,
    )


def _basis(titles: list[Title], body: list[Row], decimal: str) -> str:
    names = [title.name for title in titles]
    for name in INTENSITIES[:-1]:
        if name in names:
            at = names.index(name)
            if any(at < len(row) and number(row[at], decimal) is not None for row in body):
                return name
    raise Unreadable(
        "No column of this table holds intensities as numbers. Export the bands with their volume."
    )


def _refuse(records: list[dict[str, Any]], body: list[Row], width: int) -> None:
    if len(records) > RECORD_CAP:
        raise Unreadable(f"The table holds more than {RECORD_CAP} bands. Export those of one blot.")
    if any(len([cell for cell in row[width:] if cell]) for row in body):
        raise Unreadable(
            "A line of this table has more cells than the title row: it is edited. Export it again."
        )


def _record(titles: list[Title], row: Row, decimal: str, basis: str) -> dict[str, Any]:
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    words: dict[str, str] = {}
    intensity: float | None = None
    for title, cell in zip(titles, row, strict=False):
        value = number(cell, decimal) if title.name in NUMBERS else None
        if not cell:
            continue
        if title.name == basis and intensity is None:
            intensity = value
        if value is not None:
            numbers.setdefault(NUMBERS[title.name], value)
        elif title.name in NUMBERS:
            texts[NUMBERS[title.name]] = cell[:80]
        else:
            words.setdefault(title.name or "number", cell[:80])
    lane = words.get("lane", words.get("well name", words.get("number", "")))
    return {
        "lane": lane,
        "band": words.get("band no.", ""),
        "label": words.get("band label", words.get("label", words.get("name", ""))),
        "channel": words.get("channel", ""),
        "image": words.get("image name", ""),
        "kda": numbers.get("kda"),
        "intensity": intensity,
        "numbers": numbers,
        "texts": texts,
        "words": words,
    }


def _values(records: list[dict[str, Any]], basis: str, above: str) -> dict[str, Any]:
    images = list(dict.fromkeys(record["image"] for record in records if record["image"]))
    return {
        "bands": len(records),
        "lanes": len({record["lane"] for record in records}),
        "intensity_is": basis,
        "images": images[:20] or ([above[:80]] if above else []),
        "channels": list(dict.fromkeys(record["channel"] for record in records if record["channel"]))[:20],
        "records": records,
    }


def _warnings(records: Sequence[dict[str, Any]], software: str) -> list[str]:
    found = []
    if clipped := [record["lane"] for record in records if record["numbers"].get("maximum") == EIGHT_BITS]:
        found.append(
            f"{len(clipped)} of {len(records)} regions reach grey value {EIGHT_BITS}: an 8-bit image, "
            "clipped there; their intensities are too low."
        )
    if texts := [f"{record['lane']}: {text}" for record in records for text in record["texts"].values()]:
        found.append(f"Cells without a number, kept as text: {len(texts)} ({listed(texts)}).")
    if any(record["intensity"] is None for record in records):
        found.append("Some lines have no intensity.")
    if software == "ImageJ":
        found.append("ImageJ means are not corrected for the background unless that was done before.")
    return found

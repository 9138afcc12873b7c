"""Malvern Zetasizer text exports: size (DLS) and zeta potential.

The Z-average is an intensity-weighted hydrodynamic diameter: not comparable with sizes by NTA. A peak of
0.000 means that there is no such peak. Records of one sample are replicates; their mean and sample SD are
computed here and said so.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .nanosight import Chosen
from .reading import Reading, Unreadable
from .replicates import mean_of, sd_of
from .text import listed, number, tidy
from .zetasizer_layout import NM_PER, OTHERS, SIZES, Record, lay_out

FORMAT = "Zetasizer table of records"
READER = "zetasizer"
READER_VERSION = "1"

POSITIVE = (
    *SIZES,
    "viscosity_cp",
    "mean_count_rate_kcps",
    "derived_count_rate_kcps",
    "conductivity_ms_per_cm",
)
# A peak, a mean or a width of nothing is printed as 0.000.
ABSENT_AT_ZERO = tuple(SIZES)
DLS_MEANS = (
    "z_average_nm", "pdi", "intensity_mean_nm", "number_mean_nm", "volume_mean_nm", "peak_1_nm", "peak_2_nm",
    "peak_3_nm", "temperature_c", "viscosity_cp", "mean_count_rate_kcps", "derived_count_rate_kcps",
    "intercept",
)  # fmt: skip
ZETA_MEANS = (
    "zeta_mv", "zeta_deviation_mv", "mobility_um_cm_per_vs", "conductivity_ms_per_cm", "temperature_c",
    "viscosity_cp", "mean_count_rate_kcps", "quality_factor",
)  # fmt: skip
ARRAYS = {
    "sizes": "size_nm",
    "intensities": "intensity",
    "volumes": "volume_percent",
    "numbers": "number_percent",
    "correlation delay times": "delay_us",
    "correlation data": "correlation",
    "zeta potentials": "zeta_mv",
}
# Told by real records; customary values, not the vendor's limits.
LARGEST_PDI = 0.5
INTERCEPT = (0.85, 0.98)
COUNT_RATE_KCPS = (150, 500)
TEMPERATURE_C = 25.0


def read_zetasizer(text: str, name: str = "", chosen: Chosen = None, encoding: str = "") -> Reading:
    """Return the records of one sample with their mean and SD, or raise Unreadable.

    `chosen` picks records by sample name or by position; it is needed where the file holds several samples.
    """
    notes: list[str] = []
    return reading_of([_record(one, notes) for one in lay_out(text)], notes, chosen, encoding=encoding)


def reading_of(
    records: list[dict[str, Any]],
    notes: list[str],
    chosen: Chosen,
    *,
    format: str = FORMAT,
    reader: str = READER,
    reader_version: str = READER_VERSION,
    encoding: str = "",
) -> Reading:
    """Return these records with their mean and SD, or raise Unreadable where they are of several samples."""
    records = _chosen(records, chosen)
    technique = _technique(records, notes)
    counted = [record for record in records if record["type"] == ("Size" if technique == "DLS" else "Zeta")]
    _refuse_several_samples(counted, records)
    means = DLS_MEANS if technique == "DLS" else ZETA_MEANS
    curves = [record.pop("curves") for record in records]
    return Reading(
        format=format,
        software=_software(counted),
        technique=technique,
        reader=reader,
        reader_version=reader_version,
        values=_values(counted, records, means),
        curves={"records": curves},
        header=_header(counted[0]),
        warnings=tuple([*dict.fromkeys(notes), *_warnings(counted, technique)]),
        encoding=encoding,
    )


# --- one record -----------------------------------------------------------------------------------


def _record(raw: Record, notes: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": raw.name,
        "captured_at": raw.measured,
        "captured_local": _local(raw.measured),
    }
    for key, titles in SIZES.items():
        values[key] = _size_nm(raw, key, titles, notes)
    for key, (titles, units) in OTHERS.items():
        values[key] = _number(raw, titles, units, notes)
    for key in POSITIVE:
        if values[key] is not None and values[key] < 0:
            raise Unreadable(
                f"{raw.name or 'A record'} holds a negative value for {key}: the file is edited."
            )
    if values["pdi"] is not None and not 0 <= values["pdi"] <= 1:
        raise Unreadable(
            f"{raw.name or 'A record'} has a PdI of {values['pdi']:g}, which can't be. The file is edited."
        )
    values["type"] = raw.text("type").capitalize() or ("Zeta" if values["zeta_mv"] is not None else "Size")
    for key, title in (
        ("serial", "serial number"),
        ("software", "s/w version"),
        ("dispersant", "dispersant name"),
    ):
        values[key] = raw.text(title)
    values["curves"] = _curves(raw, notes)
    return values


def _size_nm(raw: Record, key: str, titles: tuple[str, ...], notes: list[str]) -> float | None:
    found = _cell(raw, titles, tuple(NM_PER), notes)
    if found is None or (found[0] == 0 and key in ABSENT_AT_ZERO):
        return None
    value, unit = found
    if unit.startswith("r."):
        notes.append("Sizes in the file are radii; they were doubled to diameters.")
    return tidy(value * NM_PER[unit])


def _number(raw: Record, titles: tuple[str, ...], units: tuple[str, ...], notes: list[str]) -> float | None:
    found = _cell(raw, titles, units, notes)
    return None if found is None else found[0]


def _cell(
    raw: Record, titles: tuple[str, ...], units: tuple[str, ...], notes: list[str]
) -> tuple[float, str] | None:
    """Return the first number under one of the titles; tell cells that differ or stand in another unit."""
    filled = [cell for title in titles for cell in raw.cells.get(title, [])]
    known = [(value, unit) for text, unit in filled if unit in units and (value := number(text)) is not None]
    strange = sorted({unit or "none" for _, unit in filled if unit not in units})
    if strange:
        notes.append(f"'{titles[0]}' stands in the unit {listed(strange)}, which is not read.")
    if len({value for value, _ in known}) > 1:
        shown = listed([text for text, unit in filled if unit in units])
        notes.append(f"{raw.name}: '{titles[0]}' stands more than once with different values ({shown}).")
    return known[0] if known else None


def _curves(raw: Record, notes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": raw.name, "captured_at": raw.measured}
    for title, key in ARRAYS.items():
        array = raw.array(title)
        unit = raw.array_units.get(title, "")
        if title == "sizes" and array:
            if unit not in NM_PER or min(array) <= 0:
                notes.append(f"The sizes of {raw.name} stand in a unit that is not read; no curve is shown.")
                continue
            array = [tidy(size * NM_PER[unit]) for size in array]
        if title in raw.arrays and not array:
            notes.append(f"The array '{title}' of {raw.name} has holes; it is not read.")
        found[key] = array
    return found


def _local(printed: str) -> str:
    """Return an English date as ISO (local time of the instrument); empty where other words are printed."""
    words = re.sub(r"^[A-Za-z]+,\s*", "", printed)
    try:
        return datetime.strptime(words, "%d %B %Y %H:%M:%S").isoformat(" ")
    except ValueError:
        return ""


# --- all records ----------------------------------------------------------------------------------


def _chosen(records: list[dict[str, Any]], chosen: Chosen) -> list[dict[str, Any]]:
    if chosen is None:
        return records
    wanted = set(chosen)
    found = [
        one
        for at, one in enumerate(records)
        if at in wanted or _sample(one["name"]) in wanted or one["name"] in wanted
    ]
    if not found:
        raise Unreadable("None of the chosen records is in the file.", _samples(records), are_samples=True)
    return found


def _technique(records: list[dict[str, Any]], notes: list[str]) -> str:
    kinds = [record["type"] for record in records]
    if strange := sorted(set(kinds) - {"Size", "Zeta"}):
        notes.append(f"Records of the type {listed(strange)} are shown but not averaged.")
    sized = [r for r in records if r["type"] == "Size" and _has_size(r)]
    if sized:
        if "Zeta" in kinds:
            notes.append("The file holds zeta records as well; export them alone to take their values.")
        return "DLS"
    if any(record["type"] == "Zeta" and record["zeta_mv"] is not None for record in records):
        return "ZETA"
    raise Unreadable(
        "No record of this Zetasizer file holds a size or a zeta potential as a number. Export the records "
        "with Z-Average, PdI or Zeta Potential, and with decimal points."
    )


def _has_size(record: dict[str, Any]) -> bool:
    return any(record[key] is not None for key in ("z_average_nm", "pdi", "peak_1_nm", "intensity_mean_nm"))


def _sample(name: str) -> str:
    """Return the sample's name: the software numbers replicates by a last word 1, 2, 3 ..."""
    return re.sub(r"\s+\d{1,3}$", "", name)


def _samples(records: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_sample(record["name"]) for record in records))


def _refuse_several_samples(counted: list[dict[str, Any]], records: list[dict[str, Any]]) -> None:
    samples = _samples(counted)
    if len(samples) > 1:
        raise Unreadable(
            f"The file holds records of {len(samples)} samples ({listed(list(samples))}); a mean over them "
            "means nothing. Choose the sample that belongs to this batch.",
            samples,
            are_samples=True,
        )


def _values(
    counted: list[dict[str, Any]], records: list[dict[str, Any]], means: tuple[str, ...]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in means:
        known = [record[key] for record in counted if record[key] is not None]
        found[key] = mean_of(known)
        found[_sd_key(key)] = sd_of(known)
    return found | {
        "replicates": len(counted),
        "averages_from": "app" if len(counted) > 1 else "file",
        "sample": _sample(counted[0]["name"]),
        "captured_at": counted[0]["captured_at"],
        "records": records,
    }


def _sd_key(key: str) -> str:
    for unit in ("_nm", "_mv", "_c", "_cp", "_kcps", "_um_cm_per_vs", "_ms_per_cm"):
        if key.endswith(unit):
            return key.removesuffix(unit) + "_sd" + unit
    return f"{key}_sd"


def _software(counted: list[dict[str, Any]]) -> str:
    versions = list(dict.fromkeys(record["software"] for record in counted if record["software"]))
    return (
        f"Zetasizer software {listed(versions)}"
        if versions
        else "Zetasizer software, version not in the file"
    )


def _header(record: dict[str, Any]) -> dict[str, str]:
    told = {
        "Serial number": record["serial"],
        "Dispersant": record["dispersant"],
        "Date as printed": record["captured_at"],
    }
    return {key: text for key, text in told.items() if text}


def _warnings(counted: list[dict[str, Any]], technique: str) -> list[str]:
    found = []
    if many := _outside(counted, "pdi", 0, LARGEST_PDI):
        found.append(f"PdI above {LARGEST_PDI} in {many}: the Z-average says nothing there.")
    if technique == "DLS" and (many := _outside(counted, "intercept", *INTERCEPT)):
        found.append(f"Intercept outside {INTERCEPT[0]} to {INTERCEPT[1]} in {many}.")
    if many := _outside(counted, "mean_count_rate_kcps", *COUNT_RATE_KCPS):
        found.append(f"Mean count rate outside {COUNT_RATE_KCPS[0]} to {COUNT_RATE_KCPS[1]} kcps in {many}.")
    # Size records print a quality factor of 0.00.
    if technique == "ZETA" and (many := _outside(counted, "quality_factor", 1, 1e9)):
        found.append(f"Quality factor below 1 in {many}.")
    if many := _outside(counted, "temperature_c", TEMPERATURE_C - 0.05, TEMPERATURE_C + 0.05):
        found.append(f"Temperature other than {TEMPERATURE_C:g} °C in {many}.")
    if technique == "DLS" and any(record["z_average_nm"] is None for record in counted):
        found.append("A record holds no Z-average: the columns of the export leave it out.")
    if not _is_numbered(counted):
        names = listed([record["name"] or "no name" for record in counted])
        found.append(f"Check that these are replicates of one sample: {names}.")
    if not all(record["captured_at"] for record in counted):
        found.append("The file does not say when it was measured.")
    return found


def _is_numbered(counted: list[dict[str, Any]]) -> bool:
    """Whether the names end 1, 2, 3 ... as the software numbers the replicates of one sample."""
    ends = [re.search(r"\s(\d{1,3})$", record["name"]) for record in counted]
    return [end and int(end[1]) for end in ends] == list(range(1, len(counted) + 1)) or len(counted) == 1


def _outside(counted: list[dict[str, Any]], key: str, low: float, high: float) -> str:
    known = [record[key] for record in counted if record[key] is not None]
    wrong = [value for value in known if not low <= value <= high]
    return (
        f"{len(wrong)} of {len(counted)} records ({listed([f'{value:g}' for value in wrong])})"
        if wrong
        else ""
    )

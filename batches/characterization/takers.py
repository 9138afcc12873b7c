"""What light scattering, zeta potential and flow cytometry files put on an assay.

A field that a person filled stays where the file says nothing; what the file says counts.
"""

from decimal import Decimal
from typing import Any

from batches.characterization.kinds import Technique
from batches.record.attaching import number
from batches.record.models import Reading
from batches.record.sheets import Sheet

DLS = {
    "z_average_nm": "z_average_nm",
    "pdi": "pdi",
    "temperature_c": "temperature_c",
    "viscosity_mpas": "viscosity_cp",  # 1 cP is 1 mPa·s
    "count_rate_kcps": "mean_count_rate_kcps",
    "intercept": "intercept",
}
ZETA = {
    "zeta_mv": "zeta_mv",
    "mobility_um_cm_per_v_s": "mobility_um_cm_per_vs",
    "conductivity_ms_per_cm": "conductivity_ms_per_cm",
    "temperature_c": "temperature_c",
    "ph": "ph",
}
# µg/mL (which is ng/µL) in one of a unit.
UG_PER_ML = {
    "mg_per_ml": Decimal(1000),
    "ug_per_ml": Decimal(1),
    "ng_per_ul": Decimal(1),
    "ng_per_ml": Decimal("0.001"),
    "pg_per_ul": Decimal("0.001"),
}
# What a NanoDrop takes for one absorbance unit tells what it took the sample for: 50 is double-stranded DNA.
FACTOR_OF_RNA = 40
PROTEIN_METHODS = {"Qubit table": "qubit", "NanoDrop table": "a280", "Lunatic or Stunner table": "a280"}


def take_dls(sheet: Sheet, reading: Reading) -> None:
    """Light scattering: the mean over the replicates of one sample; the largest peak by intensity."""
    details, found = sheet.details, reading.values
    _put(details, found, DLS)
    details.intensity_peak_nm = _largest_peak(details, found)
    details.runs = found.get("replicates") or details.runs
    if dispersant := next((one.get("dispersant") for one in found.get("records", [])), ""):
        details.dispersant = dispersant[:80]
    details.compute()


def _largest_peak(details: Any, found: dict[str, Any]) -> Decimal | None:
    """The first peak is the largest one; a mean over replicates in which it is missing would mislead."""
    known = [one.get("peak_1_nm") for one in found.get("records", []) if one.get("type") == "Size"]
    return _fitting(details, "intensity_peak_nm", found, "peak_1_nm") if known and all(known) else None


def take_zeta(sheet: Sheet, reading: Reading) -> None:
    """Zeta potential: the mean over the replicates and their SD, else the width that the file prints."""
    details, found = sheet.details, reading.values
    _put(details, found, ZETA)
    # The width of one distribution is no spread between runs: only replicates have an SD.
    details.sd_mv = _fitting(details, "sd_mv", found, "zeta_sd_mv")
    details.runs = found.get("replicates") or details.runs
    if diluent := found.get("diluent"):
        details.buffer = diluent[:80]
    details.compute()


def take_flow(sheet: Sheet, reading: Reading) -> None:
    """Flow cytometry: events and volume; sizes and gates are a person's."""
    details, found = sheet.details, reading.values
    details.events = found.get("events")
    volume_nl = number(found, "volume_nl")
    details.volume_ul = None if volume_nl is None else (volume_nl / 1000).quantize(Decimal("0.000001"))
    details.compute()


def take_plate(sheet: Sheet, reading: Reading) -> None:
    """A plate's raw wells: they mean nothing before a person lays out the plate (plates.py)."""


def take_results(sheet: Sheet, reading: Reading) -> None:
    """A line of a table of results: its protein, or the RNA of an extract, where it says that it is that."""
    details, found = sheet.details, result_of(sheet.subject.technique, reading)
    if found is None:
        return
    if sheet.subject.technique == Technique.PROTEIN:
        _set(details, "protein_ug_per_ml", found)
        details.method = details.method or PROTEIN_METHODS.get(reading.format, "")
    else:
        _set(details, "extract_ng_per_ul", found)
        _set(details, "a260_a280", number(reading.values, "a260_a280"))
        details.method = details.method or reading.format.removesuffix(" table")
    details.compute()


def result_of(technique: str, reading: Reading) -> Decimal | None:
    """The protein (µg/mL) or RNA (ng/µL) that the one line of the reading holds, None where it holds none."""
    lines = [one for one in reading.values.get("records", []) if one["values"]]
    if len(lines) != 1:
        return None
    values, kind = lines[0]["values"], lines[0]["kind"].casefold()
    stems = ["protein"] if technique == Technique.PROTEIN else []
    if technique == Technique.RNA and values.get("factor") == FACTOR_OF_RNA:
        stems.append("nucleic_acid")
    if {Technique.PROTEIN: "protein", Technique.RNA: "rna"}.get(Technique(technique), "?") in kind:
        stems += ["original_sample", "concentration"]
    for stem in stems:
        for unit, factor in UG_PER_ML.items():
            if (value := number(values, f"{stem}_{unit}")) is not None:
                return value * factor
    return None


def _set(details: Any, name: str, value: Decimal | None) -> None:
    if value is not None:
        setattr(details, name, _rounded(details, name, value))


def _put(details: Any, found: dict[str, Any], names: dict[str, str]) -> None:
    for name, key in names.items():
        if (value := _fitting(details, name, found, key)) is not None:
            setattr(details, name, value)


def _fitting(details: Any, name: str, found: dict[str, Any], key: str) -> Decimal | None:
    """A reader's value with as many decimals as the field keeps."""
    value = number(found, key)
    return None if value is None else _rounded(details, name, value)


def _rounded(details: Any, name: str, value: Decimal) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-details._meta.get_field(name).decimal_places))

"""How the values of a reading are told to people, whatever the reader."""

from decimal import Decimal
from typing import Any

from audit.exporting.lines import cell
from batches.quantities import people_number
from batches.record.models import Reading

# Longest first: `_per_ml` ends in `_ml`.
UNITS = {
    "_particles_per_ml": "/mL",
    "_ug_per_ml": "µg/mL",
    "_ng_per_ml": "ng/mL",
    "_eu_per_ml": "EU/mL",
    "_per_ml": "/mL",
    "_ng_per_ul": "ng/µL",
    "_mg_per_ml": "mg/mL",
    "_pg_per_ul": "pg/µL",
    "_percent": "%",
    "_nm": "nm",
    "_um": "µm",
    "_px": "px",
    "_mv": "mV",
    "_kv": "kV",
    "_cp": "cP",
    "_kcps": "kcps",
    "_kda": "kDa",
    "_s": "s",
    "_c": "°C",
}
MOST_FACTS = 12
# What a card leaves out at first: errors beside their value, and what only programs ask for.
SIDE_FACTS = ("_standard_error", "_sd", "_source", "is_white_zero", "channels", "bins", "includes_dilution")
SHORT = {"Sd": "SD", "Pdi": "PdI", "Ph": "pH", "Z average": "Z-average"}
Fact = tuple[str, str, str]


def label_of(key: str) -> tuple[str, str]:
    """A value's key as words and unit: `mean_nm` is ('Mean', 'nm')."""
    for ending, unit in UNITS.items():
        if key.endswith(ending):
            return _words(key.removesuffix(ending)), unit
    return _words(key), ""


def _words(key: str) -> str:
    words = key.replace("_", " ").strip()
    words = words[:1].upper() + words[1:]
    short = next((one for one in SHORT if words == one or words.startswith(f"{one} ")), "")
    return SHORT[short] + words.removeprefix(short) if short else words


def facts_of(values: dict[str, Any]) -> list[Fact]:
    """The single results of a reading as (label, value, unit), without empty ones and lists."""
    shown = []
    for key, value in values.items():
        if value not in (None, "") and not isinstance(value, list | dict):
            label, unit = label_of(key)
            shown.append((label, told(value), unit))
    return shown


def main_facts(values: dict[str, Any]) -> list[Fact]:
    """The first results as a card shows them, without what stands beside them."""
    main = {key: value for key, value in values.items() if not any(side in key for side in SIDE_FACTS)}
    return facts_of(main)[:MOST_FACTS]


def told(value: Any) -> str:
    """A reader's value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return people_number(Decimal(f"{value:.6g}"))
    return str(value)


def differences(old: Reading, new: Reading) -> list[tuple[str, str, str]]:
    """What two readings of a file tell differently, field by field: (label, old, new)."""
    found = []
    for key in dict.fromkeys([*old.values, *new.values]):
        one, other = old.values.get(key), new.values.get(key)
        if one != other:
            label, unit = label_of(key)
            found.append((f"{label} {unit}".strip(), _cell(one), _cell(other)))
    if list(old.warnings) != list(new.warnings):
        found.append(("Warnings", " ".join(old.warnings) or "none", " ".join(new.warnings) or "none"))
    if old.curves != new.curves:
        found.append(("Curves", "as read before", "different"))
    return found


def _cell(value: Any) -> str:
    if isinstance(value, list | dict):
        return f"{len(value)} entries"
    return "—" if value in (None, "") else told(value)


def csv_of(readings: list[Reading]) -> str:
    """Every value of these readings as CSV, each with its reader and, of a mapped table, with its cell."""
    lines = [("reading", "reader", "format", "value", "as read", "unit", "where in the file")]
    for at, one in enumerate(readings, 1):
        told = f"{one.reader} {one.reader_version}"
        for label, value, unit in facts_of(one.values):
            lines.append((str(at), told, one.format, label, value, unit, ""))
        for label, source in one.header.items() if one.technique == "TABLE" else ():
            lines.append((str(at), told, one.format, label, source.rpartition(": ")[2], "", source))
    # A cell that a spreadsheet would run is written as text.
    return "".join(",".join(map(cell, line)) + "\r\n" for line in lines)

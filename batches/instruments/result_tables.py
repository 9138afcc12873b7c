"""Tables with one result per line: NanoDrop One, Qubit 4, Unchained Labs Lunatic and Stunner.

Values keep the unit of the file; a cell that is no number (`Out of range`, `<0.5`) is kept as its text.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from .nanosight import Chosen
from .reading import Reading, Unreadable
from .tables import Row, Title, decimal_sign, rows_of, title_of
from .text import listed, number

READER = "result-table"
READER_VERSION = "2"
RECORD_CAP = 2_000


@dataclass(frozen=True)
class Instrument:
    """How one instrument titles its table. `results` maps a column to its value's name without unit."""

    format: str
    needs: frozenset[str]
    results: dict[str, str]
    sample: str
    captured: tuple[str, ...] = ()
    kind: str = ""
    notes: tuple[str, ...] = field(default=())


# A Stunner's titles include those of a NanoDrop: it comes first.
INSTRUMENTS = (
    Instrument(
        "Lunatic or Stunner table",
        frozenset({"plate position", "sample name"}),
        {
            "concentration": "concentration", "a280": "a280", "a260": "a260", "a260/a280": "a260_a280",
            "a260/a230": "a260_a230", "background": "background", "e1%": "e1_percent",
            "z-avg dia.": "z_average", "pdi": "pdi", "sd dia.": "sd", "number of peaks": "peaks",
            "temperature": "temperature", "viscosity at t": "viscosity",
        },
        "sample name",
        ("date", "time"),
        "application",
    ),
    Instrument(
        "NanoDrop table",
        frozenset({"sample name", "a260/a280"}),
        {
            "nucleic acid": "nucleic_acid", "protein": "protein", "a260/a280": "a260_a280",
            "a260/a230": "a260_a230",
            "a260": "a260", "a280": "a280", "nucleic acid factor": "factor",
            "baseline correction": "baseline_correction", "baseline absorbance": "baseline_absorbance",
            "corrected": "corrected",
        },
        "sample name",
        ("date",),
        notes=("Absorbance at 260 or 280 nm counts all that absorbs there, free dye and detergent too.",),
    ),
    Instrument(
        "Qubit table",
        frozenset({"assay name", "qubit® tube conc.", "original sample conc."}),
        {
            "qubit® tube conc.": "tube", "original sample conc.": "original_sample",
            "sample volume": "sample_volume",
            "dilution factor": "dilution_factor", "std 1 rfu": "standard_1_rfu",
            "std 2 rfu": "standard_2_rfu",
            "std 3 rfu": "standard_3_rfu", "green rfu": "green_rfu", "far red rfu": "far_red_rfu",
        },
        "test name",
        ("test date",),
        "assay name",
    ),
)  # fmt: skip
# Units as they may stand in a key.
UNIT_WORDS = {
    "ng/ul": "ng_per_ul", "ng/µl": "ng_per_ul", "µg/ml": "ug_per_ml", "ug/ml": "ug_per_ml",
    "ng/ml": "ng_per_ml",
    "pg/µl": "pg_per_ul", "mg/ml": "mg_per_ml", "µl": "ul", "ul": "ul", "nm": "nm", "°c": "c",
    "cp": "cp", "a280": "",
}  # fmt: skip


def is_results_text(first: str, head: str) -> bool:
    """Tell a text table of results by its titles."""
    try:
        return is_results(rows_of(first))
    except Unreadable:
        return False


def is_results(rows: list[Row]) -> bool:
    """Tell a table of results by a row of titles near its top."""
    return _find(rows) is not None


def read_results(text: str, name: str = "", chosen: Chosen = None, encoding: str = "") -> Reading:
    """Return the result of one line of a text table, or raise Unreadable."""
    return results_in(rows_of(text), chosen, encoding)


def results_in(rows: list[Row], chosen: Chosen = None, encoding: str = "") -> Reading:
    """Return the record of one line, or raise Unreadable.

    `chosen` picks lines by what they are called in a refusal, or by position; it is needed where the table
    holds several results, which are never averaged.
    """
    found = _find(rows)
    if found is None:
        raise Unreadable("The titles of this table are not those of a NanoDrop, Qubit, Lunatic or Stunner.")
    at, instrument = found
    titles = [title_of(cell) for cell in rows[at]]
    _refuse_cut_off(rows[at + 1 :], len(titles))
    body = [row for row in rows[at + 1 :] if any(row)]
    decimal = decimal_sign(
        [
            row[place]
            for row in body
            for place, t in enumerate(titles)
            if t.name in instrument.results and place < len(row)
        ]
    )
    records = [_record(instrument, titles, row, decimal) for row in body[: RECORD_CAP + 1]]
    if not any(record["values"] for record in records) or len(records) > RECORD_CAP:
        raise Unreadable(
            f"This {instrument.format} holds no result as a number, or more than {RECORD_CAP} lines."
        )
    records = _chosen(records, chosen)
    return Reading(
        format=instrument.format,
        software=f"{instrument.format.removesuffix(' table')}, version not in the file",
        technique="RESULTS",
        reader=READER,
        reader_version=READER_VERSION,
        values=_values(records),
        warnings=tuple(_warnings(instrument, records)),
        encoding=encoding,
    )


def _chosen(records: list[dict[str, Any]], chosen: Chosen) -> list[dict[str, Any]]:
    """The one line that counts, with lines that hold nothing; each is called by its name of its own."""
    filled = [one for one in records if one["values"]]
    names = _names(filled)
    if chosen is not None:
        wanted = set(chosen)
        pairs = enumerate(zip(names, filled, strict=True))
        filled = [{**one, "sample": name} for at, (name, one) in pairs if at in wanted or name in wanted]
    if len(filled) == 1:
        return filled if chosen is not None else [*filled, *(one for one in records if not one["values"])]
    raise Unreadable(
        f"The table holds {len(names)} results ({listed(names)}), which are not averaged. Choose those that "
        "belong to this batch.",
        tuple(names),
        are_samples=True,
    )


def _names(records: list[dict[str, Any]]) -> list[str]:
    """What each line is called: its sample, where needed with its time, else with its place."""
    samples = [record["sample"] or "no name" for record in records]
    names = [
        f"{sample}, {record['captured_at']}"
        if samples.count(sample) > 1 and record["captured_at"]
        else sample
        for sample, record in zip(samples, records, strict=True)
    ]
    return [f"{name}, result {at}" if names.count(name) > 1 else name for at, name in enumerate(names, 1)]


def _values(records: list[dict[str, Any]]) -> dict[str, Any]:
    one = records[0]
    told = {"sample": one["sample"], "kind": one["kind"], "captured_at": one["captured_at"]}
    return told | one["values"] | {"samples": len(records), "averages_from": "file", "records": records}


def _find(rows: list[Row]) -> tuple[int, Instrument] | None:
    for at, row in enumerate(rows[:40]):
        names = {title_of(cell).name for cell in row}
        for instrument in INSTRUMENTS:
            if instrument.needs <= names and len(names & set(instrument.results)) >= 2:
                return at, instrument
    return None


def _refuse_cut_off(rows: list[Row], width: int) -> None:
    if any(len(row) > width + 1 for row in rows):
        raise Unreadable(
            "A line of this table has more cells than the title row: it is edited. Export it again."
        )


def _record(instrument: Instrument, titles: list[Title], row: Row, decimal: str) -> dict[str, Any]:
    values: dict[str, float] = {}
    texts: dict[str, str] = {}
    for at, title in enumerate(titles[: len(row)]):
        if title.name not in instrument.results or not row[at]:
            continue
        key = _key(instrument.results[title.name], title.unit or _unit_after(titles, row, at))
        value = number(row[at], decimal)
        if value is None or key in values:
            texts[key] = row[at][:80]
        else:
            values[key] = value
    return {
        "sample": _cell(titles, row, instrument.sample),
        "kind": _cell(titles, row, instrument.kind),
        "captured_at": " ".join(filter(None, (_cell(titles, row, part) for part in instrument.captured))),
        "values": values,
        "texts": texts,
    }


def _unit_after(titles: list[Title], row: Row, at: int) -> str:
    """Return the unit in the next column, as Qubit prints it."""
    follows = at + 1 < min(len(titles), len(row)) and titles[at + 1].name == "units"
    return row[at + 1] if follows else ""


def _key(stem: str, unit: str) -> str:
    word = UNIT_WORDS.get(unit.lower().replace("μ", "µ"))
    if word is None and unit:
        word = re.sub(r"\W+", "_", unit.lower().replace("µ", "u").replace("/", "_per_")).strip("_")[:30]
    return f"{stem}_{word}" if word else stem


def _cell(titles: list[Title], row: Row, name: str) -> str:
    found = (row[at] for at, title in enumerate(titles[: len(row)]) if title.name == name and row[at])
    return next(found, "") if name else ""


def _warnings(instrument: Instrument, records: list[dict[str, Any]]) -> list[str]:
    found = [*instrument.notes]
    texts = [f"{record['sample']}: {text}" for record in records for text in record["texts"].values()]
    if texts:
        found.append(f"Cells without a number, kept as text: {len(texts)} ({listed(texts)}).")
    if empty := [record["sample"] or "no name" for record in records if not record["values"]]:
        found.append(f"No result in the lines of {listed(empty)}.")
    return found

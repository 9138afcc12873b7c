"""Malvern ZS Xplorer `.zmes`: size records in an SQLite 3 file, one row a value under a tree of names.

Values are found by the vendor's own full names (`…CumulantsResult.ZAverageMean`), never by place. Only
single values of the classified size result are read; distributions are packed in a form that nobody
described. The file is opened in memory and asked with our own questions: nothing in it is run.
"""

import sqlite3
from math import isfinite
from typing import Any

from .nanosight import Chosen
from .reading import Reading, Unreadable
from .zetasizer import reading_of
from .zetasizer_layout import OTHERS, SIZES

FORMAT = "Zetasizer ZS Xplorer file (.zmes)"
READER = "zmes"
READER_VERSION = "1"
RECORD_CAP, NODE_CAP, VALUE_CAP = 400, 20_000, 400_000
STEPS = 20_000_000  # of SQLite's machine; a real file takes some hundred thousand
LARGEST_GAP = 0.01

_URN = "urn:Com.Malvern.RecordParameter:DataStructures.MeasurementData:"
ROOT = f"{_URN}SizeMeasurementResult"
CLASSIFIED = f"{_URN}SizeMeasurementResult.SizeAnalysisResult"
# Our name: the vendor's, and the unit that the words beside it have to name.
NUMBERS = {
    "z_average_nm": ("CumulantsResult.ZAverageMean", "(nm)"),
    "pdi": ("CumulantsResult.Polydispersity", ""),
    "intercept": ("CumulantsResult.Intercept", ""),
    "derived_count_rate_kcps": ("SizeAnalysisResult.DerivedCountRateInKcps", "(kcps)"),
    "mean_count_rate_kcps": ("SizeRunSummaryInformation.MeanCountRateInKcps", "(kcps)"),
    "temperature_c": ("ActualInstrumentSettings.Temperature", "(°C)"),
    "viscosity_cp": ("ActualInstrumentSettings.DispersantViscosity", "(cP)"),
    "attenuator": ("ActualInstrumentSettings.Attenuator", ""),
    "repeat": ("Result.Repeat", ""),
}
OF_THE_RESULT = ("z_average_nm", "pdi", "intercept", "derived_count_rate_kcps")
TEXTS = {
    "captured_at": "urn:Com.Malvern.RecordParameter:Malvern:Measurement.Date",
    "sample": "urn:Com.Malvern.RecordParameter:Malvern:Measurement.Sample.Name",
    "dispersant": f"{_URN}DispersantSettings.Name",
    "serial": f"{_URN}ActualInstrumentSettings.InstrumentSerialNumber",
    "software": f"{_URN}Result.SoftwareVersion",
    "quality": f"{_URN}MeasurementResult.QualityIndicator",
    "state": f"{_URN}Result.ResultState",
}
TABLES = {"StandardRecords", "RecordParameterTypes", "RecordParameterTreeNodes", "RecordParameterData"}
DAMAGED = (
    "This .zmes file is damaged or of a version that this reader does not know. It is kept as an attachment; "
    "attach the measurement's text export beside it."
)
NO_SIZE = (
    "No record of this .zmes file is a finished size measurement. It is kept as an attachment; attach the "
    "records' text export beside it."
)


def read_zmes(data: bytes, name: str = "", chosen: Chosen = None) -> Reading:
    """Return the size records of one sample with their mean and SD, or raise Unreadable."""
    try:
        found = _records(data)
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise Unreadable(DAMAGED) from error
    notes: list[str] = []
    records = [_record(one, notes) for one in found]
    if not records:
        raise Unreadable(NO_SIZE)
    records.sort(key=lambda one: one["captured_at"])
    return reading_of(records, notes, chosen, format=FORMAT, reader=READER, reader_version=READER_VERSION)


# --- the file -------------------------------------------------------------------------------------


def _records(data: bytes) -> list[dict[str, Any]]:
    """Every size record's values by the vendor's names: those of the classified result apart from others'."""
    connection = sqlite3.connect(":memory:")
    try:
        # A file in write-ahead mode can't be opened from memory; the mark is set back in our copy.
        connection.deserialize(data[:18] + b"\x01\x01" + data[20:])
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(_only_reads)
        connection.set_progress_handler(lambda: 1, STEPS)
        return _asked(connection)
    finally:
        connection.close()


def _only_reads(act: int, *named: str | None) -> int:
    """Questions to the tables that we know, and nothing else: no function of the file's, no writing."""
    is_fine = act == sqlite3.SQLITE_SELECT or (
        act == sqlite3.SQLITE_READ and named[0] in TABLES | {"sqlite_master"}
    )
    return sqlite3.SQLITE_OK if is_fine else sqlite3.SQLITE_DENY


def _asked(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    # A view under a table's name would be somebody's trick.
    real = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not real >= TABLES:
        raise Unreadable(DAMAGED)
    types = {
        pk: (str(urn), str(words))
        for pk, urn, words in _some(
            connection,
            'SELECT "Id", "UniformResourceName", "FriendlyName" FROM "RecordParameterTypes"',
            NODE_CAP,
        )
    }
    nodes = {
        pk: (parent, kind)
        for pk, parent, kind in _some(
            connection,
            'SELECT "Id", "ParentNodeId", "ParameterTypeId" FROM "RecordParameterTreeNodes"',
            NODE_CAP,
        )
    }
    records: dict[Any, dict[str, Any]] = {
        pk: {"numbers": {}, "others": {}, "texts": {}}
        for pk, root in _some(
            connection, 'SELECT "Id", "RootParameterTypeId" FROM "StandardRecords"', RECORD_CAP
        )
        if types.get(root, ("", ""))[0] == ROOT
    }
    classified = {pk for pk in nodes if _is_under(pk, nodes, types)}
    rows = _some(
        connection,
        'SELECT "RecordId", "ParameterTreeNodeId", "ParameterTypeId", "Data_Double", "Data_Int32", '
        '"Data_Int64", "Data_Single", "Data_Text" FROM "RecordParameterData"',
        VALUE_CAP,
    )
    for record, node, kind, *cells in rows:
        if record in records and kind in types:
            _sort_in(records[record], types[kind], node in classified, cells)
    return list(records.values())


def _some(connection: sqlite3.Connection, question: str, most: int) -> list[Any]:
    rows = connection.execute(question).fetchmany(most + 1)
    if len(rows) > most:
        raise Unreadable(
            "This .zmes file holds more than is read. Export the records of this batch alone, or as text."
        )
    return rows


def _is_under(node: Any, nodes: dict[Any, tuple[Any, Any]], types: dict[Any, tuple[str, str]]) -> bool:
    """Whether a place of the tree lies in the classified result; what lies beside it is raw."""
    for _ in range(20):
        if node not in nodes:
            return False
        parent, kind = nodes[node]
        if types.get(kind, ("", ""))[0] == CLASSIFIED:
            return True
        node = parent
    return False


def _sort_in(record: dict[str, Any], kind: tuple[str, str], is_classified: bool, cells: list[Any]) -> None:
    urn, words = kind
    for key, (name, unit) in NUMBERS.items():
        if urn == _URN + name and unit in words:
            value = next((cell for cell in cells[:4] if isinstance(cell, int | float)), None)
            is_main = is_classified or key not in OF_THE_RESULT
            if value is not None and isfinite(value):
                record["numbers" if is_main else "others"].setdefault(key, []).append(float(value))
    for key, name in TEXTS.items():
        if urn == name and isinstance(cells[4], str):
            record["texts"].setdefault(key, cells[4].strip()[:200])


# --- one record -----------------------------------------------------------------------------------


def _record(found: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    texts, numbers = found["texts"], found["numbers"]
    values: dict[str, Any] = dict.fromkeys([*SIZES, *OTHERS])
    for key in NUMBERS:
        # A value that stands twice with different numbers is no value.
        several = {_single(value) for value in numbers.get(key, [])}
        values[key] = several.pop() if len(several) == 1 else None
    sample, repeat = texts.get("sample", ""), values.pop("repeat")
    name = f"{sample} {repeat:g}" if repeat is not None else sample
    _tell_what_is_odd(name, values, texts, found["others"], notes)
    return values | {
        "name": name,
        "type": "Size",
        "captured_at": texts.get("captured_at", ""),
        "captured_local": "",  # the file's time is UTC
        "serial": texts.get("serial", ""),
        "software": texts.get("software", ""),
        "dispersant": texts.get("dispersant", ""),
        "curves": {"name": name, "captured_at": texts.get("captured_at", "")},
    }


def _tell_what_is_odd(
    name: str,
    values: dict[str, Any],
    texts: dict[str, str],
    others: dict[str, list[float]],
    notes: list[str],
) -> None:
    size, pdi = values["z_average_nm"], values["pdi"]
    if (size is not None and size <= 0) or (pdi is not None and not 0 <= pdi <= 1):
        raise Unreadable(f"{name or 'A record'} holds a size or PdI that can't be: the file is damaged.")
    if (state := texts.get("state", "")) and state != "Completed":
        notes.append(f"{name}: the instrument says: {state}.")
    if (quality := texts.get("quality", "")) and quality != "GoodData":
        notes.append(f"{name}: the instrument says of the data: {quality}.")
    raw = {_single(value) for value in others.get("z_average_nm", [])}
    if size is not None and any(abs(one / size - 1) > LARGEST_GAP for one in raw):
        told = ", ".join(f"{one:.4g}" for one in sorted(raw))
        notes.append(f"{name}: {told} nm before the instrument classified its runs; {size:.4g} nm is read.")


def _single(value: float) -> float:
    """Without the noise of the single precision that the file keeps: 2.31999993 is 2.32."""
    return float(f"{value:.7g}")

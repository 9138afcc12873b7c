"""ZS Xplorer files of our own making: the tables and names that the reader looks for, and little else."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from batches.instruments.zmes import CLASSIFIED, NUMBERS, OF_THE_RESULT, ROOT, TEXTS

_URN = ROOT.removesuffix("SizeMeasurementResult")
_RAW = f"{_URN}SizeMeasurementResult.UnfilteredSizeAnalysisResult"
_TABLES = """
CREATE TABLE "RecordParameterTypes" ("Id" INTEGER PRIMARY KEY, "UniformResourceName" TEXT,
  "FriendlyName" TEXT);
CREATE TABLE "RecordParameterTreeNodes" ("Id" INTEGER PRIMARY KEY, "ParentNodeId" INTEGER,
  "ParameterTypeId" INTEGER);
CREATE TABLE "StandardRecords" ("Id" INTEGER PRIMARY KEY, "RootParameterTypeId" INTEGER);
CREATE TABLE "RecordParameterData" ("Id" INTEGER PRIMARY KEY, "RecordId" INTEGER,
  "ParameterTreeNodeId" INTEGER, "ParameterTypeId" INTEGER, "Data_Double" REAL, "Data_Int32" INTEGER,
  "Data_Int64" INTEGER, "Data_Single" REAL, "Data_Text" TEXT);
"""


@dataclass(frozen=True)
class ZmesRun:
    """Size records to write down; `raw_nm` is the Z-average before runs are classified."""

    samples: Sequence[str] = ("EV sample", "EV sample")
    z_average_nm: float = 124.0
    raw_nm: float = 124.0
    pdi: float = 0.14
    quality: str = "GoodData"
    root: str = ROOT


def zmes_bytes(run: ZmesRun) -> bytes:
    """Return the bytes of the file."""
    made = sqlite3.connect(":memory:")
    made.executescript(_TABLES)
    names = [run.root, CLASSIFIED, _RAW, *(_URN + name for name, _ in NUMBERS.values()), *TEXTS.values()]
    words = ["", "", "", *(f"Value {unit}" for _, unit in NUMBERS.values()), *TEXTS]
    types = {name: at for at, name in enumerate(names, 1)}
    made.executemany(
        'INSERT INTO "RecordParameterTypes" VALUES (?, ?, ?)',
        [(types[name], name, told) for name, told in zip(names, words, strict=True)],
    )
    nodes = [(1, None, types[run.root]), (2, 1, types[CLASSIFIED]), (3, 1, types[_RAW])]
    leaves = {name: (at, 1) for at, name in enumerate(names[3:], 10)}
    results = [_URN + NUMBERS[key][0] for key in OF_THE_RESULT]
    for at, name in enumerate(results):
        nodes.append((40 + at, 3, types[name]))
        leaves[name] = (leaves[name][0], 2)
    nodes += [(at, parent, types[name]) for name, (at, parent) in leaves.items()]
    made.executemany('INSERT INTO "RecordParameterTreeNodes" VALUES (?, ?, ?)', nodes)
    for record, sample in enumerate(run.samples, 1):
        _write(made, run, record, sample, {name: at for name, (at, _) in leaves.items()}, types)
    data: bytes = made.serialize()
    made.close()
    return data


def _write(
    made: sqlite3.Connection,
    run: ZmesRun,
    record: int,
    sample: str,
    leaves: dict[str, int],
    types: dict[str, int],
) -> None:
    made.execute('INSERT INTO "StandardRecords" VALUES (?, ?)', (record, types[run.root]))
    numbers = {
        "z_average_nm": run.z_average_nm + record - 1, "pdi": run.pdi, "intercept": 0.94,
        "mean_count_rate_kcps": 287.0, "derived_count_rate_kcps": 2683.0, "temperature_c": 25.01,
        "viscosity_cp": 0.8872, "repeat": record,
    }  # fmt: skip
    texts = {
        "captured_at": f"2026-03-06T14:5{record}:12.1Z", "sample": sample, "dispersant": "PBS",
        "serial": "EX0001", "software": "4.1.0.82", "quality": run.quality, "state": "Completed",
    }  # fmt: skip
    rows = [
        (leaves[_URN + NUMBERS[key][0]], _URN + NUMBERS[key][0], value, None)
        for key, value in numbers.items()
    ]
    rows += [(leaves[TEXTS[key]], TEXTS[key], None, text) for key, text in texts.items()]
    size = _URN + NUMBERS["z_average_nm"][0]
    rows.append((40, size, run.raw_nm, None))
    made.executemany(
        'INSERT INTO "RecordParameterData" ("RecordId", "ParameterTreeNodeId", "ParameterTypeId", '
        '"Data_Double", "Data_Text") VALUES (?, ?, ?, ?, ?)',
        [(record, node, types[name], value, text) for node, name, value, text in rows],
    )

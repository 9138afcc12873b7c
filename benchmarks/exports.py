"""The export of all changes against the database's own copy; its first byte and its memory."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import machine
from benchmarks.client import Answer
from benchmarks.pages import Bench
from benchmarks.report import Line
from benchmarks.servers import Site

PATH = "/trail/export.csv"
ROUNDS = 2


def exports(bench: Bench, programs: Path | None) -> Iterator[Line]:
    """Rate, first byte and memory, with all entries; memory with few entries beside it."""
    entries = bench.ours.world["entries"]
    ours, copies = [], []
    grown: list[float] = []
    for _ in range(ROUNDS):
        answer, more = export(bench.ours)
        ours.append(answer)
        grown.append(more)
        copies.append(own_copy(bench.ours, programs))
    _, grown_few = export(bench.small)
    took, best = min(answer.seconds for answer in ours), min(seconds for seconds, _ in copies)
    mib = ours[-1].length / 2**20
    yield Line(
        "export of all changes (CSV, a line for each changed field, old and new), entries/s",
        f"{entries / took:,.0f}/s, {mib / took:.0f} MiB/s, {took:.1f} s".replace(",", "\u202f"),
        f"{copies[0][1]}: {entries / best:,.0f}/s, {best:.1f} s".replace(",", "\u202f"),
        best / took,
        0.5,
    )
    first = max(answer.first_byte_s for answer in ours)
    yield Line("first byte of the export", f"{first:.2f} s", "–", first, 0.5, unit=" s", at_most=True)
    few = bench.small.world["entries"]
    yield Line(
        "memory of the export above idle",
        f"{max(grown):.0f} MiB at {entries:,} entries".replace(",", "\u202f"),
        f"{grown_few:.0f} MiB at {few:,}".replace(",", "\u202f"),
        max(*grown, grown_few),
        32,
        unit=" MiB",
        at_most=True,
    )


def export(site: Site) -> tuple[Answer, float]:
    """Take the whole trail. Returns the answer (without its body) and how much memory grew by."""
    client = site.client(site.world["auditor"])
    for _ in range(4):  # both workers have answered something before: that is what idle means
        client.get("/trail/?person=&action=signed")
        client.close()
    idle = site.memory_mib()
    with machine.peak_of(site.memory_mib) as peak:
        answer = client.get(PATH, keep=False)
    client.close()
    if answer.status != 200:
        raise RuntimeError(f"the export answers {answer.status}")
    return answer, peak[0] - idle


def own_copy(site: Site, programs: Path | None) -> tuple[float, str]:
    """Seconds that the database's own tool takes to copy the same entries, and its name."""
    began = time.perf_counter()
    if site.database_url:
        assert programs is not None
        command = r"\copy (SELECT * FROM audit_entry ORDER BY id) TO '/dev/null' WITH (FORMAT csv)"
        subprocess.run([programs / "psql", "-qX", "-c", command, site.database_url], check=True)
        return time.perf_counter() - began, "`psql \\copy`"
    path = Path(site.environment["EXOLEDGER_DATA"]) / "exoledger.sqlite3"
    statement = "SELECT * FROM audit_entry ORDER BY id"
    if shutil.which("sqlite3"):
        with open(os.devnull, "wb") as nowhere:
            subprocess.run(["sqlite3", "-csv", path, statement], check=True, stdout=nowhere)
        return time.perf_counter() - began, "`sqlite3 -csv`"
    return _module_copy(path, statement), "`sqlite3` module"


def _module_copy(path: Path, statement: str) -> float:
    import csv

    began = time.perf_counter()
    connection = sqlite3.connect(path)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        csv.writer(nowhere).writerows(connection.execute(statement))
    connection.close()
    return time.perf_counter() - began

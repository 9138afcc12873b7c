"""The export of all changes against the database's own copy of the same rows; first byte and memory."""

import csv
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import machine
from benchmarks.client import Answer, Client
from benchmarks.pages import Bench
from benchmarks.report import Line, grouped
from benchmarks.servers import Site

PATH = "/trail/export.csv"
WORKBOOK = "/trail/export.xlsx"
ROUNDS = 2
ENTRIES = "SELECT * FROM audit_entry ORDER BY id"
LINES = "SELECT * FROM benchmark_lines"


def exports(bench: Bench, folder: Path, programs: Path | None) -> Iterator[Line]:
    """Rate, first byte and memory, with all entries; memory with few entries beside it."""
    database = Postgresql(bench.ours, programs) if bench.ours.database_url else Sqlite(bench.ours)
    lines = database.take_in(bench.ours, folder / "export.csv")
    taken, grown, copies = [], [], []
    for _ in range(ROUNDS):
        answer, more = export(bench.ours)
        taken.append(answer)
        grown.append(more)
        copies.append(database.copy(LINES))
    as_stored = database.copy(ENTRIES)
    database.forget()
    entries, best = bench.ours.world["entries"], min(answer.seconds for answer in taken)
    yield Line(
        "export of all changes as CSV, a row for each changed field with old and new, "
        "against the database's own copy of a table that holds the same rows",
        f"{grouped(lines / best)} rows/s, {taken[0].length / 2**20 / best:.0f} MiB/s, {best:.1f} s",
        f"{database.tool}: {grouped(lines / min(copies))} rows/s, {min(copies):.1f} s",
        min(copies) / best,
        database.goal,
    )
    yield Line(
        "the same export against the database's own copy of the entries as they are stored (JSON)",
        f"{grouped(entries / best)} entries/s",
        f"{database.tool}: {grouped(entries / as_stored)} entries/s, {as_stored:.1f} s",
        as_stored / best,
        0.5,
        is_goal=False,
    )
    first = max(answer.first_byte_s for answer in taken)
    yield Line("first byte of the export", f"{first:.2f} s", "–", first, 0.5, unit=" s", at_most=True)
    yield memory(bench, max(grown))
    yield from workbook(bench.ours, lines)


def memory(bench: Bench, grown: float) -> Line:
    """What an export takes on top of the idle server, with many and with few entries."""
    _, grown_few = export(bench.small)
    many, few = bench.ours.world["entries"], bench.small.world["entries"]
    return Line(
        "memory of the export above idle, any size",
        f"{grown:.0f} MiB at {grouped(many)} entries",
        f"{grown_few:.0f} MiB at {grouped(few)}",
        max(grown, grown_few),
        32,
        unit=" MiB",
        at_most=True,
    )


def workbook(site: Site, lines: int) -> Iterator[Line]:
    """The same lines as XLSX: how long people wait for the file, and what writing it takes."""
    client, idle = warmed(site), site.memory_mib()
    began = time.perf_counter()
    with machine.peak_of(site.memory_mib, every_s=0.5) as peak:
        page = client.get(WORKBOOK).headers["location"]
        while (answer := client.get(f"{page}file", keep=False)).status == 302:
            time.sleep(1)
    seconds, grown = time.perf_counter() - began, peak[0] - idle
    client.close()
    if answer.status != 200:
        raise RuntimeError(f"the workbook answers {answer.status}")
    told = f"{grouped(lines / seconds)} rows/s, {answer.length / 2**20:.0f} MiB, {seconds:.0f} s"
    yield Line("the same as XLSX, written beside the pages", told, "–", seconds, 0, " s", is_goal=False)
    yield Line(
        "memory above idle while the XLSX is written",
        f"{grown:.0f} MiB at {grouped(lines)} rows",
        "–",
        grown,
        32,
        unit=" MiB",
        at_most=True,
    )


def export(site: Site) -> tuple[Answer, float]:
    """Take the whole trail. Returns the answer (without its body) and how much memory grew by."""
    client, idle = warmed(site), site.memory_mib()
    with machine.peak_of(site.memory_mib) as peak:
        answer = client.get(PATH, keep=False)
    client.close()
    if answer.status != 200:
        raise RuntimeError(f"the export answers {answer.status}")
    return answer, peak[0] - idle


def warmed(site: Site) -> Client:
    """A connection; both workers have answered something before: that is what idle means."""
    client = site.client(site.world["auditor"])
    for _ in range(4):
        client.get("/trail/?action=signed")
        client.close()
    return client


class Postgresql:
    """psql's \\copy, to nowhere."""

    tool = "`psql \\copy`"
    goal = 0.5

    def __init__(self, site: Site, programs: Path | None):
        if programs is None:
            raise RuntimeError("There is no psql.")
        self._command = [programs / "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", site.database_url]

    def take_in(self, site: Site, path: Path) -> int:
        """Put what the export holds into a table of its own. Returns how many rows."""
        columns = save(site, path)
        self._run(f"CREATE UNLOGGED TABLE benchmark_lines ({', '.join(f'{name} text' for name in columns)})")
        self._run(rf"\copy benchmark_lines FROM '{path}' WITH (FORMAT csv, HEADER)")
        self._run("VACUUM ANALYZE benchmark_lines")
        path.unlink()
        asked = subprocess.run(
            [*self._command, "-tA", "-c", "SELECT count(*) FROM benchmark_lines"],
            check=True,
            stdout=subprocess.PIPE,
        )
        return int(asked.stdout)

    def copy(self, statement: str) -> float:
        """Seconds that copying takes."""
        began = time.perf_counter()
        self._run(rf"\copy ({statement}) TO '/dev/null' WITH (FORMAT csv)")
        return time.perf_counter() - began

    def forget(self) -> None:
        """Drop the table again."""
        self._run("DROP TABLE benchmark_lines")

    def _run(self, command: str) -> None:
        subprocess.run([*self._command, "-c", command], check=True)


class Sqlite:
    """A bare cursor of the sqlite3 module with csv.writerows, to nowhere."""

    tool = "`sqlite3` cursor and `csv.writerows`"
    goal = 0.9

    def __init__(self, site: Site):
        self._path = Path(site.environment["EXOLEDGER_DATA"]) / "exoledger.sqlite3"
        self._lines = self._path.with_name("lines.sqlite3")

    def take_in(self, site: Site, path: Path) -> int:
        """Put what the export holds into a table of a file of its own. Returns how many rows."""
        columns = save(site, path)
        connection = sqlite3.connect(self._lines)
        with connection, path.open(encoding="utf-8", newline="") as file:
            connection.execute(f"CREATE TABLE benchmark_lines ({', '.join(columns)})")
            rows = csv.reader(file)
            next(rows)
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO benchmark_lines VALUES ({marks})", rows)
        count = connection.execute("SELECT count(*) FROM benchmark_lines").fetchone()[0]
        connection.close()
        path.unlink()
        return int(count)

    def copy(self, statement: str) -> float:
        """Seconds that copying takes."""
        path = self._lines if statement == LINES else self._path
        began = time.perf_counter()
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            csv.writer(nowhere).writerows(sqlite3.connect(path).execute(statement))
        return time.perf_counter() - began

    def forget(self) -> None:
        """Remove the file again."""
        self._lines.unlink()


def save(site: Site, path: Path) -> list[str]:
    """Write an export to a file. Returns the names of its columns."""
    client = site.client(site.world["auditor"])
    with path.open("wb") as file:
        answer = client.get(PATH, into=file)
    client.close()
    if answer.status != 200:
        raise RuntimeError(f"the export answers {answer.status}")
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().split(",")

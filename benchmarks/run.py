"""`make bench`: the product against the Django-admin baseline, on the same data, in the same run.

    python -m benchmarks.run [--engine sqlite|postgresql|both] [--batches 1000,100000] [--quick]
                             [--only ledger,writes] [--output docs/benchmarks.md]

Everything runs on 127.0.0.1 in throw-away folders and servers, which are gone afterwards.
"""

import argparse
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from benchmarks import (
    bundles,
    cost,
    disk,
    exports,
    machine,
    overlay,
    pages,
    papers,
    proving,
    readers,
    report,
    reporting,
    reviewing,
    sealing,
    similarity,
    starts,
    writes,
)
from benchmarks.pages import ADMIN, Bench
from benchmarks.report import Line, Table
from benchmarks.servers import Site, serving
from tests.postgres import binaries, throwaway_postgres

SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "max_connections": "200",
}
QUIET_TRIES = 10  # of half a second each
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
PARTS = (
    *("starts", "pages", "exports", "ledger", "papers", "writes", "readers", "exceptions", "review"),
    *("overlay", "reporting", "similarity"),
)
NEEDS_BASELINE = {"starts", "pages", "writes"}


def main() -> None:
    """Measure, print the table and write it down."""
    wanted = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.pop("DATABASE_URL", None)
    tables = []
    for engine in wanted.engines:
        if engine == "postgresql" and binaries() is None:
            say("PostgreSQL: no programs found, left out")
            continue
        with (
            tempfile.TemporaryDirectory(prefix="exoledger-bench-") as folder,
            databases(engine) as new_database,
        ):
            few, many = min(wanted.batches), max(wanted.batches)
            bench = loaded(engine, Path(folder), new_database, few, many, wanted.only)
            tables.append(measured(engine, bench, Path(folder), wanted.seconds, wanted.only))
    text = report.whole_report(tables)
    print(text)
    if wanted.output:
        Path(wanted.output).write_text(text, encoding="utf-8")
        say(f"written to {wanted.output}")
    sys.exit(1 if any(table.failures for table in tables) else 0)


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--batches", default="1000,100000", help="few and many, separated by a comma")
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 batches, shorter writing")
    parser.add_argument(
        "--only", default=",".join(PARTS), help=f"parts to measure, of {', '.join(PARTS)}; not written down"
    )
    parser.add_argument(
        "--output", default="docs/benchmarks.md", help="where the page goes; empty for nowhere"
    )
    wanted = parser.parse_args()
    wanted.batches = [1_000, 10_000] if wanted.quick else [int(n) for n in wanted.batches.split(",")]
    if min(wanted.batches) < 1_000:
        parser.error("fewer than 1,000 batches do not fill the pages that are compared")
    wanted.only = wanted.only.split(",")
    if unknown := {*wanted.only} - {*PARTS}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if set(wanted.only) != set(PARTS):
        wanted.output = ""  # the page is written by a whole run
    wanted.engines = ("postgresql", "sqlite") if wanted.engine == "both" else (wanted.engine,)
    wanted.seconds = 3.0 if wanted.quick else 6.0
    return wanted


def say(words: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


# --- data ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def databases(engine: str) -> Iterator[Callable[[str], dict[str, str]]]:
    """Yields a function that makes an empty database and returns the environment that leads to it."""
    if engine == "sqlite":
        yield lambda name: {}
        return
    import psycopg

    with throwaway_postgres(SETTINGS) as url:

        def new_database(name: str) -> dict[str, str]:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            return {"DATABASE_URL": f"{url.rsplit('/', 1)[0]}/{name}"}

        yield new_database


def loaded(
    engine: str,
    folder: Path,
    new_database: Callable[[str], dict[str, str]],
    few: int,
    many: int,
    only: Collection[str],
) -> Bench:
    """Four sites with their data: ours with many and with few batches, the baseline with many (with few
    where only the size of its rows is asked), and ours with few and with history alone."""
    bench = Bench(
        ours=ours(folder, "ours", new_database),
        small=ours(folder, "small", new_database),
        baseline=baseline(folder, new_database),
        alone=ours(folder, "alone", new_database),
    )
    fill(engine, bench.ours, "benchmarks.load", many)
    fill(engine, bench.small, "benchmarks.load", few)
    fill(engine, bench.baseline, "benchmarks.baseline.load", many if NEEDS_BASELINE & {*only} else few)
    if "ledger" in only:
        fill(engine, bench.alone, "benchmarks.load", few)
        bench.alone.environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.history_alone_settings"
        drop_guards = [sys.executable, "-m", "benchmarks.history_alone"]
        subprocess.run(drop_guards, env={**os.environ, **bench.alone.environment}, check=True)
    return bench


def fill(engine: str, site: Site, loader: str, batches: int) -> None:
    """Load a site's data."""
    began = time.monotonic()
    say(f"{NAMES[engine]}: loading {batches} batches into {site.name}")
    site.world = load(site, loader, batches)
    say(f"  {time.monotonic() - began:.0f} s")


def ours(folder: Path, name: str, new_database: Callable[[str], dict[str, str]]) -> Site:
    """The product, in production."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.ours_settings",
        "EXOLEDGER_DATA": str(folder / name),
        "EXOLEDGER_PRODUCTION": "1",
        "EXOLEDGER_HOSTS": "127.0.0.1",
        "EXOLEDGER_TLS_ELSEWHERE": "1",
        "EXOLEDGER_SECRET_KEY": secrets.token_urlsafe(64),
        **new_database(name),
    }
    (folder / name).mkdir()
    return Site(name, "config.wsgi:application", ["--config=python:config.gunicorn"], environment)


def baseline(folder: Path, new_database: Callable[[str], dict[str, str]]) -> Site:
    """The Django-admin baseline."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.baseline.settings",
        "BASELINE_DATA": str(folder / "baseline"),
        **new_database("baseline"),
    }
    (folder / "baseline").mkdir()
    return Site("baseline", "benchmarks.baseline.wsgi:application", [], environment)


def load(site: Site, loader: str, batches: int) -> dict:
    """Run a loader. Returns the JSON of its last line."""
    answer = subprocess.run(
        [sys.executable, "-m", loader, str(batches)],
        env={**os.environ, **site.environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(answer.stdout.decode().strip().splitlines()[-1])


# --- measuring ----------------------------------------------------------------------------------


def measured(engine: str, bench: Bench, folder: Path, seconds: float, only: Collection[str]) -> Table:
    """Every line of one engine that was asked for; what fails is told and left out."""
    table = Table(NAMES[engine], bench.ours.world["batches"], bench.ours.world["entries"])
    if "starts" in only:
        take(table, lambda: starts.cold_starts(bench))
    if "ledger" in only:
        take(table, lambda: proving.proving(bench))
        take(table, lambda: bundles.bundles(bench, folder))
        take(table, lambda: disk.disk(bench))
    with serving(bench.ours, bench.small, bench.baseline):
        idle = ready(bench)
        asked(table, bench, idle, only)
        if "exports" in only:
            take(table, lambda: exports.exports(bench, folder, binaries()))
        if "ledger" in only:
            take(table, lambda: sealing.sealing(bench, seconds))
        if "writes" in only:
            take(table, lambda: writes.writes(bench, seconds))
    if "ledger" in only:
        with serving(bench.small, bench.alone):
            warmed(bench.small, bench.alone)
            take(table, lambda: cost.cost(bench, seconds))
    beside(table, bench, folder, only)
    return table


def asked(table: Table, bench: Bench, idle: tuple[float, float], only: Collection[str]) -> None:
    """Pages that servers are asked for."""
    if "pages" in only:
        for measure in (pages.lists, pages.deep_pages, pages.record, pages.trail, pages.growth):
            take(table, lambda measure=measure: measure(bench))
        take(table, lambda: starts.first_visit(bench))
        take(table, lambda: starts.memory(bench, *idle))
    for name, measure in (("review", reviewing.page), ("overlay", overlay.overlay)):
        if name in only:
            take(table, lambda measure=measure: measure(bench))


def beside(table: Table, bench: Bench, folder: Path, only: Collection[str]) -> None:
    """What needs no server."""
    if "papers" in only:
        take(table, lambda: papers.papers(bench, folder))
    if "readers" in only:
        take(table, readers.readers)
    if "exceptions" in only:
        take(table, lambda: reviewing.exceptions(bench))
    if "reporting" in only:
        take(table, lambda: reporting.reporting(bench))
    if "similarity" in only:
        take(table, lambda: similarity.similarity(bench))


def ready(bench: Bench) -> tuple[float, float]:
    """Wait for the servers. Returns the memory of ours and of the baseline's at idle."""
    warmed(bench.ours, bench.small, bench.baseline)
    return bench.ours.memory_mib(), bench.baseline.memory_mib()


def warmed(*sites: Site) -> None:
    """Wait until every worker of the servers has answered."""
    for site in sites:
        path, people = (ADMIN, "sessions") if site.name == "baseline" else ("/batches/", "operators")
        site.wait(path, site.world[people][0])
        site.warm(path, site.world[people][0])


def take(table: Table, measure: Callable[[], Iterable[Line]]) -> None:
    """Put a measure's lines on the table, each with how busy the machine was before it."""
    noise = quiet()
    try:
        for line in measure():
            line.noise = noise
            table.lines.append(line)
            missed = "" if line.is_met else " MISSED"
            say(f"{line.what}: {line.ours} | {line.against} | {line.ratio:.2f}{missed}")
            noise = quiet()
    except Exception as error:
        # One page that fails must not cost the other figures.
        traceback.print_exc()
        table.failures.append(f"{type(error).__name__}: {error}")


def quiet() -> float:
    """Wait some seconds for a quiet moment. Returns how many cores were busy in the end."""
    for _ in range(QUIET_TRIES):
        busy = machine.busy_cores()
        if busy <= report.NOISY_CORES:
            break
    return busy


if __name__ == "__main__":
    main()

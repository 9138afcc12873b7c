"""The whole record of a very large batch as PDF, against the same record as HTML in its bundle."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.pages import Bench
from benchmarks.report import Line, grouped
from benchmarks.servers import Site

ROUNDS = 2
MOST, MOST_MIB = 6.0, 700
COMMANDS = {"batch_record": "pdf", "bundle": "zip"}


def papers(bench: Bench, folder: Path) -> Iterator[Line]:
    """Both commands over one batch of 40 steps, 60 assays and 2,000 entries, one after the other."""
    big = made_in(bench.small)
    took: dict[str, list[float]] = {name: [] for name in COMMANDS}
    most = 0.0
    for turn in range(ROUNDS):
        for name, ending in COMMANDS.items():
            path = folder / f"{name}-{turn}.{ending}"
            seconds, mib = timed(bench.small, name, big["batch"], path)
            took[name].append(seconds)
            most = max(most, mib) if name == "batch_record" else most
    record = folder / "batch_record-0.pdf"
    pages = int(re.findall(rb"/Type/Pages/Count (\d+)", record.read_bytes())[0])
    ours, html = min(took["batch_record"]), min(took["bundle"])
    yield Line(
        f"whole record of a batch of {grouped(big['entries'])} entries as PDF/A of {pages} pages, by its "
        "command, against its bundle with the record as HTML, by its command",
        f"{ours:.1f} s, {record.stat().st_size / 2**20:.1f} MiB, at most {most:.0f} MiB of memory",
        f"{html:.1f} s",
        ours / html,
        MOST,
        at_most=True,
        also=most <= MOST_MIB,
        also_words=f"≤ {MOST_MIB} MiB, in a process of its own",
    )


def made_in(site: Site) -> dict:
    """The batch in a site's database, made where it is not there yet."""
    if "big" not in site.world:
        command = [sys.executable, "-m", "benchmarks.big_batch"]
        environment = {**os.environ, **site.environment}
        told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        site.world["big"] = json.loads(told.stdout.decode().strip().splitlines()[-1])
    return site.world["big"]


def timed(site: Site, name: str, batch: str, path: Path) -> tuple[float, float]:
    """Seconds that a command takes, and the most memory (MiB) of it or of what it started."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", name, batch, "-o", str(path)],
        env={**os.environ, **site.environment},
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{name} ended with status {process.returncode}")
    return time.perf_counter() - began, used.ru_maxrss / 1024

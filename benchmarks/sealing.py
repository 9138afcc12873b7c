"""The sealer: how fast it is, and how far it lags behind while eight people write."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.pages import Bench
from benchmarks.report import Line, grouped
from benchmarks.servers import Site
from benchmarks.timing import rate
from benchmarks.writes import openers

MOST_LAG_S = 1.0
STARTING_S = 6.0


def run_inside(site: Site, *words: str) -> Any:
    """Run a module of the benchmark with a site's settings. Returns the JSON it prints."""
    answer = subprocess.run(
        [sys.executable, "-m", *words],
        env={**os.environ, **site.environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(answer.stdout)


def sealing(bench: Bench, seconds: float) -> Iterator[Line]:
    """What sealing took after loading, and the lag under load."""
    done = bench.ours.world["sealing"]
    yield Line(
        f"sealing {grouped(done['entries'])} entries against SHA-256 alone over the same bytes",
        f"{grouped(done['entries'] / done['sealed_s'])} entries/s, {done['sealed_s']:.1f} s",
        f"{grouped(done['entries'] / done['hashed_s'])} entries/s, {done['hashed_s']:.2f} s",
        done["hashed_s"] / done["sealed_s"],
        0.15,
    )
    yield _lag(bench.ours, seconds)


def _lag(site: Site, seconds: float) -> Line:
    sealer = subprocess.Popen(
        [sys.executable, "manage.py", "seal", "--watch"], env={**os.environ, **site.environment}
    )
    try:
        with ThreadPoolExecutor(1) as pool:
            rate(openers(site), STARTING_S)  # the sealer starts meanwhile, and catches up
            watching = pool.submit(run_inside, site, "benchmarks.inside_seal", str(seconds))
            written = rate(openers(site), seconds + 1.0)
            lag = watching.result()
    finally:
        sealer.send_signal(signal.SIGTERM)
        sealer.wait(timeout=30)
    return Line(
        "the sealer's lag (95 % of all looks) while 8 connections open batches",
        f"{lag['p95']:.2f} s (half {lag['p50']:.2f}, worst {lag['most']:.2f}; "
        f"{lag['waiting']} entries waited at most)",
        f"{written.per_s:.0f} batches/s",
        lag["p95"],
        MOST_LAG_S,
        unit=" s",
        at_most=True,
    )

"""Verification: the completeness check against a plain scan, and a whole run of `manage.py verify`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks import machine
from benchmarks.pages import Bench
from benchmarks.report import Line, grouped
from benchmarks.sealing import run_inside
from benchmarks.servers import Site

MILLION = 1_000_000
MOST_AGAINST_SCAN, MOST_S_A_MILLION = 2.0, 60.0
IN_SETS = "in sets"  # the stage of the completeness check, by its name in the report


def proving(bench: Bench) -> Iterator[Line]:
    """Verify the whole installation, and say what its stages took."""
    site = bench.ours
    run_inside(site, "benchmarks.inside_scan")  # both read from memory
    scan = run_inside(site, "benchmarks.inside_scan")
    report, peak = verified(site)
    sets = next(stage for stage in report["stages"] if IN_SETS in stage["name"])
    rows = scan["history_rows"]
    a_million = sets["seconds"] * MILLION / rows
    yield Line(
        f"completeness check of {grouped(rows)} history rows against a plain scan of the same tables",
        f"{sets['seconds']:.1f} s ({a_million:.0f} s a million)",
        f"{scan['seconds']:.1f} s",
        sets["seconds"] / scan["seconds"],
        MOST_AGAINST_SCAN,
        at_most=True,
        also=a_million <= MOST_S_A_MILLION,
        also_words=f"≤ {MOST_S_A_MILLION:.0f} s a million",
    )
    entries = site.world["entries"]
    yield Line(
        f"`manage.py verify` of everything: {grouped(entries)} entries, rows, ledger and files",
        f"{report['seconds']:.0f} s, at most {peak:.0f} MiB",
        "; ".join(f"{stage['name'].lower()} {stage['seconds']:.1f} s" for stage in report["stages"]),
        report["seconds"] * MILLION / entries,
        0,
        unit=" s a million",
        is_goal=False,
    )


def verified(site: Site) -> tuple[dict[str, Any], float]:
    """The report of a whole verification, which must find everything in order, and its most memory."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "verify", "--json"],
        env={**os.environ, **site.environment},
        stdout=subprocess.PIPE,
    )
    with machine.peak_of(lambda: machine.pss_mib([process.pid])) as peak:
        answer, _ = process.communicate()
    report = json.loads(answer)
    if report["outcome"] != "in_order":
        raise RuntimeError(f"the loaded database is not in order: {report['words']}")
    return report, peak[0]

"""Reading an instrument's file against csv.reader alone over the same bytes."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import median

from benchmarks.report import Line

ROUNDS = 60


def readers() -> Iterator[Line]:
    """A NanoSight summary of five videos and 1,000 classes, read in turns with csv.reader."""
    from batches.instruments import read_export
    from batches.instruments.generate import NanosightRun, nanosight_summary

    data = nanosight_summary(NanosightRun(mode_nm=96.0, dilution=1000), Random(1))

    def alone() -> None:
        for _ in csv.reader(io.StringIO(data.decode("cp1252"), newline="")):
            pass

    took: dict[str, list[float]] = {"ours": [], "alone": []}
    for _ in range(ROUNDS):
        took["ours"].append(_time(lambda: read_export(data, "run-ExperimentSummary.csv")))
        took["alone"].append(_time(alone))
    ours, least = median(took["ours"]), median(took["alone"])
    yield Line(
        f"reading a NanoSight file ({len(data) / 1000:.0f} kB) against csv.reader alone",
        f"{1000 * ours:.2f} ms",
        f"{1000 * least:.2f} ms",
        ours / least,
        4,
        at_most=True,
    )


def _time(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

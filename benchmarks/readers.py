"""Reading an instrument's file against csv.reader alone over the same bytes."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import median

from benchmarks.report import Line

ROUNDS = 60
AT_MOST = 4


def readers() -> Iterator[Line]:
    """Files of the usual size, read in turns with csv.reader. Those of particle tracking have a limit."""
    from batches.instruments import generate as g
    from batches.instruments.generate.result_tables import positions_text

    tracking = {
        "a NanoSight file": (
            g.nanosight_summary(g.NanosightRun(mode_nm=96.0, dilution=1000), Random(1)),
            ",",
        ),
        "a ZetaView file": (g.zetaview_text(g.ZetaviewRun(), Random(1)), "\t"),
    }
    others = {
        "a ZetaView table of positions": (positions_text(), "\t"),
        "a Zetasizer file": (g.zetasizer_text(g.ZetasizerRun(), Random(1)), "\t"),
        "a Gen5 plate": (g.gen5_text(g.PlateRun(), Random(1)), "\t"),
        "a SoftMax Pro plate": (g.softmax_text(g.PlateRun(), Random(1)), "\t"),
        "a grid of wells": (g.grid_csv(g.PlateRun(), Random(1)), ","),
    }
    for what, (data, delimiter) in (tracking | others).items():
        yield _line(what, data, delimiter, is_goal=what in tracking)
    yield _flow()


def _line(what: str, data: bytes, delimiter: str, *, is_goal: bool) -> Line:
    from batches.instruments import read_export

    encoding = "utf-16" if data.startswith(b"\xff\xfe") else "cp1252"

    def alone() -> None:
        for _ in csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter):
            pass

    ours, least = _in_turns(lambda: read_export(data, "export"), alone)
    return Line(
        f"reading {what} ({len(data) / 1000:.0f} kB) against csv.reader alone",
        f"{1000 * ours:.2f} ms",
        f"{1000 * least:.2f} ms",
        ours / least,
        AT_MOST,
        at_most=True,
        is_goal=is_goal,
    )


def _flow() -> Line:
    """A flow cytometry file with its histograms, against reading its numbers alone."""
    from array import array

    from batches.instruments import generate as g
    from batches.instruments import read_export

    data = g.fcs_bytes(g.FlowRun(events=20_000), Random(1))
    ours, least = _in_turns(
        lambda: read_export(data, "run.fcs"), lambda: array("f", data[-400_000:]).tolist()
    )
    return Line(
        f"reading a flow cytometry file ({len(data) / 1000:.0f} kB) against its numbers alone",
        f"{1000 * ours:.2f} ms",
        f"{1000 * least:.2f} ms",
        ours / least,
        AT_MOST,
        at_most=True,
        is_goal=False,
    )


def _in_turns(ours: Callable[[], object], alone: Callable[[], object]) -> tuple[float, float]:
    took: dict[str, list[float]] = {"ours": [], "alone": []}
    for _ in range(ROUNDS):
        took["ours"].append(_time(ours))
        took["alone"].append(_time(alone))
    return median(took["ours"]), median(took["alone"])


def _time(work: Callable[[], object]) -> float:
    """Processor time: both sides only compute, and work beside them would weigh on the longer one alone."""
    began = time.process_time()
    work()
    return time.process_time() - began

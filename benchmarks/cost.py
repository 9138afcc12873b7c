"""What entries and guards cost: the same actions and requests with them, and with history alone."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from benchmarks.pages import Bench
from benchmarks.report import Line
from benchmarks.servers import Site
from benchmarks.timing import Rate, rate
from benchmarks.writes import Writer, correctors, openers

MOST_TIME, LEAST_RATE = 1.25, 0.8
TURNS, WARM_UP_S = 8, 1.0
WRITERS = 8
WORDS = {"open": "open a batch", "correct": "correct one value of a step"}
Sides = dict[str, Site]


def cost(bench: Bench, seconds: float) -> Iterator[Line]:
    """By the actions alone and by requests; one writer, and on PostgreSQL eight at once."""
    # Both hold as few batches; the one differs from the other by entries and guards only.
    sides = {"with": bench.small, "alone": bench.alone}
    at_once = WRITERS if bench.ours.database_url else 0
    seen: dict[str, dict[str, str]] = {side: {} for side in sides}
    makers: dict[str, Callable[[str, int], list[Writer]]] = {
        "open": lambda side, count: openers(sides[side], count),
        "correct": lambda side, count: correctors(sides[side], count, seen[side]),
    }
    for what, made in makers.items():
        yield _slower(what, "request", *_requests(sides, made, 1, seconds))
        if at_once:
            yield _fewer(what, "requests", *_requests(sides, made, at_once, seconds))
    # Last: requests name the value that they saw, and these writers change it behind them.
    yield from _by_actions(sides, seconds, at_once)


# --- by requests --------------------------------------------------------------------------------


def _requests(
    sides: Sides, made: Callable[[str, int], list[Writer]], connections: int, seconds: float
) -> tuple[dict[str, Rate], dict[str, float]]:
    """Rates and CPU milliseconds a write of both sides, in turns."""
    writers = {side: made(side, connections) for side in sides}
    for one in writers.values():
        rate(one, WARM_UP_S)
    found: dict[str, list[Rate]] = {side: [] for side in sides}
    used, turn = dict.fromkeys(sides, 0.0), max(0.5, seconds / TURNS)
    for _ in range(TURNS):
        for side, site in sides.items():
            before = site.cpu_s()
            found[side].append(rate(writers[side], turn))
            used[side] += site.cpu_s() - before
    cpu = {side: 1000 * used[side] / max(1.0, sum(turn * one.per_s for one in found[side])) for side in sides}
    return {side: _middle(rates) for side, rates in found.items()}, cpu


def _middle(rates: list[Rate]) -> Rate:
    return Rate(
        median(one.per_s for one in rates),
        median(one.p50 for one in rates),
        sum(one.refused for one in rates),
    )


# --- by the actions -----------------------------------------------------------------------------


def _by_actions(sides: Sides, seconds: float, at_once: int) -> Iterator[Line]:
    for what in WORDS:
        with _workers(sides, 1) as working:
            found = _action_turns(working, {"what": what, "seconds": max(0.5, seconds / TURNS)})
        yield _slower(what, "action", *found)
        if at_once:
            with _workers(sides, at_once) as working:
                found = _action_turns(working, {"what": what, "seconds": max(0.5, seconds / TURNS)})
            yield _fewer(what, "actions", *found)


@contextlib.contextmanager
def _workers(sides: Sides, count: int) -> Iterator[dict[str, list["Worker"]]]:
    with contextlib.ExitStack() as stack:
        yield {
            side: [stack.enter_context(Worker(site, place, count)) for place in range(count)]
            for side, site in sides.items()
        }


class Worker(contextlib.AbstractContextManager):
    """A process that writes by the actions of a site (benchmarks.inside_writes)."""

    def __init__(self, site: Site, place: int, writers: int):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.inside_writes", str(place), str(writers)],
            env={**os.environ, **site.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def work(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let it work; what it tells of it."""
        assert self._process.stdin is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return json.loads(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a writer ended with status {self._process.wait()}")
        return line

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def _action_turns(
    working: dict[str, list[Worker]], asked: dict[str, Any]
) -> tuple[dict[str, Rate], dict[str, float]]:
    """Rates and CPU milliseconds a write of both sides, in turns."""
    found: dict[str, list[Rate]] = {side: [] for side in working}
    used, written = dict.fromkeys(working, 0.0), dict.fromkeys(working, 0)
    with ThreadPoolExecutor(max(len(workers) for workers in working.values())) as pool:
        for turn in range(TURNS + 1):
            for side, workers in working.items():
                answers = list(pool.map(lambda worker: worker.work(asked), workers))
                if turn == 0:
                    continue  # warmed up
                times = [one for answer in answers for one in answer["times"]]
                found[side].append(Rate(len(times) / asked["seconds"], 1000 * median(times), 0))
                used[side] += sum(answer["cpu"] for answer in answers)
                written[side] += len(times)
    cpu = {side: 1000 * used[side] / max(1, written[side]) for side in working}
    return {side: _middle(rates) for side, rates in found.items()}, cpu


# --- lines --------------------------------------------------------------------------------------


def _slower(what: str, by: str, found: dict[str, Rate], cpu: dict[str, float]) -> Line:
    """One writer: how much longer a write takes."""
    return Line(
        f"{WORDS[what]} with history, entry and guards against history alone, one writer, by the {by}",
        *(f"{found[side].p50:.2f} ms (cpu {cpu[side]:.2f}){_refused(found[side])}" for side in found),
        found["with"].p50 / found["alone"].p50,
        MOST_TIME,
        at_most=True,
        cpu_ratio=cpu["with"] / cpu["alone"],
    )


def _fewer(what: str, by: str, found: dict[str, Rate], cpu: dict[str, float]) -> Line:
    """Several writers: how much of the throughput is left."""
    return Line(
        f"{WORDS[what]}, {WRITERS} writers at once, by {by}: throughput against history alone",
        *(f"{found[side].per_s:.0f}/s (cpu {cpu[side]:.2f}){_refused(found[side])}" for side in found),
        found["with"].per_s / found["alone"].per_s,
        LEAST_RATE,
        cpu_ratio=cpu["alone"] / cpu["with"],
    )


def _refused(found: Rate) -> str:
    return f", {found.refused} refused" if found.refused else ""

"""Taking times side by side: one after the other in turns, so that both meet the same noise."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

from benchmarks.client import Answer

Key = TypeVar("Key")
WARM_UPS, MOST_REQUESTS, MOST_SECONDS = 3, 60, 5.0


@dataclass(frozen=True)
class Timed:
    """Milliseconds of a page: median and 95th percentile, and CPU time of server and database."""

    p50: float
    p95: float
    requests: int
    cpu_ms: float = 0.0
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p95:.1f} ms"


Ask = Callable[[], Answer]


def in_turns(
    asked: Mapping[Key, tuple[Ask, Callable[[], float]]],
    *,
    most: int = MOST_REQUESTS,
    seconds: float = MOST_SECONDS,
) -> dict[Key, Timed]:
    """Ask each page in turns until each was asked `most` times or for that many seconds.

    A page comes with a function that tells the CPU seconds its server used so far.
    """
    bodies = {key: _warmed(ask) for key, (ask, _) in asked.items()}
    before = {key: cpu() for key, (_, cpu) in asked.items()}
    times: dict[Key, list[float]] = {key: [] for key in asked}
    waiting = set(asked)
    while waiting:
        for key in sorted(waiting, key=str):
            times[key].append(_good(asked[key][0]()).seconds)
            if len(times[key]) >= most or sum(times[key]) >= seconds:
                waiting.discard(key)
    return {
        key: Timed(
            p50=1000 * median(found),
            p95=1000 * (quantiles(found, n=20)[-1] if len(found) > 1 else found[0]),
            requests=len(found),
            cpu_ms=1000 * (asked[key][1]() - before[key]) / len(found),
            body=bodies[key],
        )
        for key, found in times.items()
    }


def _warmed(ask: Ask) -> bytes:
    for _ in range(WARM_UPS - 1):
        _good(ask())
    return _good(ask()).body


def _good(answer: Answer) -> Answer:
    if answer.status not in (200, 302):
        raise RuntimeError(f"answered {answer.status}: {answer.body[:300]!r}")
    return answer


@dataclass(frozen=True)
class Rate:
    """Writes a second over several connections, and how many were not taken."""

    per_s: float
    p50: float
    refused: int


def rate(writers: list[Callable[[], bool]], seconds: float) -> Rate:
    """Let each writer write again and again for that many seconds, all at once."""
    done: list[list[float]] = [[] for _ in writers]
    refused = [0] * len(writers)
    start = threading.Barrier(len(writers) + 1)

    def run(place: int) -> None:
        start.wait()
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            if writers[place]():
                done[place].append(time.perf_counter() - began)
            else:
                refused[place] += 1

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(writers))]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took, times = time.perf_counter() - began, [one for found in done for one in found]
    return Rate(len(times) / took, 1000 * median(times) if times else 0.0, sum(refused))

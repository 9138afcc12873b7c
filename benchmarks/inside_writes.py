"""Writes by the actions themselves, inside Django: one writer, told what to do over its standard input.

DJANGO_SETTINGS_MODULE=… python -m benchmarks.inside_writes PLACE WRITERS

Each line asks for work as JSON: {"what": "open", "count": 20} or {"what": "correct", "seconds": 3}. The
answer is a line of JSON: seconds of each write, and CPU seconds of this process and its database connection.
"""

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

Work = Callable[[], object]


def main(place: int, writers: int) -> None:
    """Answer one line after the other until there are no more."""
    import django

    django.setup()
    works = {"open": opener(place), "correct": corrector(place, writers)}
    pids = [os.getpid(), *backend()]
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(done(works[asked["what"]], pids, asked)), flush=True)


def done(work: Work, pids: list[int], asked: dict[str, Any]) -> dict[str, Any]:
    """Work so often or so long."""
    from benchmarks.machine import cpu_seconds

    times, before, until = [], cpu_seconds(pids), time.perf_counter() + asked.get("seconds", 1e9)
    while len(times) < asked.get("count", 1e9) and (began := time.perf_counter()) < until:
        work()
        times.append(time.perf_counter() - began)
    return {"times": times, "cpu": cpu_seconds(pids) - before}


def opener(place: int) -> Work:
    """Opens a batch of any product."""
    from accounts.models import User
    from batches.masters.models import MasterVersion
    from batches.record.actions import open_batch
    from batches.source.models import SourceLot
    from benchmarks.words import note

    chance, by = Random(place), User.objects.get(username=f"operator{place + 1}")
    versions, lots = (
        list(MasterVersion.objects.effective().order_by("id")),
        list(SourceLot.objects.all()[:12]),
    )

    def work() -> None:
        open_batch(version=chance.choice(versions), source_lot=chance.choice(lots), notes=note(chance), by=by)

    return work


def corrector(place: int, writers: int) -> Work:
    """Corrects the volume of one running step after the other."""
    from accounts.models import User
    from audit.refusal import Reason
    from batches.record.values import Entered, record_values

    by = User.objects.get(username=f"operator{place + 1}")
    sheets, count = itertools.cycle(_sheets(place, writers)), itertools.count(1)
    reason = Reason("measured_again", "Weighed again.")

    def work() -> None:
        typed = f"{2 + (next(count) + 113 * place) % 997 / 1000:.3f}"
        entered = [Entered("volume_out_ml", Decimal(typed), typed=typed)]
        record_values(sheet=next(sheets), entered=entered, by=by, reason=reason)

    return work


def _sheets(place: int, writers: int) -> list[Any]:
    """The sheets of this writer's running steps; the action reads them anew under its lock."""
    from batches.isolation.methods import step_sheet
    from batches.isolation.models import ProcessStep
    from batches.masters.plans import Plan

    running = ProcessStep.objects.with_details().filter(status="running").order_by("id")
    return [step_sheet(step, Plan.of(step.batch.plan)) for step in running[place:200:writers]]


def backend() -> Iterator[int]:
    """The process that serves this connection, on PostgreSQL."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            yield cursor.fetchone()[0]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

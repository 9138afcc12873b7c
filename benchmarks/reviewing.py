"""Reviewing: the page of a very large batch, and the exceptions of every batch in one command.

python -m benchmarks.reviewing      in a site's environment: prints the seconds as JSON
"""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.pages import Bench, statements, words
from benchmarks.papers import made_in
from benchmarks.report import Line, grouped
from benchmarks.timing import in_turns

MOST_MS, MOST_SQL, MOST_KB = 400, 25, 150
# What a list of 100 batches takes, so many times: it keeps the page from growing on any machine.
MOST_LISTS = 25


def exceptions(bench: Bench) -> Iterator[Line]:
    """How many batches a second, on the site with few batches."""
    environment = {**os.environ, **bench.small.environment}
    command = [sys.executable, "-m", "benchmarks.reviewing"]
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    took = json.loads(answer.stdout.decode().strip().splitlines()[-1])
    ours, read = took["batches"] / took["exceptions"], took["batches"] / took["reading"]
    yield Line(
        f"exceptions of {grouped(took['batches'])} batches recomputed in one command",
        f"{ours:.0f} batches/s",
        "–",
        ours,
        50,
        unit=" batches/s",
    )
    yield Line(
        "the same against reading these records without any rule",
        f"{ours:.0f} batches/s",
        f"{read:.0f} batches/s",
        ours / read,
        0.3,
        is_goal=False,
    )


def page(bench: Bench) -> Iterator[Line]:
    """The review page of a batch of 40 steps, 60 assays and 2,000 entries, beside the list of batches."""
    big, person = made_in(bench.small), bench.small.world["operators"][0]
    path, reviewer = f"/qc/{big['batch']}/", bench.small.client(big["session"])
    reader = bench.small.client(person)
    took = in_turns(
        {
            "list": (lambda: reader.get("/batches/"), bench.small.cpu_s),
            "review": (lambda: reviewer.get(path), bench.small.cpu_s),
        }
    )
    sql, review = statements(bench.small, big["session"], [path])[0], took["review"]
    kib = len(gzip.compress(review.body, 6)) / 1000
    yield Line(
        f"review page of a batch of {grouped(big['entries'])} entries, against the list of 100 batches",
        f"{words(review)}, {sql} SQL, {kib:.0f} kB compressed",
        words(took["list"]),
        review.p50 / took["list"].p50,
        MOST_LISTS,
        at_most=True,
        also=review.p50 <= MOST_MS and sql <= MOST_SQL and kib <= MOST_KB,
        also_words=f"≤ {MOST_MS} ms, ≤ {MOST_SQL} SQL, ≤ {MOST_KB} kB",
        cpu_ratio=review.cpu_ms / took["list"].cpu_ms,
    )


def main() -> None:
    """Read all batches, then compute their exceptions; both in the command's chunks."""
    import django

    django.setup()
    from batches.record.models import Batch
    from qc.exceptions.telling import CHUNK, as_json, told_of
    from qc.loading import load_many

    keys = list(Batch.objects.order_by("id").values_list("pk", flat=True))
    began = time.perf_counter()
    for start in range(0, len(keys), CHUNK):
        load_many(list(Batch.objects.with_header().filter(pk__in=keys[start : start + CHUNK])))
    reading = time.perf_counter() - began
    began = time.perf_counter()
    for told in told_of(Batch.objects.order_by("id")):
        as_json(told)
    whole = time.perf_counter() - began
    print(json.dumps({"batches": len(keys), "reading": reading, "exceptions": whole}))


if __name__ == "__main__":
    main()

"""Exceptions of every batch in one command against reading the same records without any rule.

python -m benchmarks.reviewing      in a site's environment: prints the seconds as JSON
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.pages import Bench
from benchmarks.report import Line, grouped


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

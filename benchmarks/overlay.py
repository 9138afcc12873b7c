"""The page that lays twelve size distributions of 1,000 classes over each other.

python -m benchmarks.overlay      in a site's environment: makes the batch, prints its number
"""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from benchmarks.pages import Bench, words
from benchmarks.report import Line
from benchmarks.timing import in_turns

REPLICATES, BINS, VIDEOS = 12, 1_000, 5
MOST_MS, MOST_KB = 300, 120


def overlay(bench: Bench) -> Iterator[Line]:
    """Time and size of the page, and how much twelve curves cost beside one, on the site with few batches."""
    site = bench.small
    command = [sys.executable, "-m", "benchmarks.overlay"]
    environment = {**os.environ, **site.environment}
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    page = f"/batches/{answer.stdout.decode().split()[-1]}/sizes/"
    person = site.client(site.world["operators"][0])
    took = in_turns(
        {
            "twelve": (lambda: person.get(page), site.cpu_s),
            "one": (lambda: person.get(f"{page}?assay=1"), site.cpu_s),
        }
    )
    twelve, one = took["twelve"], took["one"]
    kb = len(twelve.body) / 1000
    assert twelve.body.count(b"<polyline") == REPLICATES
    yield Line(
        f"size distributions of {REPLICATES} replicates of {BINS:,} classes over each other".replace(
            ",", "\u202f"
        ),
        f"{words(twelve)}, {kb:.0f} kB",
        "–",
        twelve.p50,
        MOST_MS,
        unit=" ms",
        at_most=True,
        also=kb <= MOST_KB,
        also_words=f"≤ {MOST_KB} kB",
    )
    yield Line(
        "the same against the page with one of them",
        words(twelve),
        words(one),
        twelve.p50 / one.p50,
        REPLICATES,
        at_most=True,
        cpu_ratio=twelve.cpu_ms / one.cpu_ms,
    )


def main() -> None:
    """Make a batch with twelve readings as instruments give them: the average and five videos each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.ours_settings")
    import django

    django.setup()
    from benchmarks.reporting import count_on
    from tests.factories import BatchFactory

    count_on()
    batch = BatchFactory()
    for number in range(1, REPLICATES + 1):
        measured(batch, number)
    print(batch.number)


def measured(batch: Any, number: int) -> None:
    """A finished replicate with its reading."""
    from batches.record.models import Attachment, Reading
    from tests.factories import evidence

    now = {"uploaded_at": batch.opened_at, "uploaded_by": batch.opened_by}
    sha256 = f"{number:064x}"
    kept = Attachment(batch=batch, name=f"run-{number}.csv", sha256=sha256, size_bytes=1, **now)
    told = {"reader": "nanosight", "reader_version": "1.0", "format": "NanoSight", "values": {}}
    reading = evidence.put(Reading(attachment=evidence.put(kept), curves=curves(number), **told))
    evidence.nta(batch, reading=reading, particles_per_ml=Decimal("2e10"), mode_nm=Decimal(100 + number))


def curves(number: int) -> dict[str, Any]:
    """A size distribution with two humps in classes of 1 nm, and its videos, all in particles per mL."""
    sizes = [0.5 + at for at in range(BINS)]
    average = [_hump(nm, 100 + number, 25) + 0.2 * _hump(nm, 220, 60) for nm in sizes]
    videos = [[one * (0.9 + 0.05 * video) for one in average] for video in range(VIDEOS)]
    return {"bin_centre_nm": sizes, "per_ml_average": average, "per_ml_by_video": videos}


def _hump(nm: float, centre: float, width: float) -> float:
    return 2.4e8 * math.exp(-(((nm - centre) / width) ** 2) / 2)


if __name__ == "__main__":
    main()

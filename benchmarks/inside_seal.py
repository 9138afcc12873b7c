"""Seal everything that waits, and hash the same bodies with SHA-256 alone. Run with a site's settings.

DJANGO_SETTINGS_MODULE=… python -m benchmarks.inside_seal   prints JSON: entries, bytes, seconds of both
DJANGO_SETTINGS_MODULE=… python -m benchmarks.inside_seal SECONDS   watches the sealer instead; prints its lag
"""

import hashlib
import json
import sys
import time
from statistics import median, quantiles
from typing import Any

PIECE = 20_000
LOOK_EVERY_S = 0.02


def seal_all() -> dict[str, Any]:
    """Seal, then hash: both over all entries that waited."""
    from audit.ledger import sealing
    from audit.models import Entry, Leaf

    before, entries = Leaf.objects.count(), Entry.objects.count()
    began = time.perf_counter()
    sealing.seal()
    sealed_s = time.perf_counter() - began
    length, hashed_s = 0, 0.0
    for first in range(before, entries, PIECE):
        leaves = Leaf.objects.filter(index__gte=first, index__lt=first + PIECE).order_by("index")
        bodies = [body.encode() for body in leaves.values_list("entry__body", flat=True)]
        began = time.perf_counter()
        for body in bodies:
            hashlib.sha256(body).digest()
        hashed_s += time.perf_counter() - began
        length += sum(map(len, bodies))
    return {"entries": entries - before, "bytes": length, "sealed_s": sealed_s, "hashed_s": hashed_s}


def watch(seconds: float) -> dict[str, Any]:
    """How old the oldest entry is that waits for the sealer, looked at again and again."""
    from django.utils import timezone

    from audit.ledger import sealing

    lags, most, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        waiting, since = sealing.unsealed()
        lags.append((timezone.now() - since).total_seconds() if since else 0.0)
        most = max(most, waiting)
        time.sleep(LOOK_EVERY_S)
    return {"p50": median(lags), "p95": quantiles(lags, n=20)[-1], "most": max(lags), "waiting": most}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(watch(float(sys.argv[1])) if len(sys.argv) > 1 else seal_all()))

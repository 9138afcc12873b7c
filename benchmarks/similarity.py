"""One batch against 1,000 references of its product: profiles, values and markers.

python -m benchmarks.similarity      in a site's environment: makes the references, prints seconds as JSON
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.pages import Bench
from benchmarks.report import Line

REFERENCES, ROUNDS, MOST_MS = 1_000, 15, 200


def similarity(bench: Bench) -> Iterator[Line]:
    """Milliseconds of everything a page needs, on the site with few batches."""
    environment = {**os.environ, **bench.small.environment}
    command = [sys.executable, "-m", "benchmarks.similarity"]
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    took = json.loads(answer.stdout.decode().strip().splitlines()[-1])
    yield Line(
        f"one batch beside {took['references']} references: profiles, values, markers",
        f"{took['ms']:.0f} ms",
        "–",
        took["ms"],
        MOST_MS,
        unit=" ms",
        at_most=True,
    )
    yield Line(
        f"making the size profiles of {took['readings']} readings, once",
        f"{took['first_s']:.1f} s",
        "–",
        took["readings"] / took["first_s"],
        0,
        unit=" readings/s",
        is_goal=False,
    )


def main() -> None:
    """Copy a whole batch a thousand times, choose the copies as references, compare."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.ours_settings")
    import django

    django.setup()
    from batches.characterization.tracking import NanoparticleTracking
    from batches.record.models import Batch
    from batches.trends.models import SizeProfile
    from batches.trends.similarity.pages import comparison_of
    from benchmarks import bulk

    read = NanoparticleTracking.objects.filter(reading__isnull=False, assay__status="finished")
    pattern = Batch.objects.select_related("product").get(pk=read.earliest("pk").assay.batch_id)
    with bulk.quick_loading():
        references = chosen(pattern.product, copies_of(pattern))
    first = timed(lambda: comparison_of(pattern, references))
    found, _ = comparison_of(pattern, references)
    assert found.size == REFERENCES and found.profile and found.profile.size == REFERENCES
    took = [timed(lambda: comparison_of(pattern, references)) for _ in range(ROUNDS)]
    told = {"references": found.size, "ms": 1000 * median(took), "first_s": first}
    print(json.dumps({**told, "readings": SizeProfile.objects.count()}))


def timed(work: Any) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def copies_of(pattern: Any) -> list[int]:
    """Copies of a batch with what is compared of it. Returns their keys."""
    from batches.characterization.blots import BlotMarker, WesternBlot
    from batches.characterization.models import Assay
    from batches.characterization.protein import ProteinAssay
    from batches.characterization.tracking import NanoparticleTracking
    from batches.isolation.models import ProcessStep
    from batches.record.models import Attachment, Batch, Reading
    from batches.source.models import Harvest
    from benchmarks import bulk

    of_batch = {
        Batch: {"pk": pattern.pk},
        Harvest: {"batch": pattern},
        ProcessStep: {"batch": pattern},
        Attachment: {"batch": pattern},
        Reading: {"attachment__batch": pattern},
        Assay: {"batch": pattern},
        NanoparticleTracking: {"assay__batch": pattern},
        ProteinAssay: {"assay__batch": pattern},
        WesternBlot: {"assay__batch": pattern},
        BlotMarker: {"blot__assay__batch": pattern},
    }
    keys: dict[type[Any], dict[int, int]] = {}
    made: list[int] = []
    for model, condition in of_batch.items():
        rows = list(model.objects.filter(**condition).order_by("pk").values())
        start = model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        keys[model] = {row["id"]: start + 1 + at for at, row in enumerate(rows)}
        fields = model._meta.concrete_fields
        copied = (
            copied_row(model, fields, row, keys, {other: len(known) for other, known in keys.items()}, turn)
            for turn in range(REFERENCES)
            for row in rows
        )
        bulk.insert(model._meta.db_table, [field.column for field in fields], copied)
        if model is Batch:
            made = [start + 1 + turn for turn in range(REFERENCES)]
    return made


def copied_row(
    model: Any, fields: Any, row: dict[str, Any], keys: dict[Any, Any], sizes: dict[Any, int], turn: int
) -> list[Any]:
    """A row of one copy: keys of the copy's own, everything else as in the pattern."""
    from django.db import connection

    values = []
    for field in fields:
        value = row[field.attname]
        related = field.related_model if field.is_relation else None
        known = keys.get(model if field.primary_key else related, {})
        if isinstance(value, int) and value in known:
            value = known[value] + turn * sizes[model if field.primary_key else related]
        elif field.name in ("number", "sequence") and model._meta.model_name == "batch":
            value = f"BENCH-{turn}" if field.name == "number" else 1_000_000 + turn
        elif field.name == "curves":
            value = {name: value.get(name, []) for name in ("bin_centre_nm", "per_ml_average")}
        values.append(field.get_db_prep_save(value, connection))
    return values


def chosen(product: Any, batch_ids: list[int]) -> Any:
    """These batches as the product's references."""
    from django.db import transaction
    from django.utils import timezone

    from audit import records
    from batches.trends.models import ReferenceBatch, ReferenceSet
    from tests.factories.people import system

    with transaction.atomic():
        references = ReferenceSet(
            product=product,
            number=1_000,
            words="for the benchmark",
            proposed_at=timezone.now(),
            proposed_by=system(),
        )
        records.save(references, by=system())
        for pk in batch_ids:
            records.save(ReferenceBatch(reference_set=references, batch_id=pk), by=system())
    return references


if __name__ == "__main__":
    main()

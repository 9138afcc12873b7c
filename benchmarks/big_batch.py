"""A batch as large as they come: 40 steps, 60 assays, 2,000 entries. Run with the product's settings.

`python -m benchmarks.big_batch` makes it and prints JSON that says which one it is.
"""

import json
import os
from decimal import Decimal
from itertools import cycle

STEPS, ASSAYS, ENTRIES = 40, 60, 2_000
MARKERS = [
    ("CD9", "1", "present", "detected"),
    ("CD63", "1", "present", "detected"),
    ("CD81", "1", "present", "weak"),
    ("TSG101", "2", "present", "detected"),
    ("Calnexin", "4", "absent", "not_detected", "yes"),
]
CORRECTED = ("volume_in_ml", "volume_out_ml", "particles_in_per_ml", "particles_out_per_ml")


def main() -> None:
    """Make the batch in one transaction."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.ours_settings")
    import django

    django.setup()
    from django.db import transaction

    from tests.factories import BatchFactory

    with transaction.atomic():
        batch = BatchFactory()
        fill(batch)
    print(json.dumps({"batch": batch.number, "entries": _entries(batch)}))


def fill(batch) -> None:
    """Steps and assays first, then corrections until there are enough entries."""
    from audit.refusal import Reason
    from batches.isolation.models import ProcessStep
    from batches.isolation.steps import make_step
    from batches.masters.plans import Plan
    from tests.factories import evidence
    from tests.factories.people import system

    values = dict.fromkeys(CORRECTED, Decimal(20)) | {"equipment": "UC-02, calibrated to 31 Jan 2027"}
    planned = Plan.of(batch.plan).steps[0]
    for position in range(2, STEPS + 1):
        make_step(batch, planned, position=position, by=system())
        evidence.step(batch, position=position, **values)
    for number in range(ASSAYS):
        _assay(batch, number)
    steps = list(ProcessStep.objects.filter(batch=batch, position__gte=2).order_by("position"))
    reason = Reason("read_again", "the scale was read before it had settled")
    turns = ((name, step) for name in cycle(CORRECTED) for step in steps)
    for done in range(_entries(batch), ENTRIES):
        name, step = next(turns)
        setattr(step, name, Decimal(21) + done)
        evidence.put(step, reason)


def _assay(batch, number: int) -> None:
    from tests.factories import evidence

    kind = number % 6
    if kind < 3:
        results = {"mode_nm": 90 + kind, "mean_nm": 101, "d10_nm": 70, "d50_nm": 98, "d90_nm": 150}
        evidence.nta(batch, particles_per_ml=Decimal("2.4e10"), dilution=1000, **results)
    elif kind < 5:
        evidence.protein(batch, protein_ug_per_ml=Decimal("8.5"), method="micro_bca", dilution=10)
    else:
        evidence.blot(batch, *MARKERS)


def _entries(batch) -> int:
    from audit.models import Entry

    return Entry.objects.filter(batch_number=batch.number).count()


if __name__ == "__main__":
    main()

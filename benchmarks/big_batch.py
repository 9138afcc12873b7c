"""A batch as large as they come: 40 steps, 60 assays, 2,000 entries. Run with the product's settings.

`python -m benchmarks.big_batch` makes it, under review, and prints JSON that says which one it is and who
reviews it (a session).
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

    from benchmarks.load import session
    from tests.factories import BatchFactory, PersonFactory

    with transaction.atomic():
        batch, reviewer = BatchFactory(), PersonFactory(role="reviewer")
        fill(batch)
        under_review(batch, reviewer)
    print(json.dumps({"batch": batch.number, "entries": _entries(batch), "session": session(reviewer)}))


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


def under_review(batch, reviewer) -> None:
    """As if the laboratory had submitted it (much is missing in it), and taken by a reviewer."""
    from django.utils import timezone

    from qc.actions import begin_review
    from tests.factories import evidence
    from tests.factories.people import system

    batch.status, batch.submitted_at, batch.submitted_by = "submitted", timezone.now(), system()
    evidence.put(batch)
    begin_review(batch=batch, by=reviewer)


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

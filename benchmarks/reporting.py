"""Recovery and both meters of many whole batches, recomputed in one go.

python -m benchmarks.reporting 10000      in a site's environment: prints the seconds as JSON

The batches are copies of a few whole ones: four steps with counts, seven assays, a blot with five markers.
Their rows alone are copied; entries and history are not asked for here.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from benchmarks.pages import Bench
from benchmarks.report import Line, grouped

BATCHES, PATTERNS, AT_LEAST = 10_000, 20, 500
FIRST_NUMBER = 500_000  # of what the factories make here
FAR = 10_000_000  # between the keys of one copy and the next
PARENTS = ("batch", "step", "assay", "details", "blot")
PATHS = {
    "": "pk",
    "batch": "batch",
    "step": "step__batch",
    "assay": "assay__batch",
    "details": "details__assay__batch",
    "blot": "blot__assay__batch",
}
MARKERS = [
    ("CD9", "1", "present", "detected"),
    ("CD63", "1", "present", "detected"),
    ("TSG101", "2", "present", "detected"),
    ("ApoA1", "3", "absent", "not_detected", "yes"),
    ("Calnexin", "4", "absent", "not_detected", "yes"),
]


def reporting(bench: Bench) -> Iterator[Line]:
    """How many batches a second, on the site with few batches, after everything else."""
    environment = {**os.environ, **bench.small.environment}
    command = [sys.executable, "-m", "benchmarks.reporting", str(BATCHES)]
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    took = json.loads(answer.stdout.decode().strip().splitlines()[-1])
    ours, read = took["batches"] / took["whole"], took["batches"] / took["reading"]
    yield Line(
        f"recovery and meters of {grouped(took['batches'])} whole batches recomputed",
        f"{ours:.0f} batches/s",
        "–",
        ours,
        AT_LEAST,
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


def main(batches: int) -> None:
    """Make the batches, read them, then read them and compute everything."""
    import django

    django.setup()
    from batches.record.models import Batch
    from batches.reporting.balance import balance_of
    from batches.reporting.loading import in_chunks, read_whole
    from batches.reporting.meters import meters_of

    keys = copied(batches)
    chunks = list(in_chunks(keys))
    began = time.perf_counter()
    for chunk in chunks:
        read_whole(list(Batch.objects.filter(pk__in=chunk)))
    reading = time.perf_counter() - began
    began = time.perf_counter()
    for chunk in chunks:
        for made in read_whole(list(Batch.objects.filter(pk__in=chunk))):
            balance_of(made)
            meters_of(made)
    whole = time.perf_counter() - began
    print(json.dumps({"batches": len(keys), "reading": reading, "whole": whole}))


# --- making them ----------------------------------------------------------------------------------------


def copied(batches: int) -> list[int]:
    """Keys of so many copies of a few whole batches."""
    from django.db import connection, transaction

    from benchmarks import bulk

    count_on()
    first = [_whole_batch() for _ in range(PATTERNS)]
    tables = [(model, _of_patterns(model, first)) for model in _models()]
    keys = []
    with bulk.quick_loading(), transaction.atomic(), connection.cursor() as cursor:
        for copy in range(1, batches // PATTERNS + 1):
            for model, patterns in tables:
                cursor.execute(_copying(model, patterns, copy))
            keys += [pk + copy * FAR for pk in first]
    bulk.settle([])
    return keys


def count_on() -> None:
    """Let the factories count from far on: other parts have made people and products on this site before."""
    from accounts.models import User
    from tests.factories import PersonFactory, records

    # A part makes fewer of a kind than a thousand times the people it makes, so no two parts meet.
    first = FIRST_NUMBER + 1000 * User.objects.count()
    counting = (records.ProductFactory, records.DonorFactory, records.SourceLotFactory)
    for one in (PersonFactory, *counting, records.MasterRecordFactory, records.SpecificationFactory):
        one.reset_sequence(first, force=True)


def _models() -> list[Any]:
    """The models of a batch's record, parents before their children."""
    from batches import models as m

    steps = (m.ProcessStep, m.Ultracentrifugation)
    assays = (m.Assay, m.NanoparticleTracking, m.ProteinAssay, m.ElectronMicroscopy, m.WesternBlot)
    rows = (m.Micrograph, m.BlotMarker, m.BlotLane)
    return [m.Batch, m.Harvest, m.ReportingFacts, *steps, *assays, *rows]


def _of_patterns(model: Any, batches: list[int]) -> str:
    """Keys of the rows that hang on these batches, as SQL."""
    parent = next((name for name in PARENTS if _has(model, name)), "")
    found = model.objects.filter(**{f"{PATHS[parent]}__in": batches}).values_list("pk", flat=True)
    return ", ".join(map(str, found))


def _has(model: Any, name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


def _copying(model: Any, keys: str, copy: int) -> str:
    """The statement that copies these rows once, each key moved as far as its parent's."""
    far, names, values = copy * FAR, [], []
    for field in model._meta.concrete_fields:
        column = f'"{field.column}"'
        names.append(column)
        moved = field.primary_key or field.name in PARENTS
        if moved:
            column = f"{column} + {far}"
        elif model.__name__ == "Batch" and field.name == "number":
            column = f"{column} || '-{copy}'"
        elif model.__name__ == "Batch" and field.name == "sequence":
            column = f"{column} + {copy * 100_000}"
        values.append(column)
    table = f'"{model._meta.db_table}"'
    into, chosen = ", ".join(names), ", ".join(values)
    return f"INSERT INTO {table} ({into}) SELECT {chosen} FROM {table} WHERE id IN ({keys})"


def _whole_batch() -> int:
    """One batch with everything that recovery and the meters look at. Returns its key."""
    from django.db import transaction

    from batches.isolation.steps import make_step
    from batches.masters.plans import Plan
    from batches.reporting.actions import begin_facts
    from tests.factories import BatchFactory, PersonFactory, evidence
    from tests.factories.people import system

    with transaction.atomic():
        person = PersonFactory()
        batch = BatchFactory(by=person)
        planned = Plan.of(batch.plan).steps[0]
        for position in range(2, 5):
            make_step(batch, planned, position=position, by=system())
        for position in range(1, 5):
            evidence.step(batch, position=position, **_counted(position))
        for _ in range(3):
            evidence.nta(batch, particles_per_ml=Decimal("2.4e10"), dilution=1000)
        evidence.protein(batch, protein_ug_per_ml=Decimal("8.5"), method="micro_bca", dilution=10)
        evidence.protein(batch, sample="starting", protein_ug_per_ml=Decimal(80), method="bca", dilution=1)
        evidence.blot(batch, *MARKERS)
        evidence.em(batch, ("wide", Decimal(1)), ("close", Decimal("0.5")), morphology="cup")
        begin_facts(batch=batch, by=person)
    return batch.pk


def _counted(position: int) -> dict[str, Decimal]:
    into, out = Decimal(480) / 4 ** (position - 1), Decimal(480) / 4**position
    return {
        "volume_in_ml": into,
        "volume_out_ml": out,
        "particles_in_per_ml": Decimal("4e9") * 3 ** (position - 1),
        "particles_out_per_ml": Decimal("4e9") * 3**position,
        "protein_out_ug_per_ml": Decimal(20),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))

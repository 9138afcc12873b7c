"""What reporting looks at of batches: their records, read in a fixed number of queries a chunk."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects

from batches.characterization.models import Assay
from batches.characterization.techniques import TECHNIQUES
from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep
from batches.record.models import Batch
from batches.record.sheets import Kind
from batches.source.models import Harvest

CHUNK = 500


@dataclass(frozen=True)
class Made:
    """One batch with its standing steps (in the order of work) and assays, each with its details."""

    batch: Batch
    harvest: Harvest
    steps: tuple[ProcessStep, ...]
    assays: tuple[Assay, ...]

    @classmethod
    def of(
        cls, batch: Batch, harvest: Harvest, steps: Iterable[ProcessStep], assays: Iterable[Assay]
    ) -> "Made":
        """Of rows that a page has read already (`with_details`); voided ones are left out."""
        ordered = sorted(_standing(steps), key=lambda step: step.work_order)
        return cls(batch, harvest, tuple(ordered), tuple(_standing(assays)))

    @property
    def is_through(self) -> bool:
        """Whether every step was begun, so that what came out of the last one is the final preparation."""
        return all(step.status != ProcessStep.Status.PLANNED for step in self.steps)

    @property
    def url(self) -> str:
        return f"/batches/{self.batch.number}/"


def details_of(row: Any) -> Any:
    """The details row of a step or assay; None where there is none."""
    kind = METHODS[row.method] if isinstance(row, ProcessStep) else TECHNIQUES[row.technique]
    assert kind.details is not None  # noqa: S101 (every method and technique has details)
    return getattr(row, kind.details._meta.model_name or "", None)


def _standing(rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row.status != "voided"]


def in_chunks(batches: Sequence[Batch], size: int = CHUNK) -> Iterator[Sequence[Batch]]:
    """The batches in chunks that are read together."""
    for start in range(0, len(batches), size):
        yield batches[start : start + size]


def read(batches: Sequence[Batch], techniques: Collection[str] | None = None) -> list[Made]:
    """The records of these batches; of assays only some techniques, where those are enough.

    As many queries as there are kinds of steps and assays among them, however many batches there are.
    """
    wanted = Assay.objects.standing().filter(batch__in=batches)
    if techniques is not None:
        wanted = wanted.filter(technique__in=techniques)
    steps = list(ProcessStep.objects.standing().filter(batch__in=batches))
    assays = list(wanted)
    _attach(steps, METHODS, "method", "step")
    _attach(assays, TECHNIQUES, "technique", "assay")
    harvests = {one.batch_id: one for one in Harvest.objects.filter(batch__in=batches)}
    by_batch = {True: _grouped(steps), False: _grouped(assays)}
    made = []
    for batch in batches:
        rows = (harvests[batch.pk], *by_batch[True][batch.pk], *by_batch[False][batch.pk])
        for row in rows:
            row.batch = batch
        made.append(Made.of(batch, harvests[batch.pk], by_batch[True][batch.pk], by_batch[False][batch.pk]))
    return made


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.batch_id].append(row)
    return found


def _attach(rows: Sequence[Any], kinds: dict[str, Kind], code: str, parent: str) -> None:
    """Hang the details of every row onto it: one query a kind, and one for each sort of rows in it."""
    by_kind: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in rows:
        by_kind[getattr(row, code)][row.pk] = row
    for name, envelopes in by_kind.items():
        model = kinds[name].details
        assert model is not None  # noqa: S101 (as above)
        found = list(model._default_manager.filter(**{f"{parent}__in": envelopes.keys()}))
        forward: Any = model._meta.get_field(parent)
        for details in found:
            envelope = envelopes[getattr(details, forward.attname)]
            forward.set_cached_value(details, envelope)
            forward.remote_field.set_cached_value(envelope, details)
        prefetch_related_objects(found, *(sort.related for sort in kinds[name].rows))

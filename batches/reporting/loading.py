"""What reporting looks at of batches: their records, read in a fixed number of queries a chunk."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet, prefetch_related_objects

from batches.characterization.models import Assay
from batches.characterization.models import details_of as details_of_assay
from batches.characterization.techniques import TECHNIQUES
from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep
from batches.isolation.models import details_of as details_of_step
from batches.pooling.models import PoolPart
from batches.pooling.parts import parts_of, standing
from batches.record.models import Batch, FieldRemark
from batches.record.sheets import Kind
from batches.reporting.models import Deposition, ReportingFacts
from batches.source.models import Harvest, SourceLot
from batches.source.origins import attach, lots_of
from batches.source.treatments import Treatment, standing_treatments

CHUNK = 500
# What a process control has to have been measured for, by technique.
MEASURED = {"nta": "particles", "trps": "particles", "nanoflow": "particles", "protein": "protein"}
NotApplicable = frozenset[tuple[str, int, str]]


@dataclass(frozen=True)
class Made:
    """One batch with its standing harvests, steps (in the order of work) and assays, each with its details.

    `lots` are its source lots with their details, where somebody looks at them (`read_whole`, `around`).
    `not_applicable` names fields that somebody said do not apply: kind of record, its key, field. `control`
    says what was measured of the process control that the facts name; None where there is no such batch.
    `treatments` are what was done to the cells of its source: genetic modifications and priming.
    `parts` are the standing parts of a pool, which has neither harvests nor lots of its own.
    """

    batch: Batch
    harvests: tuple[Harvest, ...]
    lots: tuple[SourceLot, ...]
    steps: tuple[ProcessStep, ...]
    assays: tuple[Assay, ...]
    facts: ReportingFacts | None = None
    not_applicable: NotApplicable = frozenset()
    depositions: tuple[Deposition, ...] = ()
    control: frozenset[str] | None = None
    treatments: tuple[Treatment, ...] = ()
    parts: tuple[PoolPart, ...] = ()

    @classmethod
    def of(
        cls,
        batch: Batch,
        harvests: Iterable[Harvest],
        lots: Iterable[SourceLot],
        steps: Iterable[ProcessStep],
        assays: Iterable[Assay],
        **beside: Any,
    ) -> "Made":
        """Of rows that were read already, each with its details; voided ones are left out."""
        ordered = sorted(_standing(steps), key=lambda step: step.work_order)
        taken = tuple(one for one in harvests if not one.is_voided)
        return cls(batch, taken, tuple(lots), tuple(ordered), tuple(_standing(assays)), **beside)

    @property
    def is_through(self) -> bool:
        """Whether every step was begun, so that what came out of the last one is the final preparation."""
        return all(step.status != ProcessStep.Status.PLANNED for step in self.steps)

    @property
    def url(self) -> str:
        return f"/batches/{self.batch.number}/"

    @cached_property
    def finished_final(self) -> list[Assay]:
        """Finished assays of the final preparation."""
        final, finished = Assay.Sample.FINAL, Assay.Status.FINISHED
        return [one for one in self.assays if one.sample == final and one.status == finished]

    @cached_property
    def results(self) -> dict[str, list[tuple[Assay, Any]]]:
        """Finished assays of the final preparation with their details, by technique."""
        found: dict[str, list[tuple[Assay, Any]]] = {}
        for assay in self.finished_final:
            details = details_of(assay)
            if details is not None:
                found.setdefault(assay.technique, []).append((assay, details))
        return found

    def is_not_applicable(self, record: Any, name: str) -> bool:
        """Whether somebody said why that field stays empty."""
        key = (record._meta.label_lower, record.pk, name)
        return bool(self.not_applicable) and key in self.not_applicable


def details_of(row: Any) -> Any:
    """The details row of a step or assay; None where there is none."""
    try:
        return details_of_step(row) if isinstance(row, ProcessStep) else details_of_assay(row)
    except ObjectDoesNotExist:
        return None


def _standing(rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row.status != "voided"]


def in_chunks(batches: Sequence[Batch], size: int = CHUNK) -> Iterator[Sequence[Batch]]:
    """The batches in chunks that are read together."""
    for start in range(0, len(batches), size):
        yield batches[start : start + size]


# --- for recovery -------------------------------------------------------------------------------------


def read(batches: Sequence[Batch], techniques: Collection[str] | None = None) -> list[Made]:
    """Steps, harvests and assays of these batches; of assays only some techniques, where those are enough.

    As many queries as there are kinds of steps and assays among them, however many batches there are.
    """
    wanted = Assay.objects.standing()
    if techniques is not None:
        wanted = wanted.filter(technique__in=techniques)
    parts = parts_of(batches)
    return [
        Made.of(batch, harvests, (), *rows, parts=_parts(parts, batch))
        for batch, harvests, *rows in _rows(batches, wanted)
    ]


def _parts(parts: Mapping[int, list[PoolPart]], batch: Batch) -> tuple[PoolPart, ...]:
    return tuple(standing(parts.get(batch.pk, ())))


def _rows(batches: Sequence[Batch], wanted: QuerySet[Assay]) -> Iterator[tuple[Any, ...]]:
    steps = list(ProcessStep.objects.standing().filter(batch__in=batches))
    assays = list(wanted.filter(batch__in=batches))
    _attach(steps, METHODS, "method", "step")
    _attach(assays, TECHNIQUES, "technique", "assay")
    harvests_of = _grouped(Harvest.objects.standing().filter(batch__in=batches))
    steps_of, assays_of = _grouped(steps), _grouped(assays)
    for batch in batches:
        for row in (*harvests_of[batch.pk], *steps_of[batch.pk], *assays_of[batch.pk]):
            row.batch = batch
        yield batch, harvests_of[batch.pk], steps_of[batch.pk], assays_of[batch.pk]


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.batch_id].append(row)
    return found


def _attach(rows: Sequence[Any], kinds: Mapping[str, Kind], code: str, parent: str) -> None:
    """Hang the details of every row onto it: one query a kind, and one for each sort of rows in it."""
    by_kind: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in rows:
        by_kind[getattr(row, code)][row.pk] = row
    for name, envelopes in by_kind.items():
        model = kinds[name].details
        assert model is not None  # noqa: S101 (every method and technique has details)
        found = list(model._default_manager.filter(**{f"{parent}__in": envelopes.keys()}))
        forward: Any = model._meta.get_field(parent)
        for details in found:
            envelope = envelopes[getattr(details, forward.attname)]
            forward.set_cached_value(details, envelope)
            forward.remote_field.set_cached_value(envelope, details)
        prefetch_related_objects(found, *(sort.related for sort in kinds[name].rows))


# --- for the rules of reporting -----------------------------------------------------------------------


def read_whole(batches: Sequence[Batch]) -> list[Made]:
    """The same with everything that the rules of reporting look at beside steps and assays."""
    facts = {one.batch_id: one for one in ReportingFacts.objects.filter(batch__in=batches)}
    depositions = _grouped(Deposition.objects.filter(batch__in=batches, is_withdrawn=False))
    lots = lots_of(batches)
    treated = standing_treatments(lot for of_batch in lots.values() for lot in of_batch)
    remarks = _grouped(FieldRemark.objects.filter(batch__in=batches, is_withdrawn=False))
    controls, parts = controls_of(facts.values()), parts_of(batches)
    made = []
    for batch, harvests, *rows in _rows(batches, Assay.objects.standing()):
        attach(batch, harvests, lots[batch.pk])
        mine = facts.get(batch.pk)
        if mine is not None:
            mine.batch = batch
        made.append(
            Made.of(
                batch,
                harvests,
                lots[batch.pk],
                *rows,
                facts=mine,
                not_applicable=not_applicable(remarks[batch.pk]),
                depositions=tuple(depositions[batch.pk]),
                control=controls.get(mine.process_control) if mine else None,
                treatments=tuple(one for one in treated if one.source_lot in lots[batch.pk]),
                parts=_parts(parts, batch),
            )
        )
    return made


def around(
    batch: Batch,
    harvests: Iterable[Harvest],
    lots: Iterable[SourceLot],
    steps: Iterable[ProcessStep],
    assays: Iterable[Assay],
    remarks: Iterable[FieldRemark],
    parts: Iterable[PoolPart] = (),
) -> Made:
    """The same over what the page of a batch has read already; a query, three with a process control."""
    facts: ReportingFacts | None = getattr(batch, "reportingfacts", None)
    return Made.of(
        batch,
        harvests,
        lots,
        steps,
        assays,
        facts=facts,
        not_applicable=not_applicable(remarks),
        depositions=tuple(Deposition.objects.filter(batch=batch, is_withdrawn=False)),
        control=controls_of([facts]).get(facts.process_control) if facts else None,
        treatments=tuple(standing_treatments(lots)),
        parts=tuple(standing(parts)),
    )


def not_applicable(remarks: Iterable[FieldRemark]) -> NotApplicable:
    """The fields that somebody said do not apply, out of the standing remarks of a batch."""
    kind = FieldRemark.Kind.NOT_APPLICABLE
    return frozenset((one.record_kind, one.record_id, one.field) for one in remarks if one.kind == kind)


def controls_of(facts: Iterable[ReportingFacts]) -> dict[str, frozenset[str]]:
    """By the number of each process control that is named and there: what was measured of it."""
    named = {one.process_control for one in facts if one.process_control}
    if not named:
        return {}
    found: dict[str, set[str]] = {
        number: set() for number in Batch.objects.filter(number__in=named).values_list("number", flat=True)
    }
    measured = Assay.objects.finished().filter(batch__number__in=found, technique__in=MEASURED)
    for number, technique in measured.values_list("batch__number", "technique"):
        found[number].add(MEASURED[technique])
    return {number: frozenset(kinds) for number, kinds in found.items()}

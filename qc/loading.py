"""The whole record of batches as a reviewer looks at it, read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from audit.models import EntryAction
from audit.verifying.models import UnexplainedChange
from batches.characterization.evidence import Evidence
from batches.characterization.models import Assay, details_of
from batches.characterization.plates import plate_curves_of
from batches.characterization.techniques import TECHNIQUES, assay_sheet
from batches.files.models import DroppedFile, waiting_among
from batches.isolation.methods import METHODS, step_sheet
from batches.isolation.models import ProcessStep
from batches.isolation.models import details_of as details_of_step
from batches.masters.models import MasterVersion
from batches.masters.plans import Plan
from batches.materials.chosen import ChosenMaterial
from batches.pooling.parts import standing
from batches.record.calculations import Calculation
from batches.record.missing import missing_in
from batches.record.models import Attachment, Batch, FieldRemark, Reading
from batches.record.sheets import Problem, Sheet
from batches.reporting.balance import BatchBalance, balance_of
from batches.reporting.facts import reporting_facts
from batches.reporting.loading import Made
from batches.source.harvest import harvest_sheet
from batches.source.models import Harvest, SourceLot
from batches.source.origins import attach, lots_of
from batches.specifications.models import SpecificationVersion
from qc.deviations.models import AffectedBatch, Deviation
from qc.entries import RecordEntry, entries_of
from qc.models import Signature
from qc.pooling import NOT_POOLED, Pooled, pooled_in
from qc.review.models import Query
from qc.signing import Shown, signatures_of

Key = tuple[str, int]


@dataclass(frozen=True)
class WholeRecord:
    """Everything about a batch; voided records are among steps and assays, voided harvests stand apart.

    `lots` are the source lots of the standing harvests with their details, the batch's own first.
    `entries` are those that changed the record, oldest first; a review's own are left out. `unexplained` is
    what was changed behind the trail and stands in the batch's way. `deviations` are those opened in it and
    those that name it as affected too. `twins` are numbers of other batches that hold the same bytes, by
    the SHA-256 of a file. `asked` are a reviewer's questions, closed ones too; `specification` is None where
    the master version holds its criteria itself.
    """

    batch: Batch
    plan: Plan
    version: MasterVersion
    specification: SpecificationVersion | None
    harvests: list[Harvest]
    voided_harvests: list[Harvest]
    lots: list[SourceLot]
    steps: list[ProcessStep]
    assays: list[Assay]
    remarks: list[FieldRemark]
    attachments: list[Attachment]
    readings: list[Reading]
    calculations: list[Calculation]
    twins: dict[str, list[str]]
    entries: list[RecordEntry]
    unexplained: list[UnexplainedChange]
    deviations: list[Deviation]
    signatures: list[Shown]
    asked: list[Query]
    waiting: list[DroppedFile]  # files that nobody placed yet
    pooled: Pooled = NOT_POOLED  # the parts of a pool

    @cached_property
    def chosen(self) -> list[ChosenMaterial]:
        """What steps took from the reference data, voided ones too; a query where any did."""
        steps = {step.pk: step for step in self.steps if getattr(step, "has_chosen", True)}
        found = ChosenMaterial.objects.filter(step__in=steps).select_related("chosen_by")
        rows = list(found) if steps else []
        for row in rows:
            row.step = steps[row.step_id]
        return rows

    @cached_property
    def evidence(self) -> Evidence:
        return Evidence.among(self.assays, self.steps)

    @property
    def every_harvest(self) -> list[Harvest]:
        """In their order, voided ones too."""
        return sorted((*self.harvests, *self.voided_harvests), key=lambda one: one.position)

    @cached_property
    def standing_steps(self) -> list[ProcessStep]:
        return [step for step in self.steps if step.status != ProcessStep.Status.VOIDED]

    @cached_property
    def standing_assays(self) -> list[Assay]:
        return [assay for assay in self.assays if assay.status != Assay.Status.VOIDED]

    @cached_property
    def queries(self) -> list[Query]:
        """The questions that are open."""
        return [query for query in self.asked if query.is_open]

    @property
    def corrections(self) -> list[RecordEntry]:
        """The entries that replaced a value with a reason."""
        return [one for one in self.entries if one.action == EntryAction.CHANGED and one.reason]

    def harvest_sheets(self) -> list[Sheet]:
        """The sheets of the standing harvests, with remarks."""
        return [harvest_sheet(harvest).load_remarks(self.remarks) for harvest in self.harvests]

    def step_sheets(self) -> list[Sheet]:
        """The sheets of the standing steps, with limits and remarks."""
        return [step_sheet(step, self.plan).load_remarks(self.remarks) for step in self.standing_steps]

    def assay_sheets(self) -> list[Sheet]:
        """The sheets of the standing assays, with remarks."""
        return [assay_sheet(assay).load_remarks(self.remarks) for assay in self.standing_assays]

    def missing(self) -> list[Problem]:
        """Everything that would keep the batch from being submitted."""
        return self._missing

    @cached_property
    def _missing(self) -> list[Problem]:
        return missing_in(
            self.batch,
            self.plan,
            self.harvests,
            self.standing_steps,
            self.standing_assays,
            self.remarks,
            self.waiting,
            self.pooled.parts,
        )

    @cached_property
    def balance(self) -> BatchBalance:
        """Particles and volume through the steps."""
        parts = tuple(standing(self.pooled.parts))
        rows = (self.harvests, self.lots, self.standing_steps, self.standing_assays)
        return balance_of(Made.of(self.batch, *rows, parts=parts))

    def places(self) -> dict[Key, tuple[str, str]]:
        """Label and address of where each record of the batch is found, by kind and id."""
        url = f"/batches/{self.batch.number}/parts/"
        parts = {_key(row): (row.trail_label, f"{url}#part-{row.position}") for row in self.pooled.parts}
        return parts | places_of(self.batch, self.every_harvest, self.steps, self.assays)


def places_of(
    batch: Batch, harvests: Iterable[Harvest], steps: Iterable[ProcessStep], assays: Iterable[Assay]
) -> dict[Key, tuple[str, str]]:
    """Label and address of each harvest, step and assay, and of their details and rows."""
    number = batch.number
    found = {_key(harvest): (str(harvest), harvest.url) for harvest in harvests}
    facts = reporting_facts(batch)
    if facts is not None:
        found[_key(facts)] = ("Reporting facts", f"/batches/{number}/reporting/")
    for step in steps:
        url = f"/batches/{number}/steps/{step.position}/"
        found |= _places(step, details_of_step(step), METHODS[step.method], url)
    for assay in assays:
        url = f"/batches/{number}/assays/{assay.number}/"
        found |= _places(assay, details_of(assay), TECHNIQUES[assay.technique], url)
        found |= {_key(curve): (str(assay), f"{url}plate/") for curve in plate_curves_of(assay)}
    return found


def _places(envelope: Any, details: Any, kind: Any, url: str) -> dict[Key, tuple[str, str]]:
    """The place of a step or assay: of its envelope, its details and its rows."""
    label = str(envelope)
    found = {_key(envelope): (label, url), _key(details): (label, url)}
    for rows in kind.rows:
        place = (label, f"{url}#rows-{rows.code}")
        found |= {_key(row): place for row in getattr(details, rows.related).all()}
    return found


def _key(record: Any) -> Key:
    return record._meta.label_lower, record.pk


def load(batch: Batch, *, told_after: int | None = None) -> WholeRecord:
    """Read everything of a batch (`with_header`) that the review page shows.

    Entries after `told_after` come with their text, so that what changed since can be told.
    """
    return load_many([batch], told_after=told_after)[0]


def load_many(batches: Sequence[Batch], *, told_after: int | None = None) -> list[WholeRecord]:
    """The same of several batches, in as many queries as of one (and a few more for each that was signed)."""
    attachments = _by_batch(Attachment.objects.select_related("dropped").annotate(has_twin=_TWIN), batches)
    read = {
        "attachments": attachments,
        "waiting": {pk: waiting_among(files) for pk, files in attachments.items()},
        "steps": _by_batch(ProcessStep.objects.with_rows(), batches),
        "assays": _by_batch(Assay.objects.with_details(), batches),
        "remarks": _by_batch(FieldRemark.objects.filter(is_withdrawn=False), batches),
        "readings": _readings(batches) if attachments else {},
        "calculations": _by_batch(Calculation.objects.all(), batches),
        "entries": entries_of(batches, told_after=told_after),
        "unexplained": _unexplained(batches),
        "deviations": _deviations(batches),
        "signatures": _signatures(batches),
        "asked": _by_batch(Query.objects.with_messages(), batches),
    }
    harvests = _by_batch(Harvest.objects.select_related("finished_by", "voided_by", "source_lot"), batches)
    lots, pooled = lots_of(batches), pooled_in(batches)
    plans = {batch.pk: Plan.of(batch.plan) for batch in batches}
    has_twins = any(file.has_twin for files in attachments.values() for file in files)
    twins, specifications = _twins(batches) if has_twins else {}, _specifications(plans.values())
    return [
        _whole(
            batch,
            plan=plans[batch.pk],
            version=batch.plan.version,
            specification=specifications.get(_specified_by(plans[batch.pk])),
            harvests=[one for one in harvests.get(batch.pk, []) if not one.is_voided],
            voided_harvests=[one for one in harvests.get(batch.pk, []) if one.is_voided],
            lots=lots[batch.pk],
            pooled=pooled.get(batch.pk, NOT_POOLED),
            twins={sha256: sorted(of - {batch.number}) for sha256, of in twins.get(batch.pk, {}).items()},
            **{name: rows.get(batch.pk, []) for name, rows in read.items()},
        )
        for batch in batches
    ]


def _specified_by(plan: Plan) -> tuple[str, int | None]:
    return plan.specification_code, plan.specification_version


def _specifications(plans: Iterable[Plan]) -> dict[tuple[str, int | None], SpecificationVersion]:
    """The versions of specifications that plans were frozen from, by code and number."""
    named = {plan.specification_code for plan in plans if plan.specification_version is not None}
    rows = SpecificationVersion.objects.filter(specification__code__in=named).select_related("specification")
    return {(one.specification.code, one.number): one for one in rows} if named else {}


def _whole(batch: Batch, **parts: Any) -> WholeRecord:
    """The record, with every row knowing the batch that is at hand already."""
    attach(batch, (*parts["harvests"], *parts["voided_harvests"]), parts["lots"])
    for record in (*parts["steps"], *parts["assays"]):
        record.batch = batch
    return WholeRecord(batch=batch, **parts)


def _by_batch(rows: QuerySet, batches: Sequence[Batch]) -> dict[int, list[Any]]:
    return _grouped((row.batch_id, row) for row in rows.filter(batch__in=batches))


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return found


def _readings(batches: Sequence[Batch]) -> dict[int, list[Reading]]:
    """What readers made of the files, without the bulk."""
    rows = Reading.objects.filter(attachment__batch__in=batches).select_related("attachment")
    return _grouped((row.attachment.batch_id, row) for row in rows.defer("curves", "values", "header"))


# Whether another batch holds the same bytes; which ones is asked where there are any.
_TWIN = Exists(Attachment.objects.filter(sha256=OuterRef("sha256")).exclude(batch=OuterRef("batch")))


def _twins(batches: Sequence[Batch]) -> dict[int, dict[str, set[str]]]:
    """By batch and SHA-256 of a file of it, the numbers of all batches that hold the same bytes."""
    ours = Attachment.objects.filter(batch__in=batches).values("sha256")
    rows = Attachment.objects.filter(sha256__in=ours).values_list("sha256", "batch_id", "batch__number")
    holders: dict[str, dict[int, str]] = defaultdict(dict)
    for sha256, batch_id, number in rows:
        holders[sha256][batch_id] = number
    found: dict[int, dict[str, set[str]]] = defaultdict(dict)
    for sha256, numbers in holders.items():
        for batch_id in numbers if len(numbers) > 1 else ():
            found[batch_id][sha256] = set(numbers.values())
    return found


def _unexplained(batches: Sequence[Batch]) -> dict[int, list[UnexplainedChange]]:
    """Open ones of each batch, and of records that stand above all batches."""
    rows = UnexplainedChange.objects.blocking_any(batch.number for batch in batches)
    found = list(rows.select_related("found_by"))
    numbers = {one.batch_number for one in found}
    return {
        batch.pk: [one for one in found if one.batch_number in {batch.number, ""}]
        for batch in batches
        if numbers & {batch.number, ""}
    }


def _deviations(batches: Sequence[Batch]) -> dict[int, list[Deviation]]:
    """Those opened in each batch and those that name it as affected too, in their order."""
    named = AffectedBatch.objects.filter(batch__in=batches, is_withdrawn=False)
    about = Deviation.objects.filter(Q(batch__in=batches) | Q(pk__in=named.values("deviation")))
    rows = about.with_names().order_by("id").prefetch_related(Prefetch("affected", named, to_attr="naming"))
    wanted = {batch.pk for batch in batches}
    touched = ((sorted({one.batch_id, *(n.batch_id for n in one.naming)} & wanted), one) for one in rows)
    return _grouped((batch_id, one) for keys, one in touched for batch_id in keys)


def _signatures(batches: Sequence[Batch]) -> dict[int, list[Shown]]:
    """With their validity; of several batches only those are asked for that have any."""
    if len(batches) > 1:
        signed = set(Signature.objects.filter(batch__in=batches).values_list("batch_id", flat=True))
        batches = [batch for batch in batches if batch.pk in signed]
    return {batch.pk: signatures_of(batch) for batch in batches}

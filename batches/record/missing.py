"""What a batch still lacks before it can go to QC, each with a link to the very field."""

from collections.abc import Iterable, Sequence

from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.files.models import DroppedFile
from batches.isolation.methods import step_sheet
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.pooling.models import PoolPart
from batches.pooling.parts import parts_of, standing
from batches.record.models import Batch, FieldRemark
from batches.record.sheets import Problem, Sheet, problems_of
from batches.source.harvest import harvest_sheet
from batches.source.models import Harvest


def missing_of(batch: Batch) -> list[Problem]:
    """Everything that keeps the batch from being submitted, in the order of the work. Fixed queries."""
    return missing_in(
        batch,
        Plan.of(batch.plan),
        list(Harvest.objects.standing().filter(batch=batch).select_related("source_lot")),
        list(ProcessStep.objects.filter(batch=batch).standing().with_details()),
        list(Assay.objects.filter(batch=batch).standing().with_details()),
        list(FieldRemark.objects.filter(batch=batch, is_withdrawn=False)),
        waiting_of(batch),
        parts_of([batch])[batch.pk] if batch.is_pool else (),
    )


def waiting_of(batch: Batch) -> list[DroppedFile]:
    """The batch's files that wait for a place; one query."""
    waiting = DroppedFile.objects.filter(attachment__batch=batch, state=DroppedFile.State.WAITING)
    return list(waiting.select_related("attachment"))


def missing_in(
    batch: Batch,
    plan: Plan,
    harvests: Sequence[Harvest],
    steps: list[ProcessStep],
    assays: list[Assay],
    remarks: list[FieldRemark],
    waiting: Iterable[DroppedFile],
    parts: Iterable[PoolPart] = (),
) -> list[Problem]:
    """The same over records that were read already (standing ones only)."""
    for record in (*harvests, *steps, *assays):
        record.batch = batch
    return [
        *[p for harvest in harvests for p in _of_harvest(harvest_sheet(harvest).load_remarks(remarks))],
        *[problem for step in steps for problem in _of_step(step_sheet(step, plan).load_remarks(remarks))],
        *[problem for assay in assays for problem in _of_assay(assay_sheet(assay).load_remarks(remarks))],
        *(_of_parts(batch, standing(parts)) if batch.is_pool else ()),
        *_techniques_without_result(batch, plan, assays),
        *_files_without_place(batch, waiting),
    ]


def _of_harvest(sheet: Sheet) -> list[Problem]:
    problems = problems_of(sheet)
    if sheet.subject.finished_at is None:
        problems.append(Problem(sheet.label, f"{sheet.label} is not finished", sheet.url))
    return problems


def _of_parts(batch: Batch, parts: list[PoolPart]) -> list[Problem]:
    """What a pool lacks of what it is made of."""
    url = f"/batches/{batch.number}/parts/"
    lacking = [part for part in parts if part.volume_ml is None]
    problems = [Problem(part.trail_label, "volume taken", f"{url}{part.position}/") for part in lacking]
    return problems if parts else [Problem("Parts", "the pool has no part yet", url)]


def _of_step(sheet: Sheet) -> list[Problem]:
    step = sheet.subject
    if step.status == ProcessStep.Status.PLANNED:
        return [Problem(sheet.label, "not started", sheet.url)]
    problems = problems_of(sheet)
    if step.status == ProcessStep.Status.RUNNING:
        problems.append(Problem(sheet.label, "still running", sheet.url))
    if step.needs_check:
        problems.append(Problem(sheet.label, "waits for a second person's check", f"{sheet.url}#check"))
    return problems


def _of_assay(sheet: Sheet) -> list[Problem]:
    assay: Assay = sheet.subject
    if assay.status == Assay.Status.EXCLUDED:
        return []
    problems = problems_of(sheet)
    if assay.status == Assay.Status.OPEN:
        problems.append(Problem(sheet.label, "not finished", sheet.url))
    if assay.waits_for_exclusion:
        problems.append(
            Problem(sheet.label, "a second person decides on leaving it out", f"{sheet.url}#exclusion")
        )
    return problems


def _techniques_without_result(batch: Batch, plan: Plan, assays: list[Assay]) -> list[Problem]:
    """Techniques that the specification needs for release and that no assay was made with."""
    from batches.characterization.attributes import techniques_for

    made = {assay.technique for assay in assays if assay.counts and not assay.is_control}
    needed = {t for c in plan.criteria if c.kind == "release" for t in techniques_for(c.attribute)}
    return [
        Problem(
            "Characterization",
            f"{Technique(technique).label}: the specification asks for it",
            f"/batches/{batch.number}/assays/add/",
        )
        for technique in Technique.values
        if technique in needed - made
    ]


def _files_without_place(batch: Batch, waiting: Iterable[DroppedFile]) -> list[Problem]:
    """Files that came in with others and that nobody placed on an assay or kept as an attachment."""
    url = f"/batches/{batch.number}/files/"
    return [Problem("Files", f"{file} is not placed yet", f"{url}#file-{file.pk}") for file in waiting]

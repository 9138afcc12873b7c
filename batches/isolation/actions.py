"""What can happen to a step: started, finished, checked by a second person, voided, repeated."""

from operator import attrgetter

from django.db.models import Max, Q
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.isolation.models import ProcessStep
from batches.isolation.steps import write_step
from batches.record.models import Batch
from batches.record.sheets import Sheet
from batches.record.values import demand_complete, demand_editable, lock_batch, lock_sheet


@action(may=roles.ENTER)
def start_step(*, sheet: Sheet, by: User) -> ProcessStep:
    """Start a step. Steps run in the order of work: every step before it must be finished or voided."""
    sheet = lock_sheet(sheet)
    step = sheet.subject
    _demand_batch_editable(sheet.batch)
    if step.status != ProcessStep.Status.PLANNED:
        raise ActionRefused(f"{step} is {step.get_status_display().lower()} already.")
    unfinished = step_before(step)
    if unfinished is not None:
        raise ActionRefused(f"{unfinished} comes first: finish it, or void it with a reason.")
    step.status = ProcessStep.Status.RUNNING
    step.started_at, step.started_by = timezone.now(), by
    records.save(step, by=by)
    return step


def step_before(step: ProcessStep) -> ProcessStep | None:
    """The first step in the order of work that has to be finished or voided before this one starts."""
    waiting = {ProcessStep.Status.PLANNED, ProcessStep.Status.RUNNING}
    before = [one for one in ProcessStep.objects.filter(batch=step.batch) if one.work_order < step.work_order]
    return next((one for one in sorted(before, key=WORK_ORDER) if one.status in waiting), None)


@action(may=roles.ENTER)
def finish_step(*, sheet: Sheet, by: User) -> ProcessStep:
    """Finish a step: required fields filled or not applicable, values out of limits explained."""
    sheet = lock_sheet(sheet)
    step = sheet.subject
    demand_editable(sheet)
    if step.status != ProcessStep.Status.RUNNING:
        raise ActionRefused(f"{step} is {step.get_status_display().lower()} already.")
    demand_complete(sheet)
    step.status = ProcessStep.Status.FINISHED
    step.finished_at, step.finished_by = timezone.now(), by
    records.save(step, by=by)
    return step


@action(may=roles.CHECK)
def check_step(*, sheet: Sheet, by: User) -> ProcessStep:
    """Check a finished step as the second person. Refused to whoever did any of it."""
    sheet = lock_sheet(sheet)
    step = sheet.subject
    _demand_batch_editable(sheet.batch)
    if step.status != ProcessStep.Status.FINISHED:
        raise ActionRefused(f"{step} is not finished: there is nothing to check yet.")
    if step.checked_at is not None:
        raise ActionRefused(f"{step} was checked by {step.checked_by} already.")
    if by in {step.started_by, step.finished_by} or has_entered(by, sheet):
        raise ActionRefused("You did this step or entered values in it: a second person checks it.")
    demand_complete(sheet)
    step.checked_at, step.checked_by = timezone.now(), by
    records.save(step, by=by)
    return step


def could_check(person: User, sheet: Sheet) -> bool:
    """Whether this person may be the second one, for the page that offers it."""
    step = sheet.subject
    did_it = person in {step.started_by, step.finished_by}
    return step.needs_check and person.may(roles.CHECK) and not did_it and not has_entered(person, sheet)


def has_entered(person: User, sheet: Sheet) -> bool:
    """Whether the person made an entry in the step or its rows, other than by opening or checking."""
    mine = Q()
    for part in sheet.parts:
        mine |= Q(kind=part._meta.label_lower, object_id=part.pk)
    for kind in sheet.kind.rows:
        keys = list(getattr(sheet.details, kind.related).values_list("pk", flat=True))
        mine |= Q(kind=kind.model._meta.label_lower, object_id__in=keys)
    return (
        Entry.objects.filter(mine, actor=person, action__in=["created", "changed"])
        .exclude(act__in=["open_batch", "check_step"])
        .exists()
    )


@action(may=roles.ENTER)
def void_step(*, sheet: Sheet, by: User, reason: Reason) -> ProcessStep:
    """Void a step that was not or wrongly done. It stays readable; its number is not used again."""
    sheet = lock_sheet(sheet)
    step = sheet.subject
    _demand_batch_editable(sheet.batch)
    if step.status == ProcessStep.Status.VOIDED:
        raise ActionRefused(f"{step} is voided already.")
    if not reason:
        raise ReasonMissing(f"Say why {step} is voided.")
    step.status = ProcessStep.Status.VOIDED
    step.voided_at, step.voided_by = timezone.now(), by
    records.save(step, by=by, reason=reason)
    return step


@action(may=roles.ENTER)
def add_step(
    *,
    batch: Batch,
    name: str,
    method: str,
    purpose: str,
    is_critical: bool,
    by: User,
    planned_position: int | None = None,
) -> ProcessStep:
    """Add a step after the last one: a repetition of a planned step, or one that was not planned."""
    batch = lock_batch(batch)
    _demand_batch_editable(batch)
    last = ProcessStep.objects.filter(batch=batch).aggregate(Max("position"))["position__max"] or 0
    step = ProcessStep(
        batch=batch,
        position=last + 1,
        planned_position=planned_position,
        name=name.strip(),
        method=IsolationMethod(method),
        purpose=StepPurpose(purpose) if purpose else "",
        is_critical=is_critical,
    )
    return write_step(step, by=by)


WORK_ORDER = attrgetter("work_order")


def _demand_batch_editable(batch: Batch) -> None:
    if not batch.is_editable:
        words = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {words}: nothing can be entered or corrected.")

"""Writing a draft of a master version: its description, planned steps, limits and specification.

Every action holds the version's row first and refuses unless it is a draft. Nothing is deleted: what is
taken out is dropped, and stays readable in the trail. `seen` is the revision that the person saw.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.models import TrackedModel
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.entering import demand_unmoved
from batches.masters.choices import attributes, limit_fields
from batches.masters.limits import LIMIT_FIELDS, Limit
from batches.masters.models import Criterion, MasterVersion, PlannedStep, StepLimit

STEP_FIELDS = ("name", "method", "purpose", "instructions", "is_critical")
CRITERION_FIELDS = ("kind", *LIMIT_FIELDS)


@action(may=roles.WRITE_MASTERS)
def describe_draft(
    *,
    version: MasterVersion,
    specification_code: str,
    change_note: str,
    by: User,
    reason: Reason | None = None,
    seen: int | None = None,
) -> MasterVersion:
    """Write a draft's specification code and what changed against the version before it, and why."""
    version = lock_draft(version)
    demand_unmoved(version.trail_label, version.revision, seen)
    version.specification_code, version.change_note = specification_code.strip(), change_note.strip()
    records.save(version, by=by, reason=reason)
    return version


def lock_draft(version: MasterVersion) -> MasterVersion:
    """The version as it is now, held until the transaction ends. Raises ActionRefused unless a draft."""
    # `of`: the people who prepared and approved it may be absent, which PostgreSQL can't lock.
    locked = MasterVersion.objects.select_for_update(of=("self",)).select_related("master").get(pk=version.pk)
    if not locked.is_draft:
        state = locked.get_status_display().lower()
        raise ActionRefused(f"{locked} is {state} and never changes: begin a new version instead.")
    return locked


def put(record: TrackedModel, values: Mapping[str, Any]) -> None:
    """Set the fields of a record by name."""
    for name, value in values.items():
        setattr(record, name, value)


# --- planned steps --------------------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def set_planned_step(
    *,
    version: MasterVersion,
    values: Mapping[str, Any],
    by: User,
    step: PlannedStep | None = None,
    reason: Reason | None = None,
    seen: int | None = None,
) -> PlannedStep:
    """Add a planned step to a draft, or write one anew (then `step` is given).

    `values` by field name; `position` may be left out (at the end, or where it is). Steps after it make
    room, so that positions stay 1 to n.
    """
    version = lock_draft(version)
    step = _own(PlannedStep, version, step) if step else PlannedStep(version=version)
    _demand_seen(step, seen)
    put(step, {name: values[name] for name in STEP_FIELDS if name in values})
    last = _standing(version).aggregate(last=Max("position"))["last"] or 0
    wished = max(1, values.get("position") or step.position or last + 1)
    if step.pk is None:
        step.position = last + 1
        records.save(step, by=by)
        _move(step, min(wished, last + 1), by, Reason("process", f"Entered as step {wished}"))
    else:
        records.save(step, by=by, reason=reason)
        _move(step, min(wished, last), by, reason)
    return step


def _demand_seen(row: TrackedModel, seen: int | None) -> None:
    if row.pk is not None:
        demand_unmoved(row.trail_label, row.revision, seen)


def _standing(version: MasterVersion) -> Any:
    return PlannedStep.objects.filter(version=version, is_dropped=False)


def _own(model: type[Any], version: MasterVersion, row: Any) -> Any:
    """The row as it is now. Raises ActionRefused when it is not a standing row of this version."""
    found = model.objects.filter(pk=row.pk, version=version, is_dropped=False).first()
    if found is None:
        raise ActionRefused(f"{row} is not part of {version} any more: look at the version again.")
    return found


def _move(step: PlannedStep, to: int, by: User, reason: Reason | None) -> None:
    """Put a step at a position; the steps between make room, one by one, as every position is taken once."""
    if step.position == to:
        return
    start, towards = step.position, 1 if to > step.position else -1
    between = {other.position: other for other in _standing(step.version).exclude(pk=step.pk)}
    _place(step, max([start, *between]) + 1, by, reason)
    for position in range(start + towards, to + towards, towards):
        _place(between[position], position - towards, by, _making_room(step))
    _place(step, to, by, reason)


def _place(step: PlannedStep, position: int, by: User, reason: Reason | None) -> None:
    step.position = position
    records.save(step, by=by, reason=reason)


def _making_room(step: PlannedStep) -> Reason:
    return Reason("process", f"{step.name} moved in the draft"[:500])


@action(may=roles.WRITE_MASTERS)
def drop_planned_step(*, step: PlannedStep, by: User) -> PlannedStep:
    """Drop a planned step from a draft. It stays readable in the trail; the steps after it move up."""
    version = lock_draft(step.version)
    step = _own(PlannedStep, version, step)
    step.is_dropped = True
    records.save(step, by=by)
    for later in _standing(version).filter(position__gt=step.position).order_by("position"):
        _place(later, later.position - 1, by, Reason("process", f"{step.name} dropped from the draft"[:500]))
    return step


# --- limits of planned steps ----------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def set_limit(
    *,
    step: PlannedStep,
    field: str,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    seen: int | None = None,
) -> StepLimit:
    """Set the limit of one field of a draft's planned step. `values` by field name of Limit."""
    version = lock_draft(step.version)
    step = _own(PlannedStep, version, step)
    if field not in limit_fields(step.method):
        raise ValueRefused(f"{step.get_method_display()} has no field that could carry this limit.", "field")
    standing = StepLimit.objects.filter(planned_step=step, field=field, is_dropped=False).first()
    limit = standing or StepLimit(planned_step=step, field=field)
    _demand_seen(limit, seen)
    put(limit, values)
    _refuse_problem(Limit.of(limit).problem())
    records.save(limit, by=by, reason=reason)
    return limit


def _refuse_problem(problem: tuple[str, str] | None) -> None:
    if problem is not None:
        field, words = problem
        raise ValueRefused(words, field)


@action(may=roles.WRITE_MASTERS)
def drop_limit(*, limit: StepLimit, by: User) -> StepLimit:
    """Drop a limit from a draft."""
    lock_draft(limit.planned_step.version)
    return _drop(limit, by)


def _drop(row: Any, by: User) -> Any:
    row = type(row).objects.get(pk=row.pk)
    row.is_dropped = True
    records.save(row, by=by)
    return row


# --- the specification ----------------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def set_criterion(
    *,
    version: MasterVersion,
    attribute: str,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    seen: int | None = None,
) -> Criterion:
    """Set the criterion on one attribute in a draft's specification.

    `values` by field name: kind and those of Limit. A new one stands at the end; one that is report-only
    may stand without any limit.
    """
    version = lock_draft(version)
    if attribute not in attributes():
        raise ValueRefused("Choose an attribute that results are computed for.", "attribute")
    standing = Criterion.objects.filter(version=version, is_dropped=False)
    criterion = standing.filter(attribute=attribute).first()
    if criterion is None:
        last = standing.aggregate(last=Max("position"))["last"] or 0
        criterion = Criterion(version=version, attribute=attribute, position=last + 1)
    _demand_seen(criterion, seen)
    put(criterion, {name: value for name, value in values.items() if name in CRITERION_FIELDS})
    _refuse_problem(_senseless(criterion))
    records.save(criterion, by=by, reason=reason)
    return criterion


def _senseless(criterion: Criterion) -> tuple[str, str] | None:
    """What makes a criterion senseless; reporting needs no limit, releasing needs an accepted range."""
    limit = Limit.of(criterion)
    if criterion.kind == Criterion.Kind.REPORT and limit == Limit():
        return None
    if criterion.kind == Criterion.Kind.RELEASE and limit.accepts_anything:
        return "action_low", "A release criterion says what is accepted."
    return limit.problem()


@action(may=roles.WRITE_MASTERS)
def drop_criterion(*, criterion: Criterion, by: User) -> Criterion:
    """Drop a criterion from a draft."""
    lock_draft(criterion.version)
    return _drop(criterion, by)

"""Writing a draft of a master version: its description, planned steps and limits.

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
from batches.masters.choices import limit_fields
from batches.masters.limits import Limit
from batches.masters.models import MasterVersion, PlannedStep, Product, StepLimit
from batches.specifications.models import Specification

STEP_FIELDS = ("name", "method", "purpose", "instructions", "is_critical", "hold_max_h")


@action(may=roles.WRITE_MASTERS)
def describe_draft(
    *,
    version: MasterVersion,
    change_note: str,
    by: User,
    specification: Specification | None = None,
    begins_with: str | None = None,
    reason: Reason | None = None,
    seen: int | None = None,
) -> MasterVersion:
    """Write which specification a draft names, what its batches begin with, and what it changes and why.

    Without a specification it keeps the one it has. Naming one takes the place of criteria of its own.
    """
    version = lock_draft(version)
    demand_unmoved(version.trail_label, version.revision, seen)
    if specification is not None:
        demand_of_product(specification, version.master.product)
        version.specification, version.specification_code = specification, ""
    if begins_with is not None:
        version.begins_with = begins_with
    version.change_note = change_note.strip()
    records.save(version, by=by, reason=reason)
    return version


def demand_of_product(specification: Specification, product: Product) -> None:
    """Refuse to judge a product by another one's specification."""
    if specification.product_id != product.pk:
        raise ValueRefused(f"{specification} is not a specification of {product}.", "specification")


def lock_draft(version: MasterVersion) -> MasterVersion:
    """The version as it is now, held until the transaction ends. Raises ActionRefused unless a draft."""
    # `of`: the people who prepared and approved it may be absent, which PostgreSQL can't lock.
    versions = MasterVersion.objects.select_for_update(of=("self",))
    locked = versions.select_related("master__product").get(pk=version.pk)
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
    limit = StepLimit.objects.get(pk=limit.pk)
    limit.is_dropped = True
    records.save(limit, by=by)
    return limit

"""What happens to products and master records: added, drafted, written, approved, superseded.

A draft can be written; an effective version never changes: it is replaced by a newer one.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from accounts import roles
from accounts.actions import prove_identity
from accounts.models import User
from audit import records
from audit.acting import action
from audit.models import Entry, EntryAction, TrackedModel
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.masters.choices import attributes, limit_fields
from batches.masters.limits import LIMIT_FIELDS, Limit
from batches.masters.models import Criterion, MasterRecord, MasterVersion, PlannedStep, Product, StepLimit
from batches.masters.ready import problems_of

STEP_FIELDS = ("name", "method", "purpose", "instructions", "is_critical")
CRITERION_FIELDS = ("position", "kind", *LIMIT_FIELDS)
APPROVAL = "approved this version of the master record as effective"


# --- products -------------------------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def add_product(*, values: Mapping[str, Any], by: User) -> Product:
    """Register a product; `values` by field name of Product."""
    product = Product(**values)
    records.save(product, by=by)
    return product


@action(may=roles.WRITE_MASTERS)
def correct_product(
    *, product: Product, values: Mapping[str, Any], by: User, reason: Reason | None = None
) -> Product:
    """Correct a product. Running batches keep their numbers and their frozen size window."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    _put(product, values)
    records.save(product, by=by, reason=reason)
    return product


# --- master records and drafts --------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def add_master(
    *, product: Product, code: str, title: str, specification_code: str, by: User
) -> MasterVersion:
    """Begin a master record of a product. Returns its version 1, an empty draft."""
    if not product.is_active:
        raise ValueRefused(f"Product {product.code} is not in use any more.", "product")
    master = MasterRecord(product=product, code=code.strip(), title=title.strip())
    records.save(master, by=by)
    return _new_draft(master, 1, specification_code, "", by)


@action(may=roles.WRITE_MASTERS)
def draft_version(*, master: MasterRecord, by: User, change_note: str = "") -> MasterVersion:
    """Begin the next version as a draft copied from the effective one (from the latest without one).

    Refused while another draft of the master record is being written.
    """
    master = MasterRecord.objects.select_for_update().get(pk=master.pk)
    versions = MasterVersion.objects.filter(master=master)
    draft = versions.filter(status=MasterVersion.Status.DRAFT).first()
    if draft is not None:
        raise ActionRefused(f"{draft} is a draft already: finish that one first.")
    copied = versions.effective().with_content().first() or versions.with_content().latest("number")
    number = versions.aggregate(last=Max("number"))["last"] + 1
    draft = _new_draft(master, number, copied.specification_code, change_note, by)
    _copy_content(copied, draft, by)
    return draft


def _new_draft(
    master: MasterRecord, number: int, specification_code: str, change_note: str, by: User
) -> MasterVersion:
    draft = MasterVersion(
        master=master,
        number=number,
        specification_code=specification_code.strip(),
        change_note=change_note.strip(),
        prepared_at=timezone.now(),
        prepared_by=by,
    )
    records.save(draft, by=by)
    return draft


def _copy_content(source: MasterVersion, draft: MasterVersion, by: User) -> None:
    for step in source.planned_steps.all():
        if not step.is_dropped:
            copy = _copy(step, by, version=draft)
            for limit in step.limits.all():
                if not limit.is_dropped:
                    _copy(limit, by, planned_step=copy)
    for criterion in source.criteria.all():
        if not criterion.is_dropped:
            _copy(criterion, by, version=draft)


def _copy(row: Any, by: User, **changed: Any) -> Any:
    """A new row with the same values, hanging on another parent."""
    names = [field.name for field in row._meta.concrete_fields if field.editable and not field.primary_key]
    copy = type(row)(**{**{name: getattr(row, name) for name in names}, **changed})
    records.save(copy, by=by)
    return copy


@action(may=roles.WRITE_MASTERS)
def describe_draft(
    *,
    version: MasterVersion,
    specification_code: str,
    change_note: str,
    by: User,
    reason: Reason | None = None,
) -> MasterVersion:
    """Write a draft's specification code and what changed against the version before it, and why."""
    version = _lock_draft(version)
    version.specification_code, version.change_note = specification_code.strip(), change_note.strip()
    records.save(version, by=by, reason=reason)
    return version


def _lock_draft(version: MasterVersion) -> MasterVersion:
    """The version as it is now, held until the transaction ends. Raises ActionRefused unless a draft."""
    # `of`: the people who prepared and approved it may be absent, which PostgreSQL can't lock.
    locked = MasterVersion.objects.select_for_update(of=("self",)).select_related("master").get(pk=version.pk)
    if not locked.is_draft:
        state = locked.get_status_display().lower()
        raise ActionRefused(f"{locked} is {state} and never changes: begin a new version instead.")
    return locked


def _put(record: TrackedModel, values: Mapping[str, Any]) -> None:
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
) -> PlannedStep:
    """Add a planned step to a draft, or write one anew (then `step` is given).

    `values` by field name; `position` may be left out (at the end, or where it is). Steps after it make
    room, so that positions stay 1 to n.
    """
    version = _lock_draft(version)
    step = _own(PlannedStep, version, step) if step else PlannedStep(version=version)
    _put(step, {name: values[name] for name in STEP_FIELDS if name in values})
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
    version = _lock_draft(step.version)
    step = _own(PlannedStep, version, step)
    step.is_dropped = True
    records.save(step, by=by)
    for later in _standing(version).filter(position__gt=step.position).order_by("position"):
        _place(later, later.position - 1, by, Reason("process", f"{step.name} dropped from the draft"[:500]))
    return step


# --- limits of planned steps ----------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def set_limit(
    *, step: PlannedStep, field: str, values: Mapping[str, Any], by: User, reason: Reason | None = None
) -> StepLimit:
    """Set the limit of one field of a draft's planned step. `values` by field name of Limit."""
    version = _lock_draft(step.version)
    step = _own(PlannedStep, version, step)
    if field not in limit_fields(step.method):
        raise ValueRefused(f"{step.get_method_display()} has no field that could carry this limit.", "field")
    standing = StepLimit.objects.filter(planned_step=step, field=field, is_dropped=False).first()
    limit = standing or StepLimit(planned_step=step, field=field)
    return _set_numbers(limit, values, by, reason)


def _set_numbers(row: Any, values: Mapping[str, Any], by: User, reason: Reason | None) -> Any:
    _put(row, values)
    problem = Limit.of(row).problem()
    if problem is not None:
        raise ValueRefused(problem[1], problem[0])
    records.save(row, by=by, reason=reason)
    return row


@action(may=roles.WRITE_MASTERS)
def drop_limit(*, limit: StepLimit, by: User) -> StepLimit:
    """Drop a limit from a draft."""
    _lock_draft(limit.planned_step.version)
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
) -> Criterion:
    """Set the criterion on one attribute in a draft's specification.

    `values` by field name: kind, position (the end when left out) and those of Limit. A report-only
    criterion may stand without any limit.
    """
    version = _lock_draft(version)
    if attribute not in attributes():
        raise ValueRefused("Choose an attribute that results are computed for.", "attribute")
    standing = Criterion.objects.filter(version=version, is_dropped=False)
    criterion = standing.filter(attribute=attribute).first() or Criterion(
        version=version, attribute=attribute
    )
    criterion.position = criterion.position or (standing.aggregate(last=Max("position"))["last"] or 0) + 1
    given = {name: value for name, value in values.items() if name in CRITERION_FIELDS}
    if not given.get("position"):
        given.pop("position", None)
    _put(criterion, given)
    _demand_sense(criterion)
    records.save(criterion, by=by, reason=reason)
    return criterion


def _demand_sense(criterion: Criterion) -> None:
    limit = Limit.of(criterion)
    problem = limit.problem()
    if criterion.kind == Criterion.Kind.REPORT and limit == Limit():
        return
    if problem is None and criterion.kind == Criterion.Kind.RELEASE and limit.accepts_anything:
        problem = "action_low", "A release criterion says what is accepted."
    if problem is not None:
        raise ValueRefused(problem[1], problem[0])


@action(may=roles.WRITE_MASTERS)
def drop_criterion(*, criterion: Criterion, by: User) -> Criterion:
    """Drop a criterion from a draft."""
    _lock_draft(criterion.version)
    return _drop(criterion, by)


# --- approval -------------------------------------------------------------------------------------


@action(may=roles.APPROVE_MASTERS)
def approve_version(*, version: MasterVersion, password: str, by: User) -> MasterVersion:
    """Approve a complete draft as effective, as a second person who proves their identity.

    The version that was effective is retired in the same transaction; batches opened on it keep it.
    """
    MasterRecord.objects.select_for_update().get(pk=version.master_id)
    version = _lock_draft(version)
    if version.prepared_by_id == by.pk or has_written(by, version):
        raise ActionRefused(f"You prepared or wrote in {version}: another person approves it.")
    problems = problems_of(MasterVersion.objects.with_content().get(pk=version.pk))
    if problems:
        raise ActionRefused("Not ready to be approved: " + "; ".join(problems) + ".")
    prove_identity(person=by, password=password)
    _retire_effective(version.master_id, by)
    version.status = MasterVersion.Status.EFFECTIVE
    version.approved_at, version.approved_by = timezone.now(), by
    records.save(version, by=by)
    records.event(EntryAction.SIGNED, by=by, about=version, detail={"meaning": APPROVAL})
    return version


def _retire_effective(master_id: int, by: User) -> None:
    before = MasterVersion.objects.filter(master_id=master_id).effective().select_related("master").first()
    if before is not None:
        before.status = MasterVersion.Status.RETIRED
        records.save(before, by=by)


def has_written(person: User, version: MasterVersion) -> bool:
    """Whether the person made an entry in the version, its steps, limits or criteria (dropped ones too)."""
    return Entry.objects.filter(_rows_of(version), actor=person, action__in=["created", "changed"]).exists()


def _rows_of(version: MasterVersion) -> Q:
    steps = PlannedStep.objects.filter(version=version)
    rows = {
        MasterVersion: [version.pk],
        PlannedStep: list(steps.values_list("pk", flat=True)),
        StepLimit: list(StepLimit.objects.filter(planned_step__in=steps).values_list("pk", flat=True)),
        Criterion: list(Criterion.objects.filter(version=version).values_list("pk", flat=True)),
    }
    wanted = Q(pk__in=[])
    for model, keys in rows.items():
        wanted |= Q(kind=model._meta.label_lower, object_id__in=keys)
    return wanted

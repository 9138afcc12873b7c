"""What happens to products and master records: added, drafted, written, approved, superseded.

A draft can be written (by the actions of drafts.py, which are at hand here too); an effective version never
changes: it is replaced by a newer one.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.statements import Signing
from audit import records
from audit.acting import action
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.entering import demand_unmoved
from batches.masters.drafts import demand_of_product, lock_draft, put
from batches.masters.drafts import describe_draft as describe_draft
from batches.masters.drafts import drop_limit as drop_limit
from batches.masters.drafts import drop_planned_step as drop_planned_step
from batches.masters.drafts import set_limit as set_limit
from batches.masters.drafts import set_planned_step as set_planned_step
from batches.masters.models import Criterion, MasterRecord, MasterVersion, PlannedStep, Product, StepLimit
from batches.masters.plans import sha256_signed
from batches.masters.ready import problems_of
from batches.masters.signing import MasterSignature
from batches.signed import begin_signing, sign
from batches.specifications.models import Specification

MOVED = "{version} changed while you were reading it: read it again, then approve what it says now."


# --- products -------------------------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def add_product(*, values: Mapping[str, Any], by: User) -> Product:
    """Register a product; `values` by field name of Product."""
    product = Product(**values)
    records.save(product, by=by)
    return product


@action(may=roles.WRITE_MASTERS)
def correct_product(
    *,
    product: Product,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    seen: int | None = None,
) -> Product:
    """Correct a product. Running batches keep their numbers and their frozen size window.

    `seen` is the revision that the person saw (here and below).
    """
    product = Product.objects.select_for_update().get(pk=product.pk)
    demand_unmoved(product.trail_label, product.revision, seen)
    put(product, values)
    records.save(product, by=by, reason=reason)
    return product


# --- master records and drafts --------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def add_master(
    *,
    product: Product,
    code: str,
    title: str,
    specification: Specification,
    begins_with: str = "",
    by: User,
) -> MasterVersion:
    """Begin a master record of a product, judged by a specification of it. Returns version 1, a draft."""
    if not product.is_active:
        raise ValueRefused(f"Product {product.code} is not in use any more.", "product")
    demand_of_product(specification, product)
    master = MasterRecord(product=product, code=code.strip(), title=title.strip())
    records.save(master, by=by)
    return _new_draft(master, 1, {"specification": specification, "begins_with": begins_with}, "", by)


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
    specified = {
        "specification": copied.specification,
        "specification_code": copied.specification_code,
        "begins_with": copied.begins_with,
    }
    draft = _new_draft(master, number, specified, change_note, by)
    _copy_content(copied, draft, by)
    return draft


def _new_draft(
    master: MasterRecord, number: int, specified: Mapping[str, Any], change_note: str, by: User
) -> MasterVersion:
    draft = MasterVersion(
        master=master,
        number=number,
        **specified,
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


# --- approval -------------------------------------------------------------------------------------


@action(may=roles.APPROVE_MASTERS, sealed=True)
def approve_version(*, version: MasterVersion, signing: Signing, by: User) -> MasterVersion:
    """Approve a complete draft as effective with a signature over what the page showed, as a second person.

    The version that was effective is retired in the same transaction; batches opened on it keep it.
    """
    MasterRecord.objects.select_for_update().get(pk=version.master_id)
    version = lock_draft(version)
    if version.prepared_by_id == by.pk or has_written(by, version):
        raise ActionRefused(f"You prepared or wrote in {version}: another person approves it.")
    read = MasterVersion.objects.with_content().get(pk=version.pk)
    problems, sha256 = problems_of(read), sha256_signed(read)
    if problems:
        raise ActionRefused("Not ready to be approved: " + "; ".join(problems) + ".")
    offered = begin_signing(signing, version.trail_label, sha256, MOVED.format(version=version), by)
    _retire_effective(version.master_id, by)
    version.status = MasterVersion.Status.EFFECTIVE
    version.approved_at, version.approved_by = timezone.now(), by
    records.save(version, by=by)
    signature = MasterSignature(version=version, meaning=MasterSignature.Meaning.APPROVED, sha256=sha256)
    sign(signature, offered, signing, by)
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

"""The way of a specification: begun, written (drafts.py), submitted, sent back, approved, effective, retired.

Whoever changes the state of a version holds the specification's row, then the version's: two people at
once take turns, and the second is told what the first did.
"""

from typing import Any

from django.db.models import Max
from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.statements import Signing
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, ValueRefused
from batches.masters.models import MasterVersion, Product
from batches.masters.plans import standing_criteria as criteria_of_master
from batches.signed import begin_signing, sign
from batches.specifications.content import sha256_of, standing_criteria
from batches.specifications.drafts import lock_version
from batches.specifications.models import (
    Specification,
    SpecificationCriterion,
    SpecificationSignature,
    SpecificationVersion,
)
from batches.specifications.ready import problems_of
from batches.specifications.signing import demand_signed
from batches.specifications.writers import has_written

MOVED = "{version} changed while you were reading it: read it again, then approve what it says now."
Status = SpecificationVersion.Status


# --- beginning ------------------------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def add_specification(
    *, product: Product, code: str, title: str, by: User, criteria_of: MasterVersion | None = None
) -> SpecificationVersion:
    """Begin a specification of a product. Returns its version 1, a draft: empty, or with the criteria
    that a master version holds itself (as they were written before specifications stood on their own).
    """
    if not product.is_active:
        raise ValueRefused(f"Product {product.code} is not in use any more.", "product")
    specification = Specification(product=product, code=code.strip(), title=title.strip())
    records.save(specification, by=by)
    draft = _new_draft(specification, 1, "", by)
    if criteria_of is not None:
        _copy(criteria_of_master(criteria_of), draft, by)
    return draft


@action(may=roles.WRITE_MASTERS)
def draft_specification(
    *, specification: Specification, by: User, change_note: str = ""
) -> SpecificationVersion:
    """Begin the next version as a draft copied from the effective one (from the latest without one).

    Refused while another version is on its way.
    """
    specification = Specification.objects.select_for_update().get(pk=specification.pk)
    versions = SpecificationVersion.objects.filter(specification=specification)
    waiting = versions.on_the_way().first()
    if waiting is not None:
        state = waiting.get_status_display().lower()
        raise ActionRefused(f"{waiting} is {state}: it becomes effective or is retired first.")
    copied = versions.effective().with_content().first() or versions.with_content().latest("number")
    number = versions.aggregate(last=Max("number"))["last"] + 1
    draft = _new_draft(specification, number, change_note, by)
    _copy(standing_criteria(copied), draft, by)
    return draft


def _new_draft(specification: Specification, number: int, change_note: str, by: User) -> SpecificationVersion:
    draft = SpecificationVersion(
        specification=specification,
        number=number,
        change_note=change_note.strip(),
        prepared_at=timezone.now(),
        prepared_by=by,
    )
    records.save(draft, by=by)
    return draft


def _copy(criteria: list[Any], draft: SpecificationVersion, by: User) -> None:
    """New rows with the same values, numbered anew; a master's own criteria have fewer of them."""
    names = [
        field.name
        for field in SpecificationCriterion._meta.concrete_fields
        if field.editable and not field.primary_key and field.name not in ("version", "position")
    ]
    for position, criterion in enumerate(criteria, 1):
        values = {name: getattr(criterion, name) for name in names if hasattr(criterion, name)}
        records.save(SpecificationCriterion(version=draft, position=position, **values), by=by)


# --- review and approval --------------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def submit_specification(*, version: SpecificationVersion, by: User) -> SpecificationVersion:
    """Hand a complete draft to review; from now on nobody writes in it."""
    version = _held(version, Status.DRAFT, "submitted")
    _demand_ready(version, "submitted")
    version.status = Status.IN_REVIEW
    version.submitted_at, version.submitted_by = timezone.now(), by
    records.save(version, by=by)
    return version


@action(may=roles.WRITE_MASTERS)
def send_back_specification(*, version: SpecificationVersion, words: str, by: User) -> SpecificationVersion:
    """Make a version in review a draft again, saying what is to be done. Its writer may take it back so."""
    version = _held(version, Status.IN_REVIEW, "sent back")
    version.sent_back_words = _said(words, "Say what is to be changed.")
    version.sent_back_at, version.sent_back_by = timezone.now(), by
    version.status = Status.DRAFT
    version.submitted_at = version.submitted_by = None
    records.save(version, by=by)
    return version


@action(may=roles.APPROVE_MASTERS, sealed=True)
def approve_specification(
    *, version: SpecificationVersion, signing: Signing, by: User
) -> SpecificationSignature:
    """Approve a version in review with a signature over what the page showed, as somebody who did not
    write in it.
    """
    version = _held(version, Status.IN_REVIEW, "approved")
    if has_written(by, version):
        raise ActionRefused(f"You prepared or wrote in {version}: another person approves it.")
    _demand_ready(version, "approved")
    sha256 = sha256_of(version)
    offered = begin_signing(signing, version.trail_label, sha256, MOVED.format(version=version), by)
    version.status = Status.APPROVED
    version.approved_at, version.approved_by = timezone.now(), by
    records.save(version, by=by)
    signature = SpecificationSignature(
        version=version, meaning=SpecificationSignature.Meaning.APPROVED, sha256=sha256
    )
    sign(signature, offered, signing, by)
    return signature


# --- effective and retired ------------------------------------------------------------------------


@action(may=roles.APPROVE_MASTERS)
def make_specification_effective(*, version: SpecificationVersion, by: User) -> SpecificationVersion:
    """Put an approved version into effect. The one before it is retired; open batches keep theirs."""
    version = _held(version, Status.APPROVED, "made effective")
    demand_signed(version)
    before = SpecificationVersion.objects.effective().filter(specification=version.specification_id).first()
    if before is not None:
        _retire(lock_version(before), f"Version {version.number} became effective.", by)
    version.status = Status.EFFECTIVE
    version.effective_at, version.effective_by = timezone.now(), by
    records.save(version, by=by)
    return version


@action(may=roles.APPROVE_MASTERS)
def retire_specification(*, version: SpecificationVersion, words: str, by: User) -> SpecificationVersion:
    """Take an effective or approved version out of use, saying why. Open batches keep it."""
    version = _held(version, (Status.EFFECTIVE, Status.APPROVED), "retired")
    return _retire(version, _said(words, "Say why it is retired."), by)


def _retire(version: SpecificationVersion, words: str, by: User) -> SpecificationVersion:
    version.status, version.retired_words = Status.RETIRED, words
    version.retired_at, version.retired_by = timezone.now(), by
    records.save(version, by=by)
    return version


# --- what must hold -------------------------------------------------------------------------------


def _held(version: SpecificationVersion, wanted: str | tuple[str, ...], done: str) -> SpecificationVersion:
    """The version as it is now, held with its specification. Raises ActionRefused in another state."""
    Specification.objects.select_for_update().get(pk=version.specification_id)
    held = lock_version(version)
    states = (wanted,) if isinstance(wanted, str) else wanted
    if held.status not in states:
        state = held.get_status_display().lower()
        needed = " or ".join(Status(one).label.lower() for one in states)
        raise ActionRefused(f"{held} is {state}: only a version that is {needed} is {done}.")
    return held


def _demand_ready(version: SpecificationVersion, done: str) -> None:
    problems = problems_of(SpecificationVersion.objects.with_content().get(pk=version.pk))
    if problems:
        raise ActionRefused(f"{version} is not ready to be {done}: {'; '.join(problems)}.")


def _said(words: str, otherwise: str) -> str:
    words = words.strip()
    if len(words) < 3:
        raise ValueRefused(otherwise, "words")
    return words

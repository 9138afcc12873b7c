"""Specifications on every stage of their way, written through the actions."""

from decimal import Decimal

from accounts.proving import Proof
from accounts.statements import just_read
from batches.masters.plans import sha256_signed
from batches.specifications import actions, drafts
from batches.specifications.content import sha256_of
from batches.specifications.models import SpecificationVersion
from tests.factories.people import PASSWORD, PersonFactory
from tests.factories.records import ProductFactory

MODE = {"kind": "release", "action_low": Decimal(50), "action_high": Decimal(150)}
NOTE = "Narrower"


def draft_specification(*, product=None, code="SPEC-1", by=None, criteria=(("mode_nm", MODE),)):
    """Version 1, a draft with a criterion on the mode (50–150 nm)."""
    by = by or PersonFactory(role="reviewer")
    draft = actions.add_specification(
        product=product or ProductFactory(), code=code, title="Small EVs", by=by
    )
    for attribute, values in criteria:
        drafts.add_specification_criterion(version=draft, attribute=attribute, values=values, by=by)
    return draft


def submitted_specification(**kwargs):
    """The same, in review."""
    draft = draft_specification(**kwargs)
    return actions.submit_specification(version=draft, by=draft.prepared_by)


def approving(version, by, *, sha256=None, comment="", **proof):
    """What `by` gives who approves the version (of a specification or a master record) as it is now."""
    of = sha256_of if isinstance(version, SpecificationVersion) else sha256_signed
    read = type(version).objects.with_content().get(pk=version.pk)
    proof = Proof(**(proof or {"password": PASSWORD}))
    return {"signing": just_read(version.trail_label, sha256 or of(read), by, proof, comment)}


def approved(version, by=None):
    """The version in review, approved by somebody else."""
    version = SpecificationVersion.objects.with_content().get(pk=version.pk)
    by = by or PersonFactory(role="qa")
    actions.approve_specification(version=version, **approving(version, by), by=by)
    return SpecificationVersion.objects.get(pk=version.pk)


def effective_specification(*, by=None, qa=None, **kwargs):
    """Version 1, effective."""
    qa = qa or PersonFactory(role="qa")
    version = approved(submitted_specification(by=by, **kwargs), by=qa)
    return actions.make_specification_effective(version=version, by=qa)


def next_specification(version, *, by=None, qa=None, change=None):
    """The next version of an effective one, changed by `change(draft, by)`, effective."""
    by, qa = by or PersonFactory(role="reviewer"), qa or PersonFactory(role="qa")
    draft = actions.draft_specification(specification=version.specification, change_note=NOTE, by=by)
    if change:
        change(draft, by)
    version = approved(actions.submit_specification(version=draft, by=by), by=qa)
    return actions.make_specification_effective(version=version, by=qa)

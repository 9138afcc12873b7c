"""What a batch takes of a specification: the effective version, kept whatever happens afterwards."""

from decimal import Decimal

import pytest
from django.db import transaction

from audit import records
from audit.refusal import ActionRefused
from batches.masters.models import FrozenPlan, MasterVersion
from batches.masters.plans import Plan
from batches.record.actions import open_batch
from batches.record.models import Batch
from batches.specifications import actions, drafts
from batches.specifications.models import SpecificationCriterion
from tests.batches.specifications.conftest import read
from tests.batches.specifications.test_way import WHY
from tests.factories import BatchFactory, MasterVersionFactory, ProductFactory, SourceLotFactory, system
from tests.factories.specifications import draft_specification, effective_specification, next_specification


def master_on(specification):
    """An effective master version that names a specification."""
    return MasterVersionFactory(
        master__product=specification.product, specification=specification, specification_code=""
    )


def wider(draft, by):
    drafts.set_specification_criterion(
        criterion=draft.criteria.get(), values={"action_high": Decimal(200)}, by=by, reason=WHY
    )


@pytest.fixture
def named(effective):
    return master_on(effective.specification)


def test_r021_a_batch_takes_the_effective_version(named, operator):
    batch = BatchFactory(version=named, by=operator)
    content = FrozenPlan.objects.get().content
    assert (content["schema"], content["specification"], content["specification_version"]) == (
        "exoledger-plan/2",
        "SPEC-1",
        1,
    )
    plan = Plan.of(batch.plan)
    assert (plan.specification_name, [one.attribute for one in plan.criteria]) == ("SPEC-1 v1", ["mode_nm"])
    assert plan.criteria[0].operator == "range"


def test_r021_a_newer_version_never_reaches_a_running_batch(named, effective, operator, reviewer, qa):
    batch = BatchFactory(version=named, by=operator)
    next_specification(effective, by=reviewer, qa=qa, change=wider)
    before = Plan.of(Batch.objects.get(pk=batch.pk).plan)
    assert (before.specification_version, before.criteria[0].limit.action_high) == (1, 150)
    later = Plan.of(BatchFactory(version=named, by=operator).plan)
    assert (later.specification_version, later.criteria[0].limit.action_high) == (2, 200)


def test_r021_naming_another_specification_never_reaches_a_running_batch(named, operator, reviewer, qa):
    from batches.masters import actions as masters

    batch = BatchFactory(version=named, by=operator)
    other = draft_specification(product=named.master.product, code="SPEC-OTHER", by=reviewer)
    draft = masters.draft_version(master=named.master, change_note="Other", by=reviewer)
    masters.describe_draft(
        version=draft, specification=other.specification, change_note="Other", by=reviewer, reason=WHY
    )
    assert MasterVersion.objects.get(pk=draft.pk).specified_by == "SPEC-OTHER"
    assert Plan.of(Batch.objects.get(pk=batch.pk).plan).specification_name == "SPEC-1 v1"


@pytest.mark.parametrize("stage", ["draft", "in_review", "signed", "retired"])
def test_r021_without_an_effective_version_no_batch_is_opened(request, stage, operator):
    named = master_on(request.getfixturevalue(stage).specification)
    with pytest.raises(ActionRefused, match="No version of specification SPEC-1 is effective"):
        open_batch(version=named, source_lot=SourceLotFactory(), by=operator)
    assert (Batch.objects.count(), FrozenPlan.objects.count()) == (0, 0)


def test_r037_no_batch_is_opened_on_what_is_not_as_it_was_signed(named, operator):
    criterion = SpecificationCriterion.objects.get()
    criterion.action_high = Decimal(999)
    with transaction.atomic():
        records.save(criterion, by=system(), reason=WHY)
    with pytest.raises(ActionRefused, match="does not read as it was approved"):
        open_batch(version=named, source_lot=SourceLotFactory(), by=operator)


def test_a_master_that_holds_its_criteria_itself_keeps_working(operator):
    batch = BatchFactory(version=MasterVersionFactory(), by=operator)
    content = FrozenPlan.objects.get().content
    assert (content["schema"], "specification_version" in content) == ("exoledger-plan/1", False)
    plan = Plan.of(batch.plan)
    assert (plan.specification_name, plan.specification_version) == ("SPEC-1", None)
    assert (plan.criteria[0].operator, plan.criteria[0].replicates) == ("range", "mean")


def test_naming_a_specification_takes_the_place_of_own_criteria(reviewer, qa):
    from batches.masters import actions as masters
    from batches.masters.plans import content_of

    old = MasterVersionFactory()
    draft = masters.draft_version(master=old.master, change_note="Named", by=reviewer)
    assert draft.specified_by == "SPEC-1"
    version = effective_specification(product=old.master.product, code="SPEC-2", by=reviewer, qa=qa)
    masters.describe_draft(
        version=draft, specification=version.specification, change_note="Named", by=reviewer, reason=WHY
    )
    content = content_of(MasterVersion.objects.with_content().get(pk=draft.pk))
    assert (content["specification"], content["schema"]) == ("SPEC-2", "exoledger-plan/2")


def test_retiring_leaves_open_batches_as_they_are(named, effective, operator, qa):
    batch = BatchFactory(version=named, by=operator)
    actions.retire_specification(version=effective, words="Given up", by=qa)
    assert read(effective).status == "retired"
    assert len(Plan.of(Batch.objects.get(pk=batch.pk).plan).criteria) == 1


def test_products_do_not_share_specifications(db, reviewer):
    from batches.masters import actions as masters

    version = draft_specification(by=reviewer)
    with pytest.raises(ActionRefused, match="is not a specification of"):
        masters.add_master(
            product=ProductFactory(), code="M", title="M", specification=version.specification, by=reviewer
        )

"""Frozen plans: what a batch runs on, whatever happens to its master afterwards."""

import hashlib
import json
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from audit import canonical, records
from audit.models import Entry
from audit.refusal import ActionRefused, OutsideTheDoor, Reason
from batches.masters import actions
from batches.masters.limits import Limit
from batches.masters.models import FrozenPlan, MasterVersion, PlannedStep, Product, StepLimit
from batches.masters.plans import Plan, content_of, freeze
from batches.record.actions import open_batch
from tests.factories import BatchFactory, MasterVersionFactory, PersonFactory, SourceLotFactory, system
from tests.factories.records import PlannedStepFactory, StepLimitFactory
from tests.factories.specifications import approving


def frozen(version):
    version = MasterVersion.objects.with_content().get(pk=version.pk)
    with transaction.atomic():
        return freeze(version, by=system())


def next_version(version, writer):
    draft = actions.draft_version(master=version.master, by=writer, change_note="Colder")
    step = draft.planned_steps.get()
    values = {"action_low": Decimal(3), "action_high": Decimal(5), "target": Decimal(4), "alert_high": None}
    actions.set_limit(
        step=step,
        field="temperature_c",
        values=values,
        by=writer,
        reason=Reason("process", "colder is better"),
    )
    return draft


def test_a_plan_holds_what_the_version_says(db):
    version = MasterVersionFactory(master__code="MBR-UC", master__product__code="MSC-EV")
    plan = Plan.of(frozen(version))
    assert (plan.master_code, plan.title, plan.version) == ("MBR-UC", "UC, then SEC", 1)
    assert (plan.product_code, plan.specification_code) == ("MSC-EV", "SPEC-1")
    assert plan.window == (Decimal(30), Decimal(150))
    (step,) = plan.steps
    assert (step.position, step.name, step.method) == (1, "Pellet", "ultracentrifugation")
    assert (step.purpose, step.instructions) == ("concentrate", "Spin. Keep the pellet.")
    assert step.is_critical is True
    temperature = Limit(
        target=Decimal(4), action_low=Decimal(2), action_high=Decimal(8), alert_high=Decimal(6)
    )
    assert step.limits == {"temperature_c": temperature}
    (criterion,) = plan.criteria
    assert (criterion.position, criterion.attribute, criterion.kind) == (1, "mode_nm", "release")
    assert criterion.limit == Limit(action_low=Decimal(50), action_high=Decimal(150))


def test_a_plan_is_named_by_the_sha256_of_its_canonical_content(db):
    plan = frozen(MasterVersionFactory())
    text = canonical.text(plan.content)
    assert json.loads(text) == plan.content
    assert plan.sha256 == hashlib.sha256(text.encode()).hexdigest()
    change = json.loads(Entry.objects.get(kind="batches.frozenplan").body)["changes"]
    assert [c["new"] for c in change if c["field"] == "content"] == [f"sha256 {plan.sha256}"]


def test_the_same_content_gives_the_same_row(db):
    version = MasterVersionFactory()
    assert frozen(version).pk == frozen(version).pk
    assert FrozenPlan.objects.count() == 1


def test_dropped_rows_never_enter_a_plan(db):
    version = MasterVersionFactory()
    before = content_of(MasterVersion.objects.with_content().get(pk=version.pk))
    PlannedStepFactory(version=version, position=2, name="Never", is_dropped=True)
    step = PlannedStep.objects.get(version=version, is_dropped=False)
    StepLimitFactory(planned_step=step, field="volume_in_ml", action_low=Decimal(1), is_dropped=True)
    assert content_of(MasterVersion.objects.with_content().get(pk=version.pk)) == before


def test_a_version_read_without_its_content_freezes_alike(db):
    version = MasterVersionFactory()
    assert content_of(MasterVersion.objects.get(pk=version.pk)) == content_of(
        MasterVersion.objects.with_content().get(pk=version.pk)
    )


def test_r021_changing_the_master_never_changes_a_running_batch(db, reviewer, qa):
    version = MasterVersionFactory()
    batch = BatchFactory(version=MasterVersion.objects.get(pk=version.pk))
    before = Plan.of(FrozenPlan.objects.get(pk=batch.plan_id))
    draft = next_version(version, reviewer)
    actions.approve_version(version=draft, **approving(draft, qa), by=qa)
    assert Plan.of(FrozenPlan.objects.get(pk=batch.plan_id)) == before
    later = BatchFactory(version=MasterVersion.objects.get(pk=draft.pk))
    assert later.plan_id != batch.plan_id
    assert Plan.of(later.plan).version == 2
    assert Plan.of(later.plan).steps[0].limits["temperature_c"].action_high == Decimal(5)


def test_r021_a_superseded_version_is_not_issued(db, reviewer, qa, operator):
    version = MasterVersionFactory()
    draft = next_version(version, reviewer)
    actions.approve_version(version=draft, **approving(draft, qa), by=qa)
    old = MasterVersion.objects.get(pk=version.pk)
    assert old.status == "retired"
    with pytest.raises(ActionRefused, match="not effective"):
        open_batch(version=old, source_lot=SourceLotFactory(), by=operator)
    with pytest.raises(ActionRefused, match="not effective"):
        frozen(old)


def test_r021_a_draft_is_not_issued(db, operator):
    draft = MasterVersionFactory(status="draft", approved_at=None, approved_by=None)
    with pytest.raises(ActionRefused, match="not effective"):
        open_batch(version=draft, source_lot=SourceLotFactory(), by=operator)


def test_a_wider_size_window_of_the_product_gives_later_batches_a_plan_of_their_own(db, reviewer):
    version = MasterVersionFactory()
    before = frozen(version)
    product = Product.objects.get(pk=version.master.product_id)
    actions.correct_product(
        product=product,
        values={"window_high_nm": Decimal(200)},
        by=reviewer,
        reason=Reason("process", "window widened"),
    )
    after = frozen(version)
    assert after.pk != before.pk
    assert Plan.of(after).window == (Decimal(30), Decimal(200))
    assert Plan.of(FrozenPlan.objects.get(pk=before.pk)).window == (Decimal(30), Decimal(150))


def test_a_frozen_plan_can_not_be_written_again(db):
    plan = frozen(MasterVersionFactory())
    plan.content = {**plan.content, "title": "Another"}
    with pytest.raises(DatabaseError, match="keeps every version"), transaction.atomic():
        records.save(plan, by=system(), reason=Reason("other", "should be refused"))
    assert FrozenPlan.objects.get(pk=plan.pk).content["title"] == "UC, then SEC"


def test_freezing_needs_a_transaction(transactional_db):
    version = MasterVersionFactory()
    with pytest.raises(OutsideTheDoor):
        freeze(MasterVersion.objects.with_content().get(pk=version.pk), by=PersonFactory())
    assert StepLimit.objects.count() == 1

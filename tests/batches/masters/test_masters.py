"""Master records: drafting, writing, approving."""

from decimal import Decimal

import pytest

from audit.refusal import ActionRefused, Reason, ReasonMissing, RecordMoved, RoleRefused, ValueRefused
from batches.masters import actions, drafts
from batches.masters.choices import attributes, limit_fields
from batches.masters.models import MasterRecord, MasterVersion, PlannedStep, Product, StepLimit
from batches.masters.plans import content_of
from batches.masters.ready import problems_of
from tests.factories import MasterVersionFactory, PersonFactory, ProductFactory
from tests.factories.records import PlannedStepFactory, SpecificationFactory
from tests.factories.specifications import approving

STEP = {
    "name": "Pellet",
    "method": "ultracentrifugation",
    "purpose": "concentrate",
    "instructions": "Spin.",
    "is_critical": True,
}
LIMITS = {"target": Decimal(4), "action_low": Decimal(2), "action_high": Decimal(8)}
WHY = Reason("process", "as the validation shows")


@pytest.fixture
def draft(db, reviewer):
    return begun(reviewer)


def begun(by, code="MBR-UC", product=None):
    """A master record's version 1, an empty draft that names a specification of its product."""
    product = product or ProductFactory()
    specification = SpecificationFactory(product=product)
    return actions.add_master(product=product, code=code, title="UC", specification=specification, by=by)


def names(version):
    standing = PlannedStep.objects.filter(version=version, is_dropped=False).order_by("position")
    return [(step.position, step.name) for step in standing]


def planned(version, by, *wanted):
    return [drafts.set_planned_step(version=version, values={**STEP, "name": name}, by=by) for name in wanted]


# --- products -------------------------------------------------------------------------------------


def test_a_product_is_corrected_with_a_reason_only(db, reviewer):
    product = actions.add_product(values={"code": "MSC-EV", "name": "MSC EV"}, by=reviewer)
    with pytest.raises(ReasonMissing):
        actions.correct_product(product=product, values={"name": "EV"}, by=reviewer)
    actions.correct_product(product=product, values={"name": "EV"}, by=reviewer, reason=WHY)
    assert Product.objects.get().name == "EV"


def test_a_product_code_is_used_once(db, reviewer):
    actions.add_product(values={"code": "MSC-EV", "name": "MSC EV"}, by=reviewer)
    with pytest.raises(ValueRefused, match="already taken") as refused:
        actions.add_product(values={"code": "MSC-EV", "name": "Other"}, by=reviewer)
    assert refused.value.field == "code"


def test_a_product_that_is_not_in_use_gets_no_master(db, reviewer):
    with pytest.raises(ValueRefused, match="not in use"):
        begun(reviewer, product=ProductFactory(is_active=False))
    assert MasterRecord.objects.count() == 0


def test_a_master_names_a_specification_of_its_own_product(draft, reviewer):
    other = SpecificationFactory(code="SPEC-OTHER")
    words = f"SPEC-OTHER is not a specification of {draft.master.product.code}."
    with pytest.raises(ValueRefused, match=words) as refused:
        drafts.describe_draft(version=draft, specification=other, change_note="", by=reviewer, reason=WHY)
    assert refused.value.field == "specification"
    with pytest.raises(ValueRefused, match="is not a specification of"):
        actions.add_master(
            product=draft.master.product, code="X", title="X", specification=other, by=reviewer
        )
    assert MasterRecord.objects.count() == 1


# --- drafts ---------------------------------------------------------------------------------------


def test_a_master_begins_as_an_empty_draft(draft, reviewer):
    assert (draft.number, draft.status, draft.prepared_by) == (1, "draft", reviewer)
    assert problems_of(draft) == ["no step is planned"]


def test_the_next_version_is_a_copy_of_the_effective_one(db, reviewer):
    version = MasterVersionFactory()
    PlannedStepFactory(version=version, position=2, name="Dropped", is_dropped=True)
    copy = actions.draft_version(master=version.master, by=reviewer)
    assert (copy.number, copy.status, copy.prepared_by) == (2, "draft", reviewer)
    old, new = content_of(version), content_of(copy)
    assert {**old, "version": 2} == new
    assert PlannedStep.objects.filter(version=copy).count() == 1


def test_one_draft_at_a_time(draft, reviewer):
    with pytest.raises(ActionRefused, match="MBR-UC v1 is a draft already"):
        actions.draft_version(master=draft.master, by=reviewer)


def test_planned_steps_stand_at_the_end_unless_a_position_is_given(draft, reviewer):
    planned(draft, reviewer, "Clear", "Pellet", "Polish")
    drafts.set_planned_step(version=draft, values={**STEP, "name": "Wash", "position": 2}, by=reviewer)
    assert names(draft) == [(1, "Clear"), (2, "Wash"), (3, "Pellet"), (4, "Polish")]


@pytest.mark.parametrize(
    ("which", "to", "order"),
    [(0, 3, "BCAD"), (3, 1, "DABC"), (1, 2, "ABCD"), (2, 99, "ABDC"), (1, -5, "BACD")],
)
def test_a_step_moves_and_the_others_make_room(draft, reviewer, which, to, order):
    steps = planned(draft, reviewer, "A", "B", "C", "D")
    values = {**STEP, "name": steps[which].name, "position": to}
    drafts.set_planned_step(version=draft, step=steps[which], values=values, by=reviewer, reason=WHY)
    assert names(draft) == list(enumerate(order, start=1))


def test_moving_a_step_needs_a_reason(draft, reviewer):
    first, _ = planned(draft, reviewer, "A", "B")
    with pytest.raises(ReasonMissing):
        drafts.set_planned_step(
            version=draft, step=first, values={**STEP, "name": "A", "position": 2}, by=reviewer
        )
    assert names(draft) == [(1, "A"), (2, "B")]


def test_a_dropped_step_closes_its_hole_and_stays_readable(draft, reviewer):
    steps = planned(draft, reviewer, "A", "B", "C")
    drafts.drop_planned_step(step=steps[0], by=reviewer)
    assert names(draft) == [(1, "B"), (2, "C")]
    assert PlannedStep.objects.get(pk=steps[0].pk).is_dropped is True
    with pytest.raises(ActionRefused, match="not part of MBR-UC v1 any more"):
        drafts.drop_planned_step(step=steps[0], by=reviewer)


def test_changing_a_saved_value_of_a_draft_needs_a_reason(draft, reviewer):
    (step,) = planned(draft, reviewer, "A")
    with pytest.raises(ReasonMissing):
        drafts.set_planned_step(version=draft, step=step, values={"name": "B"}, by=reviewer)
    drafts.set_planned_step(version=draft, step=step, values={"name": "B"}, by=reviewer, reason=WHY)
    assert names(draft) == [(1, "B")]


def test_two_people_on_one_step_the_second_is_told(draft, reviewer, qa):
    (step,) = planned(draft, reviewer, "A")
    seen = step.revision
    drafts.set_planned_step(version=draft, step=step, values={"name": "B"}, by=qa, reason=WHY, seen=seen)
    with pytest.raises(RecordMoved):
        drafts.set_planned_step(
            version=draft, step=step, values={"name": "C"}, by=reviewer, reason=WHY, seen=seen
        )
    assert names(draft) == [(1, "B")]


def test_a_limit_is_set_changed_and_dropped(draft, reviewer):
    (step,) = planned(draft, reviewer, "A")
    limit = drafts.set_limit(step=step, field="temperature_c", values=LIMITS, by=reviewer)
    with pytest.raises(ReasonMissing):
        drafts.set_limit(step=step, field="temperature_c", values={"action_high": Decimal(6)}, by=reviewer)
    drafts.set_limit(
        step=step, field="temperature_c", values={"action_high": Decimal(6)}, by=reviewer, reason=WHY
    )
    assert StepLimit.objects.get().action_high == Decimal(6)
    drafts.drop_limit(limit=limit, by=reviewer)
    assert StepLimit.objects.get().is_dropped is True
    again = drafts.set_limit(step=step, field="temperature_c", values=LIMITS, by=reviewer)
    assert again.pk != limit.pk


@pytest.mark.parametrize(
    ("field", "values", "named"),
    [
        ("column_volume_ml", LIMITS, "field"),
        ("nonsense", LIMITS, "field"),
        ("adjusted_k", LIMITS, "field"),
        ("temperature_c", {}, "action_low"),
        ("temperature_c", {"action_low": Decimal(8), "action_high": Decimal(2)}, "action_high"),
        ("temperature_c", {**LIMITS, "target": Decimal(9)}, "target"),
    ],
)
def test_a_senseless_limit_is_refused_at_its_field(draft, reviewer, field, values, named):
    (step,) = planned(draft, reviewer, "A")
    with pytest.raises(ValueRefused) as refused:
        drafts.set_limit(step=step, field=field, values=values, by=reviewer)
    assert refused.value.field == named
    assert StepLimit.objects.count() == 0


def test_fields_that_can_carry_limits_come_from_the_models():
    spin = limit_fields("ultracentrifugation")
    assert spin["temperature_c"] == ("Temperature", "°C")
    assert spin["duration_min"].unit == "min"
    assert "adjusted_k" not in spin
    assert "column_volume_ml" not in spin
    assert limit_fields("size_exclusion")["column_volume_ml"] == ("Column volume", "mL")


def test_every_attribute_has_a_label():
    assert [key for key, one in attributes().items() if not one.label] == []


# --- an effective version never changes -----------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda v, s, by: drafts.describe_draft(version=v, change_note="", by=by),
        lambda v, s, by: drafts.set_planned_step(version=v, values=STEP, by=by),
        lambda v, s, by: drafts.set_planned_step(version=v, step=s, values=STEP, by=by, reason=WHY),
        lambda v, s, by: drafts.drop_planned_step(step=s, by=by),
        lambda v, s, by: drafts.set_limit(step=s, field="volume_in_ml", values=LIMITS, by=by),
        lambda v, s, by: drafts.drop_limit(limit=s.limits.get(), by=by),
        lambda v, s, by: actions.approve_version(version=v, **approving(v, by), by=by),
    ],
)
@pytest.mark.parametrize("status", ["effective", "retired"])
def test_r006_a_version_that_was_approved_never_changes(db, qa, change, status):
    version = MasterVersionFactory(status=status)
    before = content_of(MasterVersion.objects.with_content().get(pk=version.pk))
    with pytest.raises(ActionRefused, match="never changes"):
        change(version, version.planned_steps.get(), qa)
    assert content_of(MasterVersion.objects.with_content().get(pk=version.pk)) == before


# --- roles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["operator", "auditor", "administrator"])
def test_masters_are_not_written_by_other_roles(db, role):
    with pytest.raises(RoleRefused):
        actions.add_product(values={"code": "X", "name": "X"}, by=PersonFactory(role=role))
    assert Product.objects.count() == 0

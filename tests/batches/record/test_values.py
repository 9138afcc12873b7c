"""Entering, correcting, explaining: what every sheet promises."""

from decimal import Decimal

import pytest

from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ReasonMissing, RoleRefused, ValueRefused
from batches.isolation import actions as steps
from batches.isolation.models import ProcessStep
from batches.isolation.pelleting import Ultracentrifugation
from batches.record.models import FieldRemark
from batches.record.sheets import NotFinished, ValuesMoved
from batches.record.values import Entered, explain_out_of_limits, mark_not_applicable, record_values
from tests.factories import BatchFactory
from tests.way import SPIN, enter, sheet_of_step

TYPO = Reason("typing_error", "digits swapped")


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


@pytest.fixture
def running(batch, operator):
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    return batch


def value(batch, name):
    return sheet_of_step(batch).value(name)


def test_r005_first_entry_needs_no_reason(running, operator):
    enter(sheet_of_step(running), {"temperature_c": Decimal(4)}, operator)
    assert value(running, "temperature_c") == Decimal(4)


def test_r004_replacing_a_saved_value_without_a_reason_is_refused(running, operator):
    enter(sheet_of_step(running), {"temperature_c": Decimal(4)}, operator)
    with pytest.raises(ReasonMissing):
        enter(sheet_of_step(running), {"temperature_c": Decimal(5)}, operator)
    assert value(running, "temperature_c") == Decimal(4)


@pytest.mark.parametrize("words", ["", " ", "x", "  y "])
def test_r004_blank_or_one_letter_reasons_are_refused(words):
    with pytest.raises(ReasonMissing):
        Reason("typing_error", words)


def test_r003_three_corrections_leave_four_values(running, operator):
    enter(sheet_of_step(running), {"temperature_c": Decimal(4)}, operator)
    for celsius in (5, 6, 7):
        enter(sheet_of_step(running), {"temperature_c": Decimal(celsius)}, operator, TYPO)
    history = ProcessStep.history.filter(batch_id=running.pk).exclude(temperature_c=None)
    assert sorted(row.temperature_c for row in history) == [4, 5, 6, 7]


def test_typed_text_is_kept_in_the_entry(running, operator):
    record_values(
        sheet=sheet_of_step(running), entered=[Entered("rcf_xg", Decimal(100000), typed="1,0e5")], by=operator
    )
    assert '"typed":"1,0e5"' in Entry.objects.order_by("-id").first().body


def test_two_people_on_one_field_the_second_sees_both_values(running, operator, second_operator):
    enter(sheet_of_step(running), {"temperature_c": Decimal(4)}, operator)
    late = Entered("temperature_c", Decimal(6), seen=None)
    with pytest.raises(ValuesMoved) as refusal:
        record_values(sheet=sheet_of_step(running), entered=[late], by=second_operator)
    assert (refusal.value.mine, refusal.value.theirs) == (Decimal(6), Decimal(4))
    assert value(running, "temperature_c") == Decimal(4)


def test_two_people_on_different_fields_both_are_kept(running, operator, second_operator):
    mine, theirs = sheet_of_step(running), sheet_of_step(running)
    record_values(sheet=mine, entered=[Entered("temperature_c", Decimal(4), seen=None)], by=operator)
    record_values(
        sheet=theirs, entered=[Entered("volume_in_ml", Decimal(480), seen=None)], by=second_operator
    )
    assert (value(running, "temperature_c"), value(running, "volume_in_ml")) == (Decimal(4), Decimal(480))


def test_force_and_k_are_computed_when_saved(running, operator):
    enter(sheet_of_step(running), SPIN, operator)
    spin = Ultracentrifugation.objects.get(step__batch=running)
    assert (spin.computed_rcf_max_xg, spin.adjusted_k) == (Decimal("100307.6"), Decimal("310.8"))


def test_impossible_value_is_refused_at_its_field(running, operator):
    with pytest.raises(ValueRefused) as refusal:
        enter(sheet_of_step(running), {"temperature_c": Decimal(99)}, operator)
    assert refusal.value.field == "temperature_c"


def test_speed_above_the_rotor_is_refused_in_words(running, operator):
    enter(sheet_of_step(running), {"rotor_max_rpm": 30000}, operator)
    with pytest.raises(ValueRefused, match="above the rotor's highest speed"):
        enter(sheet_of_step(running), {"speed_rpm": 45000}, operator)


def test_finishing_names_every_empty_required_field(running, operator):
    enter(sheet_of_step(running), {**SPIN, "rotor": "", "duration_min": None}, operator)
    with pytest.raises(NotFinished) as refusal:
        steps.finish_step(sheet=sheet_of_step(running), by=operator)
    assert [problem.field for problem in refusal.value.problems] == ["rotor", "duration_min"]


def test_not_applicable_with_a_reason_lets_a_step_finish(running, operator):
    enter(sheet_of_step(running), {**SPIN, "rotor": ""}, operator)
    mark_not_applicable(
        sheet=sheet_of_step(running), field="rotor", words="loaned, name unknown", by=operator
    )
    assert steps.finish_step(sheet=sheet_of_step(running), by=operator).status == "finished"


def test_a_value_withdraws_what_said_it_was_not_applicable(running, operator):
    mark_not_applicable(sheet=sheet_of_step(running), field="rotor", words="no rotor yet", by=operator)
    enter(sheet_of_step(running), {"rotor": "SW 28"}, operator)
    assert list(FieldRemark.objects.values_list("is_withdrawn", flat=True)) == [True]


def test_r026_out_of_limits_is_kept_and_needs_a_reason_to_finish(running, operator):
    enter(sheet_of_step(running), {**SPIN, "temperature_c": Decimal(12)}, operator)
    with pytest.raises(NotFinished, match="out of limits"):
        steps.finish_step(sheet=sheet_of_step(running), by=operator)
    assert value(running, "temperature_c") == Decimal(12)
    explain_out_of_limits(
        sheet=sheet_of_step(running), field="temperature_c", words="chiller broke", by=operator
    )
    assert steps.finish_step(sheet=sheet_of_step(running), by=operator).status == "finished"


def test_a_value_inside_its_limits_takes_no_excuse(running, operator):
    enter(sheet_of_step(running), SPIN, operator)
    with pytest.raises(ValueRefused):
        explain_out_of_limits(
            sheet=sheet_of_step(running), field="temperature_c", words="just so", by=operator
        )


def test_planned_step_takes_no_values(batch, operator):
    with pytest.raises(ActionRefused, match="Start it first"):
        enter(sheet_of_step(batch), {"temperature_c": Decimal(4)}, operator)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_r065_readers_and_administrators_enter_nothing(running, role, request):
    with pytest.raises(RoleRefused):
        enter(sheet_of_step(running), {"temperature_c": Decimal(4)}, request.getfixturevalue(role))
    assert value(running, "temperature_c") is None


def test_five_earlier_values_stand_beside_a_field_and_the_rest_is_counted(running, operator):
    from batches.record.value_views import views_of

    enter(sheet_of_step(running), {"temperature_c": Decimal(2)}, operator)
    for celsius in (3, 4, 5, 6, 7, 8, 9):
        enter(sheet_of_step(running), {"temperature_c": Decimal(celsius)}, operator, TYPO)
    shown = [view for _, views in views_of(sheet_of_step(running), can_edit=True) for view in views]
    view = next(view for view in shown if view.name == "temperature_c")
    assert ([old["old"] for old in view.earlier], view.earlier_more) == (["4", "5", "6", "7", "8"], 2)

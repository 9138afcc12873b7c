"""Steps: in order, finished on purpose, checked by somebody else."""

import pytest

from audit.models import Entry
from audit.refusal import ActionRefused, Reason
from batches.isolation import actions as steps
from batches.isolation.models import ProcessStep
from tests.factories import BatchFactory
from tests.way import SPIN, enter, sheet_of_step, spun

NOT_DONE = Reason("process", "not needed this time")


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def test_r025_a_step_waits_for_the_one_before(batch, operator):
    steps.add_step(
        batch=batch, name="Wash", method="ultracentrifugation", purpose="wash", is_critical=False, by=operator
    )
    with pytest.raises(ActionRefused, match="Step 1 · Pellet comes first"):
        steps.start_step(sheet=sheet_of_step(batch, 2), by=operator)


def test_r025_a_voided_step_does_not_hold_up_the_next(batch, operator):
    steps.add_step(
        batch=batch, name="Wash", method="precipitation", purpose="wash", is_critical=False, by=operator
    )
    steps.void_step(sheet=sheet_of_step(batch), by=operator, reason=NOT_DONE)
    assert steps.start_step(sheet=sheet_of_step(batch, 2), by=operator).status == "running"


def test_r048_who_did_a_step_cannot_check_it(batch, operator):
    spun(batch, operator)
    with pytest.raises(ActionRefused, match="second person"):
        steps.check_step(sheet=sheet_of_step(batch), by=operator)
    assert Entry.objects.filter(action="refused", actor=operator).count() == 1


def test_who_entered_a_single_value_cannot_check_the_step(batch, operator, second_operator):
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    enter(sheet_of_step(batch), {"remarks": "noisy"}, second_operator)
    enter(sheet_of_step(batch), SPIN, operator)
    steps.finish_step(sheet=sheet_of_step(batch), by=operator)
    with pytest.raises(ActionRefused, match="second person"):
        steps.check_step(sheet=sheet_of_step(batch), by=second_operator)


def test_r024_a_second_person_checks(batch, operator, second_operator):
    spun(batch, operator, checker=second_operator)
    step = ProcessStep.objects.get(batch=batch)
    assert (step.checked_by, step.needs_check) == (second_operator, False)


def test_correcting_a_checked_step_takes_the_check_back(batch, operator, second_operator):
    spun(batch, operator, checker=second_operator)
    enter(
        sheet_of_step(batch), {"duration_min": 80}, operator, Reason("typing_error", "read the clock again")
    )
    assert ProcessStep.objects.get(batch=batch).checked_by is None


def test_the_database_refuses_the_same_person_as_checker(batch, operator):
    from django.db import connection
    from django.db.utils import IntegrityError

    spun(batch, operator)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batches_processstep SET checked_by_id = finished_by_id, checked_at = finished_at"
        )


@pytest.mark.parametrize("act", ["start_step", "finish_step", "check_step"])
@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_step_acts_are_refused_for_other_roles(batch, act, role, request):
    with pytest.raises(ActionRefused, match="It is for"):
        getattr(steps, act)(sheet=sheet_of_step(batch), by=request.getfixturevalue(role))


def test_r025_a_repeated_middle_step_comes_before_the_ones_after_it(batch, operator):
    steps.add_step(
        batch=batch, name="Wash", method="precipitation", purpose="wash", is_critical=False, by=operator
    )
    steps.void_step(sheet=sheet_of_step(batch), by=operator, reason=NOT_DONE)
    again = steps.add_step(
        batch=batch,
        name="Pellet (again)",
        method="ultracentrifugation",
        purpose="concentrate",
        is_critical=True,
        planned_position=1,
        by=operator,
    )
    with pytest.raises(ActionRefused, match=f"Step {again.position} · Pellet \\(again\\) comes first"):
        steps.start_step(sheet=sheet_of_step(batch, 2), by=operator)

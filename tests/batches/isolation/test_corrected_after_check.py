"""A value of a checked step changes: the reason is kept, the check is taken back."""

import json
from decimal import Decimal

from audit.models import Entry
from audit.refusal import Reason
from batches.isolation import actions as steps
from tests.factories import BatchFactory
from tests.way import enter, sheet_of_step, spun

AGAIN = Reason("read_again", "Read again on the photograph")


def test_correcting_the_steps_own_value_takes_the_check_back(operator, second_operator):
    batch = BatchFactory(by=operator)
    spun(batch, operator, checker=second_operator)
    enter(sheet_of_step(batch), {"volume_out_ml": Decimal(3)}, operator, AGAIN)
    step = sheet_of_step(batch).subject
    assert (step.volume_out_ml, step.checked_at, step.checked_by) == (Decimal(3), None, None)
    entry = Entry.objects.filter(kind="batches.processstep").latest("pk")
    assert Reason(**json.loads(entry.body)["reason"]) == AGAIN


def test_correcting_a_value_of_the_method_takes_the_check_back_too(operator, second_operator):
    batch = BatchFactory(by=operator)
    spun(batch, operator, checker=second_operator)
    enter(sheet_of_step(batch), {"duration_min": Decimal(80)}, operator, AGAIN)
    step = sheet_of_step(batch).subject
    assert (step.checked_at, step.needs_check) == (None, True)
    steps.check_step(sheet=sheet_of_step(batch), by=second_operator)
    assert sheet_of_step(batch).subject.checked_by == second_operator

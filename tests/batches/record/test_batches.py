"""Batches: numbers, frozen plans, what is missing, submitting."""

import threading

import pytest
from django.db import connection, connections

from audit.refusal import ActionRefused, RoleRefused
from batches.isolation import actions as steps
from batches.masters.models import FrozenPlan, MasterVersion
from batches.record import actions
from batches.record.missing import missing_of
from batches.record.models import Batch
from batches.record.sheets import NotFinished
from batches.source.models import Harvest
from tests.factories import BatchFactory, DonorFactory, MasterVersionFactory, SourceLotFactory
from tests.way import harvested, sheet_of_step, spun, submitted, tracked


def test_r022_numbers_follow_each_other_and_never_repeat(operator):
    version = MasterVersionFactory(master__product__number_pattern="EXO-{year}-{number:04d}")
    numbers = [BatchFactory(version=version, by=operator).number[-4:] for _ in range(3)]
    assert numbers == ["0001", "0002", "0003"]


def test_opening_writes_harvest_and_planned_steps(operator):
    batch = BatchFactory(by=operator)
    found = batch.steps.values_list("position", "name", "method", "status", "is_critical")
    assert (Harvest.objects.filter(batch=batch).count(), list(found)) == (
        1,
        [(1, "Pellet", "ultracentrifugation", "planned", True)],
    )


def test_two_batches_of_one_version_share_their_frozen_plan(operator):
    version = MasterVersionFactory()
    plans = {BatchFactory(version=version, by=operator).plan_id for _ in range(2)}
    assert (len(plans), FrozenPlan.objects.count()) == (1, 1)


def test_r021_a_version_that_is_not_effective_opens_nothing(operator):
    version = MasterVersionFactory(status=MasterVersion.Status.RETIRED)
    with pytest.raises(ActionRefused, match="not effective"):
        BatchFactory(version=version, by=operator)
    assert Batch.objects.count() == 0


def test_withdrawn_consent_opens_nothing(operator):
    lot = SourceLotFactory(donor=DonorFactory(consent_withdrawn=True))
    with pytest.raises(ActionRefused, match="withdrew consent"):
        BatchFactory(source_lot=lot, by=operator)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_opening_is_refused_for_other_roles(role, request):
    with pytest.raises(RoleRefused):
        BatchFactory(by=request.getfixturevalue(role))


@pytest.mark.django_db(transaction=True)
def test_simultaneous_openings_get_different_numbers(operator):
    version, lot = MasterVersionFactory(), SourceLotFactory()
    opened, wrong = [], []

    def open_one():
        try:
            opened.append(actions.open_batch(version=version, source_lot=lot, by=operator).sequence)
        except Exception as error:  # a thread's error must reach the test
            wrong.append(error)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=open_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, sorted(opened)) == ([], [1, 2, 3, 4, 5, 6])


def test_missing_lists_everything_with_a_way_to_the_field(operator):
    batch = BatchFactory(by=operator)
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    found = {(problem.where, problem.words) for problem in missing_of(batch)}
    assert ("Step 1 · Pellet", "still running") in found
    assert ("Harvest", "Harvest is not finished") in found
    links = {problem.url for problem in missing_of(batch) if problem.field == "rotor"}
    assert links == {f"/batches/{batch.number}/steps/1/#value-rotor"}


def test_r024_an_unchecked_critical_step_keeps_the_batch_from_qc(operator):
    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    spun(batch, operator)
    tracked(batch, operator)
    with pytest.raises(NotFinished) as refusal:
        actions.submit_batch(batch=batch, by=operator)
    assert [problem.words for problem in refusal.value.problems] == ["waits for a second person's check"]


def test_a_complete_batch_goes_to_qc_and_takes_no_more_values(operator, second_operator):
    batch = submitted(BatchFactory(by=operator), operator, second_operator)
    assert (batch.status, batch.submitted_by) == ("submitted", operator)
    with pytest.raises(ActionRefused, match="is submitted"):
        actions.correct_notes(batch=batch, notes="late thought", by=operator)


def test_submitting_twice_is_refused(operator, second_operator):
    batch = submitted(BatchFactory(by=operator), operator, second_operator)
    with pytest.raises(ActionRefused, match="already"):
        actions.submit_batch(batch=batch, by=operator)


def test_the_database_refuses_a_status_nobody_knows(operator):
    from django.db.utils import IntegrityError

    BatchFactory(by=operator)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE batches_batch SET status = 'nonsense'")

"""What deviations keep from happening, and what they leave as it is."""

import pytest

from audit.models import Entry
from audit.refusal import ActionRefused, Reason
from batches.isolation import actions as steps
from batches.record.models import Batch
from qc.actions import approve_batch, begin_review, reject_batch, set_disposition
from qc.deviations import actions
from qc.deviations.models import Deviation
from qc.deviations.rules import blocking_words, skipped_steps
from qc.exceptions import exceptions_of
from qc.judging import judge
from qc.loading import load
from qc.rules import made_entries
from qc.signing import signatures_of
from tests.factories import BatchFactory
from tests.factories.deviations import closed, closing, investigated, opened
from tests.qc.conftest import ready, signing
from tests.way import sheet_of_step

WHY = Reason("late_information", "came out in the investigation")


def approve(batch, by):
    ready(batch, by)
    return approve_batch(batch=batch, **signing(batch, by), by=by)


def release(batch, by):
    return set_disposition(batch=batch, disposition="released", **signing(batch, by, "as planned"), by=by)


def status_of(batch):
    return Batch.objects.values_list("status", "disposition").get(pk=batch.pk)


def found(batch):
    batch = Batch.objects.with_header().get(pk=batch.pk)
    return [
        one
        for one in exceptions_of(load(batch), judge(batch))
        if one.is_deviation or one.rule.code == "step_skipped"
    ]


# --- approval -------------------------------------------------------------------------------------


@pytest.mark.parametrize("grade", ["", "major", "critical"])
def test_r028_an_open_deviation_that_is_not_minor_blocks_approval(in_review, operator, reviewer, qa, grade):
    made = opened(in_review, operator, where="steps/1/")
    if grade:
        actions.class_deviation(deviation=made, grade=grade, by=qa)
    with pytest.raises(ActionRefused) as refused:
        approve(in_review, reviewer)
    told = f"deviation {made.number} ({grade or 'not classed yet'}) is open at Step 1 · Pellet"
    assert str(refused.value) == f"Batch {in_review.number} can't be approved: {told}."
    assert status_of(in_review) == ("in_review", "")


def test_r028_an_investigated_one_blocks_too(in_review, operator, reviewer, qa):
    made = investigated(in_review, operator, qa)
    with pytest.raises(ActionRefused, match=rf"{made.number} \(major\) is investigated at the batch"):
        approve(in_review, reviewer)


def test_an_open_minor_one_is_an_exception_and_blocks_nothing(in_review, operator, reviewer):
    made = opened(in_review, operator)
    actions.class_deviation(deviation=made, grade="minor", by=reviewer)
    [one] = found(in_review)
    assert (one.rule.words, one.what, one.url) == (
        "open deviation, minor",
        f"{made.number} (minor, open): Rotor chamber was at 9 °C",
        made.url,
    )
    approve(in_review, reviewer)
    assert status_of(in_review)[0] == "approved"


@pytest.mark.parametrize("end", ["closed", "voided"])
def test_r028_a_closed_or_voided_one_blocks_nothing(in_review, operator, reviewer, qa, end):
    if end == "closed":
        closed(in_review, operator, qa)
    else:
        actions.void_deviation(deviation=opened(in_review, operator), by=qa, reason=WHY)
    assert found(in_review) == []
    approve(in_review, reviewer)


def test_a_reopened_one_blocks_again(in_review, operator, reviewer, qa):
    made = closed(in_review, operator, qa)
    actions.reopen_deviation(deviation=made, by=qa, reason=WHY)
    with pytest.raises(ActionRefused, match=made.number):
        approve(in_review, reviewer)


def test_a_batch_with_an_open_deviation_can_still_be_rejected(in_review, operator, reviewer):
    opened(in_review, operator)
    reject_batch(batch=in_review, **signing(in_review, reviewer, "spoilt"), by=reviewer)
    assert status_of(in_review)[0] == "rejected"


def test_r054_a_batch_that_is_named_as_affected_is_blocked_until_it_is_taken_off(
    in_review, operator, reviewer, qa
):
    elsewhere = BatchFactory(by=operator)
    made = opened(elsewhere, operator, where="steps/1/")
    named = actions.name_affected_batch(deviation=made, batch=in_review, words="Same centrifuge", by=operator)
    with pytest.raises(ActionRefused) as refused:
        approve(in_review, reviewer)
    assert f"deviation {made.number} (not classed yet) is open and names this batch" in str(refused.value)
    assert f"(opened at {elsewhere.number} · Step 1 · Pellet)" in str(refused.value)
    assert [one.rule.words for one in found(in_review)] == ["open deviation"]
    actions.withdraw_affected_batch(affected=named, by=qa, reason=WHY)
    approve(in_review, reviewer)
    assert status_of(in_review)[0] == "approved"


def test_a_minor_one_that_names_a_batch_blocks_nothing(in_review, operator, reviewer):
    made = opened(None, operator)
    actions.class_deviation(deviation=made, grade="minor", by=reviewer)
    actions.name_affected_batch(deviation=made, batch=in_review, words="Same freezer", by=operator)
    approve(in_review, reviewer)
    assert status_of(in_review)[0] == "approved"


def test_a_deviation_opened_while_the_reviewer_reads_is_seen_before_signing(in_review, operator, reviewer):
    given = signing(in_review, reviewer)
    made = opened(in_review, operator)
    actions.class_deviation(deviation=made, grade="minor", by=reviewer)
    with pytest.raises(ActionRefused, match="changed while you were reading"):
        approve_batch(batch=in_review, **given, by=reviewer)


# --- four eyes and signatures of the batch ----------------------------------------------------------


def test_a_reviewer_who_writes_a_deviation_did_not_work_on_the_batch(in_review, reviewer, qa):
    made = investigated(in_review, reviewer, reviewer, where="steps/1/", grade="minor")
    actions.note_deviation(deviation=made, words="Seen on the photograph.", by=reviewer)
    assert made_entries(in_review, reviewer) is False
    approve(in_review, reviewer)
    assert status_of(in_review)[0] == "approved"


def test_a_reviewer_may_begin_a_review_of_a_batch_with_a_deviation_of_their_own(with_qc, reviewer):
    opened(with_qc, reviewer)
    assert begin_review(batch=with_qc, by=reviewer).round == 1


def test_a_deviation_changes_nothing_that_was_signed_and_still_blocks_release(approved, operator, qa):
    made = opened(approved, operator, where="steps/1/")
    assert [one.is_valid for one in signatures_of(approved)] == [True, True]
    with pytest.raises(ActionRefused) as refused:
        release(approved, qa)
    told = f"deviation {made.number} (not classed yet) is open at Step 1 · Pellet"
    assert str(refused.value) == f"Batch {approved.number} can't be released: {told}."
    actions.class_deviation(deviation=made, grade="minor", by=qa)
    assert [one.is_valid for one in signatures_of(approved)] == [True, True]
    release(approved, qa)
    assert status_of(approved) == ("approved", "released")


def test_closing_after_approval_keeps_the_approval_valid(approved, operator, reviewer, qa):
    made = investigated(approved, operator, reviewer)
    actions.close_deviation(deviation=made, **closing(made, qa), by=qa)
    assert [one.is_valid for one in signatures_of(approved)] == [True, True]
    release(approved, qa)


def test_quarantine_and_rejection_stay_possible_with_a_deviation_open(approved, operator, qa):
    opened(approved, operator)
    set_disposition(
        batch=approved, disposition="quarantined", **signing(approved, qa, "is looked into"), by=qa
    )
    assert status_of(approved) == ("approved", "quarantined")


def test_an_approval_is_refused_with_the_deviation_named_and_kept(in_review, operator, reviewer):
    made = opened(in_review, operator)
    with pytest.raises(ActionRefused):
        approve(in_review, reviewer)
    entry = Entry.objects.filter(action="refused", act="approve_batch").get()
    assert made.number in entry.body


# --- skipped steps --------------------------------------------------------------------------------


def void_the_step(batch, by):
    batch.refresh_from_db()
    steps.void_step(sheet=sheet_of_step(batch), by=by, reason=Reason("process", "column was blocked"))


def test_r025_a_step_left_out_needs_a_closed_deviation_at_that_step(operator, qa):
    batch = BatchFactory(by=operator)
    void_the_step(batch, operator)
    told = "Step 1 · Pellet was voided and not done again: a closed deviation at that step must say why"
    assert blocking_words(batch) == [told]
    assert [one.what for one in found(batch)] == [told]
    closed(batch, operator, qa)
    assert blocking_words(batch) == [told]
    closed(batch, operator, qa, where="steps/1/", grade="minor")
    assert (blocking_words(batch), found(batch)) == ([], [])


def test_r025_a_step_that_was_done_again_was_not_left_out(operator):
    batch = BatchFactory(by=operator)
    void_the_step(batch, operator)
    steps.add_step(
        batch=batch,
        name="Pellet (again)",
        method="ultracentrifugation",
        purpose="concentrate",
        is_critical=True,
        planned_position=1,
        by=operator,
    )
    assert blocking_words(batch) == []


def test_nothing_is_skipped_in_a_plan_that_is_still_ahead(operator):
    from batches.masters.plans import Plan

    batch = BatchFactory(by=operator)
    assert skipped_steps(Plan.of(batch.plan), batch.steps.all(), Deviation.objects.none()) == []

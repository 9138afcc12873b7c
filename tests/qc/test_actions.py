"""Reviewing, deciding, disposing: who may, when, and what stays of it."""

from decimal import Decimal

import pytest

from accounts.actions import IdentityRefused
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, RoleRefused
from batches.characterization import actions as assays
from batches.isolation import actions as steps
from batches.isolation.models import ProcessStep
from batches.record.actions import submit_batch
from batches.record.models import Batch
from qc import actions
from qc.models import ReturnedPoint, Review, Signature
from tests.factories import BatchFactory, PersonFactory
from tests.factories.evidence import put
from tests.factories.people import PASSWORD
from tests.qc.conftest import ready, settle, signing
from tests.way import enter, harvested, nanosight, sheet_of_assay, sheet_of_step, spun, submitted, tracked

NOT_FOR = ["operator", "auditor", "administrator"]
AGAIN = Reason("review", "as QC asked")


def status_of(batch):
    return Batch.objects.values_list("status", "disposition").get(pk=batch.pk)


def the_step(batch):
    return ProcessStep.objects.get(batch=batch)


def decided():
    """Every signature but those over a reading of the trail."""
    return Signature.objects.exclude(meaning="trail_reviewed")


def approve(batch, by, read=None, **changed):
    if read is None:
        ready(batch, by)
    return actions.approve_batch(batch=batch, **(read or signing(batch, by, **changed)), by=by)


def reject(batch, by, comment="below the limit", read=None, **changed):
    return actions.reject_batch(batch=batch, **(read or signing(batch, by, comment, **changed)), by=by)


def send_back(batch, by, points=None, read=None, **changed):
    points = [(the_step(batch), "rotor is not the planned one")] if points is None else points
    return actions.return_batch(batch=batch, points=points, **(read or signing(batch, by, **changed)), by=by)


def dispose(batch, disposition, by, comment="as planned", read=None, **changed):
    given = read or signing(batch, by, comment, **changed)
    return actions.set_disposition(batch=batch, disposition=disposition, **given, by=by)


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", NOT_FOR)
def test_r050_only_reviewers_begin_a_review(with_qc, role, request):
    with pytest.raises(RoleRefused):
        actions.begin_review(batch=with_qc, by=request.getfixturevalue(role))
    assert status_of(with_qc) == ("submitted", "")


@pytest.mark.parametrize("role", NOT_FOR)
@pytest.mark.parametrize("act", [approve, reject, send_back])
def test_r050_only_reviewers_decide(in_review, act, role, request):
    with pytest.raises(RoleRefused):
        act(in_review, request.getfixturevalue(role))
    assert (status_of(in_review), Signature.objects.count()) == (("in_review", ""), 0)


@pytest.mark.parametrize("role", NOT_FOR)
@pytest.mark.parametrize("disposition", ["released", "quarantined", "rejected"])
def test_r050_only_reviewers_dispose(approved, role, disposition, request):
    with pytest.raises(RoleRefused):
        dispose(approved, disposition, request.getfixturevalue(role))
    assert status_of(approved) == ("approved", "")


def test_a_refused_role_leaves_an_entry(with_qc, auditor):
    with pytest.raises(RoleRefused):
        actions.begin_review(batch=with_qc, by=auditor)
    entry = Entry.objects.filter(actor=auditor).get()
    assert (entry.action, entry.act, entry.batch_number) == ("refused", "begin_review", with_qc.number)


def test_quality_assurance_reviews_too(with_qc, qa):
    assert actions.begin_review(batch=with_qc, by=qa).round == 1


@pytest.fixture
def worked_on_by_reviewer(operator, reviewer):
    """Submitted, and the step was checked by reviewer1."""
    return submitted(BatchFactory(by=operator), operator, reviewer)


def test_r056_who_checked_a_step_can_not_begin_its_review(worked_on_by_reviewer, reviewer):
    with pytest.raises(ActionRefused, match="You made entries"):
        actions.begin_review(batch=worked_on_by_reviewer, by=reviewer)
    assert status_of(worked_on_by_reviewer) == ("submitted", "")
    assert Entry.objects.filter(actor=reviewer, action="refused").count() == 1


@pytest.mark.parametrize("act", [approve, reject, send_back])
def test_r048_who_worked_on_a_batch_can_not_sign_for_it(worked_on_by_reviewer, reviewer, qa, act):
    actions.begin_review(batch=worked_on_by_reviewer, by=qa)
    with pytest.raises(ActionRefused, match="You made entries"):
        act(worked_on_by_reviewer, reviewer)
    assert (status_of(worked_on_by_reviewer), Signature.objects.count()) == (("in_review", ""), 0)


def test_r048_who_worked_on_a_batch_can_not_dispose_of_it(worked_on_by_reviewer, reviewer, qa):
    actions.begin_review(batch=worked_on_by_reviewer, by=qa)
    approve(worked_on_by_reviewer, qa)
    with pytest.raises(ActionRefused, match="You made entries"):
        dispose(worked_on_by_reviewer, "released", reviewer)


def test_r048_who_opened_or_submitted_a_batch_can_not_review_it(operator, second_operator, reviewer, qa):
    opened = submitted(BatchFactory(by=reviewer), operator, second_operator)
    handed_in = BatchFactory(by=operator)
    harvested(handed_in, operator)
    spun(handed_in, operator, second_operator)
    tracked(handed_in, operator)
    submit_batch(batch=handed_in, by=qa)
    for batch, person in ((opened, reviewer), (handed_in, qa)):
        with pytest.raises(ActionRefused, match="You made entries"):
            actions.begin_review(batch=batch, by=person)


def test_a_refusal_is_no_entry_of_the_record(with_qc, reviewer):
    with pytest.raises(ActionRefused):
        submit_batch(batch=with_qc, by=reviewer)
    assert actions.begin_review(batch=with_qc, by=reviewer).round == 1


# --- rounds ---------------------------------------------------------------------------------------


def test_beginning_a_review_opens_a_round(with_qc, reviewer):
    review = actions.begin_review(batch=with_qc, by=reviewer)
    assert (review.round, review.begun_by, review.decision) == (1, reviewer, "")
    assert status_of(with_qc) == ("in_review", "")


def test_two_reviewers_at_once_the_second_is_told(with_qc, reviewer, qa):
    actions.begin_review(batch=with_qc, by=reviewer)
    with pytest.raises(ActionRefused, match="is in review by reviewer1: its review has begun already"):
        actions.begin_review(batch=with_qc, by=qa)
    assert Review.objects.count() == 1


def test_two_deciding_at_once_the_second_is_told(in_review, reviewer, qa):
    given = signing(in_review, qa, "no")
    approve(in_review, reviewer)
    with pytest.raises(ActionRefused, match="is approved by reviewer1: the decision is made"):
        actions.reject_batch(batch=in_review, **given, by=qa)
    assert decided().count() == 1


@pytest.mark.parametrize("act", [approve, reject, send_back])
def test_nothing_is_decided_before_the_review_began(with_qc, reviewer, act):
    with pytest.raises(ActionRefused, match="take it into review first"):
        act(with_qc, reviewer)


def test_a_batch_in_process_is_not_reviewed(operator, reviewer):
    with pytest.raises(ActionRefused, match="the laboratory has not submitted it"):
        actions.begin_review(batch=BatchFactory(by=operator), by=reviewer)


def test_one_reviewer_does_several_rounds(in_review, operator, second_operator, reviewer):
    send_back(in_review, reviewer)
    enter(sheet_of_step(in_review), {"rotor": "Type 70 Ti"}, operator, AGAIN)
    steps.check_step(sheet=sheet_of_step(in_review), by=second_operator)
    submit_batch(batch=in_review, by=operator)
    assert actions.begin_review(batch=in_review, by=reviewer).round == 2
    with pytest.raises(ActionRefused, match="1 exception is not decided yet"):
        approve(in_review, reviewer)
    settle(in_review, reviewer)
    approve(in_review, reviewer)
    assert list(Review.objects.order_by("round").values_list("round", "decision")) == [
        (1, "returned"),
        (2, "approved"),
    ]


# --- returning ------------------------------------------------------------------------------------


def test_returning_names_the_step_and_the_laboratory_can_go_on(in_review, reviewer):
    signature = send_back(in_review, reviewer)
    point = ReturnedPoint.objects.get()
    assert (point.record_label, point.words) == ("Step 1 · Pellet", "rotor is not the planned one")
    assert (point.record_kind, point.record_id) == ("batches.processstep", the_step(in_review).pk)
    assert signature.get_meaning_display() == "Reviewed by QC: returned"
    assert (status_of(in_review)[0], Batch.objects.get(pk=in_review.pk).is_editable) == ("returned", True)


def test_returning_takes_steps_assays_and_the_harvest(in_review, reviewer):
    points = [
        (in_review.harvests.get(), "viability is odd"),
        (in_review.assays.get(), "attach the second export"),
        (the_step(in_review), "rotor"),
    ]
    send_back(in_review, reviewer, points)
    assert [point.record_label for point in ReturnedPoint.objects.all()] == [
        "Harvest",
        "Assay 1 · Nanoparticle tracking",
        "Step 1 · Pellet",
    ]


def test_returning_names_the_value_and_opens_there(in_review, reviewer):
    points = [
        (the_step(in_review), "the printout says 60", "duration_min"),
        (in_review.harvests.get(), "viability is odd", "viability_percent"),
        (in_review.assays.get(), "all of it"),
    ]
    send_back(in_review, reviewer, points)
    number = in_review.number
    assert [(point.where, point.url) for point in ReturnedPoint.objects.all()] == [
        ("Step 1 · Pellet, duration", f"/batches/{number}/steps/1/#value-duration_min"),
        ("Harvest, viability at harvest", f"/batches/{number}/harvest/#value-viability_percent"),
        ("Assay 1 · Nanoparticle tracking", f"/batches/{number}/assays/1/"),
    ]


def test_returning_a_value_that_is_not_there_is_refused(in_review, reviewer):
    with pytest.raises(ActionRefused, match="has no such value"):
        send_back(in_review, reviewer, [(the_step(in_review), "wrong", "mode_nm")])
    assert not ReturnedPoint.objects.exists()


def test_returning_without_a_point_is_refused(in_review, reviewer):
    with pytest.raises(ActionRefused, match="at least one step"):
        send_back(in_review, reviewer, points=[])
    assert status_of(in_review)[0] == "in_review"


@pytest.mark.parametrize("words", ["", "  ", "no"])
def test_returning_without_saying_what_is_wrong_is_refused(in_review, reviewer, words):
    with pytest.raises(ActionRefused, match="Say what is wrong with Step 1"):
        send_back(in_review, reviewer, points=[(the_step(in_review), words)])


def test_returning_another_batchs_step_is_refused(in_review, operator, reviewer):
    other = the_step(BatchFactory(by=operator))
    with pytest.raises(ActionRefused, match="of this batch"):
        send_back(in_review, reviewer, points=[(other, "wrong batch")])


# --- approving and rejecting ----------------------------------------------------------------------


def test_r054_approving_a_complete_batch(in_review, reviewer):
    signature = approve(in_review, reviewer)
    assert (status_of(in_review), signature.get_meaning_display()) == (
        ("approved", ""),
        "Reviewed by QC: approved",
    )


def test_r054_a_failing_criterion_keeps_a_batch_from_being_approved(operator, second_operator, reviewer):
    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    spun(batch, operator, second_operator)
    tracked(batch, operator, upload=nanosight(mode_nm=320.0))
    submit_batch(batch=batch, by=operator)
    actions.begin_review(batch=batch, by=reviewer)
    with pytest.raises(ActionRefused, match="Mode diameter: fail"):
        approve(batch, reviewer)
    assert (status_of(batch)[0], decided().count()) == ("in_review", 0)


def test_r024_an_unchecked_critical_step_keeps_a_batch_from_being_approved(in_review, reviewer):
    step = the_step(in_review)
    step.checked_at = step.checked_by = None
    put(step)
    with pytest.raises(ActionRefused, match="waits for a second person's check"):
        approve(in_review, reviewer)


def test_a_missing_value_keeps_a_batch_from_being_approved(in_review, reviewer):
    step = the_step(in_review)
    step.volume_out_ml = None
    put(step, Reason("other", "for the test"))
    with pytest.raises(ActionRefused, match="Volume out is empty"):
        approve(in_review, reviewer)


def test_rejecting_needs_words(in_review, reviewer):
    with pytest.raises(ActionRefused, match="why the batch is rejected"):
        reject(in_review, reviewer, comment=" ")
    assert reject(in_review, reviewer).comment == "below the limit"
    assert status_of(in_review) == ("rejected", "")


def test_a_decision_stands_on_the_round(in_review, reviewer):
    reject(in_review, reviewer)
    review = Review.objects.get()
    assert (review.decision, review.comment, review.decided_by) == ("rejected", "below the limit", reviewer)
    assert review.decided_at is not None


# --- identity and what was shown ------------------------------------------------------------------


@pytest.mark.parametrize("act", [approve, reject, send_back])
def test_r041_a_wrong_password_signs_nothing_and_leaves_an_entry(in_review, reviewer, act):
    with pytest.raises(IdentityRefused):
        act(in_review, reviewer, password="not my password")
    assert (status_of(in_review)[0], decided().count()) == ("in_review", 0)
    entry = Entry.objects.filter(action="identity_failed").get()
    assert (entry.actor, entry.batch_number) == (reviewer, in_review.number)


def test_r041_a_wrong_password_disposes_of_nothing(approved, qa):
    with pytest.raises(IdentityRefused):
        dispose(approved, "released", qa, password="not my password")
    assert status_of(approved) == ("approved", "")


def test_r044_five_wrong_passwords_lock_signing(in_review, reviewer):
    for _ in range(5):
        with pytest.raises(IdentityRefused):
            approve(in_review, reviewer, password="not my password")
    with pytest.raises(ActionRefused, match="Too many wrong passwords"):
        approve(in_review, reviewer)
    assert decided().count() == 0


def test_no_password_ever_stands_in_an_entry(in_review, reviewer):
    with pytest.raises(IdentityRefused):
        approve(in_review, reviewer, password="nobody may read this")
    approve(in_review, reviewer)
    assert not Entry.objects.filter(body__contains="nobody may read this").exists()
    assert not Entry.objects.filter(body__contains=PASSWORD).exists()


@pytest.mark.parametrize("act", [approve, reject, send_back])
def test_a_page_that_shows_an_older_record_is_refused(in_review, reviewer, act):
    read = signing(in_review, reviewer, "as I read it")
    put_remark(in_review)
    words = r"changed while you were reading; look at it again\. Step 1 · Pellet: Remarks empty → seen later"
    with pytest.raises(ActionRefused, match=words):
        act(in_review, reviewer, read=read)
    assert Signature.objects.count() == 0


def put_remark(batch):
    step = the_step(batch)
    step.remarks = "seen later"
    put(step)


def test_a_stale_page_disposes_of_nothing(approved, qa):
    read = signing(approved, qa, "as I read it")
    dispose(approved, "quarantined", qa)
    with pytest.raises(ActionRefused, match="changed while you were reading"):
        dispose(approved, "released", qa, read=read)
    assert status_of(approved) == ("approved", "quarantined")


# --- disposition ----------------------------------------------------------------------------------


def test_r050_an_approved_batch_is_released_for_research_use(approved, qa):
    signature = dispose(approved, "released", qa)
    assert (status_of(approved), signature.get_meaning_display()) == (
        ("approved", "released"),
        "Released for research use",
    )


@pytest.mark.parametrize("words", ["", " ", "ok"])
def test_a_disposition_needs_a_reason(approved, qa, words):
    with pytest.raises(ActionRefused, match="Say in the comment why"):
        dispose(approved, "released", qa, comment=words)


@pytest.mark.parametrize("disposition", ["", "gone", "approved"])
def test_an_unknown_disposition_is_refused(approved, qa, disposition):
    with pytest.raises(ActionRefused, match="Choose what becomes"):
        dispose(approved, disposition, qa)


@pytest.mark.parametrize("disposition", ["released", "rejected"])
def test_nothing_is_released_or_rejected_before_the_decision(in_review, reviewer, disposition):
    with pytest.raises(ActionRefused, match="is in review: it can't be"):
        dispose(in_review, disposition, reviewer)


def test_a_rejected_batch_is_never_released(in_review, reviewer, qa):
    reject(in_review, reviewer)
    with pytest.raises(ActionRefused, match="is rejected: it can't be released"):
        dispose(in_review, "released", qa)
    dispose(in_review, "rejected", qa)
    assert status_of(in_review) == ("rejected", "rejected")


def test_quarantine_at_any_time_after_submission(with_qc, reviewer):
    dispose(with_qc, "quarantined", reviewer)
    assert status_of(with_qc) == ("submitted", "quarantined")
    actions.begin_review(batch=with_qc, by=reviewer)
    approve(with_qc, reviewer)
    dispose(with_qc, "released", reviewer)
    assert status_of(with_qc) == ("approved", "released")


def test_no_quarantine_before_submission(operator, qa):
    with pytest.raises(ActionRefused, match="is in process: it can't be quarantined"):
        dispose(BatchFactory(by=operator), "quarantined", qa)


def test_a_released_batch_can_be_put_back_in_quarantine(approved, qa):
    dispose(approved, "released", qa)
    dispose(approved, "quarantined", qa, comment="complaint about vial 3")
    assert status_of(approved) == ("approved", "quarantined")


def test_the_same_disposition_twice_is_refused(approved, qa):
    dispose(approved, "released", qa)
    with pytest.raises(ActionRefused, match="it can't be released for research use now"):
        dispose(approved, "released", qa)


def test_no_way_leads_from_a_rejection_straight_to_release(approved, qa):
    dispose(approved, "rejected", qa)
    with pytest.raises(ActionRefused, match="is approved, rejected: it can't be released"):
        dispose(approved, "released", PersonFactory(role="qa"))


def test_r063_a_rejection_is_taken_back_by_somebody_else_of_quality_assurance(approved, reviewer, qa):
    dispose(approved, "rejected", qa)
    with pytest.raises(RoleRefused, match="can't take back a rejection"):
        dispose(approved, "quarantined", reviewer)
    with pytest.raises(ActionRefused, match="somebody else takes that back"):
        dispose(approved, "retest", qa)
    other = PersonFactory(role="qa")
    assert dispose(approved, "retest", other).meaning == "retest"
    dispose(approved, "released", other)
    assert status_of(approved) == ("approved", "released")


@pytest.mark.parametrize(
    "state", [{"disposition": "released"}, {"status": "in_process", "disposition": "retest"}]
)
def test_r050_the_database_refuses_what_the_rules_refuse(in_review, state):
    for name, value in state.items():
        setattr(in_review, name, value)
    with pytest.raises(ActionRefused, match=r"record is approved is released|before it was submitted"):
        put(in_review)


def test_r062_a_record_that_changed_after_its_approval_is_not_released(approved, qa):
    put_remark(approved)
    with pytest.raises(ActionRefused, match="not as it was approved"):
        dispose(approved, "released", qa)


def test_corrections_are_refused_while_the_batch_is_with_qc(in_review, operator):
    with pytest.raises(ActionRefused, match="nothing can be entered or corrected"):
        enter(sheet_of_step(in_review), {"temperature_c": Decimal(5)}, operator, AGAIN)
    with pytest.raises(ActionRefused):
        assays.void_assay(sheet=sheet_of_assay(in_review), by=operator, reason=AGAIN)


def test_a_deactivated_reviewer_signs_nothing(in_review):
    gone = PersonFactory(role="reviewer", is_active=False)
    with pytest.raises(RoleRefused):
        approve(in_review, gone)

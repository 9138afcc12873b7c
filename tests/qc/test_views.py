"""The queue and the review page, as people with every role see and use them."""

import re

import pytest
from django.urls import reverse

from audit.models import Entry
from audit.refusal import Reason
from batches.isolation.actions import check_step
from batches.record.actions import submit_batch
from batches.record.models import Batch
from qc import actions
from qc.models import Signature
from tests.factories import BatchFactory
from tests.factories.evidence import nta, put
from tests.factories.people import PASSWORD
from tests.qc.conftest import ready, signing
from tests.qc.test_actions import put_remark, the_step
from tests.way import enter, harvested, nanosight, sheet_of_step, spun, submitted, tracked


def page_of(client, batch):
    return client.get(reverse("review", args=[batch.number]))


def shown_manifest(response):
    return re.search(r'name="manifest_shown" value="([^"]+)"', response.content.decode())[1]


def send(client, batch, intention, **given):
    """Send a form of the page as it is now."""
    fields = {"intention": intention, "password": PASSWORD}
    if "manifest_shown" not in given:
        page = page_of(client, batch)
        found = re.search(r'name="manifest_shown" value="([^"]+)"', page.content.decode())
        fields["manifest_shown"] = found[1] if found else ""
    return client.post(reverse("review", args=[batch.number]), {**fields, **given})


def state(batch):
    return Batch.objects.values_list("status", "disposition").get(pk=batch.pk)


# --- who ---------------------------------------------------------------------------------------


def queue_of(client):
    return client.get(reverse("qc_queue"))


@pytest.mark.parametrize(
    ("role", "status"),
    [("operator", 403), ("administrator", 403), ("auditor", 200), ("reviewer", 200), ("qa", 200)],
)
def test_who_may_see_queue_and_review(signed_in, with_qc, role, status, request):
    client = signed_in(request.getfixturevalue(role))
    assert (queue_of(client).status_code, page_of(client, with_qc).status_code) == (status, status)


# --- the review page ------------------------------------------------------------------------------


def test_taking_a_batch_into_review(signed_in, with_qc, reviewer):
    response = send(signed_in(reviewer), with_qc, "begin")
    assert (response.status_code, state(with_qc)[0]) == (302, "in_review")


def test_the_page_shows_what_will_be_signed(signed_in, in_review, reviewer):
    response = page_of(signed_in(reviewer), in_review)
    page = response.content.decode()
    assert shown_manifest(response)
    for words in (
        "Reviewed by QC: approved",
        "Password of reviewer1",
        "1 of 1 pass",
        "A second person checked every critical step",
        "You made no entry in this batch",
        "Nothing is missing",
        "stands for your signature by hand",
    ):
        assert words in page


def test_an_auditor_reads_but_is_offered_nothing(signed_in, in_review, auditor):
    client = signed_in(auditor)
    assert 'name="password"' not in page_of(client, in_review).content.decode()
    response = send(client, in_review, "decide", decision="approve")
    assert (response.status_code, state(in_review)[0]) == (403, "in_review")


@pytest.mark.parametrize("role", ["operator", "administrator"])
@pytest.mark.parametrize("intention", ["begin", "decide", "dispose"])
def test_other_roles_are_told_who_may(signed_in, in_review, role, intention, request):
    person = request.getfixturevalue(role)
    response = send(signed_in(person), in_review, intention, decision="approve", disposition="quarantined")
    assert response.status_code == 403
    assert "It is for:" in response.content.decode()
    assert Entry.objects.filter(actor=person, action="refused", act__in=["", "review"]).exists()


def test_approving(signed_in, in_review, reviewer):
    client = signed_in(reviewer)
    ready(in_review, reviewer)
    assert send(client, in_review, "decide", decision="approve").status_code == 302
    assert state(in_review) == ("approved", "")
    page = page_of(client, in_review).content.decode()
    for words in ("Reviewer One", "Reviewed by QC: approved", "UTC", "+00:00", "by password", "valid"):
        assert words in page


def test_returning_names_the_step_and_shows_on_the_batch(signed_in, in_review, reviewer, operator):
    step = the_step(in_review)
    name = f"processstep_{step.pk}"
    words = {name: "on", f"{name}_words": "rotor is not the planned one", f"{name}_value": "rotor"}
    response = send(signed_in(reviewer), in_review, "decide", decision="return", **words)
    assert (response.status_code, state(in_review)[0]) == (302, "returned")
    page = signed_in(operator).get(reverse("batch", args=[in_review.number])).content.decode()
    at = f"/batches/{in_review.number}/steps/1/#value-rotor"
    assert f'<a href="{at}">Step 1 · Pellet, rotor</a>: rotor is not the planned one' in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose a decision."),
        ({"decision": "return"}, "Tick at least one step"),
        ({"decision": "reject"}, "Say why the batch is rejected."),
        ({"decision": "approve", "password": ""}, "Type your password, or sign with a passkey."),
    ],
)
def test_what_is_lacking_is_said_and_nothing_signed(signed_in, in_review, reviewer, given, words):
    response = send(signed_in(reviewer), in_review, "decide", **given)
    assert (response.status_code, state(in_review)[0]) == (400, "in_review")
    assert words in response.content.decode()


def test_r041_a_wrong_password_keeps_everything_typed_but_the_password(signed_in, in_review, reviewer):
    step = the_step(in_review)
    typed = {
        "comment": "please repeat the spin",
        f"processstep_{step.pk}": "on",
        f"processstep_{step.pk}_words": "75 min were planned",
        "password": "not my password",
    }
    response = send(signed_in(reviewer), in_review, "decide", decision="return", **typed)
    page = response.content.decode()
    assert (response.status_code, state(in_review)[0], Signature.objects.count()) == (409, "in_review", 0)
    assert "That is not your password" in page
    assert "please repeat the spin" in page
    assert 'value="75 min were planned"' in page
    assert "not my password" not in page
    assert Entry.objects.filter(action="identity_failed", actor=reviewer).count() == 1


def test_after_a_wrong_password_the_right_one_signs(signed_in, in_review, reviewer):
    client = signed_in(reviewer)
    ready(in_review, reviewer)
    first = send(client, in_review, "decide", decision="approve", password="not my password")
    again = send(client, in_review, "decide", decision="approve", manifest_shown=shown_manifest(first))
    assert (again.status_code, state(in_review)[0]) == (302, "approved")


def test_a_stale_page_is_refused_and_shown_anew(signed_in, in_review, reviewer):
    client = signed_in(reviewer)
    before = shown_manifest(page_of(client, in_review))
    put_remark(in_review)
    response = send(client, in_review, "decide", decision="approve", manifest_shown=before)
    assert (response.status_code, state(in_review)[0]) == (409, "in_review")
    assert "The record changed while you were reading" in response.content.decode()
    assert shown_manifest(response) != before


def test_r048_a_reviewer_with_an_entry_is_refused_by_the_server(signed_in, operator, reviewer, qa):
    batch = submitted(BatchFactory(by=operator), operator, reviewer)
    client = signed_in(reviewer)
    assert send(client, batch, "begin").status_code == 409
    actions.begin_review(batch=batch, by=qa)
    response = send(client, batch, "decide", decision="approve")
    assert (response.status_code, state(batch)[0]) == (409, "in_review")
    assert "You made entries in batch" in response.content.decode()


def test_r054_approving_with_a_failing_criterion_is_refused(signed_in, operator, second_operator, reviewer):
    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    spun(batch, operator, second_operator)
    tracked(batch, operator, upload=nanosight(mode_nm=320.0))
    submit_batch(batch=batch, by=operator)
    actions.begin_review(batch=batch, by=reviewer)
    response = send(signed_in(reviewer), batch, "decide", decision="approve")
    assert (response.status_code, state(batch)[0]) == (409, "in_review")
    assert "Mode diameter: fail" in response.content.decode()


def test_disposing(signed_in, approved, qa):
    client = signed_in(qa)
    response = send(client, approved, "dispose", disposition="released", comment="as planned")
    assert (response.status_code, state(approved)) == (302, ("approved", "released"))
    assert "Released for research use" in page_of(client, approved).content.decode()


def test_disposing_without_a_reason(signed_in, approved, qa):
    response = send(signed_in(qa), approved, "dispose", disposition="released")
    assert (response.status_code, state(approved)) == (400, ("approved", ""))
    assert "Say why." in response.content.decode()


def test_a_disposition_that_is_not_offered_is_refused(signed_in, in_review, qa):
    response = send(signed_in(qa), in_review, "dispose", disposition="released", comment="as planned")
    assert (response.status_code, state(in_review)) == (400, ("in_review", ""))


def test_an_unknown_intention_only_shows_the_page(signed_in, in_review, reviewer):
    assert send(signed_in(reviewer), in_review, "anything").status_code == 200


def test_a_second_round_shows_what_changed_since_the_first(
    signed_in, in_review, operator, second_operator, reviewer
):
    given = signing(in_review, reviewer)
    points = [(the_step(in_review), "duration was planned as 75")]
    actions.return_batch(batch=in_review, points=points, **given, by=reviewer)
    enter(sheet_of_step(in_review), {"duration_min": 80}, operator, Reason("review", "as QC asked"))
    check_step(sheet=sheet_of_step(in_review), by=second_operator)
    submit_batch(batch=in_review, by=operator)
    actions.begin_review(batch=in_review, by=reviewer)
    page = page_of(signed_in(reviewer), in_review).content.decode()
    for words in (
        "round 2",
        "Changed since round 1",
        "since the last round",
        "Sent back last time",
        "duration was planned as 75",
        '<del class="was">75</del>',
        '<ins class="now">80 min</ins>',
        "record changed after this signature",
    ):
        assert words in page


def test_findings_can_be_walked_with_the_keyboard(signed_in, in_review, reviewer):
    put_remark(in_review)
    step = the_step(in_review)
    step.remarks = "corrected"
    put(step, Reason("typing_error", "for the test"))
    assert page_of(signed_in(reviewer), in_review).content.decode().count("data-review-item") == 2


def test_the_review_page_takes_a_fixed_number_of_queries(
    signed_in, in_review, operator, reviewer, django_assert_num_queries
):
    client = signed_in(reviewer)
    page_of(client, in_review)
    with django_assert_num_queries(24):
        page_of(client, in_review)
    step = the_step(in_review)
    for words in ("one", "two", "three"):
        step.remarks = words
        put(step, Reason("other", "for the test"))
        nta(in_review, mode_nm=96)
    page_of(client, in_review)  # keeps that this state was seen
    with django_assert_num_queries(24):
        page_of(client, in_review)


def test_a_batch_that_does_not_exist_is_not_found(signed_in, reviewer):
    assert signed_in(reviewer).get("/qc/NO-SUCH-BATCH/").status_code == 404


def test_the_batch_page_shows_verdicts_and_signatures(signed_in, approved, operator):
    page = signed_in(operator).get(reverse("batch", args=[approved.number])).content.decode()
    for words in ("Mode diameter", "1 of 1 pass", "Reviewer One", "Reviewed by QC: approved"):
        assert words in page

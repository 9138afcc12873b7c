"""Reviewing the trail: a signed reading of a range of entries, and what later changes make of it."""

import re

import pytest

from accounts import roles
from accounts.proving import Proof
from audit.acting import action
from audit.models import Entry
from audit.refusal import ActionRefused, Reason
from qc import actions
from qc.deviations.actions import class_deviation, open_deviation
from qc.deviations.places import place_at
from qc.models import Review, Signature
from qc.review.deciding import faced_in
from qc.review.models import TrailReview
from qc.review.rules import changes_after, reviewed_to
from qc.signatures.ceremony import begin_signing, just_read, sign
from qc.signing import signatures_of
from tests.factories.evidence import put
from tests.factories.people import PASSWORD
from tests.qc.conftest import read_trail, settle, signing
from tests.qc.review.conftest import corrected


def approve(batch, by):
    return actions.approve_batch(batch=batch, **signing(batch, by), by=by)


def release(batch, by, disposition="released"):
    given = signing(batch, by, "as planned")
    return actions.set_disposition(batch=batch, disposition=disposition, **given, by=by)


def page_of(client, batch, query=""):
    return client.get(f"/qc/{batch.number}/trail/{query}").content.decode()


def send(client, batch, **changed):
    """Sign on the page as it is shown now."""
    token = re.search(r'name="manifest_shown" value="([^"]+)"', page_of(client, batch))[1]
    given = {"manifest_shown": token, "password": PASSWORD, "comment": "Nothing odd.", "only": ""}
    return client.post(f"/qc/{batch.number}/trail/", {**given, **changed})


# --- what approving asks for ----------------------------------------------------------------------


def test_r055_a_batch_whose_trail_nobody_reviewed_is_not_approved(in_review, reviewer):
    with pytest.raises(ActionRefused, match="not reviewed in the trail yet: review the trail of batch"):
        approve(in_review, reviewer)
    read_trail(in_review, reviewer)
    assert approve(in_review, reviewer).meaning == "reviewed_approved"


def test_r055_what_was_approved_before_trails_were_reviewed_is_not_released(in_review, reviewer, qa):
    @action(may=roles.REVIEW, sealed=True)
    def approve_batch(*, batch, signing, by):  # as it was before it asked for that
        bound = begin_signing(batch, signing, by)
        review = actions._close_review(batch, Review.Decision.APPROVED, signing, by)
        return sign(batch, Signature.Meaning.REVIEWED_APPROVED, signing, bound, by, review)

    approve_batch(batch=in_review, **signing(in_review, reviewer), by=reviewer)
    with pytest.raises(ActionRefused, match="not reviewed in the trail yet: review the trail of batch"):
        release(in_review, qa)
    assert release(in_review, qa, disposition="quarantined").meaning == "quarantined"


def test_r054_what_came_up_after_approval_is_settled_before_release(approved, operator, reviewer, qa):
    version = approved.plan.version
    version.status = "retired"
    put(version)
    with pytest.raises(ActionRefused, match=r"1 exception is not decided yet: .* Open a deviation"):
        release(approved, qa)
    [late] = [one for one in faced_in(approved) if not one.is_decided]
    place = place_at(f"/qc/{approved.number}/", by=reviewer, finding=late.key)
    deviation = open_deviation(place=place, happened="The master was replaced.", by=operator)
    class_deviation(deviation=deviation, grade="minor", by=reviewer)
    assert release(approved, qa).meaning == "released"


def test_r055_it_is_a_signed_record_over_a_range_of_entries(in_review, reviewer):
    last = Entry.objects.filter(batch_number=in_review.number).latest("number_in_batch")
    made = read_trail(in_review, reviewer, "Nothing odd.")
    assert (made.from_entry, made.to_entry, made.leaf) == (
        1,
        last.number_in_batch,
        bytes(last.leaf_hash).hex(),
    )
    assert (made.only, made.entries_listed, made.words) == ("", last.number_in_batch, "Nothing odd.")
    assert (made.signature.meaning, made.signature.entries_signed) == ("trail_reviewed", made.to_entry)
    assert (made.reviewed_by, made.signature.signed_by) == (reviewer, reviewer)


def test_r055_critical_entries_alone_may_be_read_and_the_record_says_so(in_review, reviewer):
    made = read_trail(in_review, reviewer, only="critical")
    assert (made.only, 0 < made.entries_listed < made.to_entry) == ("critical", True)


def test_r062_later_changes_alone_wait_for_the_next_review(in_review, reviewer):
    first = read_trail(in_review, reviewer)
    corrected(in_review)
    assert changes_after(in_review, reviewed_to(in_review)).count() == 1
    settle(in_review, reviewer)
    with pytest.raises(ActionRefused, match="1 entry changed the record and is not reviewed"):
        approve(in_review, reviewer)
    second = read_trail(in_review, reviewer)
    assert second.from_entry == first.to_entry + 1
    assert approve(in_review, reviewer).meaning == "reviewed_approved"
    assert [one.is_valid for one in signatures_of(in_review)] == [False, True, True]


def test_r062_what_reviewers_do_leaves_the_review_of_the_trail_as_it_is(in_review, reviewer):
    made = read_trail(in_review, reviewer)
    assert (reviewed_to(in_review), changes_after(in_review, made.to_entry).count()) == (made.to_entry, 0)
    with pytest.raises(ActionRefused, match="nothing changed the record since"):
        read_trail(in_review, reviewer)
    assert TrailReview.objects.count() == 1


# --- who, and how ---------------------------------------------------------------------------------


def test_r056_a_reviewer_who_made_an_entry_is_refused(with_qc, reviewer, second_operator):
    actions.begin_review(batch=with_qc, by=reviewer)
    second_operator.role = "reviewer"
    put(second_operator, Reason("other", "for the test"))
    with pytest.raises(ActionRefused, match="somebody who did not work on it"):
        read_trail(with_qc, second_operator)
    assert not TrailReview.objects.exists()


def test_r041_a_wrong_password_reviews_nothing(in_review, reviewer):
    given = just_read(in_review, reviewer, Proof(password="no"), "Nothing odd.")
    with pytest.raises(ActionRefused, match="not your password"):
        actions.review_trail(batch=in_review, only="", signing=given, by=reviewer)
    assert (TrailReview.objects.count(), Signature.objects.count()) == (0, 0)


def test_r036_a_change_while_the_trail_is_read_is_seen_before_signing(in_review, reviewer):
    given = signing(in_review, reviewer, "Nothing odd.")
    corrected(in_review)
    with pytest.raises(ActionRefused, match="changed while you were reading"):
        actions.review_trail(batch=in_review, only="", **given, by=reviewer)


def test_it_says_what_was_found_and_belongs_into_a_review(in_review, reviewer):
    with pytest.raises(ActionRefused, match="what you found"):
        read_trail(in_review, reviewer, " a ")
    actions.reject_batch(batch=in_review, **signing(in_review, reviewer, "spoilt"), by=reviewer)
    with pytest.raises(ActionRefused, match="its trail is reviewed while it is in review"):
        read_trail(in_review, reviewer)


# --- the page -------------------------------------------------------------------------------------


def test_r057_the_page_lists_what_is_not_reviewed_and_signs_it(signed_in, in_review, reviewer):
    client = signed_in(reviewer)
    page = page_of(client, in_review)
    assert "Temperature" in page and "Nobody has reviewed the trail" in page
    assert send(client, in_review).status_code == 302
    page = page_of(client, in_review)
    assert "Nothing odd." in page and "nothing changed the record since" in page and 'id="sign"' not in page
    assert "Audit trail reviewed to entry" in client.get(f"/qc/{in_review.number}/").content.decode()
    corrected(in_review)
    page = page_of(client, in_review)
    assert "80" in page and "Temperature" not in page


def test_r057_critical_entries_can_be_listed_alone(signed_in, in_review, reviewer):
    page = page_of(signed_in(reviewer), in_review, "?only=critical")
    assert 'name="only" value="critical"' in page


def test_what_is_wrong_stands_on_the_form_with_the_words_that_were_typed(signed_in, in_review, reviewer):
    client = signed_in(reviewer)
    answer = send(client, in_review, password="no", comment="All read.")
    assert (answer.status_code, "All read." in answer.content.decode()) == (409, True)
    assert send(client, in_review, comment="").status_code == 400
    assert send(client, in_review, only="half").status_code == 400
    assert not TrailReview.objects.exists()


def test_an_auditor_reads_the_page_and_signs_nothing(signed_in, in_review, auditor, operator):
    client = signed_in(auditor)
    assert 'id="sign"' not in page_of(client, in_review)
    answer = client.post(f"/qc/{in_review.number}/trail/", {"password": PASSWORD, "comment": "fine"})
    assert answer.status_code == 403
    assert signed_in(operator).get(f"/qc/{in_review.number}/trail/").status_code == 403


@pytest.mark.parametrize("changes", [1, 4])
def test_the_page_takes_the_same_queries_whatever_changed(
    signed_in, in_review, reviewer, django_assert_num_queries, changes
):
    client = signed_in(reviewer)
    for number in range(changes):
        corrected(in_review, "rotor_max_rpm", 50000 + number)
    page_of(client, in_review)
    with django_assert_num_queries(32):
        page_of(client, in_review)

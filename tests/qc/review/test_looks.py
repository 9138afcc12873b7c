"""What changed since a reviewer's last look, field by field, and what a look is."""

from django.urls import reverse

from audit.models import Entry
from audit.refusal import Reason
from batches.isolation.actions import check_step
from batches.record.actions import submit_batch
from qc import actions
from qc.loading import load
from qc.models import Signature
from qc.pages import ReviewPage
from qc.review.actions import note_look
from qc.review.looks import Mark, Marks, changed_since, marks_of
from qc.review.models import Look
from qc.rules import made_entries
from qc.signing import signatures_of
from tests.qc.conftest import signing
from tests.qc.review.conftest import corrected
from tests.qc.test_actions import the_step
from tests.way import enter, sheet_of_step


def page_of(client, batch, query=""):
    return client.get(reverse("review", args=[batch.number]) + query).content.decode()


def looks(batch):
    return list(Look.objects.filter(batch=batch).values_list("looked_by__username", "through_entry"))


def returned(batch, by, words="duration was planned as 75", field="duration_min"):
    given = signing(batch, by)
    return actions.return_batch(batch=batch, points=[(the_step(batch), words, field)], **given, by=by)


def second_round(batch, operator, second_operator, reviewer, value=80):
    """Returned, corrected, checked, submitted again."""
    returned(batch, reviewer)
    enter(sheet_of_step(batch), {"duration_min": value}, operator, Reason("review", "as QC asked"))
    check_step(sheet=sheet_of_step(batch), by=second_operator)
    submit_batch(batch=batch, by=operator)


# --- looks ----------------------------------------------------------------------------------------


def test_a_look_is_kept_once_for_each_state_of_the_record(signed_in, troubled, reviewer):
    client = signed_in(reviewer)
    assert "This is the first look" in page_of(client, troubled, "?show=changes")
    seen = looks(troubled)
    page = page_of(client, troubled, "?show=changes")
    assert "Nothing changed since you first looked" in page and looks(troubled) == seen
    assert [name for name, _ in seen] == ["reviewer1"]
    corrected(troubled, "rotor_max_rpm", 50000)
    for _ in range(2):  # the second time as well: reloading does not empty the list
        page = page_of(client, troubled, "?show=changes")
        assert '<del class="was">45000</del>' in page and '<ins class="now">50000</ins>' in page
        assert "Typing error: digits swapped" in page and "#value-rotor_max_rpm" in page
        assert '<del class="was">75</del>' not in page  # it was replaced before the first look
    assert len(looks(troubled)) == 2
    assert "Changed since your last look <b>1</b>" in page_of(client, troubled)


def test_only_who_may_review_and_did_not_work_on_it_leaves_a_look(signed_in, troubled, auditor, operator):
    page_of(signed_in(auditor), troubled)
    signed_in(operator).get(reverse("review", args=[troubled.number]))
    assert looks(troubled) == []


def test_a_look_changes_nothing_about_the_record(signed_in, approved, reviewer, qa):
    before = [one.validity for one in signatures_of(approved)]
    page_of(signed_in(qa), approved)
    assert [one.validity for one in signatures_of(approved)] == before == ["valid"] * len(before)
    assert [name for name, _ in looks(approved)] == ["qa1"] and not made_entries(approved, qa)
    assert Entry.objects.filter(act="note_look", batch_number=approved.number).count() == 1


def test_somebody_who_looks_does_not_outdate_the_page_of_somebody_who_signs(in_review, reviewer, qa):
    given = signing(in_review, reviewer, "no justification")
    note_look(batch=in_review, through=1, by=qa)
    actions.reject_batch(batch=in_review, **given, by=reviewer)
    assert Signature.objects.filter(batch=in_review, meaning="reviewed_rejected").count() == 1


def test_the_same_state_twice_is_one_look(in_review, reviewer):
    assert note_look(batch=in_review, through=5, by=reviewer) is not None
    assert note_look(batch=in_review, through=5, by=reviewer) is None
    assert note_look(batch=in_review, through=4, by=reviewer) is None


# --- rounds ---------------------------------------------------------------------------------------


def test_changes_are_told_since_a_round_and_points_say_how_they_were_answered(
    signed_in, in_review, operator, second_operator, reviewer, qa
):
    second_round(in_review, operator, second_operator, reviewer)
    page = page_of(signed_in(qa), in_review, "?show=changes")
    assert "Changed since round 1" in page and "as QC asked" in page
    assert '<del class="was">75</del> → <ins class="now">80</ins>' in page
    sent_back = page.split('id="sent-back-title"')[1].split("</section>")[0]
    assert "operator1" in sent_back and '<ins class="now">80</ins>' in sent_back
    assert "not answered yet" not in sent_back


def test_the_page_takes_as_many_queries_with_many_changes_as_with_one(
    in_review, operator, second_operator, reviewer, qa, django_assert_num_queries
):
    second_round(in_review, operator, second_operator, reviewer)
    corrected(in_review, "rotor_max_rpm", 50000)
    ReviewPage.of(in_review, qa)  # plans are read once in a process
    with django_assert_num_queries(26):
        one = ReviewPage.of(in_review, qa)
    many = len(one.changes_since(one.offered[0]))
    for number in range(3):
        corrected(in_review, "rotor_max_rpm", 50001 + number)
        corrected(in_review, "speed_rpm", 29401 + number)
    with django_assert_num_queries(26):
        page = ReviewPage.of(in_review, qa)
    assert len(page.changes_since(page.offered[0])) == many + 1


# --- what counts as a change ----------------------------------------------------------------------


def test_a_field_is_told_once_with_its_first_and_its_last_value(troubled, reviewer):
    start = Entry.objects.filter(batch_number=troubled.number).count()
    for value in (90, 85, 80):
        corrected(troubled, "duration_min", value)
    record = load(troubled, told_after=start)
    [told] = [one for one in changed_since(record.entries, start, record.places()) if one.times == 3]
    assert (told.field, told.words, told.is_back, told.is_new) == (
        "duration_min",
        "Duration 80 → 80 min",
        True,
        False,
    )
    assert told.url.endswith("/steps/1/#value-duration_min")


def test_marks_offer_the_look_before_this_one_and_the_rounds(in_review, reviewer):
    at = in_review.opened_at
    marks = Marks([Mark(5, at), Mark(9, at), Mark(12, at)], [Mark(7, at, 1), Mark(11, at, 2)])
    assert [one.code for one in marks.offered(12)] == ["look", "round-2", "round-1"]
    assert [one.entry for one in marks.offered(12)] == [9, 11, 7]
    assert next(one.entry for one in marks.offered(13)) == 12
    assert Marks().offered(13) == [] and Marks().earliest is None
    assert marks.earliest == 5 and marks_of(in_review, reviewer) == Marks([], [])

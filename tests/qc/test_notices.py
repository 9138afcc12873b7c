"""What people are told of inside the product, and what never reaches the wrong one."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions import change_person
from accounts.unexplained import actions as dealing
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ValueRefused
from audit.verifying import running
from qc import actions
from qc.deviations.actions import assign_deviation
from qc.notices import badge, reading
from qc.notices.actions import choose_notices
from qc.notices.kinds import EVERY
from qc.notices.models import NoticeChoice, NoticeMark
from qc.review.actions import answer_query, ask_query
from tests.audit.tampering import behind
from tests.factories import BatchFactory
from tests.factories.deviations import opened, place_of
from tests.qc.conftest import ready, signing
from tests.qc.test_actions import the_step
from tests.way import submitted


def told(person):
    """Subject and words of everything that this person is told of, newest first."""
    page = reading.read_page(person, before=None, path="/notices/")
    return [f"{notice.subject} {notice.words}" for notice in page.rows]


@pytest.fixture
def returned(in_review, reviewer):
    points = [(the_step(in_review), "Enter the speed.")]
    actions.return_batch(batch=in_review, points=points, **signing(in_review, reviewer), by=reviewer)
    return in_review


# --- who is told of what --------------------------------------------------------------------------


def test_reviewers_are_told_of_a_submitted_batch_and_nobody_else(
    with_qc, operator, second_operator, reviewer, qa, auditor, administrator
):
    words = f"{with_qc.number} was submitted for review"
    assert (told(reviewer), told(qa)) == ([words], [words])
    assert [told(one) for one in (operator, second_operator, auditor, administrator)] == [[]] * 4


def test_nobody_is_told_of_what_they_did_themselves(reviewer, second_operator, qa):
    batch = submitted(BatchFactory(by=reviewer), reviewer, second_operator)
    assert (told(reviewer), told(qa)) == ([], [f"{batch.number} was submitted for review"])


def test_who_opened_a_batch_is_told_that_it_was_returned(returned, operator, second_operator, reviewer):
    words = f"{returned.number} was returned: reviewed by QC: returned"
    assert (told(operator), told(second_operator)) == ([words], [])
    assert words not in told(reviewer)


def test_who_opened_and_who_reviewed_are_told_of_a_release(approved, operator, reviewer, qa):
    given = signing(approved, qa, "as planned")
    actions.set_disposition(batch=approved, disposition="released", **given, by=qa)
    release = f"{approved.number} got its disposition: released for research use"
    decision = f"{approved.number} was decided on: reviewed by QC: approved"
    assert told(operator) == [release, decision]
    assert told(reviewer)[0] == release
    assert release not in told(qa)


def test_who_is_given_a_deviation_is_told_as_long_as_it_is_theirs(with_qc, operator, second_operator, qa):
    made = opened(with_qc, operator, owner=second_operator)
    assert told(second_operator) == [f"{made.number} was given to you"]
    reason = Reason("other", "is on leave")
    assign_deviation(deviation=made, owner=operator, due_on=None, by=qa, reason=reason)
    assert (told(second_operator), told(operator)) == ([], [f"{made.number} was given to you"])


def test_queries_go_to_who_opened_the_batch_and_answers_to_who_asked(in_review, operator, reviewer, qa):
    query = ask_query(place=place_of(in_review, reviewer, "steps/1/"), words="Which rotor?", by=reviewer)
    words = f"{in_review.number} has a query: Query {query.number} asked"
    assert (told(operator)[0], words in told(qa)) == (words, False)
    answer_query(query=query, words="The 70 Ti.", by=operator)
    assert told(reviewer)[0] == f"{in_review.number} has an answer: Query {query.number} answered"


def test_an_overdue_deviation_stands_on_top_until_it_is_dealt_with(
    signed_in, with_qc, operator, second_operator
):
    opened(with_qc, operator, owner=second_operator, due_on=timezone.localdate())
    client = signed_in(second_operator)
    assert "Overdue" not in client.get(reverse("notices")).content.decode()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "localdate", lambda *_: tomorrow)
        assert "Overdue: your deviations" in client.get(reverse("notices")).content.decode()


def test_r044_a_lock_at_signing_is_told_to_the_person_quality_assurance_and_administrators(
    in_review, reviewer, qa, administrator, operator, auditor
):
    ready(in_review, reviewer)
    for times in range(1, 6):
        assert told(administrator) == []
        given = signing(in_review, reviewer, password=f"no {times}")
        with pytest.raises(ActionRefused):
            actions.approve_batch(batch=in_review, **given, by=reviewer)
    words = "Reviewer One was locked out after wrong proofs of identity"
    assert told(administrator) == [words]
    assert (told(qa)[0], told(reviewer)[0]) == (words, words)
    assert words not in [*told(operator), *told(auditor)]


def test_wrong_proofs_far_apart_lock_nobody_and_tell_nobody(in_review, reviewer, administrator, settings):
    settings.SIGN_IN_FAILURE_WINDOW_MINUTES = 0
    ready(in_review, reviewer)
    for _ in range(6):
        given = signing(in_review, reviewer, password="no")
        with pytest.raises(ActionRefused):
            actions.approve_batch(batch=in_review, **given, by=reviewer)
    assert told(administrator) == []


def test_a_change_behind_the_trail_is_told_to_quality_assurance_and_to_who_signed(
    approved, reviewer, qa, operator
):
    behind("UPDATE batches_batch SET notes = 'other' WHERE id = %s", approved.pk)
    dealing.keep_verification(report=running.verify(), scope=running.WHOLE, by=qa)
    words = f"{approved.number} was changed behind the trail"
    assert (words in told(qa), words in told(reviewer), words in told(operator)) == (True, True, False)


def test_a_role_that_is_lost_takes_its_notices_along(with_qc, reviewer, administrator):
    assert told(reviewer)
    change_person(
        person=reviewer,
        printed_name=reviewer.printed_name,
        role="auditor",
        by=administrator,
        reason=Reason("administration", "moved to auditing"),
    )
    reviewer.refresh_from_db()
    assert told(reviewer) == []


def test_old_entries_are_history_and_no_notices(with_qc, reviewer, monkeypatch):
    monkeypatch.setattr(reading, "DAYS", 0)
    assert told(reviewer) == []


def test_every_kind_has_words(db):
    assert {kind.code for kind in EVERY} == set(reading.WORDS)
    assert EVERY[0].counted(1) == "1 batch was submitted for review"
    assert EVERY[0].counted(3) == "3 batches were submitted for review"


# --- the page -------------------------------------------------------------------------------------


def test_new_ones_are_marked_until_they_are_seen(signed_in, with_qc, reviewer):
    client = signed_in(reviewer)
    page = client.get(reverse("notices"))
    assert 'class="on"' in page.content.decode()
    upto = page.context["newest"]
    assert client.post(reverse("mark_notices_seen"), {"upto": upto}).status_code == 302
    again = client.get(reverse("notices")).content.decode()
    assert with_qc.number in again and 'class="on"' not in again


def test_what_came_while_somebody_read_stays_new(signed_in, with_qc, operator, second_operator, reviewer):
    client = signed_in(reviewer)
    upto = client.get(reverse("notices")).context["newest"]
    later = submitted(BatchFactory(by=operator), operator, second_operator)
    client.post(reverse("mark_notices_seen"), {"upto": upto})
    rows = client.get(reverse("notices")).context["page"].rows
    assert [(row.batch, row.is_new) for row in rows] == [(later.number, True), (with_qc.number, False)]


@pytest.mark.parametrize("upto", ["", "-4", "x", "9" * 17, "٣"])
def test_a_forged_mark_never_hides_what_is_to_come(signed_in, with_qc, reviewer, upto):
    signed_in(reviewer).post(reverse("mark_notices_seen"), {"upto": upto})
    last = Entry.objects.order_by("-id").values_list("id", flat=True)[0]
    assert reading.mark_of(reviewer).seen_entry in (0, last)
    reading.mark_seen(reviewer, 3)
    assert NoticeMark.objects.get(person=reviewer).seen_entry in (3, last)


def test_notices_are_paged_by_entry(signed_in, operator, second_operator, reviewer, monkeypatch):
    numbers = [submitted(BatchFactory(by=operator), operator, second_operator).number for _ in range(3)]
    monkeypatch.setattr(reading, "PAGE_SIZE", 2)
    client = signed_in(reviewer)
    first = client.get(reverse("notices")).context["page"]
    assert [row.batch for row in first.rows] == numbers[:0:-1]
    second = client.get(first.next_url).context["page"]
    assert ([row.batch for row in second.rows], second.next_url) == (numbers[:1], "")
    assert client.get(reverse("notices"), {"before": "9" * 40}).status_code == 200


def test_the_page_takes_the_same_queries_for_one_and_three(
    signed_in, operator, second_operator, reviewer, django_assert_num_queries
):
    client = signed_in(reviewer)
    submitted(BatchFactory(by=operator), operator, second_operator)
    client.get(reverse("notices"))
    # session, person, newest entry, how far read, where notices begin, notices, overdue, choice
    with django_assert_num_queries(8):
        client.get(reverse("notices"))
    for _ in range(2):
        submitted(BatchFactory(by=operator), operator, second_operator)
    with django_assert_num_queries(8):
        assert len(client.get(reverse("notices")).context["page"].rows) == 3


# --- the bar --------------------------------------------------------------------------------------


def test_the_bar_says_how_many_are_new_and_how_many_batches_wait(signed_in, with_qc, reviewer):
    page = signed_in(reviewer).get(reverse("batch_list")).content.decode()
    assert '<span class="count">1<span class="visually-hidden"> new</span></span>' in page
    assert '<span class="count">1<span class="visually-hidden"> batches wait for you</span></span>' in page


def test_the_bar_counts_once_a_minute_a_session(signed_in, with_qc, reviewer, django_assert_num_queries):
    client = signed_in(reviewer)
    client.get(reverse("notice_choice"))
    with django_assert_num_queries(3):  # session, person, choice
        client.get(reverse("notice_choice"))
    session = client.session
    session["last_seen"] -= 61
    session.save()
    with django_assert_num_queries(3 + 4 + 3):  # numbers: how far read, begin, new, waiting; session saved
        client.get(reverse("notice_choice"))


def test_marking_as_seen_shows_in_the_bar_at_once(signed_in, with_qc, reviewer):
    client = signed_in(reviewer)
    client.get(reverse("notices"))
    client.post(reverse("mark_notices_seen"), {"upto": Entry.objects.latest("id").pk})
    assert " new</span>" not in client.get(reverse("notices")).content.decode()


def test_numbers_beyond_two_digits_are_not_counted_out():
    assert [badge.words(number) for number in (0, 7, 99, 100, 5000)] == ["", "7", "99", "99+", "99+"]


# --- one's own choice -----------------------------------------------------------------------------


def test_a_person_chooses_for_themself(signed_in, operator):
    client = signed_in(operator)
    given = {"digest": "daily", "email": "operator1@example.org"}
    assert client.post(reverse("notice_choice"), given).status_code == 302
    choice = NoticeChoice.objects.get(person=operator)
    assert (choice.digest, choice.email, choice.email_set_by) == ("daily", given["email"], operator)
    assert given["email"] in client.get(reverse("notice_choice")).content.decode()


def test_r020_the_address_enters_neither_history_nor_entries(operator):
    choose_notices(digest="daily", email="operator1@example.org", by=operator)
    choose_notices(digest="daily", email="other@example.org", by=operator)
    assert NoticeChoice.objects.get().email == "other@example.org"
    assert Entry.objects.filter(kind="qc.noticechoice").count() == 2
    assert not Entry.objects.filter(body__contains="example.org").exists()
    assert not any("example.org" in str(vars(row)) for row in NoticeChoice.history.all())


@pytest.mark.parametrize(
    ("digest", "email"),
    [
        ("daily", ""),
        ("daily", "no address"),
        ("daily", "a@example.org\nBcc: b@example.org"),
        ("daily", "a@example.org, b@example.org"),
        ("daily", "a\x00@example.org"),
        ("weekly", "a@example.org"),
        ("none", "nonsense"),
    ],
)
def test_what_is_no_address_is_refused(signed_in, operator, digest, email):
    with pytest.raises(ValueRefused):
        choose_notices(digest=digest, email=email, by=operator)
    response = signed_in(operator).post(reverse("notice_choice"), {"digest": digest, "email": email})
    assert (response.status_code, NoticeChoice.objects.exists()) == (400, False)


def test_mail_is_nothing_that_one_chooses_for_another(signed_in, operator, administrator):
    given = {"digest": "daily", "email": "admin1@example.org", "person": operator.pk, "by": operator.pk}
    signed_in(administrator).post(reverse("notice_choice"), given)
    assert NoticeChoice.objects.get().person == administrator

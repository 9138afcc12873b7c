"""The reviewer's home: which batch stands where, what stands in its way, and the figures beside it."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from audit import records
from audit.models import Entry
from audit.refusal import Reason
from qc import actions
from qc.models import Review
from qc.queue import drawing, figures, lists
from qc.queue.figures import Month
from qc.queue.reasons import reasons_of
from qc.review.actions import answer_query, ask_query
from tests.factories import BatchFactory
from tests.factories.deviations import opened, place_of
from tests.factories.evidence import nta, put
from tests.qc.conftest import ready, settle, signing
from tests.qc.review.conftest import corrected
from tests.qc.test_actions import the_step
from tests.way import submitted


def home_of(client, **asked):
    return client.get(reverse("qc_queue"), asked)


def standing(client, **asked):
    """Batch numbers by list, as the page was given them."""
    parts = home_of(client, **asked).context["parts"]
    return {part.kind.code: [row.batch.number for row in part.rows] for part in parts if part.rows}


def reasons(batch):
    batch.refresh_from_db()
    latest = {review.batch_id: review for review in Review.objects.order_by("round")}
    return [reason.words for reason in reasons_of([batch], latest)[batch.pk]]


def returned(batch, reviewer, words="Enter the speed that the printout shows."):
    actions.begin_review(batch=batch, by=reviewer)
    actions.return_batch(
        batch=batch, points=[(the_step(batch), words)], **signing(batch, reviewer), by=reviewer
    )
    batch.refresh_from_db()
    return batch


@pytest.fixture
def other(operator, second_operator):
    """Another submitted batch."""
    return submitted(BatchFactory(by=operator), operator, second_operator)


# --- where a batch stands -------------------------------------------------------------------------


def test_an_empty_home_says_what_will_appear(signed_in, reviewer):
    page = home_of(signed_in(reviewer)).content.decode()
    for words in ("Nothing waits for a review", "You have nothing under review", "No batch was decided on"):
        assert words in page


def test_a_batch_goes_from_waiting_to_mine_to_release_and_away(signed_in, with_qc, reviewer, qa):
    number = with_qc.number
    assert standing(signed_in(reviewer)) == {"waiting": [number]}
    actions.begin_review(batch=with_qc, by=reviewer)
    assert standing(signed_in(reviewer)) == {"mine": [number]}
    assert standing(signed_in(qa)) == {"others": [number]}
    ready(with_qc, reviewer)
    actions.approve_batch(batch=with_qc, **signing(with_qc, reviewer), by=reviewer)
    assert standing(signed_in(qa)) == {"release": [number]}
    given = signing(with_qc, qa, "as planned")
    actions.set_disposition(batch=with_qc, disposition="released", **given, by=qa)
    assert standing(signed_in(qa)) == {}


def test_a_returned_batch_names_what_was_asked_for(signed_in, with_qc, reviewer):
    returned(with_qc, reviewer)
    assert standing(signed_in(reviewer)) == {"returned": [with_qc.number]}
    assert reasons(with_qc) == ["Step 1 · Pellet: Enter the speed that the printout shows."]


def test_a_row_says_product_submitter_round_and_what_it_waits_for(signed_in, with_qc, reviewer):
    page = home_of(signed_in(reviewer)).content.decode()
    for words in (with_qc.number, with_qc.product.code, "operator1", "nobody has taken it yet"):
        assert words in page
    assert home_of(signed_in(reviewer)).context["parts"][1].rows[0].round == 1


def test_a_batch_that_came_back_waits_for_its_second_round(signed_in, with_qc, reviewer, operator):
    returned(with_qc, reviewer)
    from batches.record.actions import submit_batch

    submit_batch(batch=with_qc, by=operator)
    waiting = home_of(signed_in(reviewer), list="waiting").context["parts"][0]
    assert [(row.batch.number, row.round) for row in waiting.rows] == [(with_qc.number, 2)]


# --- what stands in the way -----------------------------------------------------------------------


def test_an_open_deviation_is_named_with_when_it_is_due(with_qc, operator):
    made = opened(with_qc, operator, due_on=timezone.localdate() + dt.timedelta(days=3))
    assert reasons(with_qc) == [f"{made.number} is open, due in 3 d"]


def test_a_deviation_of_another_batch_that_names_this_one_counts_too(with_qc, other, operator):
    from qc.deviations.actions import name_affected_batch

    made = opened(other, operator)
    name_affected_batch(deviation=made, batch=with_qc, words="Same rotor", by=operator)
    assert reasons(with_qc) == [f"{made.number} is open"]


def test_many_deviations_are_named_in_part_and_counted(with_qc, operator):
    numbers = [opened(with_qc, operator).number for _ in range(4)]
    assert reasons(with_qc) == [f"{numbers[0]} is open", f"{numbers[1]} is open", "2 more deviations open"]


def test_open_queries_are_counted_by_whom_they_wait_for(in_review, operator, reviewer):
    place = place_of(in_review, reviewer, "steps/1/")
    first = ask_query(place=place, words="Which rotor?", by=reviewer)
    ask_query(place=place, words="Which brake?", by=reviewer)
    answer_query(query=first, words="The 70 Ti.", by=operator)
    assert sorted(reasons(in_review)) == ["1 query waits for the laboratory", "1 query waits to be closed"]


def test_a_minor_deviation_stands_in_no_way(with_qc, operator, reviewer):
    from qc.deviations.actions import class_deviation

    class_deviation(deviation=opened(with_qc, operator), grade="minor", by=reviewer)
    assert reasons(with_qc) == ["nobody has taken it yet"]


def test_a_record_that_changed_after_its_approval_says_so(approved):
    step = the_step(approved)
    step.name = "Pellet, again"
    put(step, Reason("other", "another name"))
    assert reasons(approved) == ["record changed after its approval"]


def test_material_on_hold_says_since_when_and_why(approved, qa):
    actions.set_disposition(
        batch=approved, disposition="quarantined", **signing(approved, qa, "CMV result is pending"), by=qa
    )
    assert reasons(approved) == ["quarantined for 0 s: CMV result is pending"]


def test_a_source_lot_in_quarantine_is_named(with_qc):
    lot = with_qc.source_lot
    lot.quarantine_released_at = lot.quarantine_released_by = None
    put(lot, Reason("other", "released by mistake"))
    with_qc.source_lot.refresh_from_db()
    assert reasons(with_qc) == [f"source lot {lot.code} in quarantine"]


# --- filters, paging, cost ------------------------------------------------------------------------


def test_filters_by_product_and_by_what_i_reviewed(signed_in, with_qc, other, reviewer):
    client = signed_in(reviewer)
    assert standing(client, product=other.product.code) == {"waiting": [other.number]}
    assert standing(client, product="NO-SUCH\x00") == {}
    returned(with_qc, reviewer)
    assert standing(client, mine="1") == {"returned": [with_qc.number]}
    assert "None of these fit the filter" in home_of(client, product="NO-SUCH").content.decode()


def test_the_home_shows_the_beginning_and_one_list_is_paged(signed_in, with_qc, other, reviewer, monkeypatch):
    client = signed_in(reviewer)
    monkeypatch.setattr(lists, "MOST_AT_HOME", 1)
    monkeypatch.setattr(lists, "PAGE_SIZE", 1)
    assert standing(client) == {"waiting": [with_qc.number]}
    assert "Show all 2" in home_of(client).content.decode()
    first = home_of(client, list="waiting").context["parts"][0]
    assert [row.batch.number for row in first.rows] == [with_qc.number]
    second = client.get(first.page.next_url).context["parts"][0]
    assert [row.batch.number for row in second.rows] == [other.number]


def test_unknown_lists_show_the_home(signed_in, with_qc, reviewer):
    assert standing(signed_in(reviewer), list="../secrets") == {"waiting": [with_qc.number]}


def test_the_home_takes_the_same_queries_for_one_and_three(
    signed_in, operator, second_operator, reviewer, qa, django_assert_num_queries
):
    client = signed_in(qa)

    def one_each():
        waiting, mine, done, back = (
            submitted(BatchFactory(by=operator), operator, second_operator) for _ in range(4)
        )
        opened(waiting, operator)
        actions.begin_review(batch=mine, by=qa)
        actions.begin_review(batch=done, by=reviewer)
        settle(done, reviewer)
        ready(done, reviewer)
        actions.approve_batch(batch=done, **signing(done, reviewer), by=reviewer)
        returned(back, reviewer)

    one_each()
    home_of(client)
    with django_assert_num_queries(QUERIES):
        home_of(client)
    one_each()
    one_each()
    with django_assert_num_queries(QUERIES):
        assert home_of(client).content.decode().count("data-review-item") == 12


# Session and person, five lists, two counts, rounds, what is in the way (7), products, figures.
QUERIES = 19


# --- figures --------------------------------------------------------------------------------------

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def decided(batch, reviewer, *, hours, at, decision="approved", number=1):
    """A finished round, as records hold one, decided so many hours after the submission."""
    batch.submitted_at, batch.submitted_by = at - dt.timedelta(hours=hours), reviewer
    review = Review(
        batch=batch,
        round=number,
        begun_at=at,
        begun_by=reviewer,
        decision=decision,
        decided_at=at,
        decided_by=reviewer,
    )
    with transaction.atomic():
        records.save(batch, by=reviewer, reason=Reason("other", "as the test needs it"))
        records.save(review, by=reviewer)


def day(month, number=10):
    return dt.datetime(2026, month, number, 9, tzinfo=dt.UTC)


def test_median_of_odd_and_even_numbers_and_empty_months(operator, reviewer):
    batches = [BatchFactory(by=operator) for _ in range(5)]
    for batch, hours in zip(batches, (5, 1, 30), strict=False):
        decided(batch, reviewer, hours=hours, at=day(11))
    for batch, hours in zip(batches[3:], (2, 5), strict=True):
        decided(batch, reviewer, hours=hours, at=day(9), decision="rejected")
    months = figures.figures(now=NOW)
    assert [month.name for month in months] == ["Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
    assert [(m.decided, m.median and round(m.median / dt.timedelta(hours=1), 2)) for m in months] == [
        (0, None), (0, None), (0, None), (2, 3.5), (0, None), (3, 5.0),
    ]  # fmt: skip


def test_right_the_first_time_counts_first_rounds_only(operator, reviewer):
    one, two, three = (BatchFactory(by=operator) for _ in range(3))
    decided(one, reviewer, hours=1, at=day(10))
    decided(two, reviewer, hours=1, at=day(10), decision="returned")
    decided(two, reviewer, hours=1, at=day(11), number=2)
    decided(three, reviewer, hours=1, at=day(10), decision="rejected")
    october, november = figures.figures(now=NOW)[-2:]
    assert (october.right_first, october.first_rounds, october.share_words) == (1, 3, "33 %")
    assert (november.first_rounds, november.decided) == (0, 1)


def test_figures_of_one_product_and_of_the_last_months_only(operator, reviewer):
    one, two = (BatchFactory(by=operator) for _ in range(2))
    decided(one, reviewer, hours=1, at=day(11))
    decided(two, reviewer, hours=1, at=day(5))
    assert [month.decided for month in figures.figures(now=NOW)] == [0, 0, 0, 0, 0, 1]
    assert [month.decided for month in figures.figures(two.product.code, now=NOW)] == [0] * 6
    assert figures.figures(one.product.code, now=NOW)[-1].decided == 1


def test_a_month_begins_at_the_laboratory_s_midnight(operator, reviewer, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    with timezone.override("Asia/Tokyo"):
        decided(BatchFactory(by=operator), reviewer, hours=1, at=dt.datetime(2026, 10, 31, 16, tzinfo=dt.UTC))
        assert [month.decided for month in figures.figures(now=NOW)] == [0, 0, 0, 0, 0, 1]


def test_the_page_draws_the_figures_and_says_them_in_a_table(signed_in, approved, reviewer):
    page = home_of(signed_in(reviewer)).content.decode()
    assert "Median time from submission to decision by month" in page
    assert "1 of 1" in page and "100 %" in page


def test_bars_without_a_decision_draw_nothing():
    assert drawing.median_bars([Month(NOW)]) == ""


@pytest.mark.django_db
def test_the_question_for_figures_uses_its_index():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole")
    sql = figures.SQL.format(
        cases="WHEN r.decided_at >= 'x' THEN 1", seconds=figures.SECONDS["sqlite"], product=""
    )
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%s", "'2026'"))
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "review_by_decided" in plan


def test_looking_at_the_home_is_no_entry(signed_in, with_qc, reviewer):
    client = signed_in(reviewer)
    before = Entry.objects.count()
    home_of(client)
    assert Entry.objects.count() == before


# --- what the rules say of it -----------------------------------------------------------------------


def test_a_row_says_what_is_to_decide_and_which_criteria_do_not_pass(in_review, reviewer, signed_in):
    client = signed_in(reviewer)
    url = f"{reverse('qc_standing')}?n={in_review.number}"
    assert url in home_of(client).content.decode()
    assert "no exception to decide, all criteria pass" in client.get(url).content.decode()
    corrected(in_review)
    assert "1 exception to decide</li>" in client.get(url).content.decode()
    settle(in_review, reviewer)
    [standing_now] = client.get(url).context["standing"]
    assert (standing_now.undecided, standing_now.kind) == (0, "pass")
    nta(in_review, mode_nm=400)
    [failing] = client.get(url).context["standing"]
    assert (failing.blocking, failing.kind) == (1, "fail")
    assert failing.words.endswith("1 criterion not passed")


def test_what_the_rules_say_is_asked_of_batches_under_review_only(approved, reviewer, operator, signed_in):
    url = f"{reverse('qc_standing')}?n={approved.number}&n=NO-SUCH"
    assert signed_in(reviewer).get(url).context["standing"] == []
    assert signed_in(operator).get(url).status_code == 403
    assert "qc/standing" not in home_of(signed_in(reviewer)).content.decode()


def test_what_the_rules_say_takes_the_same_queries_for_one_and_two(
    in_review, other, reviewer, signed_in, django_assert_num_queries
):
    client = signed_in(reviewer)
    client.get(reverse("qc_queue"))
    for numbers in ([in_review.number], [in_review.number, other.number]):
        with django_assert_num_queries(20):
            client.get(reverse("qc_standing"), {"n": numbers})

"""Periodic reviews of the trail: drawn by chance and by aim, judged by others, closed with a next day."""

import datetime as dt
import hashlib

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from audit.refusal import ActionRefused, Reason, RoleRefused, ValueRefused
from batches.source.actions import correct_donor
from qc.sampling import actions
from qc.sampling.drawing import entries_of, lowest
from qc.sampling.models import SampledEntry, TrailSample
from tests.factories import PersonFactory
from tests.factories.records import DonorFactory

WHY = Reason("other", "for the test")
NOTHING_AIMED = {"by_aim": 0, "marks": []}


def day(days=0):
    return timezone.localdate() + dt.timedelta(days=days)


@pytest.fixture
def drawn(reviewer):
    """A review drawn by reviewer1 over today's changes of records: `drawn(by_chance=3)`."""

    def draw(**given):
        asked = {"scope": "record", "first_day": day(), "last_day": day(), "by_chance": 3, **NOTHING_AIMED}
        return actions.draw_sample(**asked | given, by=reviewer)

    return draw


@pytest.fixture
def donors(operator, reviewer):
    """Seven donors by the operator, two by the reviewer who draws."""
    return [DonorFactory(by=operator) for _ in range(7)] + [DonorFactory(by=reviewer) for _ in range(2)]


def numbers(sample):
    return list(sample.entries.values_list("entry", flat=True))


def outcomes(sample, outcome="in_order", words=""):
    return {number: (outcome, words) for number in numbers(sample)}


# --- drawing ------------------------------------------------------------------------------------------


def test_r058_anybody_draws_the_same_entries_from_the_kept_seed(drawn, donors, reviewer):
    sample = drawn()
    everything = Entry.objects.filter(action="created", kind="batches.donor").exclude(actor=reviewer)
    order = sorted(
        everything.values_list("pk", flat=True),
        key=lambda number: hashlib.sha256(f"{sample.seed}:{number}".encode()).hexdigest(),
    )
    assert numbers(sample) == sorted(order[:3])
    assert (sample.population, sample.left_out) == (7, 2)


def test_two_seeds_draw_otherwise():
    assert lowest("a" * 32, range(1000), 5) != lowest("b" * 32, range(1000), 5)
    assert lowest("a" * 32, range(1000), 5) == lowest("a" * 32, reversed(range(1000)), 5)


def test_r058_aim_adds_entries_with_the_mark(drawn, donors, operator):
    correct_donor(donor=donors[0], values={"notes": "seen"}, by=operator)
    correct_donor(donor=donors[0], values={"notes": "seen again"}, by=operator, reason=WHY)
    replaced = Entry.objects.latest("id").pk
    sample = drawn(by_chance=0, by_aim=5, marks=["reasons", "refusals"])
    assert sample.marks == "reasons"
    assert list(sample.entries.values_list("entry", "way")) == [(replaced, "aim")]


def test_r059_access_and_system_are_a_part_of_their_own(drawn, donors, operator, client):
    client.post(reverse("sign_in"), {"username": operator.username, "password": "wrong one"})
    sample = drawn(scope="access", by_chance=200)
    kinds = set(entries_of(sample).values_list("action", flat=True))
    assert {"sign_in_failed", "created"} == kinds
    assert not entries_of(sample).filter(kind="batches.donor").exists()


def test_entries_made_after_the_drawing_do_not_belong_to_it(drawn, donors, operator):
    sample = drawn()
    DonorFactory(by=operator)
    assert entries_of(sample).exclude(actor=sample.drawn_by).count() == 7


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"last_day": day(1)}, "That day is still to come."),
        ({"first_day": day(), "last_day": day(-1)}, "The first day is not after the last."),
        ({"by_chance": 201}, "Draw 200 entries at most in each way."),
        ({"by_chance": -1}, "Draw 200 entries at most in each way."),
        (
            {"first_day": day(-9), "last_day": day(-9)},
            "No entry of others was made in these days: choose other days, or draw more.",
        ),
    ],
)
def test_what_can_not_be_drawn_is_refused(drawn, donors, given, words):
    with pytest.raises(ActionRefused) as refused:
        drawn(**given)
    assert str(refused.value) == words
    assert TrailSample.objects.count() == 0


# --- judging and closing ------------------------------------------------------------------------------


def test_a_finding_says_what_and_stays_in_the_history(drawn, donors, reviewer):
    sample = drawn()
    first, *_ = numbers(sample)
    with pytest.raises(ActionRefused) as refused:
        actions.judge_entries(sample=sample, outcomes={first: ("finding", " ")}, by=reviewer)
    assert str(refused.value) == f"Say what you found at entry {first}."
    actions.judge_entries(sample=sample, outcomes={first: ("finding", "no reason seen")}, by=reviewer)
    actions.judge_entries(sample=sample, outcomes={first: ("in_order", "explained")}, by=reviewer)
    row = SampledEntry.objects.get(entry=first)
    told = [(one.outcome, one.words) for one in row.history.order_by("history_id")]
    assert told == [("", ""), ("finding", "no reason seen"), ("in_order", "explained")]


def test_what_is_told_again_is_not_written_again(drawn, donors, reviewer):
    sample = drawn()
    actions.judge_entries(sample=sample, outcomes=outcomes(sample), by=reviewer)
    before = Entry.objects.count()
    actions.judge_entries(sample=sample, outcomes=outcomes(sample), by=reviewer)
    assert Entry.objects.count() == before


def test_r048_nobody_judges_their_own_entry(donors, qa, drawn):
    DonorFactory(by=qa)
    own = Entry.objects.filter(actor=qa).latest("id").pk
    sample = drawn(by_chance=200)
    with pytest.raises(ActionRefused) as refused:
        actions.judge_entries(sample=sample, outcomes={own: ("in_order", "")}, by=qa)
    assert str(refused.value) == f"You made entry {own}: another person looks at it."


def test_an_entry_of_no_sample_is_refused(drawn, donors, reviewer):
    sample = drawn()
    with pytest.raises(ActionRefused) as refused:
        actions.judge_entries(sample=sample, outcomes={10**9: ("in_order", "")}, by=reviewer)
    assert str(refused.value) == f"Entry {10**9} is not in Trail review 1."


def test_a_review_closes_once_everything_was_looked_at(drawn, donors, reviewer):
    sample = drawn()
    close = {"sample": sample, "words": "Nothing.", "next_due_on": day(30), "by": reviewer}
    with pytest.raises(ActionRefused) as refused:
        actions.close_sample(**close)
    assert str(refused.value) == "3 entries were not looked at yet."
    actions.judge_entries(sample=sample, outcomes=outcomes(sample), by=reviewer)
    for given, field in (({"words": " "}, "words"), ({"next_due_on": day()}, "next_due_on")):
        with pytest.raises(ValueRefused) as missing:
            actions.close_sample(**close | given)
        assert missing.value.field == field
    closed = actions.close_sample(**close)
    assert (closed.closed_by, closed.next_due_on, closed.is_open) == (reviewer, day(30), False)
    with pytest.raises(ActionRefused) as late:
        actions.judge_entries(sample=sample, outcomes=outcomes(sample), by=reviewer)
    assert str(late.value) == "Trail review 1 is closed."


@pytest.mark.parametrize("role", ["operator", "auditor", "administrator"])
def test_others_draw_none(db, role):
    with pytest.raises(RoleRefused):
        actions.draw_sample(by=PersonFactory(role=role))


# --- pages --------------------------------------------------------------------------------------------


def test_a_reviewer_draws_judges_and_closes_on_the_pages(donors, reviewer, signed_in):
    client = signed_in(reviewer)
    asked = {"scope": "record", "first_day": day(), "last_day": day(), "by_chance": 3, "by_aim": 0}
    drawn = client.post(reverse("sample_list"), asked)
    sample = TrailSample.objects.get()
    assert drawn.url == reverse("sample", args=[sample.number])
    chosen = {f"outcome-{number}": "in_order" for number in numbers(sample)}
    end = {"close": "1", "words": "Nothing found.", "next_due_on": day(30)}
    assert client.post(drawn.url, chosen | end).status_code == 302
    sample.refresh_from_db()
    assert (sample.words, sample.is_open) == ("Nothing found.", False)
    page = client.get(reverse("sample_list")).content.decode()
    assert f"Changes of records: next due {day(30):%-d %b %Y}" in page
    assert "Access and system: never reviewed" in page


def test_what_was_chosen_is_kept_when_closing_is_refused(drawn, donors, reviewer, signed_in):
    sample = drawn()
    first, second, _ = numbers(sample)
    chosen = {f"outcome-{first}": "in_order", f"outcome-{second}": "finding", f"words-{second}": ""}
    url = reverse("sample", args=[sample.number])
    answer = signed_in(reviewer).post(url, chosen)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert f"Say what you found at entry {second}." in page
    assert f'id="finding-{second}" value="finding" checked' in page


def test_an_auditor_reads_and_gets_no_buttons(drawn, donors, auditor, signed_in):
    sample = drawn()
    page = signed_in(auditor).get(reverse("sample", args=[sample.number])).content.decode()
    assert sample.seed in page
    assert "Keep and close" not in page
    assert "Draw a sample" not in signed_in(auditor).get(reverse("sample_list")).content.decode()


@pytest.mark.parametrize("size", [1, 3])
def test_pages_cost_the_same_for_one_and_for_three(
    drawn, donors, auditor, signed_in, django_assert_num_queries, size
):
    for _ in range(size):
        sample = drawn(by_chance=size)
    client = signed_in(auditor)
    with django_assert_num_queries(11):
        client.get(reverse("sample_list"))
    with django_assert_num_queries(5):
        client.get(reverse("sample", args=[sample.number]))


def test_the_newest_review_stands_first(drawn, donors, auditor, signed_in):
    drawn()
    drawn()
    page = signed_in(auditor).get(reverse("sample_list")).content.decode()
    assert page.index(reverse("sample", args=[2])) < page.index(reverse("sample", args=[1]))

"""How many entries each choice of the trail's filters would give."""

import pytest
from django.urls import reverse

from audit.trail import counting
from audit.trail.asking import TrailFilter
from tests.audit.writing import TYPING_ERROR, event, save
from tests.factories import DonorFactory


@pytest.fixture
def written(operator, second_operator):
    for n in range(3):
        donor = DonorFactory(by=operator)
        donor.age_years = 40 + n
        save(donor, second_operator, reason=TYPING_ERROR)
    event("printed", operator)


def test_whole_trail_is_counted_choice_by_choice(written, operator, second_operator):
    found = counting.counts(TrailFilter())
    assert (found["kind"].words("batches.donor"), found["action"].words("printed")) == ("6", "1")
    assert (found["person_id"].words(second_operator.pk), found["only"].words("reasons")) == ("3", "3")
    assert found["kind"].has_none("batches.batch")


def test_within_a_filter_each_choice_counts_as_if_it_were_not_chosen(written, operator, second_operator):
    found = counting.counts(TrailFilter(kind="batches.donor", action="changed"))
    assert (found["action"].words("created"), found["action"].words("changed")) == ("3", "3")
    assert (found["kind"].words("batches.donor"), found["kind"].has_none("accounts.user")) == ("3", True)
    assert found["person_id"].words(second_operator.pk) == "3"
    assert (found["only"].words("reasons"), found["only"].words("late")) == ("3", "0")


def test_large_numbers_say_that_they_are_cut(written, monkeypatch):
    monkeypatch.setattr(counting, "MOST_SHOWN", 2)
    assert counting.counts(TrailFilter())["kind"].words("batches.donor") == "2+"
    monkeypatch.setattr(counting, "MOST_SHOWN", 1_000)
    monkeypatch.setattr(counting, "MOST_LOOKED_AT", 4)
    found = counting.counts(TrailFilter(kind="batches.donor"))["action"]
    assert (found.words("changed"), found.words("printed"), found.has_none("printed")) == ("2+", "", False)


def test_counts_come_as_a_part_of_the_page_after_it(signed_in, auditor, written, operator):
    client = signed_in(auditor)
    page = client.get(reverse("trail"), {"kind": "batches.donor"}).content.decode()
    assert 'hx-get="/trail/counts/?kind=batches.donor" hx-trigger="load"' in page
    part = client.get(reverse("trail_counts"), {"kind": "batches.donor"}).content.decode()
    assert '<option value="created">created (3)</option>' in part
    assert f'<option value="{operator.pk}">operator1 (3)</option>' in part
    assert '<option value="batches.donor" selected>donor (6)</option>' in part
    assert "printed" not in part
    assert 'href="?kind=batches.donor&amp;only=reasons"' in part


def test_counts_of_a_filter_that_can_not_be_read_are_none(signed_in, auditor):
    assert signed_in(auditor).get(reverse("trail_counts"), {"from": "x"}).status_code == 204


@pytest.mark.parametrize("rows", [1, 3, 105])
def test_counts_cost_six_queries(signed_in, auditor, operator, django_assert_num_queries, rows):
    for _ in range(rows):
        event("printed", operator)
    client = signed_in(auditor)
    client.get(reverse("trail_counts"))
    asked = {"action": "printed", "person": operator.pk, "kind": "", "only": ""}
    # session, person, people; the filter without its action, without its person, as it is
    with django_assert_num_queries(6):
        client.get(reverse("trail_counts"), asked)

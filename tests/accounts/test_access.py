"""Who had which access on a day: from history, the same for ever, and only for those who check it."""

import csv
import datetime as dt
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import access, actions
from accounts.access import access_on
from audit.models import Entry
from tests.factories import PersonFactory

TODAY = dt.date(2026, 3, 12)


@pytest.fixture
def days(monkeypatch, administrator, reason):
    """Three people, changed on three days: registered, promoted, deactivated. Returns the days."""
    at = {"now": dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC)}
    monkeypatch.setattr(timezone, "now", lambda: at["now"])
    operator = PersonFactory(username="operator1", printed_name="Operator One", role="operator")
    PersonFactory(username="auditor9", printed_name="Auditor Nine", role="auditor")
    at["now"] += dt.timedelta(days=1)
    actions.verify_identity(person=operator, identity="Passport seen.", by=administrator)
    change = {"printed_name": "Operator One", "role": "reviewer", "reason": reason}
    actions.change_person(person=operator, by=administrator, **change)
    at["now"] += dt.timedelta(days=1)
    operator.refresh_from_db()
    actions.set_active(person=operator, is_active=False, by=administrator, reason=reason)
    return [dt.date(2026, 3, day) for day in (9, 10, 11, 12)]


def told(day):
    return {one.username: (one.role.label, one.is_active) for one in access_on(day)}


def test_r066_who_had_what_is_shown_for_any_day(days):
    before, first, second, third = map(told, days)
    assert "operator1" not in before
    assert (first["operator1"], first["auditor9"]) == (("Operator", True), ("Auditor", True))
    assert second["operator1"] == ("QC reviewer", True)
    assert third["operator1"] == ("QC reviewer", False)


def test_r066_since_when_and_by_whom(days):
    found = {one.username: one for one in access_on(days[2])}
    promoted = found["operator1"]
    assert (promoted.since, promoted.made_by) == (dt.datetime(2026, 3, 11, 9, tzinfo=dt.UTC), "admin1")
    assert promoted.verified_at == dt.datetime(2026, 3, 11, 9, tzinfo=dt.UTC)
    assert promoted.powers == ["enter and check", "review and sign", "read the trail"]
    assert found["auditor9"].powers == ["read the trail", "export the trail"]


def test_a_role_given_back_counts_from_when_it_was_given_back(administrator, monkeypatch, reason):
    at = {"now": dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC)}
    monkeypatch.setattr(timezone, "now", lambda: at["now"])
    person = PersonFactory(username="operator1", role="operator")
    for role in ("auditor", "operator"):
        at["now"] += dt.timedelta(hours=1)
        change = {"printed_name": "Somebody", "role": role, "reason": reason}
        actions.change_person(person=person, by=administrator, **change)
    (found,) = [one for one in access_on(dt.date(2026, 3, 10)) if one.username == "operator1"]
    assert (found.role, found.since) == ("operator", dt.datetime(2026, 3, 10, 11, tzinfo=dt.UTC))


def test_deactivated_person_may_nothing(days):
    (gone,) = [one for one in access_on(days[3]) if one.username == "operator1"]
    assert gone.powers == []


@pytest.mark.parametrize("more", [0, 3])
def test_the_report_costs_three_queries(administrator, django_assert_num_queries, more):
    for number in range(more):
        PersonFactory(username=f"somebody{number}")
    with django_assert_num_queries(3):
        assert len(access_on(timezone.localdate())) == 1 + more


def test_page_shows_the_day_and_hands_it_out(days, signed_in, auditor):
    page = signed_in(auditor).get(reverse("access"), {"on": "2026-03-10"}).content.decode()
    assert page.count("<tr>") == 1 + 2
    assert "QC reviewer" not in page
    assert f"{reverse('access_export')}?on=2026-03-10" in page


def test_r066_file_is_an_entry_before_it_leaves(days, signed_in, auditor):
    answer = signed_in(auditor).get(reverse("access_export"), {"on": "2026-03-11"})
    entry = Entry.objects.latest("id")
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert (entry.act, json.loads(entry.body)["detail"]) == (
        "export_access",
        {"format": "csv", "people": len(rows), "day": "2026-03-11"},
    )
    assert f"exoledger-access-2026-03-11-{entry.pk}.csv" in answer["Content-Disposition"]
    assert {row["user name"]: row["role"] for row in rows}["operator1"] == "QC reviewer"


@pytest.mark.parametrize(
    ("asked", "words"),
    [("2026-13-40", "Choose a day, such as 2026-11-26."), ("9999-01-01", "That day is still to come.")],
)
def test_day_that_is_none_is_told(signed_in, auditor, asked, words):
    for name in ("access", "access_export"):
        answer = signed_in(auditor).get(reverse(name), {"on": asked})
        assert answer.status_code == 400
        assert words in answer.content.decode()


@pytest.mark.parametrize("role", ["operator", "reviewer"])
def test_r065_others_are_told_who_may_see_it(db, signed_in, role):
    person = PersonFactory(username="somebody", role=role)
    for name in ("access", "access_export"):
        assert signed_in(person).get(reverse(name)).status_code == 403


def test_end_of_a_day_is_the_laboratorys(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.deactivate()
    with timezone.override("Europe/Berlin"):
        assert access.end_of(dt.date(2026, 7, 1)) == dt.datetime(2026, 7, 1, 22, tzinfo=dt.UTC)

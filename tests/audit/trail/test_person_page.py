"""A person's page: everything that they did, and what it comes to."""

import pytest
from django.urls import reverse

from accounts.actions import command_line
from audit.models import Entry
from tests.audit.writing import TYPING_ERROR, event, save
from tests.factories import BatchFactory


def page_of(client, username):
    return client.get(reverse("trail_person", args=[username]))


def test_r007_person_page_lists_what_they_did_and_counts_it(signed_in, auditor, operator, second_operator):
    batch = BatchFactory(by=operator)
    batch.notes = "one"
    save(batch, operator, reason=TYPING_ERROR)
    batch.notes = "two"
    save(batch, operator, reason=TYPING_ERROR)
    for happening in ("signed_in", "signed_out", "refused"):
        event(happening, operator)
    event("sign_in_failed", None, about=operator, detail={"known_name": True, "address": "::1"})
    event("printed", second_operator)
    response = page_of(signed_in(auditor), "operator1")
    own = Entry.objects.filter(actor=operator).order_by("-id")
    assert [line.number for line in response.context["page"].rows] == [entry.pk for entry in own]
    told = {code: number for code, _, number in response.context["actions"]}
    assert {"changed": "2", "signed_in": "1", "signed_out": "1", "refused": "1"}.items() <= told.items()
    assert dict((code, number) for code, _, number in response.context["marks"])["reasons"] == "2"
    assert response.context["failed"] == "1"
    assert response.context["batches"][0] == (batch.number, own.exclude(batch_number="")[0].pk, "6")
    assert (response.context["first"]["id"], response.context["last"]["id"]) == (
        own.last().pk,
        own.first().pk,
    )


def test_names_in_the_trail_lead_to_the_person(signed_in, auditor, operator):
    event("printed", operator)
    page = signed_in(auditor).get(reverse("trail")).content.decode()
    assert '<a href="/trail/person/operator1/">operator1</a>' in page


def test_deactivated_person_and_system_actor_have_their_page(signed_in, auditor, operator):
    operator.is_active = False
    save(operator, auditor, reason=TYPING_ERROR)
    actor = command_line()
    client = signed_in(auditor)
    assert "deactivated" in page_of(client, "operator1").content.decode()
    response = page_of(client, actor.username)
    assert (response.status_code, "System actor" in response.content.decode()) == (200, True)


def test_somebody_who_did_nothing_has_an_empty_page(signed_in, auditor, operator):
    page = page_of(signed_in(auditor), "operator1").content.decode()
    assert "Nothing was done under this name." in page
    assert "No batch yet" in page


@pytest.mark.parametrize(
    ("role", "may"),
    {"auditor": True, "reviewer": True, "qa": True, "administrator": True, "operator": False}.items(),
)
def test_person_page_of_others_is_for_those_who_read_the_trail(
    request, signed_in, second_operator, role, may
):
    response = page_of(signed_in(request.getfixturevalue(role)), "operator2")
    assert response.status_code == (200 if may else 403)


def test_everybody_sees_their_own_page_without_links_into_the_trail(signed_in, operator):
    entry = event("printed", operator)
    response = page_of(signed_in(operator), "operator1")
    assert response.status_code == 200
    assert f"/trail/{entry.pk}/" not in response.content.decode()


def test_nobody_has_no_page(signed_in, auditor):
    assert page_of(signed_in(auditor), "nobody").status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 105])
def test_person_page_costs_ten_queries(signed_in, auditor, operator, django_assert_num_queries, rows):
    for _ in range(rows):
        event("printed", operator)
    client = signed_in(auditor)
    page_of(client, "operator1")
    # session, who asks, the person, entries, batches, changes to the account, first, last, counts, failed
    with django_assert_num_queries(10):
        page_of(client, "operator1")

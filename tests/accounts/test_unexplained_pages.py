"""Pages about unexplained changes: who sees what, what dealing with one asks for, verifying by hand."""

import pytest
from django.urls import reverse

from audit.ledger import sealing
from audit.models import Entry
from audit.verifying import state
from audit.verifying.models import UnexplainedChange
from tests.audit.tampering import run
from tests.factories import DonorFactory

BY_HAND = {"reason_category": "other", "reason_words": "edited by hand, see DEV-12"}


@pytest.fixture
def donor(operator):
    made = DonorFactory(code="DN-0042", age_years=34, by=operator)
    sealing.seal()
    return made


@pytest.fixture
def changed(donor, signed_in, auditor):
    """Its age changed behind the trail, found by an auditor who pressed Verify now."""
    run("UPDATE batches_donor SET age_years = 35")
    signed_in(auditor).post(reverse("verify_now"))
    return UnexplainedChange.objects.get()


def page(client, name, *args):
    response = client.get(reverse(name, args=args))
    return response, response.content.decode()


def test_verify_now_says_that_all_is_in_order(donor, signed_in, auditor):
    response = signed_in(auditor).post(reverse("verify_now"), follow=True)
    assert response.redirect_chain == [("/trail/", 302)]
    said = response.content.decode()
    assert "Everything is in order." in said and "verified to checkpoint" in said
    assert Entry.objects.get(action="verified").actor == auditor


def test_verify_now_is_quick_in_a_large_installation_and_says_so(donor, signed_in, auditor, monkeypatch):
    monkeypatch.setattr("accounts.unexplained.views.MOST_ENTRIES_AT_ONCE", 1)
    response = signed_in(auditor).post(reverse("verify_now"), follow=True)
    assert "Looked at: sets and the newest checkpoint." in response.content.decode()
    assert state.latest().is_quick is True


@pytest.mark.parametrize(("person", "status"), [("operator", 403), ("administrator", 403), ("qa", 302)])
def test_who_may_verify_by_hand(donor, signed_in, request, person, status):
    client = signed_in(request.getfixturevalue(person))
    assert client.post(reverse("verify_now")).status_code == status
    assert Entry.objects.filter(action="verified").exists() == (status == 302)


def test_verifying_by_hand_is_no_get(donor, signed_in, auditor):
    assert signed_in(auditor).get(reverse("verify_now")).status_code == 405


def test_what_is_wrong_stands_on_the_list_and_in_the_trails_header(changed, signed_in, auditor):
    client = signed_in(auditor)
    _, listed = page(client, "unexplained")
    assert "Donor DN-0042" in listed and "above batches" in listed and "1 wrong" in listed
    _, trail = page(client, "trail")
    assert "1 wrong, found just now" in trail and reverse("unexplained") in trail


def test_an_empty_list_says_so(signed_in, auditor):
    _, shown = page(signed_in(auditor), "unexplained")
    assert "Nothing is open" in shown and "not verified yet" in shown


def test_operators_see_one_but_not_the_list(changed, signed_in, operator):
    client = signed_in(operator)
    assert page(client, "unexplained")[0].status_code == 403
    response, shown = page(client, "unexplained_change", changed.pk)
    assert (response.status_code, "Deal with it" in shown) == (200, False)
    assert "34" in shown and "35" in shown


def test_quality_assurance_puts_it_back(changed, donor, signed_in, qa):
    client, url = signed_in(qa), reverse("unexplained_change", args=[changed.pk])
    response = client.post(url, {"outcome": "put_back", **BY_HAND}, follow=True)
    shown = response.content.decode()
    donor.refresh_from_db()
    assert (donor.age_years, response.redirect_chain) == (34, [(url, 302)])
    assert "put back as recorded" in shown and "edited by hand, see DEV-12" in shown
    assert page(client, "unexplained")[0].context["page"].rows == []
    assert "Donor DN-0042" in client.get(reverse("unexplained") + "?settled").content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"outcome": "put_back"}, "This field is required."),
        (BY_HAND, "Choose what becomes of it."),
        ({"outcome": "put_back", **BY_HAND, "reason_words": "x"}, "Say in a few words why."),
        ({"outcome": "noted", **BY_HAND}, "Select a valid choice"),
    ],
)
def test_dealing_with_it_needs_a_choice_and_a_reason(changed, signed_in, qa, given, words):
    response = signed_in(qa).post(reverse("unexplained_change", args=[changed.pk]), given)
    assert (response.status_code, words in response.content.decode()) == (400, True)
    assert UnexplainedChange.objects.open().count() == 1


def test_others_do_not_deal_with_it(changed, signed_in, reviewer):
    url = reverse("unexplained_change", args=[changed.pk])
    assert signed_in(reviewer).post(url, {"outcome": "put_back", **BY_HAND}).status_code == 403


def test_a_refusal_stands_on_the_form_with_what_was_typed(signed_in, qa):
    run("UPDATE accounts_user SET printed_name = 'Somebody Else' WHERE username = 'qa1'")
    client = signed_in(qa)
    client.post(reverse("verify_now"))
    url = reverse("unexplained_change", args=[UnexplainedChange.objects.get().pk])
    response = client.post(url, {"outcome": "put_back", **BY_HAND})
    shown = response.content.decode()
    assert response.status_code == 409
    assert (
        "Nobody deals with a change of their own account" in shown and "edited by hand, see DEV-12" in shown
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    signed_in, auditor, operator, django_assert_num_queries, rows
):
    for _ in range(rows):
        DonorFactory(by=operator)
    run("UPDATE batches_donor SET age_years = age_years + 1")
    client = signed_in(auditor)
    client.post(reverse("verify_now"))
    client.get(reverse("unexplained"))
    with django_assert_num_queries(5):
        client.get(reverse("unexplained"))

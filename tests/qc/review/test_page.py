"""The review page: exceptions decided on it, one by one or several, and what stands on it."""

from django.urls import reverse

from audit.models import Entry
from qc.review.models import ExceptionDecision
from tests.qc.review.conftest import accept, asked, corrected, keys_of


def page_of(client, batch):
    return client.get(reverse("review", args=[batch.number])).content.decode()


def send(client, batch, **given):
    return client.post(reverse("review", args=[batch.number]), given)


def test_accepting_on_the_page_goes_on_to_the_next(signed_in, troubled, reviewer):
    corrected(troubled, "rotor_max_rpm", 50000)
    client, (first, second) = signed_in(reviewer), keys_of(troubled)
    assert "2 exceptions are not decided yet" in page_of(client, troubled)
    response = send(client, troubled, intention="accept", keys=[first], words="see printout")
    assert (response.status_code, response.url) == (302, f"/qc/{troubled.number}/#x-{second}")
    page = page_of(client, troubled)
    assert "“see printout”" in page and "1 exception is not decided yet" in page
    response = send(client, troubled, intention="accept", keys=[second], words="the same")
    assert response.url == f"/qc/{troubled.number}/#sign"
    assert "Every exception is decided" in page_of(client, troubled)


def test_several_are_ticked_and_accepted_at_once(signed_in, troubled, reviewer):
    corrected(troubled, "rotor_max_rpm", 50000)
    client, keys = signed_in(reviewer), keys_of(troubled)
    page = page_of(client, troubled)
    assert page.count('form="accept-several"') == 2
    send(client, troubled, intention="accept", keys=keys, words="both read")
    assert ExceptionDecision.objects.filter(words="both read").count() == 2


def test_a_refusal_keeps_the_words_and_is_an_entry(signed_in, troubled, reviewer):
    client, [key] = signed_in(reviewer), keys_of(troubled)
    response = send(client, troubled, intention="accept", keys=[key], words="ok")
    page = response.content.decode()
    assert (response.status_code, 'value="ok"' in page) == (409, True)
    assert "Say in a few words why it is accepted." in page
    assert Entry.objects.filter(action="refused", act="accept_exceptions").count() == 1


def test_taking_back_on_the_page(signed_in, troubled, reviewer):
    client, [key] = signed_in(reviewer), keys_of(troubled)
    accept(troubled, reviewer)
    assert "Take back" in page_of(client, troubled)
    send(client, troubled, intention="take_back", key=key, words="wrong printout")
    assert keys_of(troubled) == [key]
    assert "taken back by reviewer1: “wrong printout”" in page_of(client, troubled)


def test_who_only_reads_is_offered_no_decision(signed_in, troubled, auditor):
    client = signed_in(auditor)
    page = page_of(client, troubled)
    assert "not decided yet" in page and "data-accept" not in page
    assert send(client, troubled, intention="accept", keys=keys_of(troubled), words="yes").status_code == 403


def test_queries_stand_on_the_page_and_come_back_to_it(signed_in, troubled, reviewer):
    client, [key] = signed_in(reviewer), keys_of(troubled)
    given = {"at": f"/qc/{troubled.number}/", "exception": key, "words": "Why was it changed?"}
    response = client.post("/qc/queries/ask/", given)
    assert (response.status_code, response.url) == (302, f"/qc/{troubled.number}/?at={key}#x-{key}")
    page = page_of(client, troubled)
    assert "Why was it changed?" in page and "1 query is not closed" in page


def test_the_page_takes_the_same_queries_whatever_was_decided(
    signed_in, troubled, reviewer, django_assert_num_queries
):
    client = signed_in(reviewer)
    asked(troubled, reviewer)
    page_of(client, troubled)
    with django_assert_num_queries(25):
        page_of(client, troubled)
    for number in range(3):
        corrected(troubled, "rotor_max_rpm", 50000 + number)
        asked(troubled, reviewer, f"Question {number}?")
    accept(troubled, reviewer)
    page_of(client, troubled)  # keeps that this state was seen
    with django_assert_num_queries(25):
        page_of(client, troubled)

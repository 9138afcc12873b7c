"""Queries of the review: asked, answered, asked again, closed; open ones block signing."""

import pytest
from django.urls import reverse

from audit.models import Entry
from audit.refusal import ActionRefused
from qc.actions import approve_batch, reject_batch, set_disposition
from qc.review import actions
from qc.review.models import Query
from qc.rules import made_entries
from tests.qc.conftest import signing
from tests.qc.review.conftest import asked


def told(query):
    return [(one.kind, one.written_by.username, one.words) for one in query.messages.order_by("id")]


def fresh(query):
    return Query.objects.select_related("batch").get(pk=query.pk)


def test_a_query_is_asked_answered_and_closed(in_review, reviewer, operator):
    query = asked(in_review, reviewer)
    assert (query.status, query.url) == ("asked", f"/batches/{in_review.number}/steps/1/#query-1")
    assert (query.label, query.evidence) == ("Step 1 · Pellet, duration", "Duration: 75 min")
    assert (query.record_kind, query.field) == ("batches.ultracentrifugation", "duration_min")
    actions.answer_query(query=query, words="Type 45 Ti", by=operator)
    assert fresh(query).status == "answered"
    actions.close_query(query=query, by=reviewer)
    closed = fresh(query)
    assert (closed.status, closed.closed_by) == ("closed", reviewer)
    assert told(query) == [
        ("asked", "reviewer1", "Which rotor was it?"),
        ("answered", "operator1", "Type 45 Ti"),
        ("closed", "reviewer1", ""),
    ]


def test_asking_again_waits_for_the_laboratory_again(in_review, reviewer, operator, qa):
    query = asked(in_review, reviewer)
    with pytest.raises(ActionRefused, match="was not answered yet"):
        actions.ask_query_again(query=query, words="and now?", by=reviewer)
    actions.answer_query(query=query, words="the usual", by=operator)
    actions.ask_query_again(query=query, words="Which one is that?", by=qa)
    assert fresh(query).status == "asked"


def test_the_laboratory_answers_not_who_asked(in_review, reviewer):
    query = asked(in_review, reviewer)
    with pytest.raises(ActionRefused, match="somebody of the laboratory answers"):
        actions.answer_query(query=query, words="I answer myself", by=reviewer)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_only_reads_neither_asks_nor_answers(in_review, reviewer, role, request):
    person = request.getfixturevalue(role)
    with pytest.raises(ActionRefused, match="can't ask query"):
        asked(in_review, person)
    query = asked(in_review, reviewer)
    with pytest.raises(ActionRefused, match="can't answer query"):
        actions.answer_query(query=query, words="Type 45 Ti", by=person)


def test_closing_an_unanswered_query_needs_words(in_review, reviewer):
    query = asked(in_review, reviewer)
    with pytest.raises(ActionRefused, match="Nobody answered it"):
        actions.close_query(query=query, by=reviewer)
    actions.close_query(query=query, words="found it in the file", by=reviewer)
    with pytest.raises(ActionRefused, match="was closed by reviewer1"):
        actions.close_query(query=query, by=reviewer)


def test_the_same_question_is_not_asked_twice(in_review, reviewer):
    asked(in_review, reviewer)
    with pytest.raises(ActionRefused, match="asked already: query 1"):
        asked(in_review, reviewer)
    assert asked(in_review, reviewer, "And how long?").number == 2


def test_the_same_answer_is_not_given_twice(in_review, reviewer, operator):
    query = asked(in_review, reviewer)
    actions.answer_query(query=query, words="Type 45 Ti", by=operator)
    with pytest.raises(ActionRefused, match="gave this answer already"):
        actions.answer_query(query=query, words="Type 45 Ti", by=operator)


@pytest.mark.parametrize("answered", [False, True])
def test_an_open_query_blocks_approval_and_rejection(in_review, reviewer, operator, answered):
    query = asked(in_review, reviewer)
    if answered:
        actions.answer_query(query=query, words="Type 45 Ti", by=operator)
    for act in (approve_batch, reject_batch):
        with pytest.raises(ActionRefused, match=r"1 query is open: Query 1 \(Step 1"):
            act(batch=in_review, **signing(in_review, reviewer, "as written"), by=reviewer)


def test_an_open_query_blocks_release(approved, qa):
    query = asked(approved, qa)
    given = signing(approved, qa, "as planned")
    with pytest.raises(ActionRefused, match="1 query is open"):
        set_disposition(batch=approved, disposition="released", **given, by=qa)
    actions.close_query(query=query, words="settled by phone", by=qa)
    given = signing(approved, qa, "as planned")
    set_disposition(batch=approved, disposition="released", **given, by=qa)


def test_queries_leave_the_record_and_who_is_involved_alone(in_review, reviewer, qa):
    query = asked(in_review, reviewer)
    actions.answer_query(query=query, words="Type 45 Ti", by=qa)
    assert not made_entries(in_review, reviewer) and not made_entries(in_review, qa)


# --- pages ----------------------------------------------------------------------------------------


def step_page(client, batch):
    return client.get(reverse("step", args=[batch.number, 1])).content.decode()


def test_a_reviewer_asks_beside_the_value(signed_in, in_review, reviewer):
    client = signed_in(reviewer)
    at = f"/batches/{in_review.number}/steps/1/"
    assert f"/qc/queries/ask/?at={at}&amp;field=duration_min" in step_page(client, in_review)
    asking = client.get("/qc/queries/ask/", {"at": at, "field": "duration_min"})
    assert "Duration: 75 min" in asking.content.decode()
    given = {"at": at, "field": "duration_min", "words": "75 or 70?"}
    response = client.post("/qc/queries/ask/", given)
    assert (response.status_code, response.url) == (302, f"{at}#query-1")
    assert "75 or 70?" in step_page(client, in_review)


def test_the_laboratory_answers_on_the_page_of_the_value(signed_in, in_review, reviewer, operator):
    query = asked(in_review, reviewer)
    client = signed_in(operator)
    page = step_page(client, in_review)
    assert 'id="query-1"' in page and "your answer" in page
    assert "/qc/queries/ask/" not in page
    sent = {"intention": "answer", "words": "Type 45 Ti"}
    response = client.post(reverse("query", args=[query.pk]), sent)
    assert (response.status_code, response.url) == (302, query.url)
    page = step_page(client, in_review)
    assert "Type 45 Ti" in page and "your answer" not in page


def test_the_batch_page_shows_open_queries_to_the_laboratory(signed_in, in_review, reviewer, operator):
    asked(in_review, reviewer)
    asked(in_review, reviewer, "Who took it over?", where="", field="")
    page = signed_in(operator).get(reverse("batch", args=[in_review.number])).content.decode()
    assert "2 open" in page
    assert f'href="/batches/{in_review.number}/steps/1/#query-1"' in page
    assert page.count("your answer") == 1


def test_a_query_is_closed_or_asked_again_by_the_reviewer(signed_in, in_review, reviewer, operator):
    query = asked(in_review, reviewer)
    actions.answer_query(query=query, words="Type 45 Ti", by=operator)
    client = signed_in(reviewer)
    assert "Ask again" in step_page(client, in_review)
    sent = {"intention": "close", "words": "", "from": "review"}
    response = client.post(reverse("query", args=[query.pk]), sent)
    assert response.url == f"/qc/{in_review.number}/#query-1"
    assert fresh(query).status == "closed"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"at": "/nowhere/", "words": "what?"}, 409),
        ({"at": "", "words": "what?"}, 409),
        ({"at": "/batches/NONE/", "words": "what?"}, 409),
        ({"at": "{batch}", "field": "no_such_field", "words": "what is it?"}, 409),
        ({"at": "{batch}", "words": ""}, 400),
        ({"at": "{batch}", "words": "x" * 2001}, 400),
    ],
)
def test_a_forged_or_empty_question_is_refused(signed_in, in_review, reviewer, given, status):
    given["at"] = given["at"].format(batch=f"/batches/{in_review.number}/steps/1/")
    response = signed_in(reviewer).post("/qc/queries/ask/", given)
    assert (response.status_code, Query.objects.count()) == (status, 0)


def test_a_forged_answer_is_refused_and_kept(signed_in, in_review, reviewer, operator, auditor):
    query = asked(in_review, reviewer)
    url = reverse("query", args=[query.pk])
    sent = {"intention": "answer", "words": "x" * 3000}
    assert signed_in(operator).post(url, sent).status_code == 409
    assert signed_in(auditor).post(url, {"intention": "answer", "words": "yes it is"}).status_code == 403
    assert Entry.objects.filter(action="refused").count() == 2
    assert signed_in(operator).get(url).status_code == 405


def test_words_of_a_query_are_escaped(signed_in, in_review, reviewer):
    asked(in_review, reviewer, "<b>bold</b> & more")
    page = step_page(signed_in(reviewer), in_review)
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in page


def test_the_list_of_queries_takes_the_same_queries_for_one_and_three(
    signed_in, in_review, reviewer, operator, django_assert_num_queries
):
    client = signed_in(operator)
    asked(in_review, reviewer)
    client.get(reverse("query_list"))
    with django_assert_num_queries(4):
        assert client.get(reverse("query_list")).content.decode().count("data-review-item") == 1
    asked(in_review, reviewer, "And how long?")
    done = asked(in_review, reviewer, "And why?")
    with django_assert_num_queries(4):
        assert client.get(reverse("query_list")).content.decode().count("data-review-item") == 3
    actions.close_query(query=done, words="read it now", by=reviewer)
    assert client.get(reverse("query_list")).content.decode().count("data-review-item") == 2
    assert client.get(f"{reverse('query_list')}?show=all").content.decode().count("data-review-item") == 3

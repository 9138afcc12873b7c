"""Points that a review sent back, and how the laboratory answers them."""

import pytest
from django.urls import reverse

from audit.refusal import ActionRefused, Reason, RoleRefused
from qc.models import ReturnedPoint
from qc.review.actions import reply_to_point
from qc.review.answering import answered_in
from qc.signing import signatures_of
from tests.qc.review.test_looks import returned, second_round
from tests.way import enter, sheet_of_step


@pytest.fixture
def sent_back(in_review, reviewer):
    """A batch that the laboratory has: its duration was returned."""
    returned(in_review, reviewer)
    in_review.refresh_from_db()
    return in_review


def test_a_new_value_of_the_field_answers_the_point(sent_back, operator):
    [before] = answered_in(sent_back)
    assert (before.is_answered, before.changes, before.replies) == (False, [], [])
    reason = Reason("review", "as QC asked")
    enter(sheet_of_step(sent_back), {"rotor_max_rpm": 50000}, operator, reason)
    assert not answered_in(sent_back)[0].is_answered  # another field of the step
    enter(sheet_of_step(sent_back), {"duration_min": 80}, operator, reason)
    [point] = answered_in(sent_back)
    assert [(one.words, one.who) for one in point.changes] == [("Duration 75 → 80 min", "operator1")]


def test_a_reply_in_words_answers_it_and_leaves_signatures_valid(signed_in, sent_back, operator):
    client, point = signed_in(operator), ReturnedPoint.objects.get()
    batch_page = reverse("batch", args=[sent_back.number])
    page = client.get(batch_page).content.decode()
    assert "Sent back by QC" in page and "1 to answer" in page
    before = [one.validity for one in signatures_of(sent_back)]
    response = client.post(reverse("returned_point", args=[point.pk]), {"words": "75 is what was run"})
    assert (response.status_code, response.url) == (302, f"{batch_page}#returned")
    page = client.get(batch_page).content.decode()
    assert "“75 is what was run”" in page and "all answered" in page
    assert [one.validity for one in signatures_of(sent_back)] == before


@pytest.mark.parametrize(
    ("words", "sentence"), [("ok", "Answer in a few words."), ("as run", "You gave this answer already.")]
)
def test_an_answer_says_something_and_once(sent_back, operator, words, sentence):
    point = ReturnedPoint.objects.get()
    reply_to_point(point=point, words="as run", by=operator)
    with pytest.raises(ActionRefused, match=sentence):
        reply_to_point(point=point, words=words, by=operator)


def test_who_returned_it_does_not_answer_it(sent_back, reviewer):
    with pytest.raises(RoleRefused):
        reply_to_point(point=ReturnedPoint.objects.get(), words="as run", by=reviewer)


def test_it_is_answered_while_the_laboratory_has_the_batch(in_review, operator, second_operator, reviewer):
    second_round(in_review, operator, second_operator, reviewer)
    with pytest.raises(ActionRefused, match="a point is answered while it is returned"):
        reply_to_point(point=ReturnedPoint.objects.get(), words="as run", by=operator)
    in_review.refresh_from_db()
    assert answered_in(in_review) == []

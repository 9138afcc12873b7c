"""Pages of specifications: list, version, writing a draft, the way to approval."""

import re

import pytest
from django.urls import reverse

from accounts.statements import offer
from audit.models import Entry
from batches.masters.models import MasterVersion
from batches.specifications import drafts
from batches.specifications.content import sha256_of
from batches.specifications.models import Specification, SpecificationCriterion, SpecificationVersion
from tests.batches.masters.test_master_pages import REASON, text
from tests.batches.specifications.conftest import read
from tests.factories import MasterVersionFactory, ProductFactory
from tests.factories.people import PASSWORD
from tests.factories.specifications import draft_specification, effective_specification, next_specification

PATH = "/specifications/SPEC-1/v1/"
RANGE = {
    "attribute": "d50_nm",
    "kind": "release",
    "operator": "range",
    "action_low": "50",
    "action_high": "1,5e2",
    "low_included": "on",
    "replicates": "mean",
    "retest": "none",
}
MARKERS = {
    **{name: RANGE[name] for name in ("kind", "replicates", "retest")},
    "attribute": "markers",
    "operator": "n_of_m",
    "expected": "CD9\r\nCD63\r\n\r\nCD81",
    "at_least": "2",
    "low_included": "on",
    "high_included": "on",
}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(signed_in, reviewer, qa, rows, django_assert_num_queries):
    for number in range(rows):
        effective_specification(code=f"SPEC-{number}", by=reviewer, qa=qa)
    client = signed_in(reviewer)
    client.get("/specifications/")
    with django_assert_num_queries(5):
        words = text(client.get("/specifications/"))
    assert f"SPEC-{rows - 1} Small EVs v1 effective" in words


def test_an_empty_list_says_what_to_do_first(signed_in, reviewer, operator):
    assert "Register what the laboratory makes" in text(signed_in(reviewer).get("/specifications/"))
    ProductFactory()
    assert "Write one" in text(signed_in(reviewer).get("/specifications/"))
    assert "/add/" not in signed_in(operator).get("/specifications/").content.decode()


@pytest.mark.parametrize("size", [1, 3])
def test_a_version_page_takes_a_fixed_number_of_queries(
    signed_in, reviewer, draft, size, django_assert_num_queries
):
    for attribute in ("d50_nm", "mean_nm", "ph")[:size]:
        drafts.add_specification_criterion(
            version=draft, attribute=attribute, values={"kind": "report"}, by=reviewer
        )
    client = signed_in(reviewer)
    client.get(PATH)
    with django_assert_num_queries(8):
        client.get(PATH)


def test_a_specification_begins_on_its_page(signed_in, reviewer):
    product = ProductFactory()
    typed = {"product": product.pk, "code": "spec-1", "title": "Small EVs"}
    client = signed_in(reviewer)
    assert client.post("/specifications/add/", typed).url == PATH
    page = client.post("/specifications/add/", typed)
    assert page.context["form"].errors["code"] == ["SPEC-1 is taken already."]
    assert "Nothing is specified yet. Add what a batch is judged by" in text(client.get(PATH))


def test_the_criteria_of_a_master_begin_one(signed_in, reviewer):
    master = MasterVersionFactory()
    path = f"/specifications/add/?from={master.pk}"
    client = signed_in(reviewer)
    assert "with the criteria that" in text(client.get(path))
    typed = {"product": master.master.product.pk, "code": "SPEC-1", "title": "Small EVs"}
    client.post(path, typed)
    assert SpecificationCriterion.objects.get().attribute == "mode_nm"
    assert client.get("/specifications/add/?from=999").status_code == 404
    assert MasterVersion.objects.get().specified_by == "SPEC-1"


def test_criteria_are_written_on_their_pages(signed_in, reviewer, draft):
    client = signed_in(reviewer)
    assert client.post(PATH + "criteria/add/", RANGE).url == PATH
    assert client.post(PATH + "criteria/add/", MARKERS).url == PATH
    words = text(client.get(PATH))
    assert "Median diameter (D50) NTA from 50 to below 150 nm Release" in words
    assert "Markers CD9, CD63, CD81 western blot at least 2 of 3 detected Release" in words
    first = SpecificationCriterion.objects.get(attribute="mode_nm")
    path = f"{PATH}criteria/{first.pk}/"
    assert client.post(path + "move/", {"to": "down"}).url == PATH
    assert SpecificationCriterion.objects.get(pk=first.pk).position == 2
    changed = {**RANGE, "high_included": "on", "action_high": "200", "seen": "2"}
    unexplained = client.post(path, changed)
    assert "Accept to" in unexplained.context["why"].errors["reason_category"][0]
    assert client.post(path, {**changed, **REASON}).url == PATH
    assert client.post(path + "drop/").url == PATH
    assert SpecificationCriterion.objects.get(pk=first.pk).is_dropped is True


def test_everything_senseless_is_told_beside_its_field_and_typed_text_stays(signed_in, reviewer, draft):
    typed = {**MARKERS, "action_low": "7", "at_least": "4", "replicates": "n_of_m", "retests_needed": "2"}
    page = signed_in(reviewer).post(PATH + "criteria/add/", typed)
    assert page.status_code == 400
    assert set(page.context["form"].errors) == {
        "action_low",
        "at_least",
        "replicates_needed",
        "retests_needed",
    }
    body = page.content.decode()
    assert 'value="7"' in body and 'value="4"' in body and "CD9" in body
    assert SpecificationCriterion.objects.count() == 1


def test_a_stale_page_of_a_criterion_is_told_what_stands_there_now(signed_in, reviewer, draft):
    row = draft.criteria.get()
    typed = {**RANGE, "high_included": "on", "action_high": "200", "seen": "0", **REASON}
    page = signed_in(reviewer).post(f"{PATH}criteria/{row.pk}/", typed)
    assert "was saved by somebody else while this page was open" in text(page)
    assert "In the record now: 150" in text(page)
    assert 'value="200"' in page.content.decode()


def shown(client):
    """The offer that the page makes."""
    return re.search(r'name="manifest_shown" value="([^"]+)"', client.get(PATH).content.decode())[1]


def test_the_whole_way_on_the_page(signed_in, reviewer, qa, draft):
    client = signed_in(reviewer)
    assert client.post(PATH, {"intention": "submit"}).url == PATH
    assert "You prepared or wrote in this version" not in text(client.get(PATH))
    client = signed_in(qa)
    page = client.post(PATH, {"intention": "send_back", "words": "no"})
    assert (page.status_code, "Say it in a few words." in text(page)) == (400, True)
    client.post(PATH, {"intention": "send_back", "words": "The mode is too wide."})
    assert "Sent back by QA One" in text(client.get(PATH))
    signed_in(reviewer).post(PATH, {"intention": "submit"})
    client = signed_in(qa)
    assert f'title="{sha256_of(read(draft))}"' in client.get(PATH).content.decode()
    typed = {"intention": "approve", "manifest_shown": shown(client)}
    wrong = client.post(PATH, {**typed, "password": "no", "comment": "Agreed."})
    assert (wrong.status_code, "That is not your password" in text(wrong)) == (409, True)
    assert "Agreed." in wrong.content.decode()
    assert client.post(PATH, {**typed, "password": PASSWORD}).url == PATH
    assert "Specification approved QA One" in text(client.get(PATH))
    client.post(PATH, {"intention": "make_effective"})
    assert SpecificationVersion.objects.get().status == "effective"
    client.post(PATH, {"intention": "retire", "words": "Given up"})
    assert "“Given up”" in text(client.get(PATH))


def test_a_stale_approval_shows_the_new_content_and_its_hash(signed_in, qa, in_review):
    token = offer(in_review.trail_label, "0" * 64, qa).token()
    typed = {"intention": "approve", "manifest_shown": token, "password": PASSWORD}
    page = signed_in(qa).post(PATH, typed)
    assert (page.status_code, "changed while you were reading it" in text(page)) == (409, True)
    assert f'title="{sha256_of(read(in_review))}"' in page.content.decode()


def test_r048_the_writer_is_told_that_another_person_approves(signed_in, qa):
    from batches.specifications import actions

    actions.submit_specification(version=draft_specification(by=qa), by=qa)
    page = signed_in(qa).get(PATH)
    assert "another person approves it" in text(page)
    assert 'name="password"' not in page.content.decode()
    assert (
        signed_in(qa).post(PATH, {"intention": "approve", "manifest_shown": "x", "password": "y"}).status_code
        == 409
    )


def test_differences_to_any_other_version(signed_in, reviewer, qa, effective):
    def wider(draft, by):
        values = {"kind": "report"}
        drafts.add_specification_criterion(version=draft, attribute="d50_nm", values=values, by=by)

    second = next_specification(effective, by=reviewer, qa=qa, change=wider)
    next_specification(second, by=reviewer, qa=qa)
    client = signed_in(reviewer)
    assert "Against SPEC-1 v2" in text(client.get("/specifications/SPEC-1/v3/"))
    assert "Nothing differs" in text(client.get("/specifications/SPEC-1/v3/"))
    words = text(client.get("/specifications/SPEC-1/v3/?against=1"))
    assert "added Median diameter (D50) report only: any value" in words
    assert client.get("/specifications/SPEC-1/").url == "/specifications/SPEC-1/v3/"


@pytest.mark.parametrize("role", ["operator", "auditor", "administrator"])
@pytest.mark.parametrize(
    ("name", "more"),
    [("describe_specification", []), ("add_criterion", []), ("criterion", [1]), ("drop_criterion", [1])],
)
def test_pages_of_writing_are_refused_to_other_roles(request, signed_in, draft, role, name, more):
    client = signed_in(request.getfixturevalue(role))
    ask = client.post if name == "drop_criterion" else client.get
    assert ask(reverse(name, args=["SPEC-1", 1, *more])).status_code == 403
    assert Entry.objects.filter(action="refused").count() == 1
    refused = client.post(PATH, {"intention": "submit"})
    assert (refused.status_code, Specification.objects.count()) == (403, 1)


def test_a_version_that_is_no_draft_offers_no_form(signed_in, reviewer, in_review):
    row = in_review.criteria.get()
    client = signed_in(reviewer)
    for path in ("about/", "criteria/add/", f"criteria/{row.pk}/"):
        words = text(client.get(PATH + path))
        assert "nobody writes in it unless it is sent back" in words
        assert "Save in the draft" not in words
    assert client.post(f"{PATH}criteria/{row.pk}/drop/").status_code == 409


def test_a_master_without_an_effective_specification_says_so_when_a_batch_is_opened(
    signed_in, operator, draft
):
    from tests.batches.specifications.test_freezing import master_on
    from tests.factories import SourceLotFactory

    typed = {"version": master_on(draft.specification).pk, "source_lot": SourceLotFactory().pk}
    page = signed_in(operator).post("/batches/open/", typed)
    assert "No version of specification SPEC-1 is effective" in text(page)

"""Pages of products, master records, versions and drafts."""

import html
import re

import pytest
from django.urls import reverse

from audit.models import Entry
from batches.masters import actions, drafts
from batches.masters.models import MasterVersion, PlannedStep, Product, StepLimit
from batches.specifications.models import Specification
from tests.batches.masters.test_masters import LIMITS, STEP, WHY, begun
from tests.factories import BatchFactory, MasterVersionFactory, ProductFactory
from tests.factories.people import PASSWORD
from tests.factories.records import SpecificationFactory
from tests.factories.specifications import effective_specification

REASON = {"reason_category": "process", "reason_words": "as the validation shows"}


def text(response):
    """The page's words without markup, spaces made single."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", response.content.decode())))


def draft_of(product, by, code="MBR-UC"):
    return begun(by, code=code, product=product)


@pytest.fixture
def draft(db, reviewer):
    return draft_of(ProductFactory(code="MSC-EV"), reviewer)


PATH = "/masters/MBR-UC/v1/"


# --- lists ----------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_first(signed_in, reviewer):
    client = signed_in(reviewer)
    assert "Register a product, then write its master record" in text(client.get("/masters/"))
    assert "Register what the laboratory makes" in text(client.get("/products/"))
    assert "register the product first" in text(client.get("/masters/add/"))


def test_an_empty_list_offers_nothing_to_those_who_may_not(signed_in, operator):
    client = signed_in(operator)
    for path in ("/masters/", "/products/"):
        assert "/add/" not in client.get(path).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("/masters/", 5), ("/products/", 4)])
def test_lists_take_a_fixed_number_of_queries(
    signed_in, reviewer, rows, path, queries, django_assert_num_queries
):
    versions = [MasterVersionFactory() for _ in range(rows)]
    actions.draft_version(master=versions[0].master, by=reviewer)
    client = signed_in(reviewer)
    client.get(path)
    with django_assert_num_queries(queries):
        page = client.get(path)
    for version in versions:
        assert version.master.code in text(page)


def test_the_list_shows_effective_version_and_draft(signed_in, reviewer):
    version = MasterVersionFactory()
    client = signed_in(reviewer)
    assert "New version of" in text(client.get("/masters/"))
    actions.draft_version(master=version.master, by=reviewer)
    words = text(client.get("/masters/"))
    assert "v1 effective" in words
    assert "v2 draft" in words
    assert "New version of" not in words


# --- products -------------------------------------------------------------------------------------

PRODUCT = {
    "code": "msc-ev",
    "name": "MSC EV",
    "number_pattern": "EXO-{year}-{number:04d}",
    "window_low_nm": "30",
    "window_high_nm": "150",
    "is_active": "on",
}


def test_a_product_is_registered_and_corrected_on_its_page(signed_in, reviewer):
    client = signed_in(reviewer)
    assert client.post("/products/add/", PRODUCT).url == "/products/MSC-EV/"
    path = "/products/MSC-EV/correct/"
    wider = {**PRODUCT, "window_high_nm": "200"}
    assert "Size window to" in client.post(path, wider).context["why"].errors["reason_category"][0]
    assert client.post(path, {**wider, **REASON}).status_code == 302
    assert "30–200 nm" in text(client.get("/products/MSC-EV/"))


@pytest.mark.parametrize(
    "pattern", ["EXO", "EXO-{number}", "EXO {year} {number}", "{nope}", "EXO-{year}/{number}"]
)
def test_a_pattern_that_gives_no_batch_numbers_is_refused(signed_in, reviewer, pattern):
    page = signed_in(reviewer).post("/products/add/", {**PRODUCT, "number_pattern": pattern})
    assert list(page.context["form"].errors) == ["number_pattern"]
    assert Product.objects.count() == 0


def test_a_window_that_ends_before_it_begins_is_refused(signed_in, reviewer):
    page = signed_in(reviewer).post("/products/add/", {**PRODUCT, "window_high_nm": "10"})
    assert "The size window must begin below its end." in text(page)


# --- versions -------------------------------------------------------------------------------------


def test_a_master_begins_on_its_page_and_leads_to_its_draft(signed_in, reviewer):
    product = ProductFactory(code="MSC-EV")
    client = signed_in(reviewer)
    assert "No specification yet" in text(client.get("/masters/add/"))
    specification = SpecificationFactory(product=product)
    data = {"product": product.pk, "code": "mbr-uc", "title": "UC", "specification": specification.pk}
    assert client.post("/masters/add/", data).url == PATH
    assert MasterVersion.objects.get().specification == specification


def test_a_version_page_says_what_is_planned_and_accepted(signed_in, operator):
    version = MasterVersionFactory(master__code="MBR-UC")
    BatchFactory(version=version, by=operator)
    page = signed_in(operator).get(PATH)
    words = text(page)
    assert "MBR-UC v1 effective" in words
    assert "1 · Pellet Ultracentrifugation · concentrate critical: a second person checks it" in words
    assert "Spin. Keep the pellet." in words
    assert "Temperature planned 4 °C, accept 2–8 °C, edges included, alert above 6 °C" in words
    assert "Mode diameter NTA 50–150 nm, edges included Release" in words
    assert "1 batch opened on it" in words
    assert "frozen plan sha256" in words
    for word in ("Add a step", "New version", "Password of"):
        assert word not in words


@pytest.mark.parametrize("size", [1, 3])
def test_a_version_page_takes_a_fixed_number_of_queries(
    signed_in, reviewer, draft, size, django_assert_num_queries
):
    for number in range(size):
        step = drafts.set_planned_step(version=draft, values={**STEP, "name": f"S{number}"}, by=reviewer)
        drafts.set_limit(step=step, field="temperature_c", values=LIMITS, by=reviewer)
    report = {"kind": "report"}
    effective_specification(
        product=draft.master.product,
        code="SPEC-OF-IT",
        criteria=[(key, report) for key in ["mode_nm", "d50_nm", "mean_nm"][:size]],
    )
    named = Specification.objects.get(code="SPEC-OF-IT")
    drafts.describe_draft(version=draft, specification=named, change_note="", by=reviewer, reason=WHY)
    client = signed_in(reviewer)
    client.get(PATH)
    with django_assert_num_queries(13):
        client.get(PATH)


def test_a_master_leads_to_its_effective_version(signed_in, operator, reviewer):
    version = MasterVersionFactory(master__code="MBR-UC")
    actions.draft_version(master=version.master, by=reviewer)
    assert signed_in(operator).get("/masters/MBR-UC/").url == PATH


def test_a_new_version_shows_what_it_changes(signed_in, reviewer):
    MasterVersionFactory(master__code="MBR-UC")
    client = signed_in(reviewer)
    assert client.post("/masters/MBR-UC/draft/").url == "/masters/MBR-UC/v2/"
    assert "Nothing differs yet." in text(client.get("/masters/MBR-UC/v2/"))
    limit = {"target": "4", "action_low": "2", "action_high": "6", "low_included": "on", **REASON}
    client.post("/masters/MBR-UC/v2/steps/1/limits/temperature_c/", limit)
    words = text(client.get("/masters/MBR-UC/v2/"))
    assert "changed Step 1 · Pellet: Temperature" in words
    assert "planned 4 °C, accept from 2 to below 6 °C" in words
    assert "Against MBR-UC v1" in words


def test_a_second_draft_is_refused_with_a_page(signed_in, reviewer, draft):
    page = signed_in(reviewer).post("/masters/MBR-UC/draft/")
    assert (page.status_code, "is a draft already" in text(page)) == (409, True)


# --- writing a draft ------------------------------------------------------------------------------

TYPED_STEP = {
    "name": "Pellet",
    "method": "ultracentrifugation",
    "purpose": "concentrate",
    "is_critical": "on",
}


def test_a_draft_is_written_on_its_pages(signed_in, reviewer, draft):
    client = signed_in(reviewer)
    about = {"specification": draft.specification_id, "change_note": "First"}
    assert client.post(PATH + "about/", about).url == PATH
    assert client.post(PATH + "steps/add/", TYPED_STEP).url == PATH
    limit = {"field": "rcf_xg", "action_low": "1e5", "action_high": "120 000", "low_included": "on"}
    assert client.post(PATH + "steps/1/limits/add/", limit).url == PATH
    words = text(client.get(PATH))
    assert "accept from 100 000 to below 120 000 ×g" in words
    assert "no version is effective No batch can be opened" in words
    assert "Complete: steps are numbered" in words


def test_only_what_has_no_limit_yet_is_offered(signed_in, reviewer, draft):
    step = drafts.set_planned_step(version=draft, values=STEP, by=reviewer)
    drafts.set_limit(step=step, field="temperature_c", values=LIMITS, by=reviewer)
    form = signed_in(reviewer).get(PATH + "steps/1/limits/add/").context["form"]
    offered = dict(form.fields["field"].choices)
    assert "temperature_c" not in offered
    assert offered["duration_min"] == "Duration (min)"


def test_changing_a_draft_asks_for_the_reason_once(signed_in, reviewer, draft):
    drafts.set_planned_step(version=draft, values=STEP, by=reviewer)
    client, path = signed_in(reviewer), PATH + "steps/1/"
    page = client.post(path, {**TYPED_STEP, "name": "Spin", "instructions": "Spin.", "position": "1"})
    assert "Name" in page.context["why"].errors["reason_category"][0]
    assert 'value="Spin"' in page.content.decode()
    changed = {**TYPED_STEP, "name": "Spin", "instructions": "Spin.", "position": "1", **REASON}
    assert client.post(path, changed).url == PATH
    assert PlannedStep.objects.get().name == "Spin"


def test_an_unknown_position_is_refused_at_the_field(signed_in, reviewer, draft):
    page = signed_in(reviewer).post(PATH + "steps/add/", {**TYPED_STEP, "position": "first"})
    assert list(page.context["form"].errors) == ["position"]


def test_a_senseless_limit_is_refused_at_its_field_and_typed_text_stays(signed_in, reviewer, draft):
    drafts.set_planned_step(version=draft, values=STEP, by=reviewer)
    limit = {"field": "temperature_c", "target": "9", "action_low": "2", "action_high": "8", **REASON}
    page = signed_in(reviewer).post(PATH + "steps/1/limits/add/", limit)
    assert page.context["form"].errors["target"] == ["This target lies outside of what is accepted."]
    assert 'value="9"' in page.content.decode()
    assert StepLimit.objects.count() == 0


def test_rows_are_dropped_on_their_pages(signed_in, reviewer, draft):
    step = drafts.set_planned_step(version=draft, values=STEP, by=reviewer)
    drafts.set_limit(step=step, field="temperature_c", values=LIMITS, by=reviewer)
    client = signed_in(reviewer)
    for path in ("steps/1/limits/temperature_c/", "steps/1/"):
        assert f'action="{PATH}{path}drop/"' in client.get(PATH + path).content.decode()
        assert client.post(PATH + path + "drop/").url == PATH
    for model in (StepLimit, PlannedStep):
        assert model.objects.get().is_dropped is True


def test_an_effective_version_offers_no_form_and_refuses_what_is_sent(signed_in, reviewer):
    MasterVersionFactory(master__code="MBR-UC")
    client = signed_in(reviewer)
    assert "never changes any more" in text(client.get(PATH + "steps/1/"))
    page = client.post(PATH + "steps/1/", {**TYPED_STEP, "name": "Other", "position": "1", **REASON})
    assert "never changes" in text(page)
    assert client.post(PATH + "steps/1/drop/").status_code == 409
    assert PlannedStep.objects.get().name == "Pellet"
    assert Entry.objects.filter(action="refused").count() == 2


# --- approval -------------------------------------------------------------------------------------


def shown(client):
    """The offer that the page makes."""
    return re.search(r'name="manifest_shown" value="([^"]+)"', client.get(PATH).content.decode())[1]


def test_quality_assurance_approves_with_their_password(signed_in, reviewer, qa, draft):
    drafts.set_planned_step(version=draft, values=STEP, by=reviewer)
    client = signed_in(qa)
    assert "You approve MBR-UC v1 as effective, as QA One." in text(client.get(PATH))
    page = client.post(PATH + "approve/", {"manifest_shown": shown(client), "password": "wrong"})
    assert (page.status_code, "That is not your password" in text(page)) == (409, True)
    given = {"manifest_shown": shown(client), "password": PASSWORD}
    assert client.post(PATH + "approve/", given).url == PATH
    assert MasterVersion.objects.get().status == "effective"
    assert "MBR-UC v1 effective" in text(client.get(PATH))


def test_r048_the_preparer_is_told_that_another_person_approves(signed_in, qa):
    draft = draft_of(ProductFactory(), qa)
    drafts.set_planned_step(version=draft, values=STEP, by=qa)
    client = signed_in(qa)
    page = client.get(PATH)
    assert "another person approves it" in text(page)
    assert 'name="password"' not in page.content.decode()
    refused = client.post(PATH + "approve/", {"password": PASSWORD})
    assert refused.status_code == 409
    assert MasterVersion.objects.get().status == "draft"


def test_what_is_missing_stands_where_approval_would_be(signed_in, qa, draft):
    page = signed_in(qa).get(PATH)
    assert "Before approval: no step is planned." in text(page)
    assert 'name="password"' not in page.content.decode()


# --- roles ----------------------------------------------------------------------------------------

WRITING = {
    "add_product": [],
    "correct_product": ["P-1"],
    "add_master": [],
    "describe_draft": ["MBR-UC", 1],
    "add_planned_step": ["MBR-UC", 1],
    "planned_step": ["MBR-UC", 1, 1],
    "add_limit": ["MBR-UC", 1, 1],
    "limit": ["MBR-UC", 1, 1, "temperature_c"],
}
POSTED = {
    "draft_version": ["MBR-UC"],
    "approve_version": ["MBR-UC", 1],
    "drop_planned_step": ["MBR-UC", 1, 1],
    "drop_limit": ["MBR-UC", 1, 1, "temperature_c"],
}


@pytest.mark.parametrize("role", ["operator", "auditor", "administrator"])
@pytest.mark.parametrize("name", [*WRITING, *POSTED])
def test_pages_of_writing_are_refused_to_other_roles(request, signed_in, name, role):
    client = signed_in(request.getfixturevalue(role))
    ask = client.get if name in WRITING else client.post
    page = ask(reverse(name, args={**WRITING, **POSTED}[name]))
    assert page.status_code == 403
    assert Entry.objects.filter(action="refused").count() == 1


@pytest.mark.parametrize("name", WRITING)
def test_every_page_of_writing_opens(signed_in, reviewer, name):
    ProductFactory(code="P-1")
    version = MasterVersionFactory(
        master__code="MBR-UC", status="draft", approved_at=None, approved_by=None, prepared_by=reviewer
    )
    assert version.is_draft
    assert signed_in(reviewer).get(reverse(name, args=WRITING[name])).status_code == 200


@pytest.mark.parametrize("path", ["/products/X/", "/masters/X/", "/masters/X/v1/", PATH + "steps/9/"])
def test_what_is_not_there_is_not_found(signed_in, reviewer, draft, path):
    assert signed_in(reviewer).get(path).status_code == 404

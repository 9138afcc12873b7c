"""Pages of donors and source lots."""

import datetime as dt
import html
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from batches.source import actions
from batches.source.kinds import SourceKind
from batches.source.lot_kinds import LOT_KINDS
from batches.source.models import Donor, DonorTesting, MscDetails, SourceLot
from tests.batches.source.test_sources import COLLECTED, registered
from tests.factories import BatchFactory, DonorFactory, SourceLotFactory

LIST_QUERIES = 4  # session, person, rows, counts


def text(response):
    """The page's words without markup, spaces made single."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", response.content.decode())))


def posted(page, **changed):
    """What a browser would send for the forms of a page, with some values changed."""
    forms = page.context["forms"].all if "forms" in page.context else [page.context["form"]]
    forms = [*forms, page.context["why"]] if "why" in page.context else forms
    data = {}
    for form in forms:
        for bound in form:
            value = bound.field.widget.format_value(bound.value())
            value = value[0] if isinstance(value, list) and value else value
            if value not in (None, [], "") and not (bound.widget_type == "checkbox" and not bound.value()):
                data[bound.html_name] = value
    return {**data, **changed}


# --- lists ----------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_first(signed_in, operator):
    client = signed_in(operator)
    assert "Register the donor first" in text(client.get("/sources/"))
    assert "Register a donor under a pseudonym" in text(client.get("/donors/"))


def test_an_empty_list_offers_nothing_to_those_who_may_not(signed_in, auditor):
    client = signed_in(auditor)
    for path in ("/sources/", "/donors/"):
        page = client.get(path).content.decode()
        assert "/add/" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_source_lots_are_listed_in_a_fixed_number_of_queries(
    signed_in, operator, rows, django_assert_num_queries
):
    lots = [registered(operator) for _ in range(rows)]
    BatchFactory(source_lot=lots[0], by=operator)
    client = signed_in(operator)
    client.get("/sources/")
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get("/sources/")
    assert [(lot.code, made) for lot, made in page.context["rows"]] == [
        (lot.code, 1 if lot == lots[0] else 0) for lot in reversed(lots)
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_donors_are_listed_in_a_fixed_number_of_queries(signed_in, operator, rows, django_assert_num_queries):
    donors = [SourceLotFactory().donor for _ in range(rows)]
    client = signed_in(operator)
    client.get("/donors/")
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get("/donors/")
    assert page.context["rows"] == [(donor, 1) for donor in reversed(donors)]


def test_lots_are_searched_by_their_code_and_their_donors(signed_in, operator):
    one = registered(operator, donor=DonorFactory(code="DN-0117"))
    registered(operator, donor=DonorFactory(code="DN-0218"))
    page = signed_in(operator).get("/sources/?q=0117")
    assert [lot for lot, _ in page.context["rows"]] == [one]


def test_a_whole_code_goes_straight_to_its_lot(signed_in, operator):
    lot = registered(operator)
    page = signed_in(operator).get(f"/sources/?q={lot.code.lower()}")
    assert (page.status_code, page.url) == (302, f"/sources/{lot.code}/")


# --- donors ---------------------------------------------------------------------------------------


def test_a_donor_is_registered_on_its_page(signed_in, operator):
    page = signed_in(operator).post(
        "/donors/add/", {"code": "dn-0117", "sex": "female", "eligibility": "eligible", "age_years": "34"}
    )
    assert page.url == "/donors/DN-0117/"
    assert Donor.objects.get().age_years == 34


def test_a_name_is_refused_at_the_field_and_typed_text_stays(signed_in, operator):
    page = signed_in(operator).post(
        "/donors/add/", {"code": "Jane Doe", "sex": "female", "eligibility": "eligible", "notes": "kept"}
    )
    assert "pseudonym" in page.context["form"].errors["code"][0]
    assert "kept" in text(page)
    assert Donor.objects.count() == 0


def test_a_donor_page_shows_facts_lots_and_what_changed(signed_in, operator):
    donor = actions.register_donor(values={"code": "DN-0117", "consent_ref": "ICF-7"}, by=operator)
    lot = registered(operator, donor=donor)
    actions.correct_donor(
        donor=donor, values={"consent_ref": "ICF-8"}, by=operator, reason=actions.Reason("other", "reread")
    )
    words = text(signed_in(operator).get("/donors/DN-0117/"))
    assert "Consent reference ICF-8" in words
    assert "Blood group not recorded" in words
    assert lot.code in words
    assert "ICF-7 → ICF-8" in words
    assert "“reread”" in words


def test_correcting_a_donor_asks_for_a_reason_only_where_a_value_is_replaced(signed_in, operator):
    donor = DonorFactory(code="DN-0117", consent_ref="")
    client, path = signed_in(operator), "/donors/DN-0117/correct/"
    filled = client.post(path, posted(client.get(path), consent_ref="ICF-7"))
    assert filled.status_code == 302
    refused = client.post(path, posted(client.get(path), consent_ref="ICF-8"))
    assert "Consent reference" in refused.context["why"].errors["reason_category"][0]
    assert 'value="ICF-8"' in refused.content.decode()
    reason = {"reason_category": "typing_error", "reason_words": "digits swapped"}
    client.post(path, posted(client.get(path), consent_ref="ICF-8", **reason))
    donor.refresh_from_db()
    assert donor.consent_ref == "ICF-8"


def test_two_people_on_one_donor_the_second_sees_both_values(signed_in, operator, second_operator):
    donor = DonorFactory(code="DN-0117")
    client, path = signed_in(operator), "/donors/DN-0117/correct/"
    mine = posted(client.get(path), blood_group="A+")
    actions.correct_donor(donor=donor, values={"blood_group": "0-"}, by=second_operator)
    page = client.post(path, mine)
    assert "saved by somebody else" in text(page)
    assert "In the record now: 0-" in text(page)
    reason = {"reason_category": "read_again", "reason_words": "looked at the report"}
    assert client.post(path, posted(page, blood_group="A+", **reason)).status_code == 302
    donor.refresh_from_db()
    assert donor.blood_group == "A+"


# --- source lots ----------------------------------------------------------------------------------


def test_adding_a_lot_begins_with_its_kind(signed_in, operator):
    page = signed_in(operator).get("/sources/add/?donor=DN-0117").content.decode()
    for kind in SourceKind.values:
        assert f'href="/sources/add/{kind}/?donor=DN-0117"' in page


@pytest.mark.parametrize("kind", SourceKind.values)
def test_only_what_applies_to_a_kind_is_asked(signed_in, operator, kind):
    page = signed_in(operator).get(f"/sources/add/{kind}/")
    asked = {name for form in page.context["forms"].all for name in form.fields}
    assert asked == {field.name for _, field in LOT_KINDS[kind].fields()}
    for name in asked:
        assert f'name="{name}"' in page.content.decode()


@pytest.mark.parametrize("kind", ["cord_msc", "placenta", "cord_blood"])
def test_the_birth_mothers_testing_is_asked_for(signed_in, operator, kind):
    page = signed_in(operator).get(f"/sources/add/{kind}/")
    assert "Infection tests of the birth mother" in text(page)
    assert "Specimen taken from (the birth mother for this kind)" in text(page)
    assert '<option value="birth_mother" selected>' in page.content.decode()


def test_a_lot_is_registered_with_its_details_on_one_page(signed_in, operator):
    DonorFactory(code="DN-0117")
    client = signed_in(operator)
    page = client.get("/sources/add/bone_marrow_msc/?donor=DN-0117")
    data = posted(page, collection_time="2026-11-10T09:30", collected_amount="30", cd73_percent="98,5")
    answer = client.post("/sources/add/bone_marrow_msc/", data)
    lot = SourceLot.objects.get()
    assert answer.url == f"/sources/{lot.code}/"
    assert (lot.donor.code, lot.collection_time, lot.collected_unit) == ("DN-0117", COLLECTED, "mL")
    assert MscDetails.objects.get(source_lot=lot).cd73_percent == Decimal("98.5")
    assert DonorTesting.objects.get(source_lot=lot).taken_from == "donor"


def test_an_impossible_value_is_refused_at_its_field_and_typed_text_stays(signed_in, operator):
    DonorFactory(code="DN-0117")
    data = {"donor": "DN-0117", "taken_from": "donor", "cd73_percent": "101", "notes": "kept"}
    page = signed_in(operator).post("/sources/add/bone_marrow_msc/", data)
    assert "Can't be above 100 %." in text(page)
    assert 'value="101"' in page.content.decode()
    assert "kept" in text(page)
    assert SourceLot.objects.count() == 0


def test_consent_after_the_collection_is_refused_at_the_collection(signed_in, operator):
    DonorFactory(code="DN-0117", consent_on=dt.date(2026, 11, 12))
    data = {"donor": "DN-0117", "taken_from": "donor", "collection_time": "2026-11-10T09:30"}
    page = signed_in(operator).post("/sources/add/bone_marrow_msc/", data)
    assert "consented on 12 Nov 2026" in page.context["forms"].common.errors["collection_time"][0]
    assert Entry.objects.filter(action="refused", act="register_source_lot").count() == 1


def test_a_moment_that_has_not_come_is_refused(signed_in, operator):
    DonorFactory(code="DN-0117")
    later = timezone.localtime() + dt.timedelta(days=1)
    data = {"donor": "DN-0117", "taken_from": "donor", "collection_time": f"{later:%Y-%m-%dT%H:%M}"}
    page = signed_in(operator).post("/sources/add/bone_marrow_msc/", data)
    assert page.context["forms"].common.errors["collection_time"] == ["This moment has not come yet."]


def test_an_unknown_donor_is_refused_with_what_to_do(signed_in, operator):
    page = signed_in(operator).post("/sources/add/placenta/", {"donor": "DN-9", "taken_from": "birth_mother"})
    assert "register the donor first" in page.context["forms"].common.errors["donor"][0]


@pytest.mark.parametrize("kind", SourceKind.values)
def test_a_lot_page_shows_every_kind(signed_in, operator, kind):
    lot = registered(operator, kind)
    words = text(signed_in(operator).get(f"/sources/{lot.code}/"))
    assert lot.get_kind_display() in words
    assert ("Infection tests" in words) is (kind != "cell_line")
    assert "not recorded" in words


def test_a_lot_page_shows_values_with_units_tests_advice_batches_and_changes(signed_in, operator):
    donor = DonorFactory(code="DN-0117", consent_on=dt.date(2026, 11, 1))
    lot = registered(
        operator,
        donor=donor,
        collected_amount=Decimal(30),
        collected_unit="mL",
        cd90_percent=Decimal(91),
        hiv_1_2="negative",
        hcv="positive",
    )
    batch = BatchFactory(source_lot=lot, by=operator)
    words = text(signed_in(operator).get(f"/sources/{lot.code}/"))
    assert "Collected amount 30 mL" in words
    assert "CD90 91 %" in words
    assert "CD90 91 %: ISCT 2006 asks for 95 % or more." in words
    assert "HIV-1/2 (antibody, NAT) negative / non-reactive" in words
    assert "HCV (antibody, NAT) positive / reactive" in words
    assert batch.number in words
    assert "in quarantine" in words
    assert "Operator One created" in words


@pytest.mark.parametrize("batches", [1, 3])
def test_a_lot_page_takes_a_fixed_number_of_queries(signed_in, operator, batches, django_assert_num_queries):
    lot = registered(operator)
    for _ in range(batches):
        BatchFactory(source_lot=lot, by=operator)
    client = signed_in(operator)
    client.get(f"/sources/{lot.code}/")
    with django_assert_num_queries(8):
        client.get(f"/sources/{lot.code}/")


def test_a_lot_page_that_is_saved_as_it_stands_changes_nothing(signed_in, operator):
    lot = registered(
        operator,
        "cord_blood",
        collection_time=dt.datetime(2026, 11, 10, 9, 30, 17, tzinfo=dt.UTC),
        notes="one\ntwo",
        platelets_per_ul=Decimal(12000),
        specimen_on=dt.date(2026, 11, 9),
    )
    client, path = signed_in(operator), f"/sources/{lot.code}/correct/"
    data = posted(client.get(path))
    assert client.post(path, {**data, "notes": "one\r\ntwo"}).status_code == 302
    assert Entry.objects.filter(action="changed").count() == 0


def test_correcting_a_lot_keeps_what_was_typed_when_the_reason_is_missing(signed_in, operator):
    lot = registered(operator, cd90_percent=Decimal(91))
    client, path = signed_in(operator), f"/sources/{lot.code}/correct/"
    page = client.post(path, posted(client.get(path), cd90_percent="97", sop="SOP-1"))
    assert "CD90" in page.context["why"].errors["reason_category"][0]
    assert 'value="97"' in page.content.decode()
    assert SourceLot.objects.get().sop == ""
    reason = {"reason_category": "typing_error", "reason_words": "digits swapped"}
    client.post(path, posted(page, cd90_percent="97", sop="SOP-1", **reason))
    assert MscDetails.objects.get().cd90_percent == Decimal(97)
    assert SourceLot.objects.get().sop == "SOP-1"


def test_a_reviewer_releases_a_lot_on_its_page(signed_in, operator, reviewer):
    lot = registered(operator)
    client = signed_in(reviewer)
    assert "Release quarantine" in text(client.get(f"/sources/{lot.code}/"))
    client.post(f"/sources/{lot.code}/release/")
    words = text(client.get(f"/sources/{lot.code}/"))
    assert "released from quarantine" in words
    assert "by Reviewer One" in words
    assert "Release quarantine" not in words


def test_a_refused_release_is_a_page_that_says_why(signed_in, operator, reviewer):
    lot = registered(operator, donor=DonorFactory(eligibility="incomplete"))
    page = signed_in(reviewer).post(f"/sources/{lot.code}/release/")
    assert page.status_code == 409
    assert "stays in quarantine" in text(page)


@pytest.mark.parametrize(
    "name", ["add_donor", "correct_donor", "add_source_lot", "add_source_lot_of_kind", "correct_source_lot"]
)
@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_pages_of_writing_are_refused_to_other_roles(request, signed_in, operator, name, role):
    lot = registered(operator)
    given = {
        "correct_donor": [lot.donor.code],
        "add_source_lot_of_kind": ["placenta"],
        "correct_source_lot": [lot.code],
    }
    page = signed_in(request.getfixturevalue(role)).get(reverse(name, args=given.get(name)))
    assert page.status_code == 403
    assert Entry.objects.filter(action="refused").count() == 1


@pytest.mark.parametrize("path", ["/sources/SRC-1/", "/donors/DN-1/", "/sources/add/moon_rock/"])
def test_what_is_not_there_is_not_found(signed_in, operator, path):
    assert signed_in(operator).get(path).status_code == 404

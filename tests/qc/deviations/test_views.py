"""The pages of deviations: opening, writing, closing, the list and its export."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions import set_active
from audit.models import Entry
from audit.refusal import Reason
from qc.deviations import actions
from qc.deviations.models import AffectedBatch, Deviation, DeviationSignature
from tests.factories import BatchFactory, PersonFactory
from tests.factories.deviations import INVESTIGATED, closed, closing, investigated, opened
from tests.factories.people import PASSWORD
from tests.way import sheet_of_step, spun

WHY = {"reason_category": "late_information", "reason_words": "came out later"}
LIST = "/deviations/"


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def text(response):
    return response.content.decode()


def send(client, deviation, intention, **given):
    return client.post(deviation.url, {"intention": intention, **given})


def value(client, deviation, name, new, htmx=True, **given):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(deviation.url, {"field": name, name: new, **given}, headers=headers)


def open_at(client, at, **given):
    sent = {"at": at, "once": uuid.uuid4().hex, "happened": "Lid was not closed", **given}
    return client.post("/deviations/open/", sent)


# --- who sees them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [("operator", 200), ("reviewer", 200), ("qa", 200), ("auditor", 200), ("administrator", 403)],
)
def test_who_reads_deviations(signed_in, batch, operator, role, status, request):
    made = opened(batch, operator)
    client = signed_in(request.getfixturevalue(role))
    assert (client.get(LIST).status_code, client.get(made.url).status_code) == (status, status)
    assert ('href="/deviations/"' in text(client.get("/batches/"))) is (status == 200)


def test_strangers_sign_in_first(client):
    assert client.get(LIST).status_code == 302


def test_a_number_that_does_not_exist_is_not_found(signed_in, operator):
    assert signed_in(operator).get("/deviations/DEV-1900-0001/").status_code == 404


def test_an_auditor_is_offered_nothing_and_writes_nothing(signed_in, batch, operator, auditor):
    made = opened(batch, operator)
    client = signed_in(auditor)
    assert 'method="post"' not in text(client.get(made.url)).split("<main")[1]
    assert value(client, made, "cause", "mine").status_code == 403
    assert client.get("/deviations/open/").status_code == 403
    assert Deviation.objects.get().cause == ""


# --- opening --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "place", "words"),
    [
        ("", "batch", ""),
        ("harvest/", "harvest", "Harvest"),
        ("steps/1/", "step", "Step 1 · Pellet"),
    ],
)
def test_opening_from_a_page_of_the_batch(signed_in, batch, operator, where, place, words):
    client, at = signed_in(operator), f"/batches/{batch.number}/{where}"
    page = text(client.get("/deviations/open/", {"at": at}))
    assert f"{batch.number}{' · ' if words else ''}{words}</a>" in page
    response = open_at(client, at)
    made = Deviation.objects.get()
    assert (response.status_code, response["Location"], made.place, made.place_label) == (
        302,
        made.url,
        place,
        words,
    )
    shown = text(client.get(at))
    assert made.number in shown and "Lid was not closed" in shown


def test_opening_about_a_value_out_of_limits(signed_in, batch, operator):
    spun(batch, operator, temperature_c=4)
    client, at = signed_in(operator), f"/batches/{batch.number}/steps/1/"
    shown = text(client.get("/deviations/open/", {"at": at, "field": "temperature_c"}))
    assert "Temperature: 4 °C; planned 4 °C" in shown
    open_at(client, at, field="temperature_c")
    assert Deviation.objects.get().place_label == "Step 1 · Pellet, temperature"


def test_a_value_out_of_limits_offers_a_deviation(signed_in, batch, operator):
    from batches.isolation.actions import start_step
    from tests.way import enter

    start_step(sheet=sheet_of_step(batch), by=operator)
    enter(sheet_of_step(batch), {"temperature_c": 12}, operator)
    page = text(signed_in(operator).get(f"/batches/{batch.number}/steps/1/"))
    assert f"/deviations/open/?at=%2Fbatches%2F{batch.number}%2Fsteps%2F1%2F&amp;field=temperature_c" in page


def test_opening_in_the_laboratory(signed_in, operator):
    response = open_at(signed_in(operator), "")
    assert (response.status_code, Deviation.objects.get().where) == (302, "the laboratory")


@pytest.mark.parametrize(
    "at", ["/people/", "/batches/NO-SUCH/", "/batches/{number}/steps/99/", "nonsense", "//evil.example/"]
)
def test_a_forged_place_is_refused_with_a_sentence_and_kept(signed_in, batch, operator, at):
    response = open_at(signed_in(operator), at.format(number=batch.number))
    assert (response.status_code, Deviation.objects.count()) == (409, 0)
    assert "A deviation is opened from the page of a batch" in text(response)
    assert Entry.objects.filter(actor=operator, action="refused").count() == 1


def test_a_forged_value_of_the_page_is_refused(signed_in, batch, operator):
    response = open_at(signed_in(operator), f"/batches/{batch.number}/steps/1/", field="status")
    assert (response.status_code, Deviation.objects.count()) == (409, 0)
    assert "does not stand on this page" in text(response)


def test_an_operator_who_forges_a_class_is_told(signed_in, batch, operator):
    response = open_at(signed_in(operator), f"/batches/{batch.number}/", grade="minor")
    assert (response.status_code, Deviation.objects.count()) == (400, 0)
    assert "can&#x27;t set a class" in text(response)
    assert Entry.objects.filter(actor=operator, action="refused", act="open_deviation").count() == 1
    assert 'name="grade"' not in text(response)


def test_a_deactivated_owner_is_refused_in_words_and_kept(signed_in, batch, operator, administrator):
    gone = PersonFactory(username="gone1")
    set_active(person=gone, is_active=False, by=administrator, reason=Reason("administration", "left"))
    client = signed_in(operator)
    assert "gone1" not in text(client.get("/deviations/open/"))
    response = open_at(client, f"/batches/{batch.number}/", owner=gone.pk)
    assert "gone1 is deactivated: choose another owner." in text(response)
    assert (Deviation.objects.count(), Entry.objects.filter(action="refused").count()) == (0, 1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"happened": ""}, "This field is required."),
        ({"due_on": "2020-01-01"}, "has passed"),
        ({"due_on": "next week"}, "Enter a valid date."),
        ({"owner": "99999999"}, "Select a valid choice"),
        ({"happened_time": "2999-01-01T10:00"}, "has not come yet"),
        ({"once": "twice"}, ""),
        ({"grade": "harmless"}, "Select a valid choice"),
    ],
)
def test_bad_input_keeps_what_was_typed(signed_in, batch, reviewer, given, words):
    response = open_at(signed_in(reviewer), f"/batches/{batch.number}/", impact="kept as typed", **given)
    assert (response.status_code, Deviation.objects.count()) == (400, 0)
    assert words in text(response) and "kept as typed" in text(response)


def test_a_replayed_form_opens_nothing_more(signed_in, batch, operator):
    client, once = signed_in(operator), uuid.uuid4().hex
    open_at(client, f"/batches/{batch.number}/", once=once)
    again = open_at(client, f"/batches/{batch.number}/", once=once)
    assert (again.status_code, Deviation.objects.count()) == (400, 1)
    assert "This form was sent already" in text(again)


def test_r097_a_deviation_is_opened_from_an_entry_of_the_trail(signed_in, batch, reviewer, operator):
    entry = Entry.objects.filter(batch_number=batch.number).first()
    client = signed_in(reviewer)
    assert "/deviations/open/?at=/trail/" in text(client.get(f"/trail/{entry.pk}/"))
    open_at(client, f"/trail/{entry.pk}/")
    made = Deviation.objects.get()
    assert (made.batch, made.place, made.place_url) == (batch, "entry", f"/trail/{entry.pk}/")
    assert made.evidence.startswith("Operator One created Batch")
    response = open_at(signed_in(operator), f"/trail/{entry.pk}/")
    assert (response.status_code, Deviation.objects.count()) == (403, 1)


# --- one deviation --------------------------------------------------------------------------------


def test_values_are_saved_one_by_one_and_corrected_with_a_reason(signed_in, batch, operator):
    made, client = opened(batch, operator), signed_in(operator)
    assert "saved" in text(value(client, made, "cause", "Cooling was off", **{"seen-cause": ""}))
    asked = text(value(client, made, "cause", "Door stood open", **{"seen-cause": "Cooling was off"}))
    assert "say why; the earlier value stays readable" in asked
    value(client, made, "cause", "Door stood open", **{"seen-cause": "Cooling was off"}, **WHY)
    page = text(client.get(made.url))
    assert "Door stood open" in page and "came out later" in page and ">Cooling was off" in page


def test_two_people_at_one_value_are_both_shown(signed_in, batch, operator, second_operator):
    made = opened(batch, operator)
    value(signed_in(second_operator), made, "cause", "Cooling was off")
    answer = text(value(signed_in(operator), made, "cause", "Door stood open", **{"seen-cause": ""}))
    assert "You typed <b>Door stood open</b>. Meanwhile <b>operator2</b> saved" in answer


def test_without_htmx_the_page_comes_back(signed_in, batch, operator):
    made, client = opened(batch, operator), signed_in(operator)
    response = value(client, made, "impact", "None on the vials", htmx=False)
    assert (response.status_code, response["Location"]) == (302, f"{made.url}#value-impact")
    response = value(client, made, "impact", "Some", htmx=False)
    assert response.status_code == 409 and "say why" in text(response)


@pytest.mark.parametrize(
    ("name", "new", "words"),
    [
        ("happened_time", "soon", "Enter a valid date/time."),
        ("happened_time", "2999-01-01T10:00", "has not come yet"),
        ("cause", "x" * 10_001, "at most 10000 characters"),
    ],
)
def test_a_value_that_can_not_be_is_refused_beside_it_and_kept(signed_in, batch, operator, name, new, words):
    made = opened(batch, operator)
    assert words in text(value(signed_in(operator), made, name, new))
    assert Entry.objects.filter(actor=operator, action="refused", object_id=made.pk).count() == 1


def test_a_forged_value_is_refused_and_kept(signed_in, batch, operator):
    made = opened(batch, operator)
    response = value(signed_in(operator), made, "grade", "minor")
    assert (response.status_code, Deviation.objects.get().grade) == (409, "")
    assert Entry.objects.filter(actor=operator, action="refused").count() == 1


def test_a_deviation_from_open_to_closed_on_its_page(signed_in, batch, operator, reviewer, qa):
    made = opened(batch, operator, **INVESTIGATED)
    client = signed_in(operator)
    assert "it has no owner" in text(client.get(made.url))
    assert send(client, made, "finish").status_code == 409
    client = signed_in(reviewer)
    assert send(client, made, "class", grade="major").status_code == 302
    assert send(client, made, "assign", owner=operator.pk, due_on="").status_code == 302
    assert send(signed_in(operator), made, "finish").status_code == 302
    page = text(signed_in(qa).get(made.url))
    shown = re.search(r'name="manifest_shown" value="([^"]+)"', page)[1]
    wrong = send(client, made, "close", password="guess", manifest_shown=shown, comment="Read.")
    assert (wrong.status_code, "That is not your password" in text(wrong)) == (409, True)
    assert "Read." in text(wrong) and "guess" not in text(wrong)
    done = send(client, made, "close", password=PASSWORD, manifest_shown=shown, comment="Read.")
    assert done.status_code == 302
    page = text(client.get(made.url))
    for words in ("QA One", "Deviation closed", "UTC", "by password", "valid", "“Read.”", "Reopen"):
        assert words in page
    assert 'name="field"' not in page


def test_a_refused_signature_can_be_tried_again_on_what_is_shown_then(
    signed_in, batch, operator, reviewer, qa
):
    made = investigated(batch, operator, reviewer)
    before = closing(made, qa)["signing"].shown
    actions.note_deviation(deviation=made, words="One more thing.", by=operator)
    client = signed_in(qa)
    stale = send(client, made, "close", password=PASSWORD, manifest_shown=before)
    assert (stale.status_code, "changed while you were reading" in text(stale)) == (409, True)
    shown = re.search(r'name="manifest_shown" value="([^"]+)"', text(stale))[1]
    assert send(client, made, "close", password=PASSWORD, manifest_shown=shown).status_code == 302


def test_a_replayed_closing_is_refused(signed_in, batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    given = {"password": PASSWORD, "manifest_shown": closing(made, qa)["signing"].shown}
    client = signed_in(qa)
    assert send(client, made, "close", **given).status_code == 302
    again = send(client, made, "close", **given)
    assert (again.status_code, DeviationSignature.objects.count()) == (409, 1)


@pytest.mark.parametrize("intention", ["class", "assign", "send_back", "reopen"])
def test_operators_are_told_who_may_judge(signed_in, batch, operator, reviewer, intention):
    made = investigated(batch, operator, reviewer)
    response = send(signed_in(operator), made, intention, grade="minor", owner="", **WHY)
    assert response.status_code == 403 and "It is for:" in text(response)


def test_raising_and_lowering_on_the_page(signed_in, batch, operator, reviewer, qa):
    made = opened(batch, operator)
    client = signed_in(reviewer)
    send(client, made, "class", grade="minor")
    assert "Say why Class changes" in text(send(client, made, "class", grade="critical"))
    assert send(client, made, "class", grade="critical", **WHY).status_code == 302
    assert send(client, made, "class", grade="major", **WHY).status_code == 403
    assert send(signed_in(qa), made, "class", grade="major", **WHY).status_code == 302
    assert Deviation.objects.get().grade == "major"


def test_naming_and_taking_off_another_batch(signed_in, batch, operator, reviewer):
    made, other = opened(batch, operator), BatchFactory(by=operator)
    client = signed_in(operator)
    assert "There is no batch NO-1." in text(send(client, made, "affected", batch="NO-1", words="Same rotor"))
    assert send(client, made, "affected", batch=f" {other.number} ", words="Same rotor").status_code == 302
    page = text(client.get(f"/batches/{other.number}/"))
    assert made.number in page and "affects this batch too" in page
    named = AffectedBatch.objects.get()
    client = signed_in(reviewer)
    assert send(client, made, "withdraw", affected=named.pk + 1, **WHY).status_code == 409
    unsaid = send(client, made, "withdraw", affected=named.pk)
    assert (unsaid.status_code, "Choose why and say it" in text(unsaid)) == (400, True)
    assert send(client, made, "withdraw", affected=named.pk, **WHY).status_code == 302
    assert "taken off" in text(client.get(made.url))
    assert "affects this batch too" not in text(client.get(f"/batches/{other.number}/"))


def test_a_deviation_of_another_one_is_not_taken_off_through_this_page(signed_in, batch, operator, reviewer):
    made, another, other = opened(batch, operator), opened(batch, operator), BatchFactory(by=operator)
    named = actions.name_affected_batch(deviation=another, batch=other, words="Same rotor", by=operator)
    assert send(signed_in(reviewer), made, "withdraw", affected=named.pk, **WHY).status_code == 409
    assert AffectedBatch.objects.get().is_withdrawn is False


def test_notes_voiding_and_sending_back(signed_in, batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    assert send(signed_in(operator), made, "note", words="See the binder.").status_code == 302
    assert "already" in text(send(signed_in(operator), made, "note", words="See the binder."))
    assert send(signed_in(reviewer), made, "send_back", **WHY).status_code == 302
    assert send(signed_in(qa), made, "void", reason_category="other", reason_words="x").status_code == 400
    assert send(signed_in(qa), made, "void", **WHY).status_code == 302
    page = text(signed_in(operator).get(made.url))
    assert "See the binder." in page and 'class="pill calm"' in page and "voided" in page


def test_reopening_shows_the_signature_as_no_longer_valid(signed_in, batch, operator, qa):
    made = closed(batch, operator, qa)
    client = signed_in(qa)
    assert send(client, made, "reopen", **WHY).status_code == 302
    page = text(client.get(made.url))
    assert "round 2" in page and "reopened after this signature: no longer valid" in page


def test_an_unknown_intention_only_shows_the_page(signed_in, batch, operator):
    assert send(signed_in(operator), opened(batch, operator), "anything").status_code == 200


def test_what_people_write_is_escaped(signed_in, batch, operator):
    made = opened(batch, operator, happened="<script>alert(1)</script>")
    client = signed_in(operator)
    for page in (made.url, LIST, f"/batches/{batch.number}/"):
        assert "<script>alert(1)" not in text(client.get(page))


# --- the list -------------------------------------------------------------------------------------


@pytest.fixture
def some(batch, operator, reviewer, qa):
    """One of each: unclassed, minor and overdue, major and naming another batch, closed, voided."""
    other = BatchFactory(by=operator)
    late = opened(batch, operator, happened="late one", due_on=timezone.localdate(), owner=reviewer)
    actions.class_deviation(deviation=late, grade="minor", by=reviewer)
    major = opened(None, operator, happened="major one", owner=operator)
    actions.class_deviation(deviation=major, grade="major", by=qa)
    actions.name_affected_batch(deviation=major, batch=other, words="Same rotor", by=operator)
    closed(batch, operator, qa, happened="closed one")
    actions.void_deviation(
        deviation=opened(batch, operator, happened="voided one"), by=qa, reason=Reason("other", "a double")
    )
    opened(batch, operator, happened="unclassed one")
    return other


ALL = ["unclassed", "voided", "closed", "major", "late"]


def names(response):
    return re.findall(r"(unclassed|voided|closed|major|late) one<br>", text(response))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ALL),
        ({"status": "standing"}, ["unclassed", "major", "late"]),
        ({"status": "closed"}, ["closed"]),
        ({"status": "nonsense"}, ALL),
        ({"class": "unclassed"}, ["unclassed", "voided"]),
        ({"class": "major"}, ["closed", "major"]),
        ({"owner": "reviewer1"}, ["late"]),
        ({"owner": "nobody\x00"}, []),
        ({"batch": "NO-1"}, []),
        ({"sort": "oldest"}, ALL[::-1]),
        ({"sort": "due"}, ["late", "unclassed", "voided", "closed", "major"]),
    ],
)
def test_filters_and_orders_of_the_list(signed_in, some, auditor, asked, expected):
    assert names(signed_in(auditor).get(LIST, asked)) == expected


def test_the_list_of_a_batch_holds_those_that_name_it(signed_in, some, batch, auditor):
    client = signed_in(auditor)
    assert names(client.get(LIST, {"batch": some.number})) == ["major"]
    assert names(client.get(LIST, {"batch": batch.number})) == ["unclassed", "voided", "closed", "late"]


def test_overdue_ones(signed_in, some, auditor, monkeypatch):
    client = signed_in(auditor)
    assert names(client.get(LIST, {"overdue": "1"})) == []
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *args: tomorrow)
    assert names(client.get(LIST, {"overdue": "1"})) == ["late"]


def test_empty_lists_say_what_to_do(signed_in, operator):
    client = signed_in(operator)
    assert "No deviation yet" in text(client.get(LIST))
    assert "No deviation fits" in text(client.get(LIST, {"class": "major"}))


def test_the_list_is_paged_behind_rows(signed_in, batch, operator, monkeypatch):
    monkeypatch.setattr("qc.deviations.lists.PAGE_SIZE", 2)
    for number in range(5):
        opened(batch, operator, happened=f"number {number}")
    client, seen, url = signed_in(operator), [], LIST
    while url:
        page = client.get(url)
        seen += re.findall(r"number (\d)<br>", text(page))
        url = page.context["page"].next_url
    assert seen == ["4", "3", "2", "1", "0"]


def test_the_list_takes_a_fixed_number_of_queries(signed_in, batch, operator, django_assert_num_queries):
    client = signed_in(operator)
    opened(batch, operator, owner=operator)
    client.get(LIST)
    with django_assert_num_queries(4):
        client.get(LIST)
    for _ in range(2):
        opened(BatchFactory(by=operator), operator, owner=PersonFactory())
    with django_assert_num_queries(4):
        client.get(LIST)


# --- the export -----------------------------------------------------------------------------------


def export(client, **asked):
    response = client.get("/deviations/export.csv", asked)
    return response, b"".join(response.streaming_content).decode()


def test_r008_the_export_is_an_entry_with_its_filters_before_the_first_byte(signed_in, some, auditor):
    client = signed_in(auditor)
    response = client.get("/deviations/export.csv", {"class": "major"})
    entry = Entry.objects.get(action="exported")
    assert (entry.actor, entry.act) == (auditor, "export_deviations")
    assert '"detail":{"deviations":2,"filters":{"class":"major"},"format":"csv"}' in entry.body
    assert f"exoledger-deviations-{entry.pk}.csv" in response["Content-Disposition"]


def test_the_export_holds_what_the_list_shows_with_the_affected_batches(signed_in, some, batch, qa):
    _, written = export(signed_in(qa), status="standing", batch=some.number)
    head, row = written.splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert (cells["class"], cells["status"], cells["what happened"], cells["also affects"]) == (
        "major",
        "open",
        "major one",
        some.number,
    )


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@sum", "'@sum"),
        ("-4.5", "-4.5"),
        ('say "no", twice', '"say ""no"", twice"'),
        ("two\nlines", '"two\nlines"'),
    ],
)
def test_cells_of_the_export_are_harmless(signed_in, batch, operator, qa, typed, written):
    opened(batch, operator, happened=typed if len(typed) > 3 else f"{typed}   x")
    assert f",{written}," in export(signed_in(qa))[1]


def test_the_export_takes_as_many_queries_for_three_as_for_one(
    signed_in, batch, operator, qa, django_assert_num_queries
):
    client = signed_in(qa)
    opened(batch, operator)
    export(client)
    with django_assert_num_queries(8):
        export(client)
    for _ in range(2):
        opened(BatchFactory(by=operator), operator, owner=PersonFactory())
    with django_assert_num_queries(8):
        export(client)


def test_operators_take_no_list_away(signed_in, operator):
    client = signed_in(operator)
    assert client.get("/deviations/export.csv").status_code == 403
    assert "Export CSV" not in text(client.get(LIST))


def test_the_page_of_the_review_offers_a_deviation_about_a_finding(signed_in, in_review, reviewer):
    from tests.factories.evidence import put

    step = sheet_of_step(in_review).subject
    step.remarks = "spun twice"
    put(step)
    step.remarks = "spun once"
    put(step, Reason("typing_error", "for the test"))
    client = signed_in(reviewer)
    page = text(client.get(reverse("review", args=[in_review.number])))
    key = re.search(r"finding=([0-9a-f]{16})", page)[1]
    at = f"/qc/{in_review.number}/"
    assert "corrected: Remarks spun twice → spun once" in text(
        client.get("/deviations/open/", {"at": at, "finding": key})
    )
    open_at(client, at, finding=key)
    made = Deviation.objects.get()
    assert (made.place, made.place_number, made.finding) == ("step", 1, key)
    page = text(client.get(at))
    assert f'<span class="pill hold">deviation {made.number}</span>' in page
    gone = open_at(client, at, finding="0" * 16)
    assert (gone.status_code, "not there any more" in text(gone)) == (409, True)

"""The trail on screen: what it lists, how it is filtered, what it costs, and who sees it."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse

from audit import records
from audit.models import Entry, EntryAction
from tests.audit.writing import TYPING_ERROR, event, save
from tests.factories import BatchFactory, DonorFactory, ProductFactory


def numbers(response):
    return [line.number for line in response.context["page"].rows]


def shown(client, **asked):
    response = client.get(reverse("trail"), asked)
    assert response.status_code == 200
    return numbers(response)


# --- the page -----------------------------------------------------------------------------------


def test_r057_trail_lists_everything_newest_first(signed_in, auditor, changed):
    client = signed_in(auditor)
    assert shown(client) == list(Entry.objects.order_by("-id").values_list("id", flat=True))


def test_trail_shows_old_and_new_escaped_and_in_order(signed_in, auditor, changed):
    page = signed_in(auditor).get(reverse("trail")).content.decode()
    assert '<span class="unit">Age, years</span> <del class="was">34</del> → <ins class="now">43' in page
    assert "digits swapped, see &lt;plate&gt; export" in page
    assert "typed “43 ”" in page
    assert "<plate>" not in page


def test_values_that_look_like_html_are_shown_as_text(signed_in, auditor, operator):
    donor = DonorFactory(notes="<script>alert(1)</script>", by=operator)
    donor.notes = "</ins><b>bold"
    save(donor, operator, reason=TYPING_ERROR)
    page = signed_in(auditor).get(reverse("trail")).content.decode()
    assert "<script>alert" not in page
    assert "</ins><b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_r007_sign_ins_refusals_and_exports_stand_in_the_same_list(signed_in, auditor, operator):
    for happening in (EntryAction.SIGNED_IN, EntryAction.REFUSED, EntryAction.EXPORTED, EntryAction.SIGNED):
        event(happening, operator)
    event(EntryAction.SIGN_IN_FAILED, None)
    response = signed_in(auditor).get(reverse("trail"))
    assert [line.act for line in response.context["page"].rows][:5] == [
        "failed to sign in",
        "signed",
        "exported",
        "was refused",
        "signed in",
    ]
    assert "nobody signed in" in response.content.decode()


def test_empty_trail_of_a_filter_says_what_to_do(signed_in, auditor):
    page = signed_in(auditor).get(reverse("trail"), {"batch": "EXO-2026"}).content.decode()
    assert "No entry matches this filter" in page
    assert 'href="?batch=EXO-2026*"' in page


# --- filters ------------------------------------------------------------------------------------


def test_filter_by_batch_is_exact_and_with_a_star_a_beginning(signed_in, auditor, operator):
    product = ProductFactory(number_pattern="EXO-{year}-{number:04d}")
    one, two = (BatchFactory(by=operator, version__master__product=product) for _ in range(2))
    client = signed_in(auditor)
    of = {batch.number: list(_entries_of(batch)) for batch in (one, two)}
    assert shown(client, batch=one.number) == of[one.number]
    assert shown(client, batch=f"{one.number[:-1]}*") == sorted(of[one.number] + of[two.number], reverse=True)
    assert shown(client, batch=one.number[:-1]) == []
    assert shown(client, batch=f"{one.number.lower()[:-1]}*") == []
    assert shown(client, batch="%*") == []


def _entries_of(batch):
    return Entry.objects.filter(batch_number=batch.number).order_by("-id").values_list("id", flat=True)


def test_filter_by_person_kind_and_action(signed_in, auditor, changed, donor, operator):
    client = signed_in(auditor)
    created = Entry.objects.get(kind="batches.donor", action="created")
    assert shown(client, person=operator.pk) == [changed.pk, created.pk]
    assert shown(client, kind="batches.donor") == [changed.pk, created.pk]
    assert shown(client, kind="batches.donor", action="changed") == [changed.pk]
    assert shown(client, person=auditor.pk) == []


def test_filter_by_days_includes_both_in_the_current_time_zone(signed_in, auditor, operator, settings):
    settings.TIME_ZONE = "America/New_York"
    midnights = [dt.datetime(2026, 11, day, 5, tzinfo=dt.UTC) for day in (22, 23, 24)]
    kept = [
        _entry_at(operator, moment)
        for midnight in midnights
        for moment in (midnight - dt.timedelta(microseconds=1), midnight)
    ]
    client, only = signed_in(auditor), {"person": operator.pk, "action": "printed"}
    assert shown(client, **only, **{"from": "2026-11-22", "to": "2026-11-23"}) == kept[4:0:-1]
    assert shown(client, **only, **{"from": "2026-11-23"}) == kept[5:2:-1]
    assert shown(client, **only, **{"to": "2026-11-22"}) == kept[2::-1]


def _entry_at(by, at):
    """An event as if the server's clock had stood at that moment."""
    with transaction.atomic():
        return records._write_entry(EntryAction.PRINTED, by=by, at=at, record=None, parts={"detail": {}}).pk


def test_filter_by_days_finds_entries_written_after_the_clock_was_set_back(signed_in, auditor, operator):
    days = [dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC) for day in (20, 22, 19, 21)]
    one, two, three, four = (_entry_at(operator, day) for day in days)
    client = signed_in(auditor)
    assert shown(client, action="printed", to="2026-11-19") == [three]
    assert shown(client, action="printed", to="2026-11-21") == [four, three, one]
    assert shown(client, action="printed", **{"from": "2026-11-20"}) == [four, two, one]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "yesterday"),
        ("to", "2026-13-01"),
        ("to", "9999-12-31"),
        ("from", "0001-01-01"),
        ("person", "me"),
        ("person", "999999999999999999999999"),
        ("kind", "auth.user"),
        ("action", "deleted"),
        ("batch", "a\x00b"),
        ("batch", "x" * 42),
    ],
)
def test_filter_that_can_not_be_read_shows_nothing_and_says_so(signed_in, auditor, name, value):
    response = signed_in(auditor).get(reverse("trail"), {name: value})
    assert (response.status_code, numbers(response)) == (200, [])
    assert list(response.context["form"].errors) == [name]
    assert "Nothing is shown until the filter can be read" in response.content.decode()


def test_links_of_other_pages_and_of_exports_keep_the_filters(signed_in, auditor, operator, monkeypatch):
    monkeypatch.setattr("audit.trail.views.PAGE_SIZE", 2)
    kept = [event(EntryAction.PRINTED, operator).pk for _ in range(5)]
    client = signed_in(auditor)
    response = client.get(reverse("trail"), {"action": "printed", "person": operator.pk})
    seen = numbers(response)
    while response.context["page"].next_url:
        response = client.get(response.context["page"].next_url)
        seen += numbers(response)
    assert seen == kept[::-1]
    query = f"action=printed&amp;person={operator.pk}"
    assert f"{reverse('trail_export')}?{query}" in response.content.decode()
    assert f"{reverse('trail_export_jsonl')}?{query}" in response.content.decode()


# --- cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3, 100, 130])
def test_trail_costs_six_queries(signed_in, auditor, operator, django_assert_num_queries, rows):
    for _ in range(rows):
        event(EntryAction.PRINTED, operator)
    client = signed_in(auditor)
    client.get(reverse("trail"))
    # session, person; then for the page: people to choose from, entries, how far they are
    # sealed, and the last verification
    with django_assert_num_queries(6):
        assert len(shown(client, action="printed")) == min(rows, 100)


def test_trail_costs_six_queries_at_any_depth(
    signed_in, auditor, operator, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr("audit.trail.views.PAGE_SIZE", 3)
    for _ in range(10):
        event(EntryAction.PRINTED, operator)
    client = signed_in(auditor)
    response = client.get(reverse("trail"))
    while response.context["page"].next_url:
        with django_assert_num_queries(6):
            response = client.get(response.context["page"].next_url)


@pytest.mark.parametrize("rows", [1, 3, 105])
def test_batch_trail_costs_four_queries(signed_in, operator, django_assert_num_queries, rows):
    batch = BatchFactory(by=operator)
    for n in range(rows):
        batch.notes = f"words {n}"
        save(batch, operator, reason=TYPING_ERROR)
    client = signed_in(operator)
    client.get(reverse("batch_trail", args=[batch.number]))
    with django_assert_num_queries(4):  # session, person, entries, unexplained changes
        client.get(reverse("batch_trail", args=[batch.number]))


# --- one entry, one batch -----------------------------------------------------------------------


def test_entry_page_shows_the_exact_text_and_that_it_hashes_to_its_leaf(signed_in, auditor, changed):
    response = signed_in(auditor).get(reverse("entry", args=[changed.pk]))
    page = response.content.decode()
    assert response.context["leaf"] == response.context["leaf_of_text"] == bytes(changed.leaf_hash).hex()
    assert "text and hash belong together" in page
    assert "&quot;old&quot;:34" in page
    assert "Typing error" in page


def test_entry_whose_text_was_swapped_says_so(signed_in, auditor, operator):
    entry = event(EntryAction.PRINTED, operator)
    forged = Entry(
        at=entry.at, actor_name="Somebody", action="printed", leaf_hash=b"\0" * 32, body=entry.body
    )
    forged.save()
    page = signed_in(auditor).get(reverse("entry", args=[forged.pk])).content.decode()
    assert "text and hash do not belong together" in page


@pytest.mark.parametrize("number", [999_999, 10**30])
def test_entry_that_is_not_there_is_not_found(signed_in, auditor, number):
    assert signed_in(auditor).get(f"/trail/{number}/").status_code == 404


def test_everybody_sees_the_trail_of_a_batch(signed_in, operator, second_operator):
    batch = BatchFactory(by=operator)
    client = signed_in(second_operator)
    response = client.get(reverse("batch_trail", args=[batch.number]))
    assert (response.status_code, numbers(response)) == (200, list(_entries_of(batch)))
    assert "Export CSV" not in response.content.decode()


def test_batch_without_entries_has_no_trail(signed_in, operator):
    assert signed_in(operator).get(reverse("batch_trail", args=["EXO-1"])).status_code == 404


READERS = {"auditor": True, "reviewer": True, "qa": True, "administrator": True, "operator": False}


@pytest.mark.parametrize(("role", "may"), READERS.items())
@pytest.mark.parametrize("place", ["trail", "entry"])
def test_trail_is_read_by_those_whose_role_says_so(request, signed_in, role, may, place):
    person = request.getfixturevalue(role)
    arguments = [Entry.objects.latest("id").pk] if place == "entry" else []
    before = Entry.objects.filter(action="refused").count()
    response = signed_in(person).get(reverse(place, args=arguments))
    assert response.status_code == (200 if may else 403)
    assert Entry.objects.filter(action="refused").count() == before + (0 if may else 1)


@pytest.mark.parametrize("place", ["trail", "trail_export", "trail_export_jsonl"])
def test_nobody_reads_the_trail_without_signing_in(client, db, place):
    response = client.get(reverse(place))
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={reverse(place)}")

"""Keyset pages: every row once, forward and back, in every order, whatever stands in the address."""

import base64
import datetime as dt
import json
import random

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from audit.paging import columns_of, keyset_page, read_cursor
from batches.source.models import Donor
from tests.factories import DonorFactory

ORDERS = [
    ("id",),
    ("-id",),
    ("pk",),
    ("code", "id"),
    ("-code", "-id"),
    ("sex", "id"),
    ("-sex", "-id"),
    ("sex", "-id"),
    ("-sex", "id"),
    ("age_years", "id"),
    ("-age_years", "-id"),
    ("-age_years", "id"),
    ("consent_on", "-id"),
    ("-consent_on", "-id"),
    ("sex", "age_years", "-consent_on", "id"),
    ("consent_withdrawn", "id"),
]
SEXES = ("female", "male", "unknown")


@pytest.fixture
def donors(db):
    """23 donors with many ties and empty values."""
    chance = random.Random(7)
    return [
        DonorFactory(
            code=f"DN-{chance.randrange(10**6):06d}",
            sex=chance.choice(SEXES),
            age_years=chance.choice([None, 0, 34, 34, 71]),
            consent_on=chance.choice([None, dt.date(2026, 1, 1), dt.date(2026, 11, 23)]),
            consent_withdrawn=chance.random() < 0.3,
        )
        for _ in range(23)
    ]


def get(url="/donors/"):
    return RequestFactory().get(url)


def keys(page):
    return [row["id"] if isinstance(row, dict) else row.pk for row in page.rows]


def walk(queryset, order, size):
    """All rows by pages forward, then the same pages back from the last."""
    pages = [keyset_page(get(), queryset, order=order, size=size)]
    while pages[-1].next_url:
        pages.append(keyset_page(get(pages[-1].next_url), queryset, order=order, size=size))
    back = [pages[-1]]
    while back[-1].previous_url:
        back.append(keyset_page(get(back[-1].previous_url), queryset, order=order, size=size))
    return [keys(page) for page in pages], [keys(page) for page in reversed(back)]


def in_order(rows, order):
    """The rows sorted in Python: stable sorts from the last column to the first, empty values last."""
    for name in reversed(order):
        bare, descending = name.removeprefix("-"), name.startswith("-")
        filled = [row for row in rows if getattr(row, bare) is not None]
        empty = [row for row in rows if getattr(row, bare) is None]
        rows = sorted(filled, key=lambda row: getattr(row, bare), reverse=descending) + empty
    return [row.pk for row in rows]


@pytest.mark.parametrize("size", [1, 4, 22, 23, 24])
@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_walk_covers_every_row_once_forward_and_back(donors, order, size):
    forward, back = walk(Donor.objects.all(), order, size)
    assert [key for page in forward for key in page] == in_order(list(reversed(donors)), order)
    assert back == forward
    assert {len(page) for page in forward[:-1]} <= {size}


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_walk_over_values_is_the_walk_over_instances(donors, order):
    names = {"id", *(name.removeprefix("-") for name in order)}
    assert walk(Donor.objects.values(*names), order, 5) == walk(Donor.objects.all(), order, 5)


def test_walk_over_moments_keeps_microseconds(donors):
    forward, back = walk(Entry.objects.all(), ("-at", "-id"), 3)
    assert [key for page in forward for key in page] == list(
        Entry.objects.order_by("-at", "-id").values_list("id", flat=True)
    )
    assert back == forward


def test_walk_over_a_related_column_and_an_annotation(donors):
    entries = Entry.objects.annotate(name=Coalesce(F("actor__username"), Value("")))
    for order in [("actor__username", "id"), ("-name", "-id"), ("name", "-id")]:
        forward, back = walk(entries, order, 4)
        assert sorted(key for page in forward for key in page) == sorted(
            Entry.objects.values_list("id", flat=True)
        )
        assert back == forward


def test_rows_that_arrive_meanwhile_neither_repeat_nor_hide_others(donors):
    first = keyset_page(get(), Donor.objects.all(), order=("-id",), size=10)
    newest = DonorFactory()
    second = keyset_page(get(first.next_url), Donor.objects.all(), order=("-id",), size=10)
    assert keys(first) + keys(second) == [donor.pk for donor in reversed(donors)][:20]
    back = keyset_page(get(second.previous_url), Donor.objects.all(), order=("-id",), size=10)
    assert keys(back) == keys(first)
    assert keys(keyset_page(get(back.previous_url), Donor.objects.all(), order=("-id",), size=10)) == [
        newest.pk
    ]


def test_addresses_keep_everything_else_that_was_asked_for(donors):
    page = keyset_page(get("/donors/?q=a+b&sex=male&sex=female"), Donor.objects.all(), order=("id",), size=10)
    assert page.next_url.startswith("/donors/?q=a+b&sex=male&sex=female&after=")
    assert (page.previous_url, page.first_url) == ("", "")
    second = keyset_page(get(page.next_url), Donor.objects.all(), order=("id",), size=10)
    assert second.first_url == "/donors/?q=a+b&sex=male&sex=female"
    assert second.previous_url.startswith("/donors/?q=a+b&sex=male&sex=female&before=")


def test_list_that_fits_has_no_other_pages(donors):
    page = keyset_page(get(), Donor.objects.all(), order=("id",))
    assert (len(page.rows), page.next_url, page.previous_url, page.first_url) == (23, "", "", "")


def test_empty_list_is_an_empty_page(db):
    page = keyset_page(get(), Donor.objects.all(), order=("id",))
    assert (page.rows, page.next_url, page.previous_url, page.first_url) == ([], "", "", "")


def test_page_is_one_query_at_any_depth(donors, django_assert_num_queries):
    page = keyset_page(get(), Donor.objects.all(), order=("sex", "id"), size=5)
    while page.next_url:
        with django_assert_num_queries(1):
            page = keyset_page(get(page.next_url), Donor.objects.all(), order=("sex", "id"), size=5)


def cursor(values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


GARBAGE = [
    "x",
    "%00",
    "....",
    "é",
    "A" * 3000,
    base64.urlsafe_b64encode(b"[" * 1900).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    cursor([]),
    cursor({}),
    cursor(None),
    cursor([1]),
    cursor([1, 2, 3]),
    cursor(["male", None]),
    cursor(["male", "seven"]),
    cursor(["male", 10**30]),
    cursor(["male", float("nan")]),
    cursor(["male", float("inf")]),
    cursor(["ma\x00le", 1]),
    cursor(["\ud800", 1]),
    cursor([["male"], 1]),
    cursor([None, 1]),
]


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", ["after", "before"])
def test_cursor_that_can_not_be_read_gives_the_first_page(donors, name, garbage):
    request = RequestFactory().get("/donors/", {name: garbage})
    page = keyset_page(request, Donor.objects.all(), order=("sex", "id"), size=5)
    assert keys(page) == in_order(donors, ("sex", "id"))[:5]
    assert page.previous_url == ""


@pytest.mark.parametrize(
    ("order", "values"),
    [
        (("at", "id"), ["yesterday", 1]),
        (("at", "id"), [5, 1]),
        (("at", "id"), ["9999-12-31T23:59:59.999999-23:59", 1]),
        (("at", "id"), ["0001-01-01T00:00:00+23:59", 1]),
    ],
)
def test_cursor_with_a_moment_nobody_can_hold_gives_the_first_page(operator, order, values):
    request = RequestFactory().get("/", {"after": cursor(values)})
    assert keyset_page(request, Entry.objects.all(), order=order).first_url == ""


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_cursor_text_breaks_the_reader(text):
    found = read_cursor(text, columns_of(Donor.objects.all(), ("sex", "age_years", "id")))
    assert found is None or len(found) == 3


def test_order_by_what_is_no_column_is_a_mistake_of_ours():
    with pytest.raises(FieldDoesNotExist):
        columns_of(Donor.objects.all(), ("colour", "id"))
    with pytest.raises(FieldDoesNotExist):
        columns_of(Donor.objects.all(), ("source_lots", "id"))

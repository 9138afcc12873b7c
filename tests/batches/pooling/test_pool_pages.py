"""Every page of a pool, and of the batches that it is made of."""

from decimal import Decimal

import pytest
from django.urls import reverse

from batches.pooling.models import PoolPart
from batches.record.missing import missing_of
from batches.source.origins import lots_of
from tests.batches.pooling.making import added, anew, opened_pool, released
from tests.way import spun, tracked

PAGES = (
    *("batch", "parts", "origins", "batch_trail", "batch_files", "similarity", "batch_stability"),
    *("recovery", "reporting", "publication", "size_overlay", "add_assay", "add_step", "batch_notes"),
)
WHY = {"reason_category": "typing_error", "reason_words": "digits swapped"}


@pytest.fixture
def pool(operator, second_operator):
    """A complete pool of 1 mL and 0.5 mL of two batches with 0.5 mL PBS, not submitted yet."""
    made = opened_pool(operator)
    added(made, released(operator), operator, "1")
    added(made, released(operator, per_ml="6e10"), operator, "0.5", diluent="PBS", diluent_ml=Decimal("0.5"))
    spun(made, operator, second_operator, volume_in_ml=Decimal(2), particles_in_per_ml=Decimal("3e10"))
    tracked(made, operator)
    return anew(made)


def text(response):
    return " ".join(response.content.decode().split())


def test_every_page_of_a_pool_shows(signed_in, operator, pool):
    pages = signed_in(operator)
    told = {name: pages.get(reverse(name, args=[pool.number])).status_code for name in PAGES}
    assert told == dict.fromkeys(PAGES, 200)
    for source in ("pool", "bone_marrow_msc"):
        listed = text(pages.get(f"/batches/?source={source}&q={pool.number}"))
        assert (pool.number in listed, "<td>Pool <span" in listed) == (True, True)
    assert "No batch fits" in text(pages.get(f"/batches/?source=cord_blood&q={pool.number}"))


def test_pool_and_parts_show_each_other(signed_in, operator, pool):
    pages, part = signed_in(operator), PoolPart.objects.filter(pool=pool).first().part
    home, other = text(pages.get(f"/batches/{pool.number}/")), text(pages.get(f"/batches/{part.number}/"))
    assert ("Made of" in home, part.number in home, "66.7" in home) == (True, True, True)
    assert ("Went into" in other, pool.number in other) == (True, True)
    origins = text(pages.get(f"/batches/{part.number}/origins/"))
    names = (part.source_lot.donor.code, part.source_lot.code, part.number, pool.number)
    assert [name in origins for name in names] == [True] * 4
    csv = pages.get(f"/batches/{pool.number}/origins/?as=csv").content.decode()
    assert csv.startswith("What,Code,Notes,Made of\n") and f"Pool,{pool.number}" in csv
    for lot in lots_of([pool])[pool.pk]:
        assert pool.number in text(pages.get(f"/sources/{lot.code}/"))


def test_a_part_is_added_corrected_and_voided_on_its_pages(signed_in, operator):
    pages, pool, part = signed_in(operator), opened_pool(operator), released(operator)
    url = f"/batches/{pool.number}/parts/"
    assert f"{part.number}</a>" in text(pages.get(url))
    for typed, words in (("nothing", "There is no batch nothing"), (part.number, "has 2 mL left of 2 mL")):
        assert words in text(pages.post(url, {"part": typed, "volume_ml": "2.5"}))
    assert pages.post(url, {"part": part.number.lower(), "volume_ml": "1,5"}).status_code == 302
    row = PoolPart.objects.get()
    assert pages.post(f"{url}1/", {"volume_ml": "1", "seen": row.revision, **WHY}).status_code == 302
    row.refresh_from_db()
    assert row.volume_ml == 1
    pages.post(f"{url}1/", {"volume_ml": "1", "seen": row.revision, "void": "1", **WHY})
    row.refresh_from_db()
    assert (row.is_voided, "voided" in text(pages.get(url))) == (True, True)
    assert pages.get(f"/batches/{part.number}/parts/").status_code == 404


def test_a_pool_is_opened_on_the_page_and_goes_on_to_its_parts(signed_in, operator):
    from tests.batches.pooling.making import pool_master

    pages, version = signed_in(operator), pool_master()
    released(operator)
    answer = pages.post("/batches/open/", {"version": version.pk, "source_lot": "", "notes": "Mix"})
    assert answer.status_code == 302 and answer.url.endswith("/parts/")


def test_what_a_pool_lacks_is_named_with_links(operator, pool):
    empty = opened_pool(operator)
    url = f"/batches/{empty.number}/parts/"
    lacks = [one for one in missing_of(empty) if one.url.startswith(url)]
    assert [(one.where, one.words, one.url) for one in lacks] == [("Parts", "the pool has no part yet", url)]
    part = released(operator)
    added(empty, part, operator, None)
    lacks = [one for one in missing_of(empty) if one.url.startswith(url)]
    assert [(one.where, one.words, one.url) for one in lacks] == [
        (f"Part 1, {part.number}", "volume taken", f"{url}1/")
    ]
    assert missing_of(pool) == []


@pytest.mark.parametrize("many", [1, 3])
def test_parts_page_asks_the_same_of_one_part_and_three(signed_in, operator, many, django_assert_num_queries):
    pages, pool = signed_in(operator), opened_pool(operator)
    for _ in range(many):
        added(pool, released(operator), operator, "0.5")
    pages.get(f"/batches/{pool.number}/parts/")
    with django_assert_num_queries(10):
        pages.get(f"/batches/{pool.number}/parts/")
    with django_assert_num_queries(7):
        pages.get(f"/batches/{pool.number}/origins/")

"""The list of batches, the batch page, files."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from audit.verifying.actions import keep
from audit.verifying.differences import Difference
from batches.record.models import Attachment
from tests.factories import BatchFactory, MasterVersionFactory, SourceLotFactory
from tests.way import harvested, spun, tracked


@pytest.fixture
def version(db):
    return MasterVersionFactory(master__product__number_pattern="EXO-{year}-{number:04d}")


@pytest.mark.parametrize("rows", [1, 3])
def test_batch_list_takes_the_same_queries_for_any_number(
    signed_in, operator, version, rows, django_assert_num_queries
):
    for _ in range(rows):
        BatchFactory(version=version, by=operator)
    client = signed_in(operator)
    client.get("/batches/")
    with django_assert_num_queries(4):
        answer = client.get("/batches/")
    assert len(answer.context["page"].rows) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_batch_page_takes_the_same_queries_for_any_number_of_assays(
    signed_in, operator, version, rows, django_assert_num_queries
):
    batch = BatchFactory(version=version, by=operator)
    harvested(batch, operator)
    spun(batch, operator)
    for _ in range(rows):
        tracked(batch, operator)
    client = signed_in(operator)
    client.get(
        f"/batches/{batch.number}/"
    )  # the plan is read once in a process, the session marked once a minute
    with django_assert_num_queries(18):
        answer = client.get(f"/batches/{batch.number}/")
    assert len(answer.context["cards"][0].assays) == rows


def numbers(answer):
    return [row["number"][-4:] for row in answer.context["page"].rows]


def test_list_searches_numbers_and_words(signed_in, operator, version):
    BatchFactory(version=version, by=operator, notes="Dose finding, third donor")
    BatchFactory(version=version, by=operator, notes="Stability")
    client = signed_in(operator)
    second = f"exo-{timezone.now().year}-0002"
    found = [numbers(client.get(f"/batches/?q={words}")) for words in ("DONOR finding", second, "nothing")]
    assert found == [["0001"], ["0002"], []]


def test_list_filters_and_sorts(signed_in, operator, version):
    cord = SourceLotFactory(kind="cord_blood")
    BatchFactory(version=version, by=operator)
    BatchFactory(version=version, by=operator, source_lot=cord)
    client = signed_in(operator)
    asked = ["source=cord_blood", "status=submitted", "sort=oldest", "sort=number", "status=%00", "sort=drop"]
    found = [numbers(client.get(f"/batches/?{query}")) for query in asked]
    assert found == [["0002"], [], ["0001", "0002"], ["0001", "0002"], ["0002", "0001"], ["0002", "0001"]]


def test_a_typed_number_goes_straight_to_its_batch(signed_in, operator, version):
    batch = BatchFactory(version=version, by=operator)
    answer = signed_in(operator).get("/find/", {"q": f" {batch.number.lower()} "})
    assert answer.headers["Location"] == f"/batches/{batch.number}/"


def test_unknown_words_go_to_the_list(signed_in, operator):
    answer = signed_in(operator).get("/find/", {"q": "dose finding"})
    assert answer.headers["Location"] == "/batches/?q=dose+finding"


def test_an_original_comes_back_byte_for_byte_as_a_download(signed_in, operator, version):
    batch = BatchFactory(version=version, by=operator)
    tracked(batch, operator)
    attachment = Attachment.objects.get()
    answer = signed_in(operator).get(f"/files/{attachment.pk}/")
    data = b"".join(answer.streaming_content)
    assert (len(data), answer.headers["Content-Type"]) == (attachment.size_bytes, "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "address",
    [
        "/batches/",
        "/batches/X-1/",
        "/sources/",
        "/masters/",
        "/qc/",
        "/trail/",
        "/people/",
        "/files/1/",
        "/find/",
    ],
)
def test_every_page_asks_to_sign_in_first(client, db, address):
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in/?next={address}")


def test_a_part_of_a_page_is_told_that_the_person_is_signed_out(client, db):
    assert client.post("/batches/X-1/steps/1/", HTTP_HX_REQUEST="true").status_code == 401


def test_r009_an_auditor_who_tries_to_enter_is_refused_in_words_and_on_the_trail(
    signed_in, operator, auditor, version
):
    batch = BatchFactory(version=version, by=operator)
    answer = signed_in(auditor).post(
        f"/batches/{batch.number}/steps/1/", {"field": "remarks", "remarks": "hi"}
    )
    assert answer.status_code == 403
    assert "It is for: operator, qa, reviewer" in answer.content.decode()
    assert Entry.objects.filter(action="refused", actor=auditor).count() == 1


def test_unknown_batch_is_not_found(signed_in, operator):
    assert signed_in(operator).get("/batches/EXO-1999-0001/").status_code == 404


def test_strict_content_security_policy_on_every_answer(signed_in, operator):
    policy = signed_in(operator).get("/batches/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_change_behind_the_trail_stands_on_the_batch_and_its_trail(signed_in, operator, version):
    batch = BatchFactory(version=version, by=operator)
    with transaction.atomic():
        found = Difference(
            what="value",
            record_kind="batches.batch",
            record_id=batch.pk,
            record_label=f"Batch {batch.number}",
            batch_number=batch.number,
            field="notes",
            label="Purpose and notes",
            recorded="as written",
            standing="as forged",
        )
        keep([found], by=operator)
    client = signed_in(operator)
    for name in ("batch", "batch_trail"):
        shown = client.get(reverse(name, args=[batch.number])).content.decode()
        assert "Unexplained change" in shown and "as written" in shown and "as forged" in shown

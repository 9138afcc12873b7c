"""Several harvests, and several source lots, in one batch."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.urls import reverse

from audit.refusal import ActionRefused, Reason, ReasonMissing
from audit.verifying import running
from audit.verifying.batch import records_of
from batches.affected import BATCHES_OF
from batches.record.actions import submit_batch
from batches.record.lists import BatchSearch
from batches.record.missing import missing_of
from batches.record.models import Batch
from batches.record.sheets import NotFinished
from batches.source.amounts import starting_volume_ml, total
from batches.source.harvesting import add_harvest, void_harvest
from batches.source.models import Harvest
from batches.source.origins import batches_counted, lots_of
from tests.batches.source.test_source_pages import text
from tests.factories import BatchFactory, DonorFactory, SourceLotFactory
from tests.way import enter, harvested, sheet_of_harvest

WHY = Reason("typing_error", "harvest of another batch")


def amounts(*volumes):
    return [SimpleNamespace(starting_volume_ml=volume and Decimal(volume)) for volume in volumes]


@pytest.mark.parametrize(
    ("volumes", "together"),
    [(("480",), "480"), (("480", "455.5"), "935.5"), (("480", None), None), ((), None)],
)
def test_harvests_are_added_up_only_when_each_is_measured(volumes, together):
    assert starting_volume_ml(amounts(*volumes)) == (together and Decimal(together))
    assert total(amounts(*volumes), "starting_volume_ml") == (together and Decimal(together))


def test_a_harvest_knows_its_number_and_its_page():
    batch = Batch(number="B-1")
    told = [
        (str(one), one.position, one.url) for one in (Harvest(batch=batch), Harvest(batch=batch, further=3))
    ]
    assert told == [("Harvest", 1, "/batches/B-1/harvest/"), ("Harvest 3", 3, "/batches/B-1/harvest/3/")]


def test_harvests_of_several_lots_are_found_from_both_sides(operator, capsys):
    batch, other, lot = (
        BatchFactory(by=operator),
        BatchFactory(by=operator),
        SourceLotFactory(kind="cord_blood"),
    )
    again, further = (
        add_harvest(batch=batch, by=operator),
        add_harvest(batch=batch, source_lot=lot, by=operator),
    )
    batch.refresh_from_db()
    assert [(one.position, one.source_lot) for one in (again, further)] == [(2, None), (3, lot)]
    assert lots_of([batch, other]) == {batch.pk: [batch.source_lot, lot], other.pk: [other.source_lot]}
    assert batches_counted([lot.pk, batch.source_lot_id, 0]) == {lot.pk: 1, batch.source_lot_id: 1}
    for search in (
        BatchSearch(words=lot.code),
        BatchSearch(words=lot.donor.code),
        BatchSearch(source="cord_blood"),
    ):
        assert [row["number"] for row in search.rows()] == [batch.number]
    for kind, key in (("batches.donor", lot.donor_id), ("batches.sourcelot", lot.pk)):
        assert list(Batch.objects.filter(BATCHES_OF[kind](key))) == [batch]
    stands_on = {(shape.kind, pk) for shape, keys in records_of(batch.number).items() for pk in keys}
    assert {("batches.donor", lot.donor_id), ("batches.sourcelot", lot.pk)} <= stands_on
    void_harvest(sheet=sheet_of_harvest(batch, 3), by=operator, reason=WHY)
    batch.refresh_from_db()
    assert (batch.further_lots, lots_of([batch])[batch.pk]) == ("", [batch.source_lot])
    assert list(BatchSearch(words=lot.code).rows()) == list(BatchSearch(source="cord_blood").rows()) == []
    assert running.verify().differences == []


def test_every_standing_harvest_is_finished_before_qc(operator):
    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    add_harvest(batch=batch, by=operator)
    with pytest.raises(NotFinished):
        submit_batch(batch=batch, by=operator)
    url = f"/batches/{batch.number}/harvest/2/"
    found = {(one.where, one.words): one.url for one in missing_of(batch)}
    assert found["Harvest 2", "Harvest 2 is not finished"] == url
    assert found["Harvest 2", "Passage at conditioning is empty"] == f"{url}#value-passage"
    harvested(batch, operator, 2, starting_volume_ml=Decimal(420))
    assert [one for one in missing_of(batch) if one.where.startswith("Harvest")] == []


def test_harvests_are_neither_added_nor_voided_against_the_rules(operator):
    batch, gone = BatchFactory(by=operator), SourceLotFactory(donor=DonorFactory(consent_withdrawn=True))
    with pytest.raises(ActionRefused, match="withdrew consent"):
        add_harvest(batch=batch, source_lot=gone, by=operator)
    with pytest.raises(ActionRefused, match="one harvest of it stays"):
        void_harvest(sheet=sheet_of_harvest(batch), by=operator, reason=WHY)
    add_harvest(batch=batch, by=operator)
    with pytest.raises(ReasonMissing):
        void_harvest(sheet=sheet_of_harvest(batch, 2), by=operator, reason=None)
    void_harvest(sheet=sheet_of_harvest(batch, 2), by=operator, reason=WHY)
    for refused in (void_harvest, lambda sheet, by, reason: enter(sheet, {"ph": Decimal(7)}, by)):
        with pytest.raises(ActionRefused, match="is voided"):
            refused(sheet=sheet_of_harvest(batch, 2), by=operator, reason=WHY)


def test_a_person_adds_and_voids_a_harvest_on_the_pages(signed_in, operator):
    batch, lot = BatchFactory(by=operator), SourceLotFactory()
    client, home = signed_in(operator), reverse("batch", args=[batch.number])
    assert reverse("add_harvest", args=[batch.number]) in client.get(home).content.decode()
    added = client.post(reverse("add_harvest", args=[batch.number]), {"source_lot": lot.pk}, follow=True)
    url = reverse("harvest", args=[batch.number, 2])
    assert added.redirect_chain == [(url, 302)]
    assert f"harvest 2 of 2 · source lot {lot.code}" in text(added)
    harvested(batch, operator)
    harvested(batch, operator, 2, starting_volume_ml=Decimal(20))
    assert "Starting volume together 500 mL" in text(client.get(home))
    reason = {"void-reason_category": "typing_error", "void-reason_words": "of another batch"}
    client.post(url, {"void": "1", **reason})
    assert "Starting volume 480 mL" in text(client.get(home))
    assert "Culture and harvest voided" in text(client.get(url))


@pytest.mark.parametrize("many", [1, 3])
def test_pages_take_the_same_queries_for_one_and_three_of_them(
    signed_in, operator, django_assert_num_queries, many
):
    batch, client, lots = (
        BatchFactory(by=operator),
        signed_in(operator),
        [SourceLotFactory() for _ in range(many)],
    )
    for lot in lots:
        add_harvest(batch=batch, source_lot=lot, by=operator)
    for _ in lots[1:]:
        add_harvest(batch=BatchFactory(by=operator), source_lot=lots[0], by=operator)
    client.get("/")
    with django_assert_num_queries(24):
        client.get(reverse("batch", args=[batch.number]))
    with django_assert_num_queries(6):
        assert client.get(reverse("source_lot", args=[lots[0].code])).content.count(b"<br>") == many

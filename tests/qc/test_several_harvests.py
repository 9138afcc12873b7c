"""A batch of two source lots on its way through review: everything that was pooled is signed and printed."""

from audit.refusal import Reason
from batches.record.actions import submit_batch
from batches.record.models import Batch
from batches.source.harvesting import add_harvest, void_harvest
from qc import actions
from qc.deviations.places import place_at
from qc.loading import load
from qc.models import ReturnedPoint
from qc.papers.batch_record import Record
from qc.papers.certificate import _source
from qc.points import Point
from qc.queue.reasons import reasons_of
from qc.review.answering import answered_in
from qc.signatures.manifests import manifest_now
from tests.factories import BatchFactory, SourceLotFactory
from tests.qc.conftest import signing
from tests.way import enter, harvested, sheet_of_harvest, spun, tracked

WHY = Reason("typing_error", "of another batch")


def test_r037_all_lots_and_harvests_are_signed_returned_and_printed(operator, second_operator, reviewer):
    batch = BatchFactory(by=operator)
    lot = SourceLotFactory(kind="cord_msc", quarantine_released_at=None, quarantine_released_by=None)
    for taken in (lot, batch.source_lot):
        add_harvest(batch=batch, source_lot=taken, by=operator)
    void_harvest(sheet=sheet_of_harvest(batch, 3), by=operator, reason=WHY)
    for position in (1, 2):
        harvested(batch, operator, position)
    spun(batch, operator, second_operator)
    tracked(batch, operator)
    submit_batch(batch=batch, by=operator)
    batch = Batch.objects.with_header().get()
    sections = {one["key"]: one for one in manifest_now(batch).content["sections"]}
    harvests = list(batch.harvests.all())
    told = {
        value["field"]: value["value"] for value in sections[f"batches.harvest:{harvests[1].pk}"]["values"]
    }
    assert (told["further"], told["source_lot"]) == ("2", lot.code) or (
        told["further"],
        told["source_lot"],
    ) == (2, lot.code)
    for key in (f"sourcelot:{lot.pk}", f"donor:{lot.donor_id}", f"harvest:{harvests[2].pk}"):
        assert f"batches.{key}" in sections
    assert [one.words for one in reasons_of([batch], {})[batch.pk]] == [
        f"source lot {lot.code} in quarantine"
    ]
    paper = Record(batch).data
    assert [(one["title"], one["is_voided"]) for one in paper["harvests"]] == [
        ("Harvest", False),
        ("Harvest 2", False),
        ("Harvest 3", True),
    ]
    assert paper["harvests"][2]["why_voided"].endswith("of another batch")
    assert _source(batch)["code"] == f"{batch.source_lot.code}, {lot.code}"
    actions.begin_review(batch=batch, by=reviewer)
    points = [Point(load(batch).harvests[1], "cloudy?", "ph")]
    actions.return_batch(batch=batch, points=points, **signing(batch, reviewer, "see there"), by=reviewer)
    url = f"/batches/{batch.number}/harvest/2/"
    assert ReturnedPoint.objects.get().url == f"{url}#value-ph"
    enter(sheet_of_harvest(batch, 2), {"ph": 7}, operator)
    batch.refresh_from_db()
    (answer,) = answered_in(batch)
    assert len(answer.changes) == 1
    place = place_at(url, by=operator)
    assert (place.label, place.number, place.page) == ("Harvest 2", 2, url)

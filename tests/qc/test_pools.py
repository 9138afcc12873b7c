"""The review of a pool: what became of its parts, and every paper of it."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from audit import records
from audit.refusal import Reason
from batches.pooling import actions as pooling
from batches.pooling.models import PoolPart
from batches.record.actions import submit_batch
from batches.source.models import Harvest
from qc import actions
from qc.exceptions import exceptions_of
from qc.judging import judge_evidence
from qc.loading import load
from qc.papers import certificate
from qc.papers.batch_record import Record
from qc.signatures.manifests import manifest_now
from tests.batches.pooling.making import added, anew, disposed, opened_pool, released
from tests.factories.people import system
from tests.qc.conftest import ready, settle, signing
from tests.way import spun, tracked

RULES = ("consent_withdrawn", "part_not_released", "part_changed", "part_overdrawn", "pool_not_conserved")
WHY = Reason("typing_error", "digits swapped")


@pytest.fixture
def pool(operator, second_operator):
    """A complete pool of 1 mL each of two batches, with QC."""
    made = opened_pool(operator)
    for _ in range(2):
        added(made, released(operator), operator, "1")
    spun(made, operator, second_operator, volume_in_ml=Decimal(2), particles_in_per_ml=Decimal("3e10"))
    tracked(made, operator)
    return anew(submit_batch(batch=anew(made), by=operator))


def told_of(pool):
    record = load(anew(pool))
    found = exceptions_of(record, judge_evidence(record.plan, record.evidence))
    return [(one.rule.code, one.rule.severity, one.what) for one in found if one.rule.code in RULES]


def test_a_part_that_is_not_released_any_more_is_critical_on_every_level(pool, operator):
    outer, part = opened_pool(operator), PoolPart.objects.filter(pool=pool).first().part
    added(outer, disposed(pool), operator, None)
    disposed(part, "quarantined")
    what = f"{part.number} is not released any more: quarantined"
    told = [("part_not_released", "critical", what)]
    assert [told_of(one) for one in (pool, outer)] == [told, told]


def test_a_part_changed_after_its_release_was_signed_is_critical(approved, operator, qa):
    signed = signing(approved, qa, "to the shelf")
    actions.set_disposition(batch=approved, disposition="released", **signed, by=qa)
    pool = opened_pool(operator)
    added(pool, anew(approved), operator, "1")
    assert told_of(pool) == []
    harvest = Harvest.objects.get(batch=approved)
    harvest.remarks = "seen later"
    with transaction.atomic():
        records.save(harvest, by=system())
    what = f"{approved.number} was changed after its release was signed"
    assert told_of(pool) == [("part_changed", "critical", what)]


def test_rules_of_donors_and_lots_reach_through_the_parts(pool):
    donor = PoolPart.objects.filter(pool=pool).first().part.source_lot.donor
    donor.consent_withdrawn = True
    with transaction.atomic():
        records.save(donor, by=system(), reason=WHY)
    told = ("consent_withdrawn", "critical", f"Donor {donor.code}: consent withdrawn")
    assert told_of(pool) == [told]


def test_a_pool_goes_all_the_way_to_its_papers(signed_in, pool, operator, reviewer, qa):
    actions.begin_review(batch=pool, by=reviewer)
    ready(pool, reviewer)
    settle(pool, reviewer)
    pages = signed_in(reviewer)
    assert pages.get(reverse("review", args=[pool.number])).status_code == 200
    keys = {section["key"].split(":")[0] for section in manifest_now(anew(pool)).content["sections"]}
    assert {"batches.poolpart", "batches.sourcelot", "batches.donor"} - keys == set()
    actions.approve_batch(batch=anew(pool), **signing(pool, reviewer), by=reviewer)
    actions.set_disposition(batch=anew(pool), disposition="released", **signing(pool, qa, "shelf"), by=qa)
    numbers = [row.part.number for row in PoolPart.objects.filter(pool=pool)]
    paper, record = certificate.content_of(anew(pool)), Record(anew(pool)).data
    assert paper["source"]["parts"] == ", ".join(f"{number} 1 mL" for number in numbers)
    assert [one["title"] for one in record["parts"]] == [
        f"Part {at}: {number}" for at, number in enumerate(numbers, 1)
    ]
    assert record["harvests"] == []
    with pytest.raises(Exception, match="nothing can be changed"):
        pooling.void_part(row=PoolPart.objects.filter(pool=pool).first(), by=operator, reason=WHY)

"""A batch judged by another version beside its own, never instead."""

from decimal import Decimal

from audit.models import Entry
from batches.masters.plans import Plan
from batches.record.models import Batch
from batches.specifications import drafts
from batches.specifications.models import SpecificationVersion
from qc.judging import judge
from tests.batches.masters.test_master_pages import text
from tests.batches.specifications.test_freezing import master_on
from tests.batches.specifications.test_way import WHY
from tests.factories import BatchFactory
from tests.factories.specifications import effective_specification, next_specification
from tests.way import submitted


def narrower(draft, by):
    drafts.set_specification_criterion(
        criterion=draft.criteria.get(), values={"action_high": Decimal(60)}, by=by, reason=WHY
    )
    values = {"kind": "report"}
    drafts.add_specification_criterion(version=draft, attribute="d50_nm", values=values, by=by)


def test_verdicts_stand_side_by_side_and_nothing_changes(
    signed_in, operator, second_operator, reviewer, qa, django_assert_num_queries
):
    first = effective_specification(by=qa)
    batch = submitted(
        BatchFactory(version=master_on(first.specification), by=operator), operator, second_operator
    )
    client = signed_in(reviewer)
    assert "no version that this batch was not opened with" in text(
        client.get(f"/qc/{batch.number}/against/")
    )
    next_specification(first, by=reviewer, qa=qa, change=narrower)
    path = f"/qc/{batch.number}/against/SPEC-1/v2/"
    assert client.get(f"/qc/{batch.number}/against/").url == path
    before = Entry.objects.count()
    words = text(client.get(path))
    assert "What counts for this batch is SPEC-1 v1 , the version it was opened with." in words
    assert "SPEC-1 v1 counts · 1 of 1 pass" in words
    assert "for comparison · 0 of 1 pass, 1 reported only" in words
    assert "Mode diameter differs" in words
    assert "no criterion" in words
    assert Entry.objects.count() == before
    assert [one.verdict for one in judge(Batch.objects.get(pk=batch.pk))] == ["pass"]
    assert Plan.of(batch.plan).specification_version == 1
    assert f"/qc/{batch.number}/against/" in client.get(f"/qc/{batch.number}/").content.decode()


def test_other_products_and_roles_are_kept_out(signed_in, operator, reviewer, qa):
    first = effective_specification(by=reviewer, qa=qa)
    other = effective_specification(code="SPEC-OTHER", by=reviewer, qa=qa)
    batch = BatchFactory(version=master_on(first.specification), by=operator)
    assert other.specification != first.specification
    assert SpecificationVersion.objects.count() == 2
    assert signed_in(reviewer).get(f"/qc/{batch.number}/against/SPEC-OTHER/v1/").status_code == 404
    assert signed_in(operator).get(f"/qc/{batch.number}/against/").status_code == 403

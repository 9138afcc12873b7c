"""The reporting page, its facts and depositions, and the panel on the batch's page."""

import json

import pytest

from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.record.models import Batch
from batches.reporting import actions
from batches.reporting.facts import reporting_facts
from batches.reporting.loading import read_whole
from batches.reporting.meters import meters_of
from batches.reporting.models import Deposition, ReportingFacts
from tests.factories import BatchFactory, evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def test_facts_are_entered_on_the_page_one_by_one(signed_in, operator, batch):
    client, page = signed_in(operator), f"/batches/{batch.number}/reporting/"
    assert reporting_facts(batch) is None
    client.post(page, {"field": "ev_term", "ev_term": "small EVs", "seen-ev_term": ""})
    client.post(page, {"field": "ev_term_basis", "ev_term_basis": "size", "seen-ev_term_basis": ""})
    facts = ReportingFacts.objects.get()
    assert (facts.batch, facts.ev_term, facts.ev_term_basis) == (batch, "small EVs", "size")
    answer = client.post(page, {"field": "size_cutoff_nm", "size_cutoff_nm": "5"}, HTTP_HX_REQUEST="true")
    assert b"Can&#x27;t be below 10 nm." in answer.content
    assert b"small EVs" in client.get(page).content
    written = Entry.objects.filter(kind="batches.reportingfacts", action__in=["created", "changed"])
    assert written.count() == 3


def test_nobody_enters_facts_of_a_batch_that_is_with_qc(operator, batch):
    batch.status = Batch.Status.SUBMITTED
    evidence.put(batch)
    with pytest.raises(ActionRefused, match="submitted: nothing can be entered"):
        actions.begin_facts(batch=batch, by=operator)


def test_an_identifier_is_recorded_at_any_time_and_withdrawn_with_a_reason(signed_in, operator, batch):
    batch.status = Batch.Status.SUBMITTED
    evidence.put(batch)
    client = signed_in(operator)
    sent = {"kind": "ev_track", "identifier": "EV21"}
    answer = client.post(f"/batches/{batch.number}/reporting/deposit/", sent)
    assert answer.status_code == 409 and b"EV and six digits" in answer.content
    client.post(f"/batches/{batch.number}/reporting/deposit/", {**sent, "identifier": "EV210123"})
    told = Deposition.objects.get()
    assert str(told) == "EV-TRACK EV210123"
    page = client.get(f"/batches/{batch.number}/reporting/").content.decode()
    assert "EV210123" in page
    withdraw = f"/batches/{batch.number}/reporting/{told.pk}/withdraw/"
    why = {"withdraw-reason_category": "typing_error", "withdraw-reason_words": "another batch"}
    client.post(withdraw, why)
    told.refresh_from_db()
    assert told.is_withdrawn is True
    with pytest.raises(ActionRefused, match="withdrawn already"):
        actions.withdraw_deposition(deposition=told, by=operator, reason=Reason("typing_error", "again"))


def test_the_same_identifier_is_recorded_once(operator, batch):
    actions.record_deposition(batch=batch, kind="paper", identifier="10.1/x", by=operator)
    with pytest.raises(ValueRefused, match="recorded already"):
        actions.record_deposition(batch=batch, kind="paper", identifier=" 10.1/x ", by=operator)


def test_an_identifier_leaves_a_signature_valid_and_a_fact_does_not(operator, batch):
    from qc.signing import changes_record

    actions.record_deposition(batch=batch, kind="paper", identifier="10.1/x", by=operator)
    actions.begin_facts(batch=batch, by=operator)
    acts = Entry.objects.filter(batch_number=batch.number).order_by("-id").values_list("action", "act")[:2]
    assert [(act, changes_record(action, act)) for action, act in acts] == [
        ("begin_facts", True),
        ("record_deposition", False),
    ]


def test_the_panel_stands_on_the_page_of_the_batch_and_alone(signed_in, auditor, batch):
    client = signed_in(auditor)
    whole = client.get(f"/batches/{batch.number}/").content.decode()
    alone = client.get(f"/batches/{batch.number}/reporting/panel/").content.decode()
    assert "<b>0 of 6 · 0 %</b>" in whole
    assert alone.strip() in whole
    page = client.get(f"/batches/{batch.number}/reporting/").content.decode()
    assert "Without a density gradient at most 7 of 9 can be had" in page
    assert f'<a href="/batches/{batch.number}/harvest/#value-cells_at_harvest">cells at harvest</a>' in page
    assert "ompliant" not in page


def test_meters_of_many_take_as_many_queries_as_of_few(operator, new_batch, django_assert_num_queries):
    batches = [new_batch() for _ in range(3)]
    for one in batches:
        evidence.blot(one, ("CD63", "1", "present", "detected"))
        evidence.em(one, ("wide", 1))
        evidence.nta(one, particles_per_ml=10**10)
        facts = actions.begin_facts(batch=one, by=operator)
        facts.process_control = batches[0].number
        evidence.put(facts)
    known = list(Batch.objects.order_by("id"))
    for some in (known[:1], known):
        with django_assert_num_queries(19):
            found = [meters_of(made) for made in read_whole(some)]
    assert [one.ev_metric.reported for one in found] == [1, 1, 1]


def test_the_facts_are_signed_with_the_record(operator, batch):
    from qc.judging import judge_evidence
    from qc.loading import load
    from qc.signatures.contents import write

    facts = actions.begin_facts(batch=batch, by=operator)
    facts.ev_term = "small EVs"
    evidence.put(facts)
    actions.record_deposition(batch=batch, kind="paper", identifier="10.1/x", by=operator)
    record = load(Batch.objects.with_header().get(pk=batch.pk))
    written = write(record, judge_evidence(record.plan, record.evidence))
    told = {one["title"]: one["part"] for one in json.loads(written.text)["sections"]}
    assert told["Reporting facts"] == "record"
    assert [title for title in told if "10.1/x" in title] == []

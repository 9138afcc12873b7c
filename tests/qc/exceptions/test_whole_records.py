"""What a reviewer is shown first."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.refusal import Reason
from batches.characterization import actions as assays
from batches.isolation import actions as steps
from batches.record.models import Attachment, Batch, Reading
from qc.exceptions import exceptions_of
from qc.exceptions.kinds import RANK
from qc.judging import judge_evidence
from qc.loading import load
from tests.factories import BatchFactory, MasterVersionFactory
from tests.factories.evidence import put
from tests.factories.records import CriterionFactory
from tests.way import enter, harvested, sheet_of_assay, sheet_of_step, spun, tracked

TYPO = Reason("typing_error", "digits swapped, see print-out")
HOUR = dt.timedelta(hours=1)
DONOR = (
    "consent_withdrawn",
    "donor_ineligible",
    "source_in_quarantine",
    "infection_test_unsettled",
    "mycoplasma_unsettled",
)


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


@pytest.fixture
def complete(batch, operator, second_operator):
    """Everything done as planned, not submitted yet."""
    harvested(batch, operator)
    spun(batch, operator, second_operator)
    tracked(batch, operator)
    return batch


def found(batch):
    batch = Batch.objects.with_header().get(pk=batch.pk)
    record = load(batch)
    return exceptions_of(record, judge_evidence(record.plan, record.evidence))


def of(batch, *codes):
    return [one for one in found(batch) if one.rule.code in codes]


def test_a_batch_as_planned_has_no_exceptions(complete):
    assert found(complete) == []


def test_the_most_severe_stand_on_top(batch, operator):
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    enter(sheet_of_step(batch), {"temperature_c": Decimal(12)}, operator)
    enter(sheet_of_step(batch), {"volume_in_ml": Decimal(480)}, operator)
    enter(sheet_of_step(batch), {"volume_in_ml": Decimal(470)}, operator, TYPO)
    severities = [RANK[one.rule.severity] for one in found(batch)]
    assert severities == sorted(severities)
    assert found(batch)[0].rule.code == "value_out_of_limits"


def specified(operator, attribute, **fields):
    version = MasterVersionFactory()
    CriterionFactory(version=version, attribute=attribute, position=2, **fields)
    return BatchFactory(version=version, by=operator)


def test_r055_a_correction_shows_old_new_who_when_and_why(complete, operator):
    enter(sheet_of_step(complete), {"duration_min": Decimal(80)}, operator, TYPO)
    (only,) = of(complete, "changed_after_check")
    assert [(change.label, change.old, change.new, change.unit) for change in only.changes] == [
        ("Duration", "75", "80", "min")
    ]
    assert (only.where, only.who) == ("Step 1 · Pellet", "operator1")
    assert only.why == "Typing error: digits swapped, see print-out"
    assert timezone.now() - only.when < HOUR


@pytest.mark.parametrize(("hours", "shown"), [(1, []), (5, ["Recorded 5 h 0 min after it ended"])])
def test_r016_a_step_recorded_late(complete, hours, shown):
    step = complete.steps.get()
    step.performed_until = step.finished_at - dt.timedelta(hours=hours)
    put(step)
    assert [one.what for one in of(complete, "late_entry")] == shown


def test_r017_voided_records_stay_in_sight(complete, operator):
    assays.void_assay(sheet=sheet_of_assay(complete), by=operator, reason=TYPO)
    (only,) = of(complete, "result_excluded")
    assert only.what == "Assay 1 · Nanoparticle tracking voided after it was finished"
    assert (only.who, only.why) == ("operator1", "Typing error: digits swapped, see print-out")


def test_r030_an_assay_made_again_is_shown(complete, operator):
    assays.void_assay(sheet=sheet_of_assay(complete), by=operator, reason=TYPO)
    tracked(complete, operator)
    (only,) = of(complete, "assay_repeated")
    assert only.what == "1 standing (assay 2), 1 voided: all results that stand count"


def test_withdrawn_consent(complete):
    donor = complete.source_lot.donor
    donor.consent_withdrawn = True
    put(donor, Reason("late_information", "letter of the donor"))
    assert [one.what for one in of(complete, *DONOR)] == [f"Donor {donor.code}: consent withdrawn"]


def attached(batch, operator, **given):
    return put(
        Attachment(
            batch=batch,
            name="run.csv",
            sha256="0" * 64,
            size_bytes=9,
            uploaded_at=timezone.now(),
            uploaded_by=operator,
            **given,
        )
    )


def test_warnings_of_the_newest_reading_of_a_file(batch, operator):
    file = attached(batch, operator, status="read")
    for version, warnings in (("1", ["Old warning."]), ("2", ["Video 3 failed.", "Few particles."])):
        reading = {"reader": "nanosight", "reader_version": version, "format": "NanoSight", "values": {}}
        put(Reading(attachment=file, warnings=warnings, **reading))
    assert [(one.what, one.where) for one in of(batch, "file_not_read", "file_warning")] == [
        ("Video 3 failed.", "File run.csv"),
        ("Few particles.", "File run.csv"),
    ]


def test_reading_the_record_takes_a_fixed_number_of_queries(
    complete, operator, second_operator, django_assert_num_queries
):
    batch = Batch.objects.with_header().get(pk=complete.pk)
    with django_assert_num_queries(15):
        record = load(batch)
        exceptions_of(record, judge_evidence(record.plan, record.evidence))
    tracked(complete, operator)
    tracked(complete, operator)
    for minutes in (80, 85, 90):
        enter(sheet_of_step(complete), {"duration_min": Decimal(minutes)}, operator, TYPO)
    with django_assert_num_queries(15):
        record = load(batch)
        assert len(exceptions_of(record, judge_evidence(record.plan, record.evidence))) > 3

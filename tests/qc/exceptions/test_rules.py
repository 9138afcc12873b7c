"""What a reviewer is shown first."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.refusal import Reason
from batches.characterization import actions as assays
from batches.isolation import actions as steps
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy
from batches.record.models import Attachment, Batch, Reading
from batches.record.values import explain_out_of_limits, mark_not_applicable
from batches.source.models import DonorTesting
from qc.exceptions import exceptions_of
from qc.exceptions.kinds import RANK
from qc.judging import judge_evidence
from qc.loading import load
from tests.factories import BatchFactory, MasterVersionFactory
from tests.factories.evidence import blot, nta, protein, put
from tests.factories.records import CriterionFactory
from tests.way import SPIN, enter, harvested, sheet_of_assay, sheet_of_step, spun, tracked

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


def test_a_failing_criterion_names_value_limit_and_source(complete, operator):
    nta(complete, mode_nm=Decimal(900))
    nta(complete, mode_nm=Decimal(900))
    (only,) = of(complete, "criterion_failed", "value_out_of_limits")
    assert only.what.startswith("Mode diameter: ")
    assert only.what.endswith("; accept 50–150 nm, edges included")
    assert (
        only.where
        == "Assay 1 · Nanoparticle tracking, Assay 2 · Nanoparticle tracking, Assay 3 · Nanoparticle tracking"
    )


def specified(operator, attribute, **fields):
    version = MasterVersionFactory()
    CriterionFactory(version=version, attribute=attribute, position=2, **fields)
    return BatchFactory(version=version, by=operator)


def test_report_only_failures_stand_lower(operator):
    batch = specified(operator, "d50_nm", kind="report", action_high=Decimal(10))
    nta(batch, mode_nm=Decimal(96), d50_nm=Decimal(99))
    assert [one.what[:6] for one in of(batch, "criterion_reported_out")] == ["Median"]
    assert of(batch, "criterion_failed", "value_out_of_limits") == []


def test_missing_and_inconclusive_results(operator):
    batch = specified(operator, "negative_markers_failed", action_high=Decimal(0))
    blot(batch, ("Calnexin", "4", "absent", "not_detected"))
    assert [one.what.split(":")[0] for one in of(batch, "criterion_inconclusive")] == [
        "Negative markers found"
    ]
    missing = [one.what.split(":")[0] for one in of(batch, "criterion_not_tested", "missing")]
    assert missing[0] == "Mode diameter"
    assert "not started" in missing


def test_results_beyond_an_alert_limit_are_close(operator):
    batch = specified(operator, "d50_nm", action_high=Decimal(150), alert_high=Decimal(90))
    nta(batch, mode_nm=Decimal(96), d50_nm=Decimal(99))
    assert [one.what[:6] for one in of(batch, "criterion_alert", "value_beyond_alert")] == ["Median"]


def test_r026_a_step_value_out_of_limits_with_its_reason(batch, operator):
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    enter(sheet_of_step(batch), {**SPIN, "temperature_c": Decimal(12)}, operator)
    explain_out_of_limits(
        sheet=sheet_of_step(batch), field="temperature_c", words="chiller broke", by=operator
    )
    (only,) = of(batch, "criterion_failed", "value_out_of_limits")
    assert only.what == "Temperature 12 °C; planned 4 °C, accept 2–8 °C, edges included, alert above 6 °C"
    assert (only.where, only.who, only.why) == ("Step 1 · Pellet", "operator1", "chiller broke")
    assert only.url == f"/batches/{batch.number}/steps/1/#value-temperature_c"


def test_a_step_value_beyond_its_alert_is_close(complete, operator, second_operator):
    enter(sheet_of_step(complete), {"temperature_c": Decimal(7)}, operator, TYPO)
    assert [one.what[:16] for one in of(complete, "criterion_alert", "value_beyond_alert")] == [
        "Temperature 7 °C"
    ]


def test_r055_a_correction_shows_old_new_who_when_and_why(complete, operator):
    enter(sheet_of_step(complete), {"duration_min": Decimal(80)}, operator, TYPO)
    (only,) = of(complete, "corrected")
    assert [(change.label, change.old, change.new, change.unit) for change in only.changes] == [
        ("Duration", "75", "80", "min")
    ]
    assert (only.where, only.who) == ("Step 1 · Pellet", "operator1")
    assert only.why == "Typing error: digits swapped, see print-out"
    assert timezone.now() - only.when < HOUR


def test_a_first_entry_is_no_correction(complete, operator):
    enter(sheet_of_step(complete), {"remarks": "quiet run"}, operator)
    assert of(complete, "corrected") == []


def test_only_the_replaced_values_of_a_correction_are_shown(complete, operator):
    enter(sheet_of_step(complete), {"rotor": "SW 28", "tube": "38 mL"}, operator, TYPO)
    (only,) = of(complete, "corrected")
    assert [change.label for change in only.changes] == ["Rotor"]


def test_r024_a_critical_step_without_its_check(batch, operator):
    harvested(batch, operator)
    spun(batch, operator)
    tracked(batch, operator)
    (only,) = found(batch)
    assert (only.rule.code, only.where) == ("not_checked", "Step 1 · Pellet")


@pytest.mark.parametrize(("hours", "shown"), [(1, []), (5, ["Recorded 5 h 0 min after it ended"])])
def test_r016_a_step_recorded_late(complete, hours, shown):
    step = complete.steps.get()
    step.performed_until = step.finished_at - dt.timedelta(hours=hours)
    put(step)
    assert [one.what for one in of(complete, "late_entry")] == shown


def test_r016_a_start_recorded_late(complete):
    step = complete.steps.get()
    step.performed_from = step.started_at - dt.timedelta(hours=50)
    put(step)
    assert [one.what for one in of(complete, "late_entry")] == ["Recorded 2 d 2 h after it began"]


@pytest.mark.parametrize(("hours", "late"), [(23, 0), (25, 1)])
def test_r016_an_assay_recorded_late(batch, hours, late):
    assay = nta(batch, mode_nm=Decimal(96))
    assay.performed_time = assay.performed_at - dt.timedelta(hours=hours)
    put(assay, TYPO)
    assert len(of(batch, "late_entry")) == late


def test_not_applicable_fields_with_their_reason(batch, operator):
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    mark_not_applicable(sheet=sheet_of_step(batch), field="rotor", words="loaned, unknown", by=operator)
    (only,) = of(batch, "not_applicable")
    assert (only.what, only.where, only.why) == ("Rotor", "Step 1 · Pellet", "loaned, unknown")


def test_r017_voided_records_stay_in_sight(complete, operator):
    assays.void_assay(sheet=sheet_of_assay(complete), by=operator, reason=TYPO)
    (only,) = of(complete, "voided")
    assert only.what == "Assay 1 · Nanoparticle tracking voided"
    assert (only.who, only.why) == ("operator1", "Typing error: digits swapped, see print-out")


def test_r030_an_assay_made_again_is_shown(complete, operator):
    assays.void_assay(sheet=sheet_of_assay(complete), by=operator, reason=TYPO)
    tracked(complete, operator)
    (only,) = of(complete, "assay_repeated")
    assert only.what == "1 standing (assay 2), 1 voided: all results that stand count"


def test_replicates_of_nta_are_no_repetition_but_two_protein_assays_are(batch):
    for _ in range(2):
        nta(batch, mode_nm=Decimal(96))
        protein(batch, protein_ug_per_ml=Decimal(8))
    assert [one.where for one in of(batch, "assay_repeated")] == ["Protein assay · final preparation"]


@pytest.mark.parametrize("result", ["positive", "pending"])
def test_unsettled_tests_of_the_donor(complete, result):
    put(DonorTesting(source_lot=complete.source_lot, taken_from="birth_mother", hcv=result, hbv="negative"))
    (only,) = of(complete, *DONOR)
    assert (only.what, only.where) == (
        f"HCV (antibody, NAT): {'positive / reactive' if result == 'positive' else 'pending'}",
        f"Source lot {complete.source_lot.code} · Birth mother",
    )


def test_withdrawn_consent(complete):
    donor = complete.source_lot.donor
    donor.consent_withdrawn = True
    put(donor, Reason("late_information", "letter of the donor"))
    assert [one.what for one in of(complete, *DONOR)] == [f"Donor {donor.code}: consent withdrawn"]


def test_mycoplasma_of_the_culture(batch, operator):
    harvested(batch, operator, mycoplasma="positive")
    assert [one.what for one in of(batch, *DONOR)] == ["Mycoplasma of the culture: positive / reactive"]


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


def test_a_file_that_could_not_be_read(batch, operator):
    attached(batch, operator, not_read_because="It is a web page.")
    assert [one.what for one in of(batch, "file_not_read", "file_warning")] == [
        "Stored, not read: It is a web page."
    ]


def test_reading_the_record_takes_a_fixed_number_of_queries(
    complete, operator, second_operator, django_assert_num_queries
):
    batch = Batch.objects.with_header().get(pk=complete.pk)
    with django_assert_num_queries(10):
        record = load(batch)
        exceptions_of(record, judge_evidence(record.plan, record.evidence))
    tracked(complete, operator)
    tracked(complete, operator)
    for minutes in (80, 85, 90):
        enter(sheet_of_step(complete), {"duration_min": Decimal(minutes)}, operator, TYPO)
    with django_assert_num_queries(10):
        record = load(batch)
        assert len(exceptions_of(record, judge_evidence(record.plan, record.evidence))) > 3


def test_source_lot_that_is_still_in_quarantine(complete):
    lot = complete.source_lot
    lot.quarantine_released_at = lot.quarantine_released_by = None
    put(lot, Reason("late_information", "released by mistake"))
    assert [one.what for one in of(complete, *DONOR)] == ["Source lot was not released from quarantine"]


def judged_as(operator, **rules):
    """A batch whose particle tracking failed first and passed when it was made again, and its exceptions."""
    batch = BatchFactory(version=MasterVersionFactory(content=False), by=operator)
    again = nta(batch, mode_nm=Decimal(300)), nta(batch, mode_nm=Decimal(96))
    for place, assay in enumerate(again):
        assay.performed_at = timezone.now() + 2 * place * HOUR
        assay.finished_at, assay.finished_by = assay.performed_at + HOUR, assay.performed_by
        put(assay, TYPO)
    record = load(Batch.objects.with_header().get(pk=batch.pk))
    limit = Limit(action_high=Decimal(150))
    criterion = CriterionCopy(1, "mode_nm", rules.pop("kind", "release"), limit, **rules)
    judged = judge_evidence(replace(record.plan, criteria=(criterion,)), record.evidence)
    codes = [one.rule.code for one in exceptions_of(record, judged) if one.rule.code.startswith("criterion")]
    return judged[0], codes


def test_a_result_that_passed_when_made_again_is_looked_at(operator):
    assert judged_as(operator, retest="all_pass", retests_needed=1)[1] == ["criterion_retested"]
    judged, codes = judged_as(operator)
    assert (codes, judged.is_told_at_length) == (["criterion_failed"], True)


def test_an_alert_criterion_that_is_not_met_is_looked_at_and_never_blocks(operator):
    judged, codes = judged_as(operator, kind="alert")
    assert (codes, judged.blocks) == (["criterion_alerts"], False)
    assert judged_as(operator, kind="report")[1] == ["criterion_reported_out"]

"""Blanks, controls and excluded results: on the record, shown beside, never among the batch's figures."""

from decimal import Decimal

import pytest

from audit.refusal import ActionRefused, Reason
from batches.characterization import exclusions
from batches.characterization.attributes import ATTRIBUTES, evidence_of
from batches.characterization.controls import beside
from batches.characterization.formulas import geometric_spread, spread
from batches.characterization.models import Assay
from batches.record.missing import missing_of
from batches.record.models import Batch
from qc.exceptions import exceptions_of
from qc.judging import judge_evidence
from qc.loading import load
from tests.factories import BatchFactory
from tests.factories.evidence import nta, protein
from tests.way import sheet_of_assay

D = Decimal
SPOILED = Reason("measured_again", "Air bubble in the cell")


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def measured(batch, key):
    return ATTRIBUTES[key].measure(evidence_of(Batch.objects.get(pk=batch.pk)))


def words(batch, technique="nta"):
    assays = list(Assay.objects.filter(batch=batch).with_details())
    return [one.words for one in beside(assays, technique)]


def test_blanks_stand_beside_and_enter_no_figure(batch):
    nta(batch, particles_per_ml=D("2.1e10"), measured_per_ml=D("2.1e8"), mode_nm=D(96))
    before = {key: measured(batch, key) for key in ("particles_per_ml", "mode_nm", "particles_per_ug")}
    nta(batch, sample="diluent", particles_per_ml=D("2.1e6"), measured_per_ml=D("2.1e6"), mode_nm=D(60))
    nta(batch, sample="process", particles_per_ml=D("2.3e9"), mode_nm=D(60))
    nta(batch, sample="positive", particles_per_ml=D("9e9"), mode_nm=D(100))
    assert {key: measured(batch, key) for key in before} == before
    assert words(batch) == [
        "diluent or buffer blank 2.1×10⁶ /mL = 1 % of the sample",
        "process blank (unconditioned medium) 2.3×10⁹ /mL = 11 % of the sample",
        "positive control 9×10⁹ /mL",
    ]
    found = beside(list(Assay.objects.filter(batch=batch).with_details()), "nta")
    assert [one.is_high for one in found] == [False, True, False]


def test_a_control_names_the_assay_that_it_controls(batch):
    protein(batch, protein_ug_per_ml=D(100))
    protein(batch, protein_ug_per_ml=D(50))
    control = protein(batch, sample="process", protein_ug_per_ml=D(5), protein_ug_per_ml_sign="<")
    assert words(batch, "protein") == [
        "process blank (unconditioned medium) < 5 µg/mL at most 6.7 % of the sample"
    ]
    from tests.factories.evidence import put

    for number, told in (
        (2, "at most 10 % of the sample"),
        (9, "(which has no finished result here) < 5 µg/mL"),
    ):
        found = Assay.objects.get(pk=control.pk)
        found.controls_number = number
        put(found, SPOILED)
        assert words(batch, "protein")[0].endswith(told)
    assert Assay(controls_number=1).advice()[0][0] == "controls_number"
    assert Assay(controls_number=1, sample="diluent").advice() == []


def test_a_blank_is_no_result_that_the_specification_asks_for(batch):
    nta(batch, sample="process", particles_per_ml=D("2.3e9"), mode_nm=D(96))
    assert "Nanoparticle tracking: the specification asks for it" in [one.words for one in missing_of(batch)]
    assert measured(batch, "mode_nm").words == "no particle tracking of the final preparation yet"


# --- leaving a result out -------------------------------------------------------------------------


def test_r030_a_result_is_left_out_by_two_people_and_stays_visible(client, batch, operator, second_operator):
    nta(batch, mode_nm=D(96), particles_per_ml=D("2e10"))
    nta(batch, mode_nm=D(400), particles_per_ml=D("2e9"))
    client.force_login(operator)
    path = f"/batches/{batch.number}/assays/2/"
    sent = {
        "exclude": "1",
        "exclude-reason_category": "measured_again",
        "exclude-reason_words": SPOILED.words,
    }
    assert client.post(path, sent).status_code == 302
    assert measured(batch, "mode_nm").value == 248
    assert "a second person decides on leaving it out" in [one.words for one in missing_of(batch)]
    assert client.post(path, {"agree_exclusion": "1"}).status_code == 409
    client.force_login(second_operator)
    assert client.post(path, {"agree_exclusion": "1"}).status_code == 302
    assay = Assay.objects.get(batch=batch, number=2)
    assert (assay.status, assay.exclusion_asked_by, assay.excluded_by) == (
        "excluded",
        operator,
        second_operator,
    )
    assert measured(batch, "mode_nm").value == 96
    assert ATTRIBUTES["mode_nm"].not_counted(evidence_of(batch)) == (
        "Assay 2 · Nanoparticle tracking (left out)",
    )
    assert not assay.is_editable
    page = client.get(f"/batches/{batch.number}/").content.decode()
    assert "is left out: Air bubble in the cell" in page and client.get(path).status_code == 200
    record = load(Batch.objects.with_header().get(pk=batch.pk))
    found = exceptions_of(record, judge_evidence(record.plan, record.evidence))
    assert [one.what for one in found if one.rule.code == "result_excluded"] == [
        "Assay 2 · Nanoparticle tracking left out, as two people agreed"
    ]


def test_only_finished_results_are_left_out_once_and_may_be_kept(batch, operator, second_operator):
    nta(batch, status="open")
    nta(batch, mode_nm=D(96))
    with pytest.raises(ActionRefused, match="only a finished result"):
        exclusions.exclude_assay(sheet=sheet_of_assay(batch, 1), by=operator, reason=SPOILED)
    for act in (exclusions.agree_exclusion, exclusions.keep_result):
        more = {"reason": SPOILED} if act is exclusions.keep_result else {}
        with pytest.raises(ActionRefused, match="Nobody asks"):
            act(sheet=sheet_of_assay(batch, 2), by=second_operator, **more)
    exclusions.exclude_assay(sheet=sheet_of_assay(batch, 2), by=operator, reason=SPOILED)
    with pytest.raises(ActionRefused, match="asked already"):
        exclusions.exclude_assay(sheet=sheet_of_assay(batch, 2), by=second_operator, reason=SPOILED)
    kept = exclusions.keep_result(
        sheet=sheet_of_assay(batch, 2), by=second_operator, reason=Reason("review", "The curve is fine")
    )
    assert (kept.status, kept.exclusion_words, kept.waits_for_exclusion) == ("finished", "", False)


# --- statistics of replicates ---------------------------------------------------------------------


def test_a_cv_needs_three_replicates():
    assert spread([D(90), D(102)]).cv_percent is None
    assert spread([D(90), D(96), D(102)]).cv_percent == D("6.25")
    assert round(spread([D(-20), D(-22), D(-24)]).cv_percent, 2) == D("9.09")


def test_counts_are_summed_up_on_their_log_scale():
    # 1, 10, 100: s of the natural logs is ln 10; √(exp(ln² 10) − 1) = 14.13.
    found = geometric_spread([D("1e9"), D("1e10"), D("1e11")])
    assert (round(found.mean), round(found.cv_percent)) == (D("1e10"), 1413)
    assert geometric_spread([D("2e9"), D("8e9")]).mean.quantize(D(1)) == D("4e9")
    assert (geometric_spread([D("2e9"), D("8e9")]).cv_percent, geometric_spread([D(0)])) == (None, None)


def test_replicates_of_counts_say_their_geometric_cv(batch):
    for per_ml in ("1e10", "1.1e10", "1.21e10"):
        nta(batch, particles_per_ml=D(per_ml))
    assert measured(batch, "particles_per_ml").words == (
        "mean of 3, SD 1.05×10⁹ /mL, geometric CV 9.55 %, geometric mean 1.1×10¹⁰"
    )

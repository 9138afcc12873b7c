"""Attributes of the newer techniques: replicates, rows, ratios, signs, and verdicts by them."""

from decimal import Decimal

import pytest

from batches.bounds import Bounds
from batches.characterization.attributes import ATTRIBUTES
from batches.characterization.contents import AnalyteResult, GrowthFactorAssay, LipidAssay, RnaAssay
from batches.characterization.evidence import Evidence
from batches.characterization.flow import FlowGate, NanoFlow
from batches.characterization.kinds import DETAILS
from batches.characterization.models import Assay
from batches.characterization.particles import LightScattering, ResistivePulse, ZetaPotential
from batches.characterization.potency import PotencyAssay
from batches.characterization.protein import ProteinAssay
from batches.characterization.tracking import NanoparticleTracking
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy
from qc.judging.judged import judged_by

D = Decimal


def evidence(*made, sample="final"):
    """The evidence of finished assays, without a database: (technique, details, rows by name)."""
    assays = []
    for number, (technique, details, *rows) in enumerate(made, start=1):
        assay = Assay(number=number, technique=technique, sample=sample, status="finished")
        setattr(assay, DETAILS[technique], details)
        details.pk, details._prefetched_objects_cache = number, {"gates": rows, "analytes": rows}
        assays.append(assay)
    return Evidence.among(assays, [])


def measured(key, *made):
    return ATTRIBUTES[key].measure(evidence(*made))


@pytest.mark.parametrize(
    ("key", "technique", "details", "value"),
    [
        ("trps_per_ml", "trps", ResistivePulse(particles_per_ml=D("3e10")), D("3e10")),
        ("trps_mode_nm", "trps", ResistivePulse(mode_nm=D(98)), D(98)),
        ("z_average_nm", "dls", LightScattering(z_average_nm=D("118.4")), D("118.4")),
        ("pdi", "dls", LightScattering(pdi=D("0.2126")), D("0.213")),
        ("zeta_mv", "zeta", ZetaPotential(zeta_mv=D("-21.3")), D("-21.3")),
        ("nanoflow_per_ml", "nanoflow", NanoFlow(particles_per_ml=D("2e10")), D("2e10")),
        ("lipid_ug_per_ml", "lipid", LipidAssay(lipid_ug_per_ml=D(44)), D(44)),
        ("rna_ng_per_ml", "rna", RnaAssay(rna_ng_per_ml=D("62.5")), D("62.5")),
        ("relative_potency_percent", "potency", PotencyAssay(relative_potency_percent=D(96)), D(96)),
        ("potency_response_percent", "potency", PotencyAssay(response_percent=D(75)), D(75)),
    ],
)
def test_one_replicate_gives_its_value(key, technique, details, value):
    found = measured(key, (technique, details))
    assert (found.value, found.words) == (value, "one replicate")
    assert measured(key).words.endswith("of the final preparation yet")


def test_replicates_of_negative_values_have_a_mean_and_a_cv():
    replicates = [("zeta", ZetaPotential(zeta_mv=D(mv))) for mv in (-20, -22, -24)]
    found = measured("zeta_mv", *replicates)
    assert (found.value, found.words) == (D(-22), "mean of 3, SD 2 mV, CV 9.09 %")


def test_markers_and_analytes_are_found_by_any_of_their_names():
    flow = ("nanoflow", NanoFlow(), FlowGate(target="cd 63", positive_percent=D("41.5")))
    assert measured("cd63_positive_percent", flow).value == D("41.5")
    assert measured("cd9_positive_percent", flow).words == "finished without this result"
    factors = (
        "growth_factor",
        GrowthFactorAssay(),
        AnalyteResult(analyte="VEGFA", pg_per_ml=D("7.8"), pg_per_ml_sign="<"),
        AnalyteResult(analyte="HGF", pg_per_ml=D(310)),
    )
    assert measured("growth_factor:vegf-a", factors).within == Bounds(D(0), D("7.8"), high_included=False)
    assert measured("growth_factor:hgf", factors).value == 310
    assert measured("growth_factor:il-6", factors).value is None


def test_lipid_ratios_need_both_and_carry_signs():
    nta = ("nta", NanoparticleTracking(particles_per_ml=D("4.4e10")))
    lipid, protein = LipidAssay(lipid_ug_per_ml=D(44)), ProteinAssay(protein_ug_per_ml=D(11))
    assert measured("particles_per_ug_lipid", nta, ("lipid", lipid)).value == D("1e9")
    assert measured("protein_per_lipid", ("protein", protein), ("lipid", lipid)).value == D("0.25")
    assert measured("protein_per_lipid", ("protein", protein)).words == (
        "no lipid assay of the final preparation yet"
    )
    low = LipidAssay(lipid_ug_per_ml=D(5), lipid_ug_per_ml_sign="<")
    found = measured("protein_per_lipid", ("protein", protein), ("lipid", low))
    assert (found.value, found.within) == (None, Bounds(D("2.2"), None, low_included=False))
    nothing = LipidAssay(lipid_ug_per_ml=D(0))
    assert measured("protein_per_lipid", ("protein", protein), ("lipid", nothing)).words == "lipid is 0"


def test_release_and_alert_limits_judge_them():
    plan = type("Plan", (), {"steps": ()})
    limit = Limit(action_high=D("0.3"), alert_high=D("0.2"))
    told = []
    for pdi in ("0.1", "0.25", "0.4"):
        rule = CriterionCopy(1, "pdi", "release", limit, "range", ())
        judged = judged_by(rule, plan, evidence(("dls", LightScattering(pdi=D(pdi)))))
        told.append((judged.verdict, judged.is_alert))
    assert told == [("pass", False), ("pass", True), ("fail", False)]

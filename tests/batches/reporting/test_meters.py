"""The MISEV checklist and EV-METRIC, over records that were never saved."""

from decimal import Decimal as D

import pytest

from batches.bounds import Bounds
from batches.characterization.attributes import ATTRIBUTES
from batches.characterization.blots import BlotLane, BlotMarker
from batches.characterization.evidence import Evidence
from batches.characterization.microscopy import Micrograph
from batches.isolation.spins import GradientFraction
from batches.reporting.loading import Made
from batches.reporting.looking import Finding
from batches.reporting.meters import meters_of
from batches.reporting.models import Deposition, ReportingFacts
from batches.reporting.registry import (
    CHECKLIST,
    COMPONENTS,
    FINGERPRINTS,
    RULE_SET,
    checklist_of,
    ev_metric_of,
    fingerprint,
)
from batches.source.banks import CellBank
from batches.source.models import CellLineDetails, Donor, SourceLot
from batches.source.treatments import GeneticModification, Priming
from tests.batches.reporting.made import assay, made, step, with_rows

SPIN = {"rotor": "Type 45 Ti", "rcf_xg": D(100_000), "duration_min": D(70), "r_max_mm": D(103)}
ANTIBODY = {"antibody_catalogue_no": "ab1", "antibody_dilution": 1000}


def blot(*markers, number=3, lanes=("ev", "lysate"), **details):
    """A finished blot of (protein, category, found)."""
    one = assay(number, "western_blot", lysis_buffer="RIPA", **details)
    rows = [
        BlotMarker(target=target, misev_category=category, found=found, **ANTIBODY)
        for target, category, found in markers
    ]
    return with_rows(one, markers=rows, lanes=[BlotLane(role=role) for role in lanes])


def pictures(*views, number=4, pixel_size_nm=D(1)):
    one = assay(number, "electron_microscopy")
    return with_rows(one, micrographs=[Micrograph(view=view, pixel_size_nm=pixel_size_nm) for view in views])


FOUND = (("CD63", "1", "detected"), ("CD81", "1", "weak"), ("TSG101", "2", "detected"))
ALL_FOUND = (*FOUND, ("Calnexin", "4", "not_detected"), ("ApoA1", "3", "not_detected"))
COUNTED = assay(1, "nta", particles_per_ml=D("2e10"), blank_per_ml=D("2e6"))
WEIGHED = assay(2, "protein", protein_ug_per_ml=D(5))
HARVEST = {
    "starting_volume_ml": D(480),
    "cells_at_harvest": D("2e8"),
    "viability_percent": D(96),
    "mycoplasma": "negative",
    "mycoplasma_method": "NAT",
    "mycoplasma_on": "2026-01-02",
    "medium": "M",
    "medium_lot": "L",
    "ev_depletion": "serum_free",
    "seeding_per_cm2": D(4000),
    "passage": 4,
    "confluence_percent": D(80),
    "oxygen_percent": D(21),
    "culture_system": "flask",
    "conditioning_h": D(48),
    "hold_temp_c": D(4),
    "hold_h": D(1),
    "freeze_thaws": 0,
}
FACTS = {
    "ev_term": "MSC-derived small EVs",
    "ev_term_basis": "size",
    "size_class": "small",
    "size_cutoff_nm": D(200),
    "size_method": "NTA",
    "process_control": "B-9",
    "storage_buffer": "PBS",
    "storage_container": "PP low-bind",
    "storage_temp_c": D(-80),
    "storage_time": "3 months",
    "storage_freeze_thaws": 1,
}


def whole(**changed):
    """A batch that reports everything that applies to it, but a density gradient."""
    rows = changed.pop("rows", None) or (
        step(1, purpose="clear", details=SPIN),
        step(2, details=SPIN),
        COUNTED,
        WEIGHED,
        blot(*ALL_FOUND),
        pictures("wide", "close"),
    )
    beside = {
        "facts": ReportingFacts(**FACTS),
        "control": frozenset({"particles", "protein"}),
        "depositions": (Deposition(kind="ev_track", identifier="EV210123"),),
    }
    return made(*rows, **{"harvest": HARVEST, **beside, **changed})


def states(score):
    return {one.item.code: one.finding.state for one in score.looked}


def lacking(score):
    return {one.item.code: [(lack.what, lack.url) for lack in one.finding.missing] for one in score.lacking}


def test_there_are_28_items_and_nine_components_each_with_its_source():
    assert (len(CHECKLIST), len(COMPONENTS)) == (28, 9)
    every = [*CHECKLIST, *COMPONENTS]
    assert len({one.code for one in every}) == len({one.sentence for one in every}) == 37
    assert [one.code for one in every if not one.source] == []


def test_no_rule_changes_without_a_new_version_of_the_set():
    """Changed a rule on purpose? Raise RULE_SET and add the fingerprint of the new version."""
    assert FINGERPRINTS[RULE_SET] == fingerprint(), f"rule set {RULE_SET} is not as it was written down"


def test_a_batch_without_a_density_gradient_reports_seven_of_nine():
    meters = meters_of(whole())
    assert (meters.ev_metric.reported, meters.ev_metric.applicable, meters.ev_metric.percent) == (7, 9, 78)
    assert lacking(meters.ev_metric) == {
        "3": [("a density gradient, at least to validate", "/batches/B-1/steps/add/")],
        "4": [("a density gradient, which gives it", "/batches/B-1/steps/add/")],
    }
    assert meters.has_no_gradient is True


def test_a_batch_that_reports_everything_satisfies_every_item_that_applies():
    score = checklist_of(whole())
    assert (lacking(score), score.reported, score.applicable) == ({}, 24, 24)
    assert [one.item.code for one in score.looked if not one.finding.applies] == ["S5", "C6", "C8", "F1"]


def test_a_batch_that_says_nothing_lacks_everything_and_nothing_breaks():
    meters = meters_of(made(lot=SourceLot(code="SRC-4", kind="cell_line")))
    assert (meters.checklist.reported, meters.ev_metric.reported) == (0, 0)
    assert states(meters.ev_metric) == {
        **dict.fromkeys("123489", "not"),
        **dict.fromkeys("567", "not_applicable"),
    }
    assert [one.item.code for one in meters.checklist.lacking if not one.finding.missing] == []


@pytest.mark.parametrize(
    ("reported", "fraction", "percent", "missing"),
    [
        # Ultracentrifugation, NTA and wide-field EM; blot of CD9, CD63, ALIX and calnexin without dilutions.
        ({"em": ("wide",), "dilution": None}, (5, 9), 56, "2346"),
        # The same in full: everything but the gradient.
        ({}, (7, 9), 78, "34"),
        # Size exclusion only, no blot: neither spins, antibodies nor lysate apply.
        ({"spun": False, "blotted": False}, (2, 6), 33, "3489"),
        # Ultracentrifugation without rotor, no negative marker.
        ({"rotor": "", "negative": False}, (5, 9), 56, "3459"),
    ],
    ids=["usual paper", "complete", "column only", "no rotor, no negative"],
)
def test_published_like_parameters_give_the_fraction_that_ev_track_counts(
    reported, fraction, percent, missing
):
    """No study page of evtrack.org with its parameters is at hand, so these are made like published
    experiments: what each reports is counted by hand after the nine components (ev-domain §2.1)."""
    score = ev_metric_of(_published(**reported))
    assert ((score.reported, score.applicable), score.percent) == (fraction, percent)
    assert "".join(one.item.code for one in score.lacking) == missing


def gradient(*fractions, position=2, **details):
    """A finished density gradient with fractions of (density, pooled)."""
    made_step = step(position, "density_gradient", details={**SPIN, **details})
    rows = [
        GradientFraction(number=at, density_g_per_ml=density, is_pooled=pooled)
        for at, (density, pooled) in enumerate(fractions, 1)
    ]
    made_step.densitygradient._prefetched_objects_cache = {"fractions": rows}
    return made_step


def test_a_study_that_ev_track_scores_100_percent_gives_nine_of_nine():
    """EV170001 (Vergauwen et al., Sci Rep 2017), experiment 1 of 1: human, cell culture supernatant, density
    gradient; evtrack.org prints EV-METRIC 100 %. The page's summary is all that was at hand, so what it
    reports is what that score means: every component that applies.
    """
    rows = [gradient((D("1.086"), "yes"), (D("1.103"), "yes"), (D("1.2"), "no")), COUNTED]
    score = ev_metric_of(_published(more=rows))
    assert ((score.reported, score.applicable), score.percent) == ((9, 9), 100)
    density = next(one.finding.words for one in score.looked if one.item.code == "4")
    assert density == "1.0945 g/mL"


def test_ev_density_is_an_attribute_of_the_finished_gradients():
    """As entered, else the mean of the pooled fractions; a cushion has none; two that stand leave a range."""
    fractions = [(D("1.08"), "yes"), (D("1.10"), "yes"), (D("1.2"), "no")]
    told = ATTRIBUTES["ev_density_g_per_ml"].measure
    of = lambda *steps: told(Evidence.among([], steps))  # noqa: E731
    assert of(gradient(*fractions)).value == D("1.0900")
    assert of(gradient(*fractions, pooled_density_g_per_ml=D("1.1"))).value == D("1.1000")
    cushion = gradient(*fractions, form="cushion")
    assert (of(cushion).value, of(cushion).words) == (None, "density of the pooled fractions not recorded")
    both = of(gradient(*fractions), gradient(position=3, pooled_density_g_per_ml=D("1.12")))
    assert (both.value, both.within) == (None, Bounds(D("1.0900"), D("1.1200")))
    assert (of().words, of(step(1, "density_gradient", status="open")).words) == (
        "no density gradient",
        "not finished yet",
    )


def _published(
    em=("wide", "close"), dilution=1000, spun=True, blotted=True, rotor="SW 32", negative=True, more=()
):
    method = {"details": {**SPIN, "rotor": rotor}} if spun else {}
    rows = [step(1, "ultracentrifugation" if spun else "size_exclusion", **method), COUNTED, pictures(*em)]
    if blotted:
        proteins = [("CD9", "1", "detected"), ("CD63", "1", "detected"), ("ALIX", "2", "detected")]
        one = blot(*proteins, *([("Calnexin", "4", "not_detected")] if negative else []))
        for marker in one.westernblot.standing_markers:
            marker.antibody_dilution = dilution
        rows.append(one)
    return made(*rows, *more)


@pytest.mark.parametrize(
    ("code", "changed", "missing"),
    [
        ("N1", {"facts": ReportingFacts(**FACTS | {"ev_term_basis": ""})}, ["the term rests on"]),
        ("N2", {"facts": ReportingFacts(**FACTS | {"size_cutoff_nm": None})}, ["cut-off of the class"]),
        ("S2", {"harvest": HARVEST | {"supplement": "FBS"}}, ["supplement lot"]),
        ("S3", {"harvest": HARVEST | {"viability_percent": None}}, ["viability at harvest"]),
        ("S4", {"harvest": HARVEST | {"mycoplasma": "positive"}}, ["a negative result"]),
        ("S7", {"harvest": HARVEST | {"freeze_thaws": None}}, ["freeze–thaw cycles before processing"]),
        ("P2", {"control": None}, ["there is no batch B-9"]),
        ("P2", {"control": frozenset({"particles"})}, ["protein of B-9"]),
        ("T1", {"facts": ReportingFacts(**FACTS | {"storage_time": ""})}, ["kept for"]),
        ("R1", {"depositions": ()}, ["an EV-TRACK ID"]),
    ],
)
def test_what_an_item_lacks_is_named(code, changed, missing):
    assert [what for what, _ in lacking(checklist_of(whole(**changed)))[code]] == missing


def test_a_field_that_does_not_apply_is_not_missing():
    harvest = HARVEST | {"seeding_per_cm2": None}
    said = frozenset({("batches.harvest", None, "seeding_per_cm2")})
    assert states(checklist_of(whole(harvest=harvest)))["S2"] == "not"
    assert states(checklist_of(whole(harvest=harvest, not_applicable=said)))["S2"] == "satisfied"


def test_calnexin_alone_is_no_co_isolated_protein():
    score = checklist_of(whole(rows=(blot(*FOUND, ("Calnexin", "4", "not_detected"), number=7),)))
    assert {code: states(score)[code] for code in ("C1", "C2", "C3", "C4", "C5", "C7")} == {
        "C1": "satisfied",
        "C2": "satisfied",
        "C3": "not",
        "C4": "satisfied",
        "C5": "satisfied",
        "C7": "satisfied",
    }
    assert lacking(score)["C3"] == [
        ("a co-isolated protein (category 3)", "/batches/B-1/assays/7/#rows-markers")
    ]


def test_an_absent_marker_is_analysed_but_not_found():
    score = checklist_of(whole(rows=(blot(("CD9", "1", "not_detected"), ("CD63", "1", "detected")),)))
    assert [what for what, _ in lacking(score)["C4"]] == [
        "2 more EV markers that are found",
        "one that is cytosolic",
        "a purity marker (category 3 or 4)",
    ]


def test_a_picture_without_scale_counts_for_ev_metric_but_not_for_the_checklist():
    meters = meters_of(whole(rows=(pictures("wide", "close", pixel_size_nm=None),)))
    assert (states(meters.ev_metric)["2"], states(meters.checklist)["V1"]) == ("satisfied", "not")


def test_changed_and_primed_cells_are_named_with_how_and_what_shows_it():
    """S1 asks how a gene was changed and what verified it, S2 for dose and duration of a priming."""
    lot = SourceLot(code="SRC-2", kind="bone_marrow_msc", donor=Donor(code="DN-1"))
    changed = GeneticModification(source_lot=lot, what="overexpression", gene="CD47")
    primed = Priming(source_lot=lot, agent="ifn_gamma", agent_name="kit 4")
    scored = {one.item.code: one.finding for one in score_of(lot, changed, primed).looked}
    assert [one.what for one in scored["S1"].missing] == ["CD47: method", "CD47: verified by"]
    assert scored["S1"].words == "Bone-marrow MSC, donor DN-1; Gene added: CD47"
    assert [one.what for one in scored["S2"].missing] == ["IFN-γ: dose", "IFN-γ: duration"]
    assert {one.url for code in ("S1", "S2") for one in scored[code].missing} == {"/sources/SRC-2/"}
    changed.method, changed.verification = "lentivirus", "flow"
    primed.dose, primed.dose_unit, primed.duration_h = D(20), "ng/mL", D(24)
    scored = {one.item.code: one.finding for one in score_of(lot, changed, primed).looked}
    assert (scored["S1"].is_satisfied, scored["S2"].is_satisfied) == (True, True)


def score_of(lot, *treatments):
    return checklist_of(made(lot=lot, harvest=HARVEST, treatments=treatments))


def test_topology_of_a_loaded_cargo_is_asked_for():
    """C8: where a cargo was loaded, whether it is inside is what decides."""
    loaded = step(1, "cargo_loading", details={"cargo": "siRNA 7"})
    scored = {one.item.code: one.finding for one in checklist_of(made(loaded)).looked}
    assert (scored["C8"].state, scored["C8"].words) == ("not", "loaded with siRNA 7")


def test_the_word_exosome_is_advised_against_and_never_refused():
    facts = ReportingFacts(**FACTS | {"ev_term": "Exosomes"})
    found = next(one for one in checklist_of(whole(facts=facts)).looked if one.item.code == "N1")
    assert found.finding == Finding(
        "satisfied",
        "'Exosome' says that they come from endosomes. Where that is not shown, 'EV' says enough.",
    )


def test_a_cell_line_has_an_identity():
    line = CellLineDetails(line_name="HEK293", species="Homo sapiens")
    lot = SourceLot(code="SRC-2", kind="cell_line")
    SourceLot._meta.get_field("celllinedetails").set_cached_value(lot, line)
    assert lacking(checklist_of(whole(lot=lot)))["S1"] == [("STR profile or RRID", "/sources/SRC-2/")]
    line.rrid = "CVCL_0045"
    assert states(checklist_of(whole(lot=lot)))["S1"] == "satisfied"
    line.rrid, lot.bank = "", CellBank(code="MCB-1", identity="match")
    assert states(checklist_of(whole(lot=lot)))["S1"] == "satisfied"


def test_body_fluid_is_asked_of_blood_only_and_culture_of_cells_only():
    lot = SourceLot(code="SRC-3", kind="cord_blood", donor=Donor(code="DN-1"))
    SourceLot._meta.get_field("cordblooddetails").set_cached_value(lot, None)
    found = states(checklist_of(whole(lot=lot)))
    assert [found[code] for code in ("S2", "S3", "S4", "S5")] == [*["not_applicable"] * 3, "not"]


def test_unfinished_and_voided_records_count_for_nothing():
    open_count = assay(1, "nta", status="open", particles_per_ml=D("2e10"))
    voided = assay(2, "nta", status="voided", particles_per_ml=D("2e10"))
    blank = assay(3, "nta", sample="blank", particles_per_ml=D("2e5"))
    looked = checklist_of(made(open_count, voided, blank)).looked
    said = [one.item.code for one in looked if one.finding.is_satisfied]
    assert said == ["S1"]
    assert isinstance(made(open_count), Made)

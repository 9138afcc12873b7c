"""What the evidence of a batch says of each attribute of a specification."""

from decimal import Decimal

import pytest

from batches.characterization.attributes import ATTRIBUTES, evidence_of, techniques_for
from batches.characterization.blots import BlotMarker
from batches.characterization.microscopy import Micrograph
from batches.characterization.vocabulary import ANALYTES
from batches.isolation.models import ProcessStep
from batches.record.models import Batch
from tests.factories import BatchFactory
from tests.factories.evidence import blot, em, nta, protein, put, step

KEYS = [
    "particles_per_ml",
    "mode_nm",
    "d50_nm",
    "mean_nm",
    "window_percent",
    "range_50_400_percent",
    "protein_ug_per_ml",
    "particles_per_ug",
    "tetraspanins_detected",
    "cytosolic_markers_detected",
    "negative_markers_failed",
    "co_isolated_assessed",
    "markers",
    "em_views",
    "em_morphology_ok",
    "em_morphology",
    "endotoxin_eu_per_ml",
    "sterility",
    "mycoplasma",
    "ph",
    "osmolality_mosm_per_kg",
    "appearance",
    "overall_recovery_percent",
    "ev_density_g_per_ml",
    "trps_per_ml",
    "trps_mode_nm",
    "z_average_nm",
    "pdi",
    "zeta_mv",
    "nanoflow_per_ml",
    "cd9_positive_percent",
    "cd63_positive_percent",
    "cd81_positive_percent",
    "lipid_ug_per_ml",
    "particles_per_ug_lipid",
    "protein_per_lipid",
    "rna_ng_per_ml",
    *(f"growth_factor:{name.lower()}" for name in ANALYTES),
    "relative_potency_percent",
    "potency_response_percent",
]


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def measured(batch, key):
    return ATTRIBUTES[key].measure(evidence_of(batch))


def negative(found, *signal, target="Calnexin", expected="absent"):
    return target, "4", expected, found, *signal


def test_the_registry_holds_what_a_specification_can_name():
    assert list(ATTRIBUTES) == KEYS
    assert all(key == attribute.key and attribute.label for key, attribute in ATTRIBUTES.items())


@pytest.mark.parametrize("key", KEYS)
def test_nothing_measured_is_no_value_with_words(batch, key):
    found = measured(batch, key)
    assert (found.value, found.is_unclear) == (None, False)
    assert found.words


@pytest.mark.parametrize(
    ("key", "techniques"),
    [
        ("mode_nm", ("nta",)),
        ("particles_per_ug", ("nta", "protein")),
        ("em_views", ("electron_microscopy",)),
        ("negative_markers_failed", ("western_blot",)),
        ("overall_recovery_percent", ()),
        ("no such thing", ()),
    ],
)
def test_techniques_that_an_attribute_needs(key, techniques):
    assert techniques_for(key) == techniques


# --- replicates -----------------------------------------------------------------------------------


def test_mean_over_finished_replicates_with_sd_and_cv(batch):
    for mode in (90, 96, 102):
        nta(batch, mode_nm=Decimal(mode))
    found = measured(batch, "mode_nm")
    assert (found.value, found.words) == (Decimal("96.00"), "mean of 3, SD 6 nm, CV 6.25 %")
    assert [source[:7] for source in found.sources] == ["Assay 1", "Assay 2", "Assay 3"]


def test_one_replicate_stays_as_printed(batch):
    nta(batch, mode_nm=Decimal("150.02"))
    assert measured(batch, "mode_nm").value == Decimal("150.02")
    assert measured(batch, "mode_nm").words == "one replicate"


@pytest.mark.parametrize(
    "left_out", [{"status": "voided"}, {"status": "open"}, {"sample": "blank"}, {"sample": "starting"}]
)
def test_voided_open_and_other_samples_do_not_count(batch, left_out):
    nta(batch, mode_nm=Decimal(100))
    nta(batch, mode_nm=Decimal(300), **left_out)
    assert measured(batch, "mode_nm").value == 100


def test_an_open_assay_is_not_finished_yet(batch):
    nta(batch, mode_nm=Decimal(100), status="open")
    found = measured(batch, "mode_nm")
    assert (found.value, found.words) == (None, "not finished yet")


def test_a_replicate_without_the_result_is_named(batch):
    nta(batch, particles_per_ml=Decimal("8e10"))
    nta(batch)
    found = measured(batch, "particles_per_ml")
    assert (found.value, found.note) == (Decimal("8e10"), "no such result in Assay 2 · Nanoparticle tracking")


def test_finished_without_any_result_is_no_value(batch):
    nta(batch)
    assert measured(batch, "d50_nm").words == "finished without this result"


# --- particles per µg -----------------------------------------------------------------------------


def purity(batch, particles, ug_per_ml, excipient="no"):
    nta(batch, particles_per_ml=Decimal(particles), mode_nm=Decimal(96))
    protein(batch, protein_ug_per_ml=Decimal(ug_per_ml), excipient_protein=excipient)
    return measured(batch, "particles_per_ug")


@pytest.mark.parametrize(
    ("particles", "words"),
    [
        ("3e10", "high purity"),
        ("2.5e10", "between classes"),
        ("2e10", "low purity"),
        ("1.75e9", "between classes"),
        ("1e9", "unpure"),
    ],
)
def test_ppr_keeps_the_gaps_between_classes(batch, particles, words):
    found = purity(batch, particles, 1)
    assert (found.value, found.words) == (Decimal(particles), words)


def test_ppr_of_means(batch):
    nta(batch, particles_per_ml=Decimal("8e10"))
    nta(batch, particles_per_ml=Decimal("1e11"))
    protein(batch, protein_ug_per_ml=Decimal(8))
    protein(batch, protein_ug_per_ml=Decimal(10))
    assert measured(batch, "particles_per_ug").value == Decimal("1e10")


def test_protein_in_the_buffer_suppresses_the_class(batch):
    found = purity(batch, "3e10", 1, excipient="yes")
    assert (found.value, found.words) == (Decimal("3e10"), "not classed")
    assert found.note == "the buffer or excipient contains protein"


def test_implausible_ratio_is_noted(batch):
    assert purity(batch, "2e11", 1).note.startswith("more than vesicles of this size can hold")


def test_ppr_without_protein_says_what_is_lacking(batch):
    nta(batch, particles_per_ml=Decimal("3e10"))
    found = measured(batch, "particles_per_ug")
    assert (found.value, found.words) == (None, "no protein assay of the final preparation yet")


def test_ppr_over_no_protein_is_no_number(batch):
    assert purity(batch, "3e10", 0).value is None


# --- markers --------------------------------------------------------------------------------------


def test_tetraspanins_count_weak_bands_and_each_protein_once(batch):
    blot(batch, ("CD9", "1", "present", "weak"), ("CD63", "1", "present", "detected"))
    blot(batch, ("CD63", "1", "present", "detected"), ("CD81", "1", "present", "not_detected"))
    found = measured(batch, "tetraspanins_detected")
    assert (found.value, found.words) == (2, "CD63, CD9 detected; CD81 not detected")


def test_markers_of_category_1_that_are_no_tetraspanins_do_not_count(batch):
    blot(batch, ("CD73", "1", "present", "detected"))
    found = measured(batch, "tetraspanins_detected")
    assert (found.value, found.words) == (None, "no tetraspanin was looked for")


def test_a_band_that_can_not_be_read_could_still_count(batch):
    blot(batch, ("CD9", "1", "present", "detected"), ("CD63", "1", "present", "not_interpretable"))
    found = measured(batch, "tetraspanins_detected")
    assert (found.value, found.up_to) == (1, 2)


def test_r030_blots_that_differ_are_noted(batch):
    blot(batch, ("CD63", "1", "present", "not_detected"))
    blot(batch, ("CD63", "1", "present", "detected"))
    found = measured(batch, "tetraspanins_detected")
    assert (found.value, found.note) == (1, "blots differ on CD63")


def test_voided_markers_and_blots_do_not_count(batch):
    blot(batch, ("CD9", "1", "present", "detected"), ("CD63", "1", "present", "detected"))
    marker = BlotMarker.objects.get(target="CD63")
    marker.is_voided = True
    put(marker)
    blot(batch, ("CD81", "1", "present", "detected"), status="voided")
    assert measured(batch, "tetraspanins_detected").value == 1


def test_cytosolic_markers_are_those_of_category_2(batch):
    blot(batch, ("TSG101", "2", "present", "detected"), ("CD9", "1", "present", "detected"))
    assert measured(batch, "cytosolic_markers_detected").value == 1


def test_negative_marker_with_signal_in_the_lysate_counts_as_absent(batch):
    blot(batch, negative("not_detected", "yes"))
    found = measured(batch, "negative_markers_failed")
    assert (found.value, found.words) == (0, "Calnexin absent")


@pytest.mark.parametrize("signal", [(), ("no",)])
def test_negative_marker_without_lysate_signal_is_inconclusive(batch, signal):
    blot(batch, negative("not_detected", *signal))
    found = measured(batch, "negative_markers_failed")
    assert (found.value, found.is_unclear) == (None, True)
    assert found.words == "Calnexin not detected, but without signal in the lysate lane"


def test_negative_marker_without_a_lysate_lane_is_inconclusive(batch):
    blot(batch, negative("not_detected", "yes"), lysate=False)
    found = measured(batch, "negative_markers_failed")
    assert (found.value, found.is_unclear) == (None, True)
    assert found.words == "Calnexin not detected, but no lysate lane was run beside it"


@pytest.mark.parametrize("found_as", ["", "not_interpretable"])
def test_negative_marker_without_a_clear_result_is_inconclusive(batch, found_as):
    blot(batch, negative("not_detected", "yes"), negative(found_as, "yes", target="GM130"))
    found = measured(batch, "negative_markers_failed")
    assert (found.value, found.is_unclear) == (None, True)


def test_no_negative_marker_assessed_is_inconclusive(batch):
    blot(batch, ("CD9", "1", "present", "detected"), ("Albumin", "3", "absent", "not_detected", "yes"))
    found = measured(batch, "negative_markers_failed")
    assert (found.value, found.is_unclear) == (None, True)
    assert found.words == "no negative marker (category 4) was assessed"


@pytest.mark.parametrize("found_as", ["detected", "weak"])
def test_a_negative_marker_that_was_found_fails_whatever_the_others_say(batch, found_as):
    blot(batch, negative(found_as), negative("not_detected", target="GM130"), lysate=False)
    found = measured(batch, "negative_markers_failed")
    assert (found.value, found.words) == (1, "Calnexin detected")


def test_negative_marker_in_the_starting_material_is_no_failure(batch):
    blot(batch, negative("detected"), sample="starting")
    assert measured(batch, "negative_markers_failed").value is None


def test_co_isolated_counts_results_not_their_outcome(batch):
    blot(
        batch,
        ("Albumin", "3", "absent", "detected"),
        ("ApoA1", "3", "absent", "not_detected"),
        ("ApoB", "3", "absent", "not_interpretable"),
        negative("not_detected", "yes"),
    )
    found = measured(batch, "co_isolated_assessed")
    assert (found.value, found.words) == (2, "Albumin detected; ApoA1 not detected")


def test_calnexin_alone_leaves_category_3_unassessed(batch):
    blot(batch, negative("not_detected", "yes"))
    assert measured(batch, "co_isolated_assessed").value == 0


# --- pictures -------------------------------------------------------------------------------------


def test_views_count_once_and_only_with_a_scale(batch):
    em(batch, ("wide", Decimal("1.5")), ("wide", Decimal("0.5")), ("close", None), morphology="cup")
    found = measured(batch, "em_views")
    assert (found.value, found.words) == (1, "wide field")
    assert found.note == "1 without a known pixel size not counted"


def test_both_views(batch):
    em(batch, ("wide", Decimal("1.5")), ("close", Decimal("0.2")), morphology="cup")
    assert measured(batch, "em_views").value == 2


def test_voided_micrographs_do_not_count(batch):
    em(batch, ("wide", Decimal("1.5")), morphology="cup")
    picture = Micrograph.objects.get()
    picture.is_voided = True
    put(picture)
    assert measured(batch, "em_views").value == 0


@pytest.mark.parametrize(
    ("morphology", "aggregates", "good"),
    [
        ("cup", "no", 1),
        ("round", "", 1),
        ("mixed", "no", 1),
        ("cup", "yes", 0),
        ("aggregated", "no", 0),
        ("none", "no", 0),
    ],
)
def test_morphology(batch, morphology, aggregates, good):
    em(batch, morphology=morphology, aggregates_seen=aggregates)
    assert measured(batch, "em_morphology_ok").value == good


def test_every_microscopy_must_show_good_vesicles(batch):
    em(batch, morphology="cup", aggregates_seen="no")
    em(batch, morphology="aggregated")
    found = measured(batch, "em_morphology_ok")
    assert (found.value, found.words) == (0, "cup-shaped, no aggregates; aggregated")


def test_morphology_not_recorded_is_unclear(batch):
    em(batch)
    found = measured(batch, "em_morphology_ok")
    assert (found.value, found.is_unclear) == (None, True)


# --- recovery -------------------------------------------------------------------------------------


def test_overall_recovery_from_first_in_to_last_out(batch):
    step(
        batch,
        particles_in_per_ml=Decimal("1e9"),
        volume_in_ml=Decimal(480),
        particles_out_per_ml=Decimal("8e10"),
        volume_out_ml=Decimal(2),
    )
    found = measured(batch, "overall_recovery_percent")
    assert (found.value, found.words) == (Decimal("33.33"), "from Step 1 · Pellet to Step 1 · Pellet")


def test_recovery_names_what_was_not_measured(batch):
    step(batch, particles_out_per_ml=Decimal("8e10"), volume_out_ml=Decimal(2))
    found = measured(batch, "overall_recovery_percent")
    assert (found.value, found.words) == (None, "particles into Step 1 · Pellet were not measured")


def test_recovery_of_nothing_is_unclear(batch):
    step(
        batch,
        particles_in_per_ml=Decimal(0),
        volume_in_ml=Decimal(1),
        particles_out_per_ml=Decimal(1),
        volume_out_ml=Decimal(1),
    )
    assert measured(batch, "overall_recovery_percent").is_unclear


def test_a_voided_step_recovers_nothing(batch):
    step(batch, status="voided", voided_at=ProcessStep.objects.get().started_at)
    assert measured(batch, "overall_recovery_percent").words == "no step is finished yet"


def test_evidence_is_read_in_a_fixed_number_of_queries(batch, django_assert_num_queries):
    def some():
        nta(batch, mode_nm=Decimal(96))
        protein(batch, protein_ug_per_ml=Decimal(8))
        blot(batch, negative("not_detected", "yes"))
        em(batch, ("wide", Decimal("1.5")), morphology="cup")

    def look():
        evidence = evidence_of(Batch.objects.get(pk=batch.pk))
        return [attribute.measure(evidence) for attribute in ATTRIBUTES.values()]

    some()
    with django_assert_num_queries(15):
        look()
    some()
    some()
    with django_assert_num_queries(15):
        look()

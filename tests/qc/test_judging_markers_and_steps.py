"""Verdicts over what a batch's record holds: markers by name, values of steps, what does not count."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from audit.refusal import Reason
from batches.characterization.attributes import ATTRIBUTES, attribute_for, evidence_of, step_attributes
from batches.isolation.models import ProcessStep
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy, Plan
from batches.record.models import Batch
from qc.judging import judge_evidence
from tests.factories import BatchFactory
from tests.factories.evidence import blot, em, nta, protein, put, step

D = Decimal
ANY = Limit()
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def judged(batch, attribute, operator="range", *expected, limit=ANY, kind="release", **rules):
    """One criterion judged over the batch as it stands."""
    batch = Batch.objects.get(pk=batch.pk)
    rule = CriterionCopy(1, attribute, kind, limit, operator, expected, **rules)
    plan = SimpleNamespace(criteria=(rule,), steps=Plan.of(batch.plan).steps)
    (one,) = judge_evidence(plan, evidence_of(batch))
    return one


def took(assay, begun, finished):
    """Say when an assay was begun and finished, in hours from now."""
    assay.performed_at = timezone.now() + begun * HOUR
    assay.finished_at = timezone.now() + finished * HOUR
    assay.finished_by = assay.performed_by
    return put(assay, Reason("process", "the times of this test"))


# --- markers --------------------------------------------------------------------------------------


def bands(*found):
    """CD9, CD63 and CD81 as found, in that order."""
    targets = zip(("CD9", "CD63", "CD81"), found, strict=False)
    return [(target, "1", "present", as_found) for target, as_found in targets]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (["detected", "detected", "detected"], "pass"),
        (["detected", "detected", "not_interpretable"], "pass"),
        (["detected", "detected", "weak"], "pass"),
        (["detected", "detected"], "pass"),
        (["detected", "weak", "not_detected"], "inconclusive"),
        (["detected", "not_interpretable", "not_interpretable"], "inconclusive"),
        (["detected", "not_detected"], "not tested"),
        (["detected", "not_detected", ""], "not tested"),
        (["not_detected", "not_detected", "detected"], "fail"),
        (["not_detected", "not_detected"], "fail"),
        (["not_detected", "not_detected", "weak"], "fail"),
    ],
)
def test_n_of_m_markers_whichever_way_unclear_ones_turn_out(batch, found, verdict):
    blot(batch, *bands(*found))
    assert judged(batch, "markers", "n_of_m", "CD9", "CD63", "CD81", at_least=2).verdict == verdict


def test_n_of_m_reads_well(batch):
    blot(batch, *bands("detected", "weak", "not_detected"))
    one = judged(batch, "markers", "n_of_m", "CD9", "CD63", "CD81", at_least=2)
    assert one.accepted_words == "at least 2 of CD9, CD63, CD81 detected"
    assert one.shown == "1 of 3 detected"
    assert one.measured.words == "CD9 detected; CD63 weak; CD81 not detected"
    assert one.why == (
        "At least 2 of CD9, CD63, CD81 detected: can't be told. CD9 detected (Assay 1 · Western blot). "
        "CD63 weak (Assay 1 · Western blot). CD81 not detected (Assay 1 · Western blot)."
    )


@pytest.mark.parametrize(
    ("rule", "found", "signal", "verdict"),
    [
        ("detected", "detected", "", "pass"),
        ("detected", "not_detected", "yes", "fail"),
        ("detected", "weak", "", "inconclusive"),
        ("not_detected", "detected", "", "fail"),
        ("not_detected", "weak", "yes", "inconclusive"),
        ("not_detected", "not_detected", "yes", "pass"),
        ("not_detected", "not_detected", "no", "inconclusive"),
        ("not_detected", "not_interpretable", "yes", "inconclusive"),
    ],
)
def test_one_marker_detected_or_not(batch, rule, found, signal, verdict):
    blot(batch, ("Calnexin", "4", "absent", found, signal))
    assert judged(batch, "markers", rule, "Calnexin").verdict == verdict


def test_an_absent_marker_needs_a_lysate_lane_and_says_so(batch):
    blot(batch, ("Calnexin", "4", "absent", "not_detected", "yes"), lysate=False)
    one = judged(batch, "markers", "not_detected", "calnexin")
    assert one.verdict == "inconclusive"
    assert one.why.endswith("Calnexin not detected, but no lysate lane was run beside it.")


def test_a_marker_that_was_not_looked_for_is_not_tested(batch):
    blot(batch, *bands("detected"))
    one = judged(batch, "markers", "detected", "CD9", "TSG101")
    assert (one.verdict, one.shown) == ("not tested", "")
    assert one.why.endswith("TSG101 was not looked for.")


@pytest.mark.parametrize("rule", ["detected", "n_of_m"])
def test_no_marker_named_is_not_tested(batch, rule):
    blot(batch, *bands("detected"))
    assert judged(batch, "markers", rule, at_least=1).verdict == "not tested"


def test_markers_without_any_blot_are_not_tested(batch):
    one = judged(batch, "markers", "detected", "CD9")
    assert (one.verdict, one.why) == ("not tested", "No western blot of the final preparation yet.")


def test_blots_of_the_same_time_that_differ_are_inconclusive(batch):
    blot(batch, *bands("detected"))
    blot(batch, *bands("not_detected"))
    assert judged(batch, "markers", "detected", "CD9").verdict == "inconclusive"


def blotted_twice(batch, *found):
    for place, as_found in enumerate(found):
        took(blot(batch, *bands(as_found)), 2 * place, 2 * place + 1)


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ({}, "fail"),
        ({"retest": "all_pass", "retests_needed": 1}, "pass"),
        ({"retest": "all_pass", "retests_needed": 2}, "fail"),
    ],
)
def test_a_later_blot_erases_a_missing_marker_under_a_retest_rule_only(batch, rules, verdict):
    blotted_twice(batch, "not_detected", "detected")
    one = judged(batch, "markers", "detected", "CD9", **rules)
    assert (one.verdict, one.is_retested) == (verdict, bool(rules))


def test_a_count_of_markers_is_not_raised_by_a_later_blot_either(batch):
    blotted_twice(batch, "not_detected", "detected")
    one = judged(batch, "tetraspanins_detected", limit=Limit(action_low=D(1)))
    assert (one.verdict, one.measured.words) == ("fail", "none detected; CD9 not detected")
    assert one.measured.note == "CD9: a later blot does not erase Assay 1 · Western blot"


# --- values of steps ------------------------------------------------------------------------------

TEMPERATURE = "step:1:temperature_c"
COLD = Limit(action_low=D(2), action_high=D(8))


def test_a_value_of_a_planned_step_with_its_label_and_unit(batch):
    step(batch, temperature_c=D("4.5"))
    one = judged(batch, TEMPERATURE, limit=COLD)
    assert (one.verdict, one.label, one.unit) == ("pass", "Step 1 · Pellet: temperature", "°C")
    assert one.why == "4.5 °C: meets 2–8 °C, edges included."


def test_a_value_of_the_details_and_a_computed_one(batch):
    step(batch, volume_in_ml=D(10), volume_out_ml=D(1))
    one = judged(batch, "step:1:volume_recovery_percent", limit=Limit(action_low=D(10)))
    assert (one.verdict, one.unit) == ("pass", "%")
    assert judged(batch, "step:1:duration_min").why == "Not recorded."


def test_words_of_a_step_are_judged_by_names(batch):
    step(batch, fraction_kept="pellet")
    assert judged(batch, "step:1:fraction_kept", "one_of", "Pellet", "Retentate").verdict == "pass"
    assert judged(batch, "step:1:fraction_kept", "equals", "supernatant").verdict == "fail"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("planned", "Not finished yet. Not counted: Step 1 · Pellet (planned)."),
        ("running", "Not finished yet. Not counted: Step 1 · Pellet (running)."),
        ("voided", "Planned step 1 is voided and was not done again. Not counted: Step 1 · Pellet (voided)."),
    ],
)
def test_a_step_that_is_not_finished_is_not_tested(batch, status, why):
    step(batch, status=status, temperature_c=D(4), finished_at=None, finished_by=None)
    one = judged(batch, TEMPERATURE, limit=COLD)
    assert (one.verdict, one.why) == ("not tested", why)


def repeated(batch, **values):
    first = ProcessStep.objects.get(batch=batch, position=1)
    again = ProcessStep(
        batch=batch, position=9, planned_position=1, name="Pellet", method=first.method, status="finished"
    )
    again.finished_at = again.started_at = timezone.now() + 3 * HOUR
    again.finished_by = again.started_by = first.finished_by
    for name, value in values.items():
        setattr(again, name, value)
    put(again)
    put(type(first.ultracentrifugation)(step=again))


def test_the_standing_step_counts_where_one_was_voided_and_done_again(batch):
    step(batch, temperature_c=D(20), status="voided")
    repeated(batch, temperature_c=D(5))
    one = judged(batch, TEMPERATURE, limit=COLD)
    assert (one.verdict, one.shown) == ("pass", "5")
    assert one.why.endswith("Not counted: Step 1 · Pellet (voided).")


def test_a_step_done_again_does_not_erase_one_that_stands_and_fails(batch):
    step(batch, temperature_c=D(20))
    repeated(batch, temperature_c=D(5))
    one = judged(batch, TEMPERATURE, limit=COLD)
    assert (one.verdict, one.shown) == ("fail", "20")


def test_steps_that_both_stand_must_both_pass(batch):
    step(batch, temperature_c=D(4))
    repeated(batch, temperature_c=D(20))
    assert judged(batch, TEMPERATURE, limit=COLD).verdict == "inconclusive"
    assert judged(batch, TEMPERATURE, limit=COLD, replicates="each").verdict == "fail"


@pytest.mark.parametrize(
    "key", ["step:7:temperature_c", "step:1:no_such", "step:1:batch_id", "step:x:y", "step:1"]
)
def test_a_step_or_field_that_the_plan_does_not_have_is_not_tested(batch, key):
    one = judged(batch, key, limit=COLD)
    assert (one.verdict, one.label) == ("not tested", key)


def test_every_value_of_a_plans_steps_can_be_named(batch):
    steps = Plan.of(batch.plan).steps
    named = {attribute.key: attribute for attribute in step_attributes(steps)}
    assert {"step:1:duration_min", "step:1:adjusted_k", "step:1:particles_out_per_ml"} <= set(named)
    assert not {key for key in named if key.rpartition(":")[2] in {"status", "method", "name", "batch"}}
    assert all(attribute_for(key, steps).label == attribute.label for key, attribute in named.items())


# --- alert criteria, what does not count, derived numbers ---------------------------------------------


@pytest.mark.parametrize(("kind", "words"), [("alert", "alert only"), ("report", "report only")])
def test_criteria_that_are_not_for_release_never_block(batch, kind, words):
    nta(batch, mode_nm=D(300))
    one = judged(batch, "mode_nm", limit=Limit(action_high=D(150)), kind=kind)
    assert (one.verdict, one.blocks, one.kind_words) == ("fail", False, words)


def test_voided_and_open_replicates_are_named_and_do_not_count(batch):
    nta(batch, mode_nm=D(300), status="voided")
    nta(batch, mode_nm=D(96))
    nta(batch, mode_nm=D(310), status="open")
    one = judged(batch, "mode_nm", limit=Limit(action_high=D(150)))
    assert (one.verdict, one.shown) == ("pass", "96")
    assert one.why == (
        "96 nm: meets at most 150 nm. Not counted: Assay 1 · Nanoparticle tracking (voided), "
        "Assay 3 · Nanoparticle tracking (not finished)."
    )


def test_shapes_are_judged_by_names(batch):
    em(batch, morphology="cup")
    assert judged(batch, "em_morphology", "one_of", "Cup-shaped", "Round").verdict == "pass"
    em(batch, morphology="aggregated")
    assert judged(batch, "em_morphology", "one_of", "Cup-shaped", "Round").verdict == "inconclusive"
    each = judged(batch, "em_morphology", "one_of", "Cup-shaped", "Round", replicates="each")
    assert (each.verdict, each.shown) == ("fail", "Cup-shaped, Aggregated")


@pytest.mark.parametrize(
    ("rules", "verdict"), [({}, "fail"), ({"retest": "all_pass", "retests_needed": 1}, "pass")]
)
def test_a_later_protein_assay_does_not_erase_a_failing_ratio(batch, rules, verdict):
    took(nta(batch, particles_per_ml=D("1e10")), 0, 1)
    took(protein(batch, protein_ug_per_ml=D(10)), 1, 2)
    took(protein(batch, protein_ug_per_ml=D(2)), 3, 4)
    one = judged(batch, "particles_per_ug", limit=Limit(action_low=D("2e9")), **rules)
    assert one.verdict == verdict
    assert one.is_retested == bool(rules)


def test_judging_asks_nothing_of_the_database_over_evidence(batch, django_assert_num_queries):
    step(batch, temperature_c=D(4), volume_in_ml=D(10), volume_out_ml=D(1))
    for _ in range(3):
        nta(batch, mode_nm=D(300), particles_per_ml=D("1e10"))
        protein(batch, protein_ug_per_ml=D(5), excipient_protein="no")
        blot(batch, *bands("detected", "weak", "not_detected"), ("Calnexin", "4", "absent", "not_detected"))
        em(batch, morphology="cup")
    limit, expected = Limit(action_high=D(5)), ("CD9", "CD63")
    steps = Plan.of(batch.plan).steps
    keys = [*ATTRIBUTES, *(attribute.key for attribute in step_attributes(steps))]
    rules = [
        CriterionCopy(1, key, "release", limit, operator, expected, 1, replicates, 1, "all_pass", 1)
        for key in keys
        for operator in ("range", "one_of", "detected", "not_detected", "n_of_m")
        for replicates in ("mean", "each", "n_of_m")
    ]
    evidence = evidence_of(Batch.objects.get(pk=batch.pk))
    with django_assert_num_queries(0):
        found = judge_evidence(SimpleNamespace(criteria=rules, steps=steps), evidence)
    assert all(one.why.endswith(".") and one.accepted_words for one in found)
    assert {one.verdict for one in found} == {"pass", "fail", "inconclusive", "not tested"}

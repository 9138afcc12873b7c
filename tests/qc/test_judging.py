"""Verdicts: edges, unclear evidence, and nothing that passes by default."""

from decimal import Decimal

import pytest

from audit.refusal import Reason
from batches.characterization.attributes import ATTRIBUTES
from batches.characterization.evidence import Evidence, Measured
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy, _criterion_copy
from batches.record.models import Batch
from qc.judging import Judged, all_pass, judge, judge_evidence, shown_number, summary, verdict_of
from tests.factories import BatchFactory, MasterVersionFactory
from tests.factories.evidence import blot, em, nta, protein, put
from tests.factories.records import CriterionFactory

RANGE = Limit(action_low=Decimal(50), action_high=Decimal(150))
OPEN = Limit(action_low=Decimal(50), action_high=Decimal(150), low_included=False, high_included=False)


def value(number, **more):
    return Measured(Decimal(number), "", **more)


@pytest.mark.parametrize(
    ("limit", "number", "verdict"),
    [
        (RANGE, "49.99", "fail"),
        (RANGE, "50", "pass"),
        (RANGE, "150", "pass"),
        (RANGE, "150.01", "fail"),
        (OPEN, "50", "fail"),
        (OPEN, "50.01", "pass"),
        (OPEN, "149.99", "pass"),
        (OPEN, "150", "fail"),
        (Limit(action_low=Decimal(90)), "90", "pass"),
        (Limit(action_low=Decimal(90)), "89.9", "fail"),
        (Limit(action_high=Decimal(0)), "0", "pass"),
        (Limit(action_high=Decimal(0)), "1", "fail"),
        (Limit(target=Decimal(5)), "900", "pass"),
    ],
)
def test_edges(limit, number, verdict):
    assert verdict_of(limit, value(number)) == (verdict, False)


def test_beyond_an_alert_limit_passes_and_says_so():
    limit = Limit(action_low=Decimal("2e9"), alert_low=Decimal("3e10"))
    assert verdict_of(limit, value("2.5e10")) == ("pass", True)
    assert verdict_of(limit, value("3e10")) == ("pass", False)
    assert verdict_of(limit, value("1e9")) == ("fail", False)


@pytest.mark.parametrize("limit", [RANGE, Limit()])
def test_no_value_never_passes(limit):
    assert verdict_of(limit, Measured(None, "not measured")) == ("not tested", False)
    assert verdict_of(limit, Measured(None, "no lysate lane", is_unclear=True)) == ("inconclusive", False)


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("limit", [RANGE, Limit()])
def test_what_is_no_number_never_passes_silently(limit, number):
    assert verdict_of(limit, value(number)) == ("inconclusive", False)


def test_no_float_is_judged():
    assert verdict_of(RANGE, Measured(96.0, "")) == ("inconclusive", False)


@pytest.mark.parametrize(
    ("found", "up_to", "verdict"), [(1, 3, "inconclusive"), (2, 3, "pass"), (0, 1, "fail"), (1, None, "fail")]
)
def test_a_count_with_unclear_parts_is_judged_where_it_makes_no_difference(found, up_to, verdict):
    result = value(found, up_to=None if up_to is None else Decimal(up_to))
    assert verdict_of(Limit(action_low=Decimal(2)), result)[0] == verdict


@pytest.mark.parametrize(
    ("number", "limit", "shown"),
    [
        ("84212345678", Limit(), "8.421×10¹⁰"),
        ("999960000", Limit(action_low=Decimal("1e9")), "9.9996×10⁸"),
        ("1000040000", Limit(action_low=Decimal("1e9")), "1×10⁹"),
        ("96.25", RANGE, "96.25"),
    ],
)
def test_a_result_is_shown_on_its_own_side_of_the_limit(number, limit, shown):
    assert shown_number(Decimal(number), limit) == shown


def specified(operator, *criteria):
    """A batch whose specification holds these: (attribute, limits and kind)."""
    version = MasterVersionFactory(content=False)
    for position, (attribute, fields) in enumerate(criteria, start=1):
        CriterionFactory(version=version, attribute=attribute, position=position, **fields)
    return BatchFactory(version=version, by=operator)


def test_each_criterion_in_the_order_of_the_specification(operator):
    batch = specified(
        operator,
        ("mode_nm", {"action_low": Decimal(50), "action_high": Decimal(150)}),
        ("particles_per_ug", {"action_low": Decimal("2e9"), "alert_low": Decimal("3e10"), "kind": "report"}),
        ("negative_markers_failed", {"action_high": Decimal(0)}),
        ("em_views", {"action_low": Decimal(2)}),
        ("tetraspanins_detected", {"action_low": Decimal(2)}),
    )
    nta(batch, mode_nm=Decimal(96), particles_per_ml=Decimal("1e10"))
    protein(batch, protein_ug_per_ml=Decimal(1), excipient_protein="no")
    blot(batch, ("Calnexin", "4", "absent", "not_detected"), ("CD63", "1", "present", "detected"))
    judged = judge(batch)
    assert [(one.criterion.attribute, one.verdict, one.is_alert, one.blocks) for one in judged] == [
        ("mode_nm", "pass", False, False),
        ("particles_per_ug", "pass", True, False),
        ("negative_markers_failed", "inconclusive", False, True),
        ("em_views", "not tested", False, True),
        ("tetraspanins_detected", "fail", False, True),
    ]
    assert (summary(judged), all_pass(judged)) == ("1 of 4 pass, 1 reported only", False)
    assert [one.why for one in judged] == [
        "96 nm: meets 50–150 nm, edges included.",
        "1×10¹⁰ /µg: meets at least 2×10⁹ /µg, alert below 3×10¹⁰ /µg.",
        "Calnexin not detected, but without signal in the lysate lane.",
        "No electron microscopy of the final preparation yet.",
        "1: does not meet at least 2.",
    ]


def test_a_report_only_criterion_never_blocks(operator):
    batch = specified(operator, ("mode_nm", {"action_high": Decimal(50), "kind": "report"}))
    nta(batch, mode_nm=Decimal(96))
    (judged,) = judge(batch)
    assert (judged.verdict, judged.blocks) == ("fail", False)


def test_an_attribute_that_nothing_computes_is_not_tested():
    criterion = CriterionCopy(1, "gone", "release", RANGE)
    plan = type("Plan", (), {"criteria": (criterion,), "steps": ()})
    (judged,) = judge_evidence(plan, Evidence((), ()))
    assert (judged.verdict, judged.label, judged.blocks) == ("not tested", "gone", True)


def test_words_of_a_verdict_name_value_and_unit():
    criterion = CriterionCopy(1, "mode_nm", "release", RANGE)
    judged = Judged(criterion, ATTRIBUTES["mode_nm"], value("151.5"), "fail", "")
    assert judged.words == "Mode diameter: fail (151.5 nm)"


def test_changing_the_master_changes_no_verdict(operator):
    batch = specified(operator, ("mode_nm", {"action_high": Decimal(150)}))
    nta(batch, mode_nm=Decimal(96))
    criterion = batch.plan.version.criteria.get()
    criterion.action_high = Decimal(50)
    put(criterion, Reason("process", "tightened"))
    assert [one.verdict for one in judge(Batch.objects.get(pk=batch.pk))] == ["pass"]


def test_judging_takes_a_fixed_number_of_queries(operator, django_assert_num_queries):
    batch = specified(
        operator, ("mode_nm", {"action_high": Decimal(150)}), ("em_views", {"action_low": Decimal(2)})
    )

    def some():
        nta(batch, mode_nm=Decimal(96))
        blot(batch, ("CD63", "1", "present", "detected"))
        em(batch, ("wide", Decimal(1)), morphology="cup")

    some()
    with django_assert_num_queries(12):
        judge(batch)
    some()
    some()
    with django_assert_num_queries(12):
        judge(batch)


def test_a_criterion_of_the_first_schema_is_a_range_over_the_mean():
    content = {"position": 1, "attribute": "mode_nm", "kind": "release", "limit": RANGE.content()}
    assert _criterion_copy(content) == CriterionCopy(1, "mode_nm", "release", RANGE)


def test_a_criterion_of_the_second_schema_keeps_its_rules():
    rules = {"operator": "n_of_m", "expected": ["CD9", "CD63"], "at_least": 2, "replicates": "each"}
    rules |= {"replicates_needed": None, "retest": "all_pass", "retests_needed": 2}
    read = _criterion_copy(
        {"position": 1, "attribute": "markers", "kind": "alert", "limit": Limit().content(), **rules}
    )
    assert read.expected == ("CD9", "CD63")
    assert (read.operator, read.at_least, read.replicates, read.retest, read.retests_needed) == (
        "n_of_m",
        2,
        "each",
        "all_pass",
        2,
    )

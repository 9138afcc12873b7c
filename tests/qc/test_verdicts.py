"""Verdicts by every operator, over replicates, retests and censored results."""

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.bounds import Bounds, Sign, mean, ratio
from batches.characterization.evidence import Measured
from batches.characterization.measures import joined_as_mean
from batches.masters.criteria import accepted_words, rule_words
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy
from qc.judging import outcome_of, verdict_of
from qc.judging.judged import _simple
from qc.judging.rulings import Case, ruling_on
from qc.judging.words import told

D = Decimal
MORNING = dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC)
RANGE = Limit(action_low=D(50), action_high=D(150))


def criterion(operator="range", *expected, limit=RANGE, **more):
    return CriterionCopy(1, "mode_nm", "release", limit, operator, expected, **more)


def number(value, **more):
    return Measured(D(value), "", **more)


def stated(sign, value):
    return Measured(None, "", within=Bounds.stated(sign, D(value)))


def words(text):
    return Measured(None, "", text=text)


# --- censored results -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sign", "value", "limit", "verdict"),
    [
        ("<", "0.05", Limit(action_high=D("0.05")), "pass"),
        ("<", "0.05", Limit(action_high=D("0.05"), high_included=False), "pass"),
        ("≤", "0.05", Limit(action_high=D("0.05")), "pass"),
        ("≤", "0.05", Limit(action_high=D("0.05"), high_included=False), "inconclusive"),
        ("<", "0.05", Limit(action_high=D("0.04")), "inconclusive"),
        ("<", "0.05", Limit(action_low=D("0.01")), "inconclusive"),
        ("<", "0.05", Limit(action_low=D("0.05")), "fail"),
        ("≤", "0.05", Limit(action_low=D("0.05")), "inconclusive"),
        ("≤", "0.05", Limit(action_low=D("0.05"), low_included=False), "fail"),
        ("<", "0.05", Limit(action_low=D(0), action_high=D(1)), "pass"),
        (">", "1e12", Limit(action_low=D("1e12")), "pass"),
        (">", "1e12", Limit(action_low=D("1e12"), low_included=False), "pass"),
        ("≥", "1e12", Limit(action_low=D("1e12"), low_included=False), "inconclusive"),
        (">", "1e12", Limit(action_high=D("1e13")), "inconclusive"),
        (">", "1e12", Limit(action_high=D("1e12")), "fail"),
        ("≥", "1e12", Limit(action_high=D("1e12")), "inconclusive"),
        (">", "1e12", Limit(action_low=D("1e9"), action_high=D("1e13")), "inconclusive"),
    ],
)
def test_censored_results_against_every_edge(sign, value, limit, verdict):
    assert verdict_of(limit, stated(sign, value))[0] == verdict


def test_below_the_detection_limit_without_a_number_is_inconclusive_unless_anything_is_accepted():
    anywhere = Measured(None, "", within=Bounds(D(0), None), text="not detected")
    assert verdict_of(Limit(action_high=D(1)), anywhere) == ("inconclusive", False)
    assert outcome_of(criterion("not_detected"), anywhere) == ("pass", False)


def test_a_censored_result_close_to_the_limit_is_an_alert():
    limit = Limit(action_high=D(1), alert_high=D("0.01"))
    assert verdict_of(limit, stated("<", "0.05")) == ("pass", True)


@pytest.mark.parametrize(
    ("stated_as", "told_as"),
    [
        (("<", "0.05"), "< 0.05 EU/mL"),
        (("≤", "0.05"), "≤ 0.05 EU/mL"),
        ((">", "1e12"), "> 1×10¹² EU/mL"),
        (("≥", "7"), "≥ 7 EU/mL"),
    ],
)
def test_a_censored_result_is_shown_as_it_was_written(stated_as, told_as):
    assert told(stated(*stated_as), RANGE, "EU/mL") == told_as


def test_the_reason_of_a_censored_verdict_names_sign_and_rule():
    limit = Limit(action_high=D("0.05"), high_included=False)
    judged = _simple(criterion(limit=limit), "EU/mL", stated("<", "0.05"))
    assert judged.why == "< 0.05 EU/mL: meets below 0.05 EU/mL."
    limit = Limit(action_low=D("0.01"))
    judged = _simple(criterion(limit=limit), "EU/mL", stated("<", "0.05"))
    assert judged.why == "< 0.05 EU/mL: can't be judged against at least 0.01 EU/mL."


def test_a_mean_with_a_censored_replicate_lies_between_bounds():
    joined = joined_as_mean("µg/mL")([number("0.09"), stated("<", "0.05"), number("0.10")])
    assert joined.within == Bounds(D("0.0633"), D("0.08"), high_included=False)
    assert joined.words == "mean of 3, some without a number"
    assert verdict_of(Limit(action_high=D("0.08"), high_included=False), joined)[0] == "pass"
    assert verdict_of(Limit(action_high=D("0.07")), joined)[0] == "inconclusive"
    assert verdict_of(Limit(action_high=D("0.06")), joined)[0] == "fail"


def test_one_censored_replicate_stays_as_written():
    assert joined_as_mean("µg/mL")([stated(">", "2000.00001")]).within == Bounds(D("2000.00001"), None, False)


def test_a_ratio_over_a_censored_result():
    assert ratio(Bounds.exactly(D("1e10")), Bounds.stated("<", D(2))) == Bounds(D("5e9"), None, False)
    assert ratio(Bounds.stated(">", D("1e10")), Bounds.exactly(D(2))) == Bounds(D("5e9"), None, False)
    assert ratio(Bounds.exactly(D("1e10")), Bounds.exactly(D(0))) is None


QUANTITIES = st.decimals(-20, 20, places=1)
BOUNDS = st.builds(
    lambda a, b, low, high: Bounds(min(a, b), max(a, b), low or a == b, high or a == b),
    QUANTITIES,
    QUANTITIES,
    st.booleans(),
    st.booleans(),
)
LIMITS = st.builds(
    Limit,
    action_low=st.none() | QUANTITIES,
    action_high=st.none() | QUANTITIES,
    alert_low=st.none() | QUANTITIES,
    alert_high=st.none() | QUANTITIES,
    low_included=st.booleans(),
    high_included=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(bounds=BOUNDS, limit=LIMITS)
def test_the_places_of_an_interval_are_those_of_its_points(bounds, limit):
    tenths = [D(n).scaleb(-1) for n in range(-205, 206)]
    points = [p for p in tenths if bounds.contains(p)]
    points += [p + D("0.05") for p in tenths if bounds.contains(p + D("0.05"))]
    assert limit.places(bounds) == {limit.verdict(point) for point in points}


@settings(max_examples=100, deadline=None)
@given(value=QUANTITIES, limit=LIMITS)
def test_an_exact_bound_is_judged_as_its_number(value, limit):
    assert limit.places(Bounds.exactly(value)) == {limit.verdict(value)}


@settings(max_examples=100, deadline=None)
@given(bounds=BOUNDS, limit=LIMITS, wider=BOUNDS)
def test_knowing_less_never_settles_a_verdict(bounds, limit, wider):
    both = Bounds(min(bounds.low, wider.low), max(bounds.high, wider.high))
    assert limit.places(bounds) <= limit.places(both)


@settings(max_examples=60, deadline=None)
@given(limit=LIMITS, edge=QUANTITIES)
def test_beside_an_edge_and_on_it_are_told_apart(limit, edge):
    open_below = Bounds(edge - 1, edge, high_included=False)
    closed = Bounds(edge - 1, edge)
    assert limit.places(closed) == limit.places(open_below) | {limit.verdict(edge)}


def test_edges_are_exact_with_many_digits():
    limit = Limit(action_high=D("123456789012345"), high_included=False)
    just_below = Bounds(D("123456789012344.9999"), D("123456789012345"), high_included=False)
    assert limit.places(just_below) == {"inside"}
    assert limit.places(Bounds(D("1e-12"), D("123456789012345"))) == {"inside", "outside"}


# --- traps of public code -------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["range", "equals", "one_of", "detected", "not_detected", "gone", ""])
@pytest.mark.parametrize("nothing", [Measured(None, "empty"), Measured(None, "empty", text="")])
def test_trap_nothing_is_in_specification_by_default(operator, nothing):
    assert outcome_of(criterion(operator, "x"), nothing) == ("not tested", False)


@pytest.mark.parametrize("text", ["cloudy", "96 nm", "NaN", "n/a", "-"])
def test_trap_a_value_that_is_no_number_gets_a_verdict_and_a_reason(text):
    judged = _simple(criterion(), "", words(text))
    assert (judged.verdict, judged.is_alert) == ("inconclusive", False)
    assert judged.why == f"{text[:1].upper()}{text[1:]}: can't be judged against 50–150, edges included."


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity"])
@pytest.mark.parametrize("operator", ["range", "equals", "one_of", "detected", "not_detected"])
def test_trap_no_operator_passes_what_is_not_a_number(operator, value):
    judged = _simple(criterion(operator, "5"), "nm", number(value))
    assert judged.verdict == "inconclusive"
    assert judged.why.startswith("Not a number")


@pytest.mark.parametrize("limit", [RANGE, Limit()])
def test_trap_a_range_check_of_an_empty_value_completes_nothing(limit):
    judged = _simple(criterion(limit=limit), "nm", Measured(None, "no particle tracking yet"))
    assert (judged.verdict, judged.why) == ("not tested", "No particle tracking yet.")


def test_trap_a_rule_that_is_not_known_judges_nothing():
    judged = _simple(criterion("about"), "nm", number("96"))
    assert judged.verdict == "inconclusive"
    assert judged.why == "96 nm: can't be judged against the rule 'about', which is not known here."


# --- values, found or not ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "expected", "result", "verdict"),
    [
        ("equals", ["Clear"], words("clear"), "pass"),
        ("equals", ["clear"], words(" Clear "), "pass"),
        ("equals", ["clear"], words("clear, yellow"), "fail"),
        ("one_of", ["clear", "opalescent"], words("Opalescent"), "pass"),
        ("one_of", ["clear", "opalescent"], words("milky"), "fail"),
        ("one_of", [], words("milky"), "inconclusive"),
        ("equals", ["7.40"], number("7.4"), "pass"),
        ("equals", ["7.4"], number("7.41"), "fail"),
        ("one_of", ["1", "2"], Measured(D(1), "", up_to=D(2)), "inconclusive"),
        ("one_of", ["1", "2"], Measured(D(3), "", up_to=D(4)), "fail"),
        ("equals", ["0.05"], stated("<", "0.05"), "fail"),
        ("equals", ["0.01"], stated("<", "0.05"), "inconclusive"),
        ("equals", ["seven"], number("7"), "inconclusive"),
        ("detected", [], words("Detected"), "pass"),
        ("detected", [], words("negative"), "fail"),
        ("not_detected", [], words("no growth"), "pass"),
        ("not_detected", [], words("growth"), "fail"),
        ("not_detected", [], words("weak"), "inconclusive"),
        ("detected", [], number("3"), "pass"),
        ("not_detected", [], number("0"), "pass"),
        ("not_detected", [], stated("<", "0.05"), "inconclusive"),
        ("detected", [], stated(">", "0"), "pass"),
    ],
)
def test_values_and_presence(operator, expected, result, verdict):
    assert outcome_of(criterion(operator, *expected), result) == (verdict, False)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (criterion(), "accept 50–150 nm, edges included"),
        (criterion(limit=Limit()), "any value"),
        (criterion("equals", "7.4"), "accept 7.4 nm"),
        (criterion("one_of", "cup", "round"), "accept cup or round nm"),
        (criterion("detected"), "detected"),
        (criterion("detected", "CD63"), "CD63 detected"),
        (criterion("not_detected", "Calnexin", "GM130"), "Calnexin and GM130 not detected"),
        (
            criterion("n_of_m", "CD9", "CD63", "CD81", at_least=2),
            "at least 2 of CD9, CD63, CD81 detected",
        ),
    ],
)
def test_rules_read_well(rule, words):
    assert accepted_words(rule, "nm") == words


def test_rules_for_replicates_and_retests_read_well():
    rule = criterion(replicates="n_of_m", replicates_needed=2, retest="all_pass", retests_needed=3)
    assert rule_words(rule) == "at least 2 replicates; after a failure, all retests pass, at least 3"
    assert rule_words(criterion(replicates="each")) == "each replicate"
    assert rule_words(criterion()) == ""


# --- replicates -----------------------------------------------------------------------------------


def result(name, value, begun=None, finished=None):
    """A result of an assay, begun and finished at those hours of the day."""
    times = [None if hour is None else MORNING + dt.timedelta(hours=hour) for hour in (begun, finished)]
    stated_as = {"within": Bounds.stated(value[0], D(value[1:]))} if value[0] in Sign else {}
    known = None if stated_as else D(value)
    return Measured(known, "", (name,), begun_at=times[0], finished_at=times[1], **stated_as)


def ruled(rule, *results):
    case = Case(
        rule,
        accepted_words(rule, "nm"),
        partial(told, limit=rule.limit, unit="nm"),
        partial(outcome_of, rule),
        lambda several: _simple(rule, "nm", joined_as_mean("nm")(several)),
    )
    return ruling_on(case, results)


@pytest.mark.parametrize(
    ("values", "of_mean", "of_each", "of_two"),
    [
        (["90", "96"], "pass", "pass", "pass"),
        (["90", "160"], "pass", "fail", "fail"),
        (["90", "96", "160"], "pass", "fail", "pass"),
        (["140", "170"], "fail", "fail", "fail"),
        (["90"], "pass", "pass", "not tested"),
        (["110", "<160"], "pass", "inconclusive", "inconclusive"),
        (["<160", "160"], "inconclusive", "fail", "fail"),
    ],
)
def test_replicate_rules(values, of_mean, of_each, of_two):
    results = [result(f"A{place}", value) for place, value in enumerate(values, start=1)]
    some = criterion(replicates="n_of_m", replicates_needed=2)
    rules = (criterion(), criterion(replicates="each"), some)
    assert [ruled(rule, *results).verdict for rule in rules] == [of_mean, of_each, of_two]


def test_each_replicate_is_named_and_no_mean_is_shown():
    ruling = ruled(criterion(replicates="each"), result("A1", "90"), result("A2", "160"))
    assert ruling.why == "A2: 160 nm: does not meet 50–150 nm, edges included."
    assert (ruling.measured.value, ruling.measured.text) == (None, "90 nm, 160 nm")


def test_each_of_several_that_pass():
    ruling = ruled(criterion(replicates="each"), result("A1", "90"), result("A2", "96"))
    assert ruling.why == "Each of 2 replicates meets 50–150 nm, edges included (A1: 90 nm; A2: 96 nm)."


def test_n_of_m_says_how_many():
    rule = criterion(replicates="n_of_m", replicates_needed=2)
    ruling = ruled(rule, result("A1", "90"), result("A2", "160"))
    assert ruling.why == (
        "1 of 2 replicates meets 50–150 nm, edges included, at least 2 needed (A1: 90 nm; A2: 160 nm)."
    )


# --- retests --------------------------------------------------------------------------------------

FAILED = result("A1", "160", 0, 1)
AGAIN = result("A2", "96", 2, 3)
THIRD = result("A3", "97", 4, 5)


@pytest.mark.parametrize("replicates", ["mean", "each"])
def test_without_a_retest_rule_a_later_result_never_erases_a_failure(replicates):
    ruling = ruled(criterion(replicates=replicates), FAILED, AGAIN)
    assert (ruling.verdict, ruling.is_retested) == ("fail", False)
    assert ruling.measured.value == 160
    assert ruling.why == (
        "160 nm: does not meet 50–150 nm, edges included. "
        "A2: begun after this failed and does not erase it, as there is no retest rule."
    )


@pytest.mark.parametrize(
    ("retests", "needed", "verdict"),
    [
        ([AGAIN], 1, "pass"),
        ([AGAIN], 2, "fail"),
        ([AGAIN, THIRD], 2, "pass"),
        ([AGAIN, result("A3", "155", 4, 5)], 2, "fail"),
        ([AGAIN, THIRD, result("A4", "155", 6, 7)], 2, "fail"),
        ([AGAIN, result("A3", "<160", 4, 5)], 2, "fail"),
    ],
)
def test_every_retest_must_pass_and_enough_be_made(retests, needed, verdict):
    rule = criterion(retest="all_pass", retests_needed=needed)
    ruling = ruled(rule, FAILED, *retests)
    assert (ruling.verdict, ruling.is_retested) == (verdict, True)


def test_a_passed_retest_tells_the_failure_as_well():
    ruling = ruled(criterion(retest="all_pass", retests_needed=2), FAILED, AGAIN, THIRD)
    assert ruling.why == (
        "160 nm: does not meet 50–150 nm, edges included. "
        "Retests: A2: 96 nm; A3: 97 nm; 2 of 2 pass, all must, and at least 2."
    )
    assert ruling.measured.text == "96 nm, 97 nm"


def test_replicates_begun_together_are_no_retests():
    ruling = ruled(criterion(), result("A1", "160", 0, 2), result("A2", "130", 1, 3))
    assert (ruling.verdict, ruling.measured.value) == ("pass", 145)


def test_replicates_one_after_the_other_are_no_retests_while_nothing_failed():
    ruling = ruled(criterion(), result("A1", "140", 0, 1), result("A2", "155", 2, 3))
    assert ruling.verdict == "pass"


def test_a_failure_can_not_be_averaged_away():
    ruling = ruled(criterion(), FAILED, result("A2", "90", 2, 3), result("A3", "90", 4, 5))
    assert ruling.verdict == "fail"


def test_a_later_failure_counts_without_any_rule():
    assert ruled(criterion(replicates="each"), AGAIN, result("A3", "160", 4, 5)).verdict == "fail"


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(st.integers(20, 180), min_size=1, max_size=5),
    replicates=st.sampled_from(["mean", "each"]),
)
def test_without_a_retest_rule_no_further_result_turns_a_failure(values, replicates):
    results = [result(f"A{n}", str(value), 2 * n, 2 * n + 1) for n, value in enumerate(values)]
    verdicts = [
        ruled(criterion(replicates=replicates), *results[: n + 1]).verdict for n in range(len(values))
    ]
    assert verdicts == sorted(verdicts, key={"pass": 0, "fail": 1}.__getitem__)


@settings(max_examples=50, deadline=None)
@given(values=st.lists(BOUNDS, min_size=1, max_size=4))
def test_a_mean_of_bounds_holds_every_mean_of_their_ends(values):
    lies = mean(values, D("0.0001"))
    assert lies.low <= sum(one.low for one in values) / len(values)
    assert lies.high >= sum(one.high for one in values) / len(values)


def test_a_result_without_a_limit_says_so():
    assert _simple(criterion(limit=Limit()), "nm", number("96")).why == "96 nm: no limit to meet."
    above = Limit(alert_high=D(90))
    assert (
        _simple(criterion(limit=above), "nm", number("96")).why
        == "96 nm: no limit to meet, alert above 90 nm."
    )

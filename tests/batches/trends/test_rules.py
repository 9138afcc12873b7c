"""Limits and rules of control charts against published examples, and each rule firing and not firing."""

import pytest

from batches.trends import limits, rules

# NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.2, individuals chart: flow rates of 10 batches.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# Montgomery, Introduction to Statistical Quality Control: viscosity of 15 batches of aircraft paint primer.
VISCOSITY = [
    *(33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27),
    *(33.49, 33.20, 33.62, 33.00, 33.54, 33.12, 33.84),
]

ONE_CONTROL = [
    *(42.5, 55.1, 46.4, 47.0, 43.1, 56.9, 41.3, 44.9, 45.5, 41.3, 47.0, 37.7, 41.6, 53.3, 55.4, 44.6),
    *(47.3, 48.2, 41.3, 42.8, 44.3, 47.6, 44.3, 45.8, 47.6, 39.8, 39.8, 50.9, 49.7, 45.5, 45.2, 47.3),
    *(47.9, 44.3, 40.1, 48.2, 40.7, 41.9, 43.4, 43.7, 49.7, 42.2, 52.1, 44.6, 45.2, 45.8, 41.6, 41.3),
    *(44.9, 43.7, 45.2, 50.6, 50.3, 51.2, 51.5, 44.3, 41.6),
]
TWO_CONTROLS = [
    *((51.5, 82.2), (38.9, 51.0), (47.6, 74.2), (46.0, 91.8), (50.9, 74.2), (53.9, 69.0), (52.7, 58.2)),
    *((49.1, 95.5), (48.5, 65.4), (37.0, 90.0), (47.0, 63.0), (54.0, 82.2), (53.3, 65.4), (40.0, 86.2)),
    *((55.4, 70.2), (49.4, 88.6), (46.7, 87.8), (45.8, 85.0), (52.7, 76.6), (51.1, 65.4), (54.0, 86.2)),
    *((53.0, 71.0), (49.7, 81.4), (48.2, 90.2), (46.4, 80.6), (54.2, 54.0)),
]


def test_individuals_limits_are_those_of_the_nist_handbook():
    """NIST/SEMATECH e-Handbook 6.3.2.2: centre 50.81, MR mean 1.8778, UCL 55.8041, LCL 45.8159."""
    found = limits.of_individuals(FLOW)
    assert [
        round(x, 4) for x in (found.centre, found.moving_range, found.upper, found.lower)
    ] == [50.81, 1.8778, 55.8041, 45.8159]  # fmt: skip
    assert rules.western_electric(found.scores(FLOW)) == []


def test_individuals_limits_are_those_of_montgomery():
    """Montgomery, chapter on individual measurements: x̄ 33.52, MR̄ 0.48, UCL 34.80, LCL 32.24, MR UCL 1.57."""
    found = limits.of_individuals(VISCOSITY)
    told = (found.centre, found.moving_range, found.upper, found.lower, found.range_upper)
    assert [round(x, 2) for x in told] == [33.52, 0.48, 34.80, 32.24, 1.57]
    assert rules.beyond_range(limits.moving_ranges(VISCOSITY), found.range_upper) == []


def test_limits_of_control_material_are_those_of_westgards_lesson():
    """Westgard, 'QC: the Levey-Jennings control chart': mean 200, SD 4 give 192-208 (2s) and 188-212 (3s)."""
    found = limits.Limits(200, 4, 20)
    assert (found.lower, found.upper, found.scores([192, 208])) == (188, 212, [-2, 2])


def test_westgards_worked_answers_for_one_control_are_found_run_by_run():
    """Westgard, 'Break All the Rules - Answers to Part One' (August 2015): one control, mean 47, SD 3. His
    table names 1-3s in runs 6 and 12, 2-2s in 14 and 26, 4-1s in 37 and 52; and eight in a row from 44 on,
    which is a rule of our charts of batches.
    """
    scores = limits.Limits(47, 3, 20).scores(ONE_CONTROL)
    rejected = [(code, places) for code, places in judged(scores) if code != "1-2s"]
    assert [(code, [at + 1 for at in places]) for code, places in rejected] == [
        ("1-3s", [6]), ("1-3s", [12]), ("2-2s", [14, 15]), ("2-2s", [26, 27]),
        ("4-1s", [37, 38, 39, 40]), ("4-1s", [52, 53, 54, 55]),
    ]  # fmt: skip
    assert [[at + 1 for at in places] for code, places in fired(scores) if code == "4"] == [[*range(44, 52)]]


def test_westgards_worked_answers_for_two_controls_in_a_run_are_found():
    """Westgard, 'Break All the Rules - Answers to Part Two' (November 2015): controls of 47 ± 3 and 71 ± 8
    in each run. Across both he names 2-2s in run 2 and R-4s in runs 10 and 26 (and in 14 'by calc', from the
    difference alone, which the rule of 1981 does not reject); 1-3s in 8 and 10.
    """
    scores = [z for low, high in TWO_CONTROLS for z in ((low - 47) / 3, (high - 71) / 8)]
    runs = [at // 2 + 1 for at in range(len(scores))]
    rejected = [(code, places) for code, places in judged(scores, runs) if code != "1-2s"]
    assert [(code, [runs[at] for at in places]) for code, places in rejected] == [
        ("1-3s", [8]), ("1-3s", [10]), ("2-2s", [2, 2]), ("R-4s", [10, 10]), ("R-4s", [26, 26]),
    ]  # fmt: skip


def test_limits_need_two_values_and_nothing_varying_scores_zero():
    assert (limits.of_individuals([1.0]), limits.of_control([])) == (None, None)
    assert limits.of_individuals([2.0, 2.0]).scores([2.0, 9.0]) == [0.0, 0.0]
    assert limits.of_control([1.0, 2.0, 3.0]) == limits.Limits(2.0, 1.0, 3)


@pytest.mark.parametrize(("size", "words"), [(7, ""), (8, "provisional"), (19, "provisional"), (20, "full")])
def test_limits_say_what_they_are_worth(size, words):
    assert limits.standing(size) == words


def fired(scores):
    return [(signal.rule.code, signal.places) for signal in rules.western_electric(scores)]


def test_western_electric_rules_as_nist_draws_them():
    """NIST/SEMATECH e-Handbook 6.3.2, 'WECO rules': one case at the edge that fires, one that does not."""
    assert fired([0, 3.01, 0]) == [("1", (1,))] and fired([0, 3.0, 0, -3.0]) == []
    assert fired([2.1, 0, 2.2]) == [("2", (0, 2))] and fired([2.1, 0, -2.2]) == []
    assert fired([1.1, 1.2, 0, 1.3, 1.4]) == [("3", (0, 1, 3, 4))] and fired([1.1, 1.2, 0, -1, 1.4]) == []
    assert fired([0.5, 0.1] * 4) == [("4", tuple(range(8)))] and fired([0.5, 0.1] * 3 + [0.5, 0]) == []
    assert fired([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3]) == [("5", tuple(range(6)))]
    assert fired([-0.3, -0.2, -0.2, 0.1, 0.2, 0.3]) == []
    assert fired([-0.1, 0.1] * 7) == [("6", tuple(range(14)))] and fired([-0.1, 0.1] * 6 + [-0.1]) == []


def test_a_shift_of_montgomerys_process_is_told_once_for_each_rule():
    """The same primer after its mean went up: every later batch lies high, and no stretch is told twice."""
    found = limits.of_individuals(VISCOSITY)
    later = [34.65, 34.80, 34.55, 35.00, 34.75, 34.50, 34.70, 34.29]
    told = {code: places for code, places in fired(found.scores(later)) if code != "1"}
    assert told == {"2": tuple(range(7)), "3": tuple(range(8)), "4": tuple(range(8))}
    assert [places for code, places in fired(found.scores(later)) if code == "1"] == [(3,)]


def test_moving_range_rule_names_the_later_point():
    ranges = limits.moving_ranges([10, 10.5, 16, 16.2])
    assert rules.beyond_range(ranges, 5.4) == [rules.Signal(rules.RANGE, (2,))]
    assert rules.beyond_range(ranges, 5.5) == []


def judged(scores, runs=None):
    found = rules.westgard(scores, runs or list(range(len(scores))))
    return [(signal.rule.code, signal.places) for signal in found]


def test_westgard_rules_as_defined_in_1981():
    """Westgard, Barry, Hunt, Groth, Clin Chem 1981;27:493-501: each rule at its edge, with control 1 of his
    lesson (mean 200, SD 4), firing and not firing.
    """
    control = limits.Limits(200, 4, 20)

    def values(*given):
        return judged(control.scores(given))

    assert values(200, 209) == [("1-2s", (1,))] and values(200, 208) == []
    assert values(200, 213) == [("1-3s", (1,))] and values(200, 212) == [("1-2s", (1,))]
    assert values(209, 210) == [("2-2s", (0, 1))]
    assert values(209, 191) == [("1-2s", (0,)), ("1-2s", (1,))]
    assert values(205, 206, 205, 207) == [("4-1s", (0, 1, 2, 3))] and values(205, 206, 204, 207) == []
    assert values(*[201] * 10) == [("10x", tuple(range(10)))] and values(*[201] * 9, 200) == []


def test_range_rule_looks_within_one_run_only():
    """R-4s: one beyond +2s and another beyond -2s in the same run; across runs it stays a warning."""
    assert judged([2.3, -2.1], ["monday", "monday"]) == [("R-4s", (0, 1))]
    assert judged([2.3, -2.1], ["monday", "tuesday"]) == [("1-2s", (0,)), ("1-2s", (1,))]
    assert judged([2.3, -1.9], ["monday", "monday"]) == [("1-2s", (0,))]

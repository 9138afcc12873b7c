"""Curves against published examples and figures checked by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.characterization.standard_curves import (
    CurveRefused,
    Found,
    Point,
    cv_percent,
    fit,
    four_parameters,
    levels_of,
    read_sample,
    results_of,
    working_range,
)

# NIST Statistical Reference Datasets, Norris: certified to 15 digits.
NORRIS_X = (
    "0.2 337.4 118.2 884.6 10.1 226.5 666.3 996.3 448.6 777.0 558.2 0.4 0.6 775.5 666.9 338.0 447.5 11.6 "
    "556.0 228.1 995.8 887.6 120.2 0.3 0.3 556.8 339.1 887.2 999.0 779.0 11.1 118.3 229.2 669.1 448.9 0.5"
)
NORRIS_Y = (
    "0.1 338.8 118.1 888.0 9.2 228.1 668.5 998.5 449.1 778.9 559.2 0.3 0.1 778.1 668.8 339.3 448.9 10.8 "
    "557.7 228.3 998.0 888.8 119.6 0.3 0.6 557.6 339.3 888.0 998.5 778.9 10.2 117.6 228.9 668.4 449.2 0.2"
)
# R package drc, data set ryegrass, model LL.4: b 2.98222, c 0.48141, d 7.79296, e 3.05795.
RYEGRASS = {
    0: (7.58, 8.0, 8.3285714, 7.25, 7.375, 7.9625),
    0.94: (8.3555556, 6.9142857, 7.75),
    1.88: (6.8714286, 6.45, 5.9222222),
    3.75: (1.925, 2.8857143, 4.2333333),
    7.5: (1.1875, 0.8571429, 1.0571429),
    15: (0.6875, 0.525, 0.825),
    30: (0.25, 0.22, 0.44),
}


def points(pairs) -> list[Point]:
    return [Point(float(x), float(y), f"A{at}") for at, (x, y) in enumerate(pairs, 1)]


def test_linear_fit_gives_the_certified_values_of_norris():
    curve = fit(points(zip(NORRIS_X.split(), NORRIS_Y.split(), strict=True)), "linear")
    assert curve.parameters["a"] == pytest.approx(-0.262323073774029, rel=1e-9)
    assert curve.parameters["b"] == pytest.approx(1.00211681802045, rel=1e-12)
    assert curve.r_squared == pytest.approx(0.999993745883712, rel=1e-12)


def test_four_parameters_give_the_published_values_of_ryegrass():
    curve = fit(points((x, y) for x, ys in RYEGRASS.items() for y in ys), "four_parameter")
    found = curve.parameters
    assert (round(found["b"], 4), round(found["d"], 4)) == (2.9822, 0.4814)
    assert (round(found["a"], 4), round(found["c"], 4)) == (7.793, 3.058)
    assert not curve.rises
    assert curve.amount(curve.response(4.0))[0] == pytest.approx(4.0)


def test_quadratic_fit_goes_through_points_worked_by_hand():
    # y = 1 + 2x − 0.1x²: 1, 2.9, 4.6, 6.1, 8.5
    curve = fit(points([(0, 1), (1, 2.9), (2, 4.6), (3, 6.1), (5, 8.5)]), "quadratic")
    assert [round(curve.parameters[key], 9) for key in "abc"] == [1, 2, -0.1]
    assert curve.r_squared == pytest.approx(1)
    assert curve.amount(7.4)[0] == pytest.approx(4.0)
    assert curve.amount(11.5) == (None, ">")


def test_weighted_line_worked_by_hand():
    # Weights 1/x at (1, 2), (2, 3), (4, 8): Σw 1.75, Σwx 3, Σwy 5.5, Σwxx 7, Σwxy 13
    # b = (1.75·13 − 3·5.5) / (1.75·7 − 9) = 6.25 / 3.25, a = (5.5 − 3b) / 1.75
    curve = fit(points([(1, 2), (2, 3), (4, 8)]), "linear", "1/x")
    assert curve.parameters["b"] == pytest.approx(6.25 / 3.25)
    assert curve.parameters["a"] == pytest.approx((5.5 - 3 * 6.25 / 3.25) / 1.75)


def test_standard_without_weight_is_left_out_and_named():
    curve = fit(points([(0, 0.1), (1, 2), (2, 3), (4, 8)]), "linear", "1/x2")
    assert (curve.left_out, curve.low) == (("A1",), 1)


@pytest.mark.parametrize(
    ("pairs", "model", "reason"),
    [
        (
            [(1, 1), (2, 2)],
            "linear",
            "A linear curve needs standards of at least 3 levels; 2 can be used.",
        ),
        (
            [(0, 1), (1, 2.9), (2, 4.6), (10, 11), (14, 9.4), (20, 1)],
            "quadratic",
            "The quadratic curve is flat or turns between its standards, so that one response stands for two "
            "amounts: choose another curve or leave out standards beyond the turn.",
        ),
        (
            [(1, 2), (2, 2), (3, 2)],
            "linear",
            "The linear curve is flat or turns between its standards, so that one response stands for two "
            "amounts: choose another curve or leave out standards beyond the turn.",
        ),
    ],
    ids=["few", "turns", "flat"],
)
def test_standards_that_allow_no_curve_are_refused(pairs, model, reason):
    with pytest.raises(CurveRefused) as refusal:
        fit(points(pairs), model)
    assert str(refusal.value) == reason


# Means 1.1, 2.2, 4.2, 8.4: b = (4·895 − 150·15.9) / (4·8500 − 150²) = 0.103913, a = 0.078261
LINE = points([(10, 1.0), (10, 1.2), (20, 2.1), (20, 2.3), (40, 4.2), (40, 4.2), (80, 8.3), (80, 8.5)])


def test_standards_read_back_set_the_working_range():
    curve = fit(LINE, "linear")
    levels = levels_of(curve, LINE, 95, 105)
    assert [level.amount for level in levels] == [10, 20, 40, 80]
    assert [round(level.recovery_percent, 1) for level in levels] == [98.3, 102.1, 99.2, 100.1]
    assert levels[0].cv_percent == pytest.approx(12.856, abs=0.001)
    assert working_range(levels) == (10, 80)
    assert working_range(levels_of(curve, LINE, 99, 103)) == (20, 80)
    with pytest.raises(CurveRefused, match="0 of 4 standards come back within the limits"):
        working_range(levels_of(curve, LINE, 150, 160))


@pytest.mark.parametrize(
    ("responses", "sign", "amount"),
    [
        ((4.2, 4.2), "", 39.6653),
        ((0.3, 0.5), "<", 10),
        ((-0.1, 0.0), "<", 10),
        ((9.0, 9.4), ">", 80),
    ],
)
def test_sample_outside_of_the_curve_becomes_a_bound(responses, sign, amount):
    curve = fit(LINE, "linear")
    found = read_sample(curve, (10, 80), "EV", 5.0, dict(zip("AB", responses, strict=True)))
    assert (found.sign, round(found.amount, 2)) == (sign, pytest.approx(5 * amount, abs=0.006))


def found(sample: str, dilution: float, sign: str, amount: float) -> Found:
    return Found(sample, dilution, ("A1", "A2"), 1.0, 2.0, sign, amount)


def test_dilutions_of_a_sample_are_put_together():
    several = [
        found("EV", 2, ">", 160),
        found("EV", 4, "", 300),
        found("EV", 8, "", 320),
        found("EV", 64, "<", 640),
    ]
    result = results_of(several)[0]
    assert (result.sign, result.amount, result.dilutions, result.wells) == ("", 310, (4, 8), 4)
    assert result.cv_percent == pytest.approx(4.562, abs=0.001)
    low = results_of([found("B", 1, "<", 10), found("B", 4, "<", 40)])[0]
    assert (low.sign, low.amount) == ("<", 10)
    high = results_of([found("C", 1, ">", 80), found("C", 4, ">", 320)])[0]
    assert (high.sign, high.amount) == (">", 320)
    both = results_of([found("D", 1, ">", 80), found("D", 4, "<", 40)])[0]
    assert (both.sign, both.amount) == ("", None)
    assert both.words == "One dilution lies below the curve, another above: look at the dilutions."


def test_cv_of_one_well_or_of_nothing_is_none():
    assert (cv_percent([1.0]), cv_percent([]), cv_percent([-1.0, 1.0])) == (None, None, None)
    assert cv_percent([1.0, 3.0]) == pytest.approx(70.7107, abs=1e-4)


@settings(max_examples=15, deadline=None, database=None)
@given(
    st.floats(0.02, 0.2), st.floats(0.7, 2.5), st.floats(50, 800), st.floats(1.5, 4.0), st.floats(20, 1500)
)
def test_four_parameter_curve_finds_back_what_made_it(a, b, c, d, amount):
    levels = [0, 15.6, 31.2, 62.5, 125, 250, 500, 1000, 2000]
    curve = fit(points((x, four_parameters(x, a, b, c, d)) for x in levels), "four_parameter")
    assert curve.r_squared == pytest.approx(1, abs=1e-9)
    assert curve.amount(four_parameters(amount, a, b, c, d))[0] == pytest.approx(amount, rel=1e-3)

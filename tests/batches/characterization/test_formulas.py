"""Formulas of characterization, with the values and gaps of their sources."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.characterization import formulas

POSITIVE = st.decimals(min_value=1, max_value=10**12, places=2)


def test_nanosight_includes_its_dilution():
    assert formulas.concentrations(Decimal("8.42e10"), Decimal(1000), includes_dilution=True) == (
        Decimal("8.42e7"),
        Decimal("8.42e10"),
    )


def test_zetaview_never_includes_its_dilution():
    assert formulas.concentrations(Decimal("8.42e7"), Decimal(1000), includes_dilution=False) == (
        Decimal("8.42e7"),
        Decimal("8.42e10"),
    )


@pytest.mark.parametrize(
    ("includes", "known"), [(True, (None, Decimal("8.42e10"))), (False, (Decimal("8.42e10"), None))]
)
def test_without_a_dilution_only_one_side_is_known(includes, known):
    assert formulas.concentrations(Decimal("8.42e10"), None, includes_dilution=includes) == known


def test_nothing_measured_gives_nothing():
    assert formulas.concentrations(None, Decimal(10), includes_dilution=True) == (None, None)
    assert formulas.particles_per_ug(None, Decimal(5)) is None
    assert formulas.purity_class(None) == ""
    assert formulas.spread([]) is None


def test_particles_per_ug_divides():
    assert formulas.particles_per_ug(Decimal("8.42e10"), Decimal("7.6")) == Decimal("11078947368")


@pytest.mark.parametrize("protein", [None, Decimal(0)])
def test_particles_per_ug_without_protein_is_unknown(protein):
    assert formulas.particles_per_ug(Decimal("8.42e10"), protein) is None


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        ("3e10", "high purity"),
        ("2.9999e10", "between classes"),
        ("2.0001e10", "between classes"),
        ("2e10", "low purity"),
        ("2e9", "low purity"),
        ("1.9999e9", "between classes"),
        ("1.5e9", "between classes"),
        ("1.4999e9", "unpure"),
        ("0", "unpure"),
    ],
)
def test_purity_class_keeps_the_gaps_of_the_paper(ratio, words):
    assert formulas.purity_class(Decimal(ratio)) == words


def test_spread_of_one_has_no_sd():
    assert formulas.spread([Decimal(96)]) == (1, Decimal(96), None, None)


def test_spread_of_three():
    found = formulas.spread([Decimal(90), Decimal(100), Decimal(110)])
    assert (found.n, found.mean, found.sd, found.cv_percent) == (3, Decimal(100), Decimal(10), Decimal(10))


def test_spread_around_zero_has_no_cv():
    assert formulas.spread([Decimal(-1), Decimal(1)]).cv_percent is None


@given(st.lists(POSITIVE, min_size=2, max_size=12))
def test_mean_lies_between_smallest_and_largest(values):
    found = formulas.spread(values)
    slack = Decimal("1e-15") * max(values)
    assert min(values) - slack <= found.mean <= max(values) + slack
    assert found.sd >= 0


@given(POSITIVE, POSITIVE)
def test_dilution_is_undone(measured, dilution):
    _, sample = formulas.concentrations(measured, dilution, includes_dilution=False)
    again, _ = formulas.concentrations(sample, dilution, includes_dilution=True)
    assert abs(again - measured) <= 1


def test_diameters_with_comma_point_and_breaks():
    assert formulas.parse_diameters("90 101,5;\n 88.25 ") == [Decimal(90), Decimal("101.5"), Decimal("88.25")]


@pytest.mark.parametrize("text", ["90 nm", "4", "5001", "-90", "9e1", "1,234.5", "90,,1"])
def test_what_is_no_diameter_is_named(text):
    with pytest.raises(ValueError, match="is no diameter"):
        formulas.parse_diameters(text)


def test_diameter_summary():
    assert formulas.diameter_summary("90 100 110") == (
        3,
        Decimal("100.00"),
        Decimal("10.00"),
        Decimal(90),
        Decimal(110),
    )
    assert formulas.diameter_summary(" ") == (None, None, None, None, None)


@given(st.text(max_size=60))
def test_no_text_crashes_the_diameters(text):
    try:
        numbers = formulas.parse_diameters(text)
    except ValueError:
        return
    assert all(5 <= number <= 5000 for number in numbers)

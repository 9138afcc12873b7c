"""RCF and clearing factor against the rotor table of ev-domain §5.2."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.isolation import formulas

# rotor, r min, r max (mm), highest rpm, k at it, rpm for 100,000 ×g average and k, the same at r max
ROTORS = [
    ("SW 41 Ti", "67.4", "153.1", 41000, 123, 28480, 256, 24170, 355),
    ("SW 40 Ti", "66.7", "158.8", 40000, 137, 28170, 277, 23730, 390),
    ("SW 28", "75.3", "161.0", 28000, 245, 27520, 254, 23570, 346),
    ("MLS-50", "47.5", "95.8", 50000, 71, 35330, 142, 30560, 190),
    ("Type 45 Ti", "35.9", "103.8", 45000, 133, 35790, 210, 29360, 312),
    ("Type 60 Ti", "36.9", "89.9", 60000, 63, 37560, 160, 31540, 226),
    ("Type 70 Ti", "39.5", "91.9", 70000, 44, 36900, 157, 31200, 219),
    ("TLA-110", "26.0", "48.5", 110000, 13, 49000, 66, 42950, 86),
]


@pytest.mark.parametrize("rotor", ROTORS, ids=[row[0] for row in ROTORS])
def test_k_of_known_rotors(rotor):
    _, r_min, r_max, rpm, k, _, k_average, _, k_max = rotor
    r_min, r_max = Decimal(r_min), Decimal(r_max)
    average = formulas.rpm_for(100000, (r_min + r_max) / 2)
    at_max = formulas.rpm_for(100000, r_max)
    found = [round(formulas.k_factor(r_min, r_max, speed)) for speed in (rpm, average, at_max)]
    assert found == [k, k_average, k_max]


@pytest.mark.parametrize("rotor", ROTORS, ids=[row[0] for row in ROTORS])
def test_speed_of_known_rotors(rotor):
    _, r_min, r_max, _, _, rpm_average, _, rpm_max, _ = rotor
    r_min, r_max = Decimal(r_min), Decimal(r_max)
    found = [formulas.rpm_for(100000, (r_min + r_max) / 2), formulas.rpm_for(100000, r_max)]
    assert [
        abs(speed - wanted) <= 6 for speed, wanted in zip(found, (rpm_average, rpm_max), strict=True)
    ] == [
        True,
        True,
    ]


@given(rpm=st.integers(100, 150000), radius=st.decimals(10, 300, places=2))
def test_speed_and_force_are_each_other_s_inverse(rpm, radius):
    force = formulas.rcf(rpm, radius)
    assert abs(formulas.rpm_for(force, radius) - rpm) < Decimal("0.001")


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_recovery_needs_all_four(missing):
    given_values = [Decimal(2), Decimal(10), Decimal(5), Decimal(2)]
    given_values[missing] = None
    assert formulas.recovery_percent(*given_values) is None


def test_recovery_of_half():
    assert formulas.recovery_percent(Decimal(2), Decimal(10), Decimal(5), Decimal(2)) == 50

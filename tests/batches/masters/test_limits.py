"""What a limit says of a value, edge by edge."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.masters.limits import Limit

D = Decimal
VALUES = st.decimals(min_value=-1000, max_value=1000, allow_nan=False, places=2)
MAYBE = st.one_of(st.none(), VALUES)


def limit(**given):
    return Limit(**{name: D(str(v)) if not isinstance(v, bool) else v for name, v in given.items()})


TWO_TO_EIGHT = {"action_low": 2, "action_high": 8}


@pytest.mark.parametrize(
    ("made", "value", "verdict"),
    [
        (TWO_TO_EIGHT, "2", "inside"),
        (TWO_TO_EIGHT, "8", "inside"),
        (TWO_TO_EIGHT, "8.0000", "inside"),
        (TWO_TO_EIGHT, "1.9999", "outside"),
        (TWO_TO_EIGHT, "8.0001", "outside"),
        ({**TWO_TO_EIGHT, "low_included": False}, "2", "outside"),
        ({**TWO_TO_EIGHT, "low_included": False}, "2.0001", "inside"),
        ({**TWO_TO_EIGHT, "low_included": False}, "8", "inside"),
        ({**TWO_TO_EIGHT, "high_included": False}, "8", "outside"),
        ({**TWO_TO_EIGHT, "high_included": False}, "7.9999", "inside"),
        ({**TWO_TO_EIGHT, "high_included": False}, "2", "inside"),
        ({"action_low": 90}, "90", "inside"),
        ({"action_low": 90}, "1e14", "inside"),
        ({"action_low": 90}, "89.9", "outside"),
        ({"action_low": 90, "low_included": False}, "90", "outside"),
        ({"action_high": 0}, "0", "inside"),
        ({"action_high": 0}, "1", "outside"),
        ({"action_high": "0.25", "high_included": False}, "0.25", "outside"),
        ({"action_low": 4, "action_high": 4}, "4", "inside"),
        ({"action_low": -80, "action_high": -60}, "-80", "inside"),
        ({"action_low": -80, "action_high": -60}, "-59", "outside"),
        ({}, "12345", "inside"),
        ({"target": 4}, "400", "inside"),
    ],
)
def test_r026_a_value_is_judged_by_its_limit_and_edges(made, value, verdict):
    assert limit(**made).verdict(D(value)) == verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("2.99", "alert"),
        ("3", "inside"),
        ("6", "inside"),
        ("6.01", "alert"),
        ("8", "alert"),
        ("8.01", "outside"),
    ],
)
def test_r026_an_alert_begins_beyond_its_limit_and_ends_at_the_action_limit(value, verdict):
    assert limit(**TWO_TO_EIGHT, alert_low=3, alert_high=6).verdict(D(value)) == verdict


def test_r026_an_excluded_edge_is_outside_even_where_the_alert_limit_is_the_same():
    assert limit(action_high=8, alert_high=8, high_included=False).verdict(D(8)) == "outside"


@pytest.mark.parametrize(
    ("made", "unit", "words"),
    [
        ({"target": 4, **TWO_TO_EIGHT}, "°C", "planned 4 °C, accept 2–8 °C, edges included"),
        (
            {"target": 4, **TWO_TO_EIGHT, "low_included": False, "high_included": False},
            "°C",
            "planned 4 °C, accept 2–8 °C, edges excluded",
        ),
        ({**TWO_TO_EIGHT, "low_included": False}, "°C", "accept above 2 up to 8 °C"),
        ({**TWO_TO_EIGHT, "high_included": False}, "°C", "accept from 2 to below 8 °C"),
        ({"action_low": 90}, "%", "accept at least 90 %"),
        ({"action_low": 90, "low_included": False}, "%", "accept above 90 %"),
        ({"action_high": 20}, "%", "accept at most 20 %"),
        ({"action_high": "0.25", "high_included": False}, "EU/mL", "accept below 0.25 EU/mL"),
        ({"action_low": "1e9", "action_high": "1e13"}, "/mL", "accept 1×10⁹–1×10¹³ /mL, edges included"),
        ({"action_low": -80, "action_high": -60}, "°C", "accept from -80 to -60 °C, edges included"),
        ({"action_low": 1, "action_high": 1}, "", "accept 1 exactly"),
        ({"target": 100000}, "×g", "planned 100\u202f000 ×g"),
        ({**TWO_TO_EIGHT, "alert_high": 6}, "°C", "accept 2–8 °C, edges included, alert above 6 °C"),
        ({"action_low": 2, "alert_low": 3}, "h", "accept at least 2 h, alert below 3 h"),
        ({"alert_low": 3, "alert_high": 6}, "h", "alert outside 3–6 h"),
        ({}, "°C", ""),
    ],
)
def test_a_limit_reads_as_a_sentence(made, unit, words):
    assert limit(**made).words(unit) == words


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (TWO_TO_EIGHT, None),
        ({"target": 4}, None),
        ({"action_low": 4, "action_high": 4}, None),
        ({**TWO_TO_EIGHT, "target": 2, "low_included": False}, None),
        ({"action_low": "1e13"}, None),
        ({"action_low": "123456789012345"}, None),
        (
            {"action_low": "123456789012345.6"},
            ("action_low", "At most 15 digits are kept: round this number."),
        ),
        ({}, ("action_low", "Enter at least one number: planned, accepted or alert.")),
        (
            {"action_low": 8, "action_high": 2},
            ("action_high", "'Accept to' must not be below 'accept from'."),
        ),
        (
            {"action_low": 4, "action_high": 4, "high_included": False},
            ("action_high", "Both edges are the same and one is outside: no value would be accepted."),
        ),
        ({**TWO_TO_EIGHT, "target": 9}, ("target", "This target lies outside of what is accepted.")),
        (
            {**TWO_TO_EIGHT, "alert_high": 9},
            ("alert_high", "This alert limit lies outside of what is accepted."),
        ),
        (
            {"alert_low": 6, "alert_high": 3},
            ("alert_high", "'Alert above' must not be below 'alert below'."),
        ),
    ],
)
def test_a_senseless_limit_is_named_with_its_field(made, problem):
    assert limit(**made).problem() == problem


@given(
    st.builds(
        Limit,
        target=MAYBE,
        action_low=MAYBE,
        action_high=MAYBE,
        alert_low=MAYBE,
        alert_high=MAYBE,
        low_included=st.booleans(),
        high_included=st.booleans(),
    ),
    VALUES,
)
def test_a_limit_survives_being_frozen(made, value):
    thawed = Limit.from_content(made.content())
    assert thawed == made
    assert thawed.verdict(value) == made.verdict(value)


def test_equal_limits_freeze_to_equal_text_whatever_their_zeros():
    assert limit(action_low="2.0000").content() == limit(action_low="2").content()

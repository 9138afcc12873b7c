"""What a version changes against the one before it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from batches.masters.differences import differences
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy, Plan, PlannedStepCopy

TEMPERATURE = Limit(target=Decimal(4), action_low=Decimal(2), action_high=Decimal(8))


def step(position, name, **changed):
    made = PlannedStepCopy(
        position, name, "ultracentrifugation", "concentrate", "Spin.", False, {"temperature_c": TEMPERATURE}
    )
    return replace(made, **changed)


def plan(*steps, criteria=(), **changed):
    made = Plan("MBR", "UC", 1, "P", "SPEC-1", (Decimal(30), Decimal(150)), tuple(steps), tuple(criteria))
    return replace(made, **changed)


def mode(high, kind="release"):
    return CriterionCopy(1, "mode_nm", kind, Limit(action_low=Decimal(50), action_high=Decimal(high)))


def lines(old, new):
    return [tuple(line) for line in differences(old, new)]


def test_the_same_plan_differs_in_nothing():
    assert lines(plan(step(1, "Clear")), plan(step(1, "Clear"), version=2)) == []


def test_a_step_put_in_front_is_one_line_not_a_change_of_every_step():
    old = plan(step(1, "Pellet"), step(2, "Polish"))
    new = plan(step(1, "Clear"), step(2, "Pellet"), step(3, "Polish"))
    summary = "Ultracentrifugation; Temperature: planned 4 °C, accept 2–8 °C, edges included"
    assert lines(old, new) == [("added", "Step 1 · Clear", "", summary)]
    assert lines(new, old) == [("dropped", "Step 1 · Clear", summary, "")]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"name": "Spin"}, ("changed", "Step 1 · Spin: name", "Pellet", "Spin")),
        ({"purpose": "wash"}, ("changed", "Step 1 · Pellet: purpose", "Concentrate", "Wash")),
        ({"instructions": "Cool."}, ("changed", "Step 1 · Pellet: instructions", "Spin.", "Cool.")),
        (
            {"is_critical": True},
            ("changed", "Step 1 · Pellet: check", "not critical", "critical: a second person checks it"),
        ),
        (
            {"limits": {}},
            (
                "dropped",
                "Step 1 · Pellet: Temperature",
                "planned 4 °C, accept 2–8 °C, edges included",
                "",
            ),
        ),
        (
            {"limits": {"temperature_c": replace(TEMPERATURE, high_included=False)}},
            (
                "changed",
                "Step 1 · Pellet: Temperature",
                "planned 4 °C, accept 2–8 °C, edges included",
                "planned 4 °C, accept from 2 to below 8 °C",
            ),
        ),
        (
            {"limits": {"temperature_c": TEMPERATURE, "duration_min": Limit(action_low=Decimal(70))}},
            ("added", "Step 1 · Pellet: Duration", "", "accept at least 70 min"),
        ),
    ],
)
def test_a_changed_step_says_what_changed(changed, line):
    assert lines(plan(step(1, "Pellet")), plan(replace(step(1, "Pellet"), **changed))) == [line]


def test_a_changed_specification_says_what_changed():
    old, new = plan(criteria=[mode(150)]), plan(criteria=[mode(200)], specification_code="SPEC-2")
    assert lines(old, new) == [
        ("changed", "Specification", "SPEC-1", "SPEC-2"),
        (
            "changed",
            "Specification: Mode diameter",
            "release: 50–150 nm, edges included",
            "release: 50–200 nm, edges included",
        ),
    ]


def test_added_and_dropped_criteria_are_lines():
    words = "report only: 50–150 nm, edges included"
    reported = mode(150, "report")
    assert lines(plan(), plan(criteria=[reported])) == [("added", "Specification: Mode diameter", "", words)]
    assert lines(plan(criteria=[reported]), plan()) == [
        ("dropped", "Specification: Mode diameter", words, "")
    ]

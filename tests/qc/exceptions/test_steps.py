"""Rules about steps: who did them, in which order, and what was left out or added."""

import dataclasses
from decimal import Decimal

from batches.isolation.holds import ended
from batches.masters.plans import Plan
from tests.qc.exceptions.made import (
    HOUR,
    MIN,
    NINE,
    OPERATOR,
    SECOND,
    STEP,
    TYPO,
    UC,
    content,
    entries,
    made,
    of,
    step,
    voided,
)


def test_r048_same_person_fires_on_values_of_the_checker():
    mine = ("record_values", UC, 1, "rotor", {"by": SECOND})
    (one,) = of(made(entries=entries(mine)), "same_person")
    assert (one.what, one.who) == ("operator2 worked on this step and checked it", "operator2")
    assert (one.entries, one.rule.severity) == ((1,), "critical")


def test_same_person_fires_on_who_finished_it():
    record = made()
    record.steps[0].finished_by = SECOND
    assert len(of(record, "same_person")) == 1


def test_same_person_is_quiet_on_the_check_itself_and_on_others():
    given = entries(("check_step", STEP, 1, {"by": SECOND}), ("record_values", UC, 1, {"by": OPERATOR}))
    assert of(made(entries=given), "same_person") == []


def test_r025_step_skipped_fires():
    steps = made(planned=2).steps
    voiding = ("void_step", STEP, 2, ("voided_at", None, "x"))
    record = made(planned=2, steps=[steps[0], voided(steps[1])], entries=entries(voiding))
    (one,) = of(record, "step_skipped")
    assert (one.where, one.why, one.entry) == ("Step 2 · Pellet", TYPO, 1)
    assert one.what.startswith("Step 2 · Pellet was voided and not done again")


def test_step_skipped_is_quiet_on_a_step_that_was_done_again():
    record = made(planned=2)
    again = step(record.batch, 3, planned_position=2)
    steps = [record.steps[0], voided(record.steps[1]), again]
    assert of(made(planned=2, steps=steps), "step_skipped") == []


def test_r025_step_out_of_order_fires_on_stated_times():
    record = made(planned=2)
    record.steps[1].performed_from = NINE + 3 * HOUR
    (one,) = of(record, "step_out_of_order")
    assert (one.what, one.where) == ("Began 30 min before Step 1 · Pellet had ended", "Step 2 · Pellet")
    assert one.url == "/batches/EXO-2026-0001/steps/2/#value-performed_from"


def test_step_out_of_order_fires_on_recorded_times_too():
    record = made(planned=2)
    record.steps[1].started_at = NINE + 3 * HOUR
    record.steps[0].performed_until = NINE + 2 * HOUR + 30 * MIN
    assert [one.field for one in of(record, "step_out_of_order")] == [""]


def test_step_out_of_order_is_quiet_to_the_minute_and_on_steps_done_again():
    record = made(planned=2)
    record.steps[1].performed_from = record.steps[0].finished_at - MIN
    assert of(record, "step_out_of_order") == []
    record.steps[1].performed_from = None
    # Step 3 does step 1 again: it stands before step 2 in the order of work.
    again = step(record.batch, 3, planned_position=1, started_at=NINE + 3 * HOUR + 40 * MIN)
    again.finished_at = NINE + 3 * HOUR + 50 * MIN
    assert of(made(planned=2, steps=[*record.steps, again]), "step_out_of_order") == []


def timed(minutes):
    """A spin of 75 min that is said to have lasted so many minutes."""
    record = made()
    one = record.steps[0]
    one.performed_from, one.performed_until = one.started_at, one.started_at + minutes * MIN
    return record


def test_step_too_short_fires():
    (one,) = of(timed(20), "step_too_short")
    assert one.what == "Duration 75 min, but it ended 20 min after it began"


def test_step_too_short_is_quiet_on_enough_time_and_without_times():
    assert of(timed(75), "step_too_short") == of(made(), "step_too_short") == []


def test_step_added_fires():
    record = made(planned=2)
    extra, again = step(record.batch, 3, planned_position=None), step(record.batch, 4, planned_position=2)
    record = made(planned=2, steps=[record.steps[0], voided(record.steps[1]), extra, again])
    assert [one.what for one in of(record, "step_added")] == ["Not in the plan", "Done in place of step 2"]


def test_step_added_is_quiet_as_planned_and_on_voided_ones():
    record = made(planned=2)
    extra = voided(step(record.batch, 3, planned_position=None))
    assert of(made(planned=2, steps=[*record.steps, extra]), "step_added") == []


def test_a_duration_is_shown_as_people_write_it():
    record = timed(1)
    record.steps[0].ultracentrifugation.duration_min = Decimal("80.50")
    assert of(record, "step_too_short")[0].what.startswith("Duration 80.5 min")


def waited(hours, hold="6"):
    """A record whose second step began so many hours after the first had ended; the plan allows `hold`."""
    record = made(planned=2)
    frozen = content(planned=2)
    frozen["steps"][0]["hold_max_h"] = hold
    first, second = record.steps
    second.performed_from = ended(first) + hours * HOUR
    second.performed_until = second.performed_from + HOUR
    return dataclasses.replace(record, plan=Plan.from_content(frozen))


def test_hold_exceeded_fires_on_a_step_that_began_too_late():
    (one,) = of(waited(6.5), "hold_exceeded")
    assert one.what == "Began 6 h 30 min after Step 1 · Pellet had ended; at most 6 h"
    assert (one.where, one.field, one.rule.severity) == ("Step 2 · Pellet", "performed_from", "major")


def test_hold_exceeded_is_quiet_to_the_very_end_and_where_nothing_is_planned():
    assert of(waited(6), "hold_exceeded") == []
    assert of(made(planned=2), "hold_exceeded") == []


def test_hold_nearly_exceeded_fires_above_four_fifths():
    (one,) = of(waited(5), "hold_nearly_exceeded")
    assert (one.where, one.rule.severity) == ("Step 2 · Pellet", "minor")


def test_hold_nearly_exceeded_is_quiet_below_and_where_the_hold_is_exceeded():
    assert of(waited(4.8), "hold_nearly_exceeded") == of(waited(7), "hold_nearly_exceeded") == []

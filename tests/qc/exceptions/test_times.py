"""Rules about late, back-dated and implausibly fast entries."""

import datetime as dt

import pytest

from tests.qc.exceptions.made import DAY, HOUR, MIN, NINE, SECOND, STEP, UC, entries, made, of

SECONDS = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("name", "hours", "words"),
    [("performed_from", 50, "2 d 2 h after it began"), ("performed_until", 5, "5 h 0 min after it ended")],
)
def test_r016_late_entry_fires_on_a_step(name, hours, words):
    record = made()
    one = record.steps[0]
    recorded = one.started_at if name == "performed_from" else one.finished_at
    setattr(one, name, recorded - hours * HOUR)
    (late,) = of(record, "late_entry")
    assert (late.what, late.field, late.who) == (f"Recorded {words}", name, "operator1")


def test_r016_late_entry_fires_on_an_assay_and_a_harvest():
    record = made()
    record.assays[0].performed_time = record.assays[0].performed_at - 25 * HOUR
    record.harvests[0].finished_at = record.harvests[0].harvested_time + 25 * HOUR
    assert [one.where for one in of(record, "late_entry")] == ["Harvest", "Assay 1 · Nanoparticle tracking"]


def test_late_entry_is_quiet_up_to_its_limits_and_on_material_from_before():
    record = made()
    record.steps[0].performed_until = record.steps[0].finished_at - HOUR
    record.assays[0].performed_time = record.assays[0].performed_at - DAY
    record.harvests[0].harvested_time = NINE - 30 * DAY
    assert of(record, "late_entry") == []


def dated(moment):
    """A record whose tracking is said to have been performed then."""
    record = made()
    record.assays[0].performed_time = moment
    return record


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NINE - HOUR, "before the batch was opened; before the harvest; before Step 1 · Pellet had ended"),
        (NINE + 30 * MIN, "before the harvest; before Step 1 · Pellet had ended"),
        (NINE + 3 * HOUR, "before Step 1 · Pellet had ended"),
    ],
)
def test_r016_back_dated_fires(moment, words):
    (one,) = of(dated(moment), "back_dated")
    assert one.what == f"It was performed {words}"
    assert one.url == "/batches/EXO-2026-0001/assays/1/#value-performed_time"


def test_back_dated_fires_on_the_future():
    told = NINE + 4 * HOUR
    stated = ("record_values", STEP, 1, ("performed_until", None, "x"), {"after": HOUR})
    record = made(entries=entries(stated))
    assert record.entries[0].at == told
    record.steps[0].performed_until = told + 6 * MIN
    (one,) = of(record, "back_dated")
    assert one.what == "It ended after it was entered, in the future"


def test_back_dated_is_quiet_to_the_minute_and_on_early_material():
    record = dated(NINE + 3 * HOUR + 29 * MIN)
    record.harvests[0].harvested_time = NINE - 90 * DAY
    assert of(record, "back_dated") == []
    record.assays[0].sample, record.assays[0].performed_time = "starting", NINE + 90 * MIN
    assert of(record, "back_dated") == []


def test_back_dated_is_quiet_where_clocks_are_minutes_apart():
    record = made(
        entries=entries(("record_values", STEP, 1, ("performed_until", None, "x"), {"after": HOUR}))
    )
    record.steps[0].performed_until = NINE + 4 * HOUR + 5 * MIN
    assert of(record, "back_dated") == []


def acts(number, act="finish_step", kind=STEP, **more):
    """That many entries, five seconds apart."""
    return entries(*[(act, kind, pk, {"after": 5 * SECONDS, **more}) for pk in range(1, number + 1)])


def test_entered_too_fast_fires_on_ten_in_a_minute():
    (one,) = of(made(entries=acts(11)), "entered_too_fast")
    assert one.what == "11 steps and assays finished or checked in 50 s (entries 1 to 11)"
    assert (one.who, one.entries) == ("operator1", tuple(range(1, 12)))


def test_entered_too_fast_fires_on_sixty_savings():
    record = made(entries=acts(61, "record_values", UC, after=SECONDS / 2))
    assert [one.what for one in of(record, "entered_too_fast")] == [
        "61 times saved in 30 s (entries 1 to 61)"
    ]


def test_entered_too_fast_is_quiet_on_nine_on_two_people_and_on_one_act():
    assert of(made(entries=acts(9)), "entered_too_fast") == []
    assert of(made(entries=acts(10, after=7 * SECONDS)), "entered_too_fast") == []
    shared = [
        one._replace(username=SECOND.username) if one.number % 2 else one
        for one in acts(12, after=4 * SECONDS)
    ]
    assert of(made(entries=shared), "entered_too_fast") == []
    # One act that writes many rows is one act.
    at_once = acts(100, "record_values", UC, after=dt.timedelta(milliseconds=1))
    assert of(made(entries=at_once), "entered_too_fast") == []


def test_two_stretches_are_two_exceptions():
    given = [
        *[("finish_step", STEP, pk, {"after": SECONDS}) for pk in range(1, 11)],
        *[("finish_step", STEP, pk, {"after": HOUR if pk == 1 else SECONDS}) for pk in range(1, 11)],
    ]
    found = of(made(entries=entries(*given)), "entered_too_fast")
    assert [one.entries[0] for one in found] == [1, 11]

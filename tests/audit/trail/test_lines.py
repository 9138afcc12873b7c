"""Entries as people read them: labels, units, words, times, and what came late."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from audit import canonical
from audit.models import Entry, EntryAction
from audit.trail import telling
from audit.trail.lateness import minutes_late, span_words
from audit.trail.lines import COLUMNS, changes_of, changes_of_batch, line_of
from batches.source.models import Donor
from tests.audit.writing import TYPING_ERROR, event, save
from tests.factories import BatchFactory, DonorFactory, ProductFactory


def told(entry):
    return line_of(Entry.objects.filter(pk=entry.pk).values(*COLUMNS).get())


def test_changed_entry_reads_old_and_new_with_label_unit_and_reason(changed):
    line = told(changed)
    assert (line.actor, line.username, line.role, line.act) == (
        "Operator One",
        "operator1",
        "Operator",
        "changed",
    )
    assert (line.record_label, line.kind) == ("Donor DN-0001", "donor")
    change = line.changes[0]
    assert (change.label, change.unit, change.old, change.new, change.typed) == (
        "Age",
        "years",
        "34",
        "43",
        "43 ",
    )
    assert (line.reason_category, line.reason) == ("Typing error", "digits swapped, see <plate> export")


def test_choices_and_yes_no_read_as_words(operator):
    line = told(Entry.objects.get(kind="batches.donor", object_id=DonorFactory(sex="male").pk))
    values = {change.label: change.new for change in line.changes}
    assert (values["Sex"], values["Consent withdrawn"]) == ("Male", "no")


def test_emptied_value_reads_as_empty(donor, operator):
    donor.age_years = None
    change = told(save(donor, operator, reason=TYPING_ERROR)).changes[0]
    assert (change.old, change.new) == ("34", None)


def test_moments_read_in_the_current_time_zone():
    with timezone.override("Europe/London"):
        assert telling.shown("2026-07-01T12:00:05.000000Z") == "1 Jul 2026 13:00:05"
        assert telling.shown("2026-11-23T12:00:05.000000Z") == "23 Nov 2026 12:00:05"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, None),
        ("", None),
        ("0", "0"),
        (0, "0"),
        (False, "no"),
        (True, "yes"),
        ("7.60", "7.60"),
        ("2026-11-23", "2026-11-23"),
        ("<b>", "<b>"),
        ({"a_b": ["µ", 2], "c": None}, "a b µ, 2, c empty"),
    ],
)
def test_values_read_word_for_word(value, words):
    assert telling.shown(value) == words


@pytest.mark.parametrize(
    ("ago", "late"),
    [
        (dt.timedelta(minutes=29), ""),
        (dt.timedelta(minutes=31), "31 min"),
        (dt.timedelta(hours=5, minutes=12), "5 h 12 min"),
        (dt.timedelta(days=3, hours=2), "3 d 2 h"),
        (-dt.timedelta(hours=3), ""),
    ],
)
def test_r016_entry_long_after_the_moment_it_names_is_marked_late(ago, late):
    at = timezone.now()
    change = {"field": "ended_at", "label": "Ended", "old": None, "new": canonical.time_text(at - ago)}
    assert span_words(minutes_late(change, at)) == late


def test_correction_of_a_moment_is_not_a_late_entry():
    at = timezone.now()
    old = canonical.time_text(at - dt.timedelta(days=2))
    change = {"field": "ended_at", "label": "Ended", "old": old, "new": old}
    assert minutes_late(change, at) == 0


def test_event_reads_its_words_and_details(operator):
    line = told(event(EntryAction.REFUSED, operator, act="sign_batch", detail={"words": "No.", "try": 2}))
    assert (line.act, line.deed, line.words, line.details) == (
        "was refused",
        "sign batch",
        "No.",
        ["try: 2"],
    )


def test_decimal_values_read_as_they_were_written(operator):
    product = ProductFactory()
    product.window_high_nm = Decimal("150.5")
    change = told(save(product, operator, reason=TYPING_ERROR)).changes[0]
    assert (change.old, change.new, change.unit) == ("150", "150.5", "nm")


# --- for other pages ---------------------------------------------------------------------------


def test_changes_of_a_batch_are_one_query(operator, django_assert_num_queries):
    batch = BatchFactory(by=operator)
    batch.notes = "other words"
    changed = save(batch, operator, reason=TYPING_ERROR)
    event(EntryAction.REFUSED, operator, about=batch)
    with django_assert_num_queries(1):
        lines = changes_of_batch(batch.number, limit=2)
    assert (len(lines), lines[0].number) == (2, changed.pk)


def test_changes_of_some_records(operator, django_assert_num_queries):
    one, other = DonorFactory(by=operator), DonorFactory(by=operator)
    one.age_years = 43
    save(one, operator, reason=TYPING_ERROR)
    with django_assert_num_queries(1):
        lines = changes_of(Donor._meta.label_lower, [one.pk])
    assert [(line.act, line.record_label) for line in lines] == [
        ("changed", f"Donor {one.code}"),
        ("created", f"Donor {one.code}"),
    ]
    assert other.pk != one.pk

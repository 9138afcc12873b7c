"""Numbers and stretches of time as people read them."""

import datetime as dt

import pytest

from audit.words import capital, counted, grouped, span


@pytest.mark.parametrize(("size", "words"), [(0, "0"), (999, "999"), (88_412, "88\u202f412")])
def test_a_count_has_thin_spaces_between_thousands(size, words):
    assert grouped(size) == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1_204, "1\u202f204 entries")]
)
def test_things_are_counted_in_words(number, words):
    assert counted(number, "entry", "entries") == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(-3, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (259_200, "3 d")]
)
def test_a_stretch_of_time_is_told_in_its_largest_fitting_unit(seconds, words):
    assert span(dt.timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("words", "shown"), [("volume in", "Volume in"), ("pH", "pH"), ("", "")])
def test_a_heading_begins_with_a_capital_but_ph_stays(words, shown):
    assert capital(words) == shown

"""Numbers as people type and read them."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from batches.masters.models import Product
from batches.quantities import (
    LongWordsFormField,
    QuantityFormField,
    parse_quantity,
    people_number,
    significant,
    typed_form,
)
from batches.source.models import MscDetails

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("4.2", "4.2"),
        ("4,2", "4.2"),
        (" 4.2 ", "4.2"),
        (".5", "0.5"),
        ("5,", "5"),
        ("-80", "-80"),
        ("−80", "-80"),
        ("29 400", "29400"),
        ("29\u202f400", "29400"),
        ("1 234 567,5", "1234567.5"),
        ("2.4e10", "24000000000"),
        ("2,4E10", "24000000000"),
        ("2.4×10¹⁰", "24000000000"),
        ("2.4x10^10", "24000000000"),
        ("2.4 * 10 ^ 10", "24000000000"),
        ("2,4·10⁻³", "0.0024"),
        ("2.4x10-3", "0.0024"),
        ("1e-3", "0.001"),
        ("0,125", "0.125"),
    ],
)
def test_parse_quantity_reads_what_people_type(typed, number):
    assert parse_quantity(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed", ["", "abc", "1.2.3", "--1", "4 2", "10^3", "1e9999", "4.2 mL", "٣x", "NaN", "inf"]
)
def test_parse_quantity_refuses_what_is_no_number(typed):
    with pytest.raises(ValueError, match="Enter a number"):
        parse_quantity(typed)


@pytest.mark.parametrize("typed", ["2x100", "2.4x1010", "3×1012"])
def test_parse_quantity_refuses_a_power_that_may_have_lost_its_superscript(typed):
    with pytest.raises(ValueError, match="Enter a number"):
        parse_quantity(typed)


def test_parse_quantity_refuses_a_comma_that_two_people_read_differently():
    with pytest.raises(ValueError, match=r"^12,500 can mean two numbers: write 12500 or 12\.500\.$"):
        parse_quantity("12,500")


@pytest.mark.parametrize(("typed", "plain"), [("1,234,567", "1234567"), ("1,234.5", "1234.5")])
def test_parse_quantity_says_how_to_write_grouped_digits(typed, plain):
    with pytest.raises(ValueError, match=rf"^Write {plain} without commas"):
        parse_quantity(typed)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (None, ""),
        (Decimal("0"), "0"),
        (Decimal("0.0000"), "0"),
        (Decimal("4.2000"), "4.2"),
        (Decimal("-80"), "-80"),
        (9999, "9999"),
        (Decimal("29400"), f"29{NARROW}400"),
        (Decimal("-29400.50"), f"-29{NARROW}400.5"),
        (Decimal("999999"), f"999{NARROW}999"),
        (Decimal("1e6"), "1×10⁶"),
        (Decimal("24000000000"), "2.4×10¹⁰"),
        (Decimal("99999999"), "1×10⁸"),
        (Decimal("12345678"), "1.235×10⁷"),
        (Decimal("0.0001"), "0.0001"),
        (Decimal("0.00001"), "1×10⁻⁵"),
        (2.5, "2.5"),
    ],
)
def test_people_number_writes_as_people_do(number, words):
    assert people_number(number) == words


@given(st.decimals(min_value=-(10**15), max_value=10**15, allow_nan=False, places=4))
def test_a_number_survives_being_typed_again(number):
    assert parse_quantity(typed_form(number)) == number


@given(st.text(max_size=60))
def test_parse_quantity_gives_a_finite_number_or_words(text):
    try:
        number = parse_quantity(text)
    except ValueError:
        return
    assert number.is_finite()


@pytest.mark.parametrize(("digits", "rounded"), [(1, "1e10"), (2, "9.9e9"), (3, "9.85e9")])
def test_significant_rounds_to_so_many_digits(digits, rounded):
    assert significant(Decimal("9850000001"), digits) == Decimal(rounded)


@pytest.mark.parametrize("typed", ["1.50", "1,5", "1.5"])
def test_a_form_field_takes_equal_numbers_for_unchanged(typed):
    assert QuantityFormField(max_digits=12, decimal_places=4).has_changed(Decimal("1.5000"), typed) is False


def test_a_form_field_keeps_no_more_digits_than_the_database():
    field = QuantityFormField(max_digits=12, decimal_places=4)
    with pytest.raises(ValidationError, match="decimal places"):
        field.clean("1.23456")
    with pytest.raises(ValidationError, match="measurable"):
        field.clean("1e99")
    assert field.clean("2.4e7") == Decimal(24000000)


def test_a_typed_number_outside_of_the_possible_is_refused_with_its_unit():
    form = forms.modelform_factory(Product, fields=["window_low_nm"])({"window_low_nm": "6000"})
    assert form.errors["window_low_nm"] == ["Can't be above 5000 nm."]


def test_an_impossible_percentage_is_refused_in_words():
    form = forms.modelform_factory(MscDetails, fields=["cd73_percent"])({"cd73_percent": "100.01"})
    assert form.errors["cd73_percent"] == ["Can't be above 100 %."]


def test_long_text_left_alone_is_no_change_whatever_the_browser_sends():
    assert LongWordsFormField(required=False).has_changed("one\ntwo", "one\r\ntwo") is False


def test_a_long_text_field_takes_no_nul_character():
    form = forms.modelform_factory(Product, fields=["description"])({"description": "a\x00b"})
    assert form.errors["description"] == ["Null characters are not allowed."]

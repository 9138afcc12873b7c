"""Quantities: as people type them, as the database keeps them, as people read them.

Stored as Decimal in the unit that the field's name says, with at most 15 significant digits (SQLite
keeps no more). Typed with comma or point, plain or as 2.4e10 or 2.4×10^10.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.db import models
from django.db.models.expressions import Combinable

MOST_DIGITS = 15
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
PLAIN_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
GROUP_SPACE = "\u202f"
# A power is marked (^ or a sign): 2x100 may be 200, and 2.4x1010 may have lost its superscript.
TIMES_TEN = re.compile(r"\s*[x×*·]\s*10\s*(\^\s*[+-]?\d+|[+-]\d+)$", re.IGNORECASE)
GROUPED_BY_SPACES = re.compile(r"^[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?$")
NUMBER = re.compile(r"^[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?$")
SIGNS = ("<", ">", "≤", "≥")
AMBIGUOUS = re.compile(r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$")


def parse_quantity(text: str) -> Decimal:
    """The number that a person typed.

    Accepts 2.4e10, 2,4e10, 2.4×10¹⁰, 2.4x10^10 and 29 400. Raises ValueError in words for anything else,
    and for 12,500, which one person reads as 12500 and another as 12.5.
    """
    words = re.sub(r"[\u00a0\u2009\u202f]", " ", text.strip()).replace("\u2212", "-")
    words = re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)$", lambda m: "10^" + m[1].translate(PLAIN_SUPERSCRIPTS), words)
    words = TIMES_TEN.sub(lambda m: "e" + m[1].lstrip("^ "), words)
    if AMBIGUOUS.match(words):
        raise ValueError(_ambiguous(words))
    if GROUPED_BY_SPACES.match(words):
        words = words.replace(" ", "")
    if words[:1] in SIGNS:
        raise ValueError("Enter the number alone; where a result may have a sign, there is a field for it.")
    if not NUMBER.match(words):
        raise ValueError("Enter a number, such as 4.2, 4,2 or 2.4e10.")
    try:
        return Decimal(words.replace(",", "."))
    except InvalidOperation as error:
        raise ValueError("Enter a number, such as 4.2, 4,2 or 2.4e10.") from error


def _ambiguous(words: str) -> str:
    """Which numbers may be meant; one when there are more commas, or a point as well."""
    grouped = words.replace(",", "")
    if words.count(",") > 1 or "." in words:
        return f"Write {grouped} without commas between the digits."
    return f"{words} can mean two numbers: write {grouped} or {words.replace(',', '.')}."


def significant(value: Decimal, digits: int) -> Decimal:
    """The value rounded (half up) to that many significant digits."""
    if not value:
        return Decimal(0)
    place = Decimal(1).scaleb(value.adjusted() - digits + 1)
    return value.quantize(place, rounding=ROUND_HALF_UP)


def people_number(value: Decimal | int | float | None, digits: int = 4) -> str:
    """A number as people write it: 4.2, 29 400, 2.4×10¹⁰. Large ones show `digits` digits."""
    if value is None:
        return ""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number:
        return "0"
    exponent = number.adjusted()
    if exponent >= 6 or exponent <= -5:
        mantissa = _trimmed(significant(number, digits).scaleb(-significant(number, digits).adjusted()))
        power = significant(number, digits).adjusted()
        return f"{mantissa}×10{str(power).translate(SUPERSCRIPTS)}"
    return _grouped(_trimmed(number))


def _trimmed(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _grouped(text: str) -> str:
    whole, dot, rest = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    if len(digits) > 4:
        digits = f"{int(digits):,}".replace(",", GROUP_SPACE)
    return sign + digits + dot + rest


class QuantityInput(forms.TextInput):
    """A text input that brings up a number pad; the text stays exactly as typed."""

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """Large numbers come back as they are typed (2.4e10), not as a row of zeros."""
        if isinstance(value, Decimal):
            return typed_form(value)
        return super().format_value(value)


def typed_form(value: Decimal) -> str:
    """A number in the form people type: plain, or 2.4e10 from a million up."""
    if value and (value.adjusted() >= 6 or value.adjusted() <= -5):
        power = value.adjusted()
        return f"{_trimmed(value.scaleb(-power))}e{power}"
    return _trimmed(value) if value else "0"


class QuantityFormField(forms.DecimalField):
    """Form field for a quantity; see parse_quantity for what may be typed."""

    widget = QuantityInput

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return self._fitted(parse_quantity(str(value)))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def _fitted(self, number: Decimal) -> Decimal:
        """The number without an exponent, so that its digits are counted as they are stored."""
        if abs(number.adjusted()) > 2 * MOST_DIGITS:
            raise ValueError("That number is outside of anything measurable here.")
        trimmed = Decimal(format(number, "f"))
        return Decimal(_trimmed(trimmed)) if "." in format(trimmed, "f") else trimmed

    def has_changed(self, initial: Any, data: Any) -> bool:
        """1.50 and 1,5 are the same number; text that is no number is a change."""
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class WholeNumberFormField(forms.IntegerField):
    """Form field for a counted thing: typed like a quantity, and whole."""

    widget = QuantityInput

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            number = parse_quantity(str(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error
        if abs(number.adjusted()) > MOST_DIGITS or number != int(number):
            raise ValidationError("Enter a whole number, such as 4 or 29400.", code="invalid")
        return int(number)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


def limit_validators(low: Any, high: Any, unit: str) -> list[Any]:
    """Validators for what is possible, saying the limit with its unit."""
    found: list[Any] = []
    unit = unit.replace("%", "%%")  # Django fills the error's parameters into the words
    if low is not None:
        found.append(MinValueValidator(Decimal(str(low)), f"Can't be below {low} {unit}.".replace(" .", ".")))
    if high is not None:
        found.append(
            MaxValueValidator(Decimal(str(high)), f"Can't be above {high} {unit}.".replace(" .", "."))
        )
    return found


def at_most_15_digits(value: Decimal) -> None:
    """Refuse numbers with more digits than SQLite keeps of a decimal; zeros at the end do not count."""
    digits = Decimal(value).normalize().as_tuple().digits
    if len(digits) > MOST_DIGITS:
        raise ValidationError(f"At most {MOST_DIGITS} digits can be kept exactly; this has {len(digits)}.")


class QuantityField(models.DecimalField):
    """A measured quantity: empty until measured, in the unit its name says, within possible limits."""

    # For mypy's plugin: empty may be set, though null=True doesn't stand in the call where it looks.
    _pyi_private_set_type: str | float | Decimal | Combinable | None  # type: ignore[assignment]

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        unit: str = "",
        low: str | int | None = None,
        high: str | int | None = None,
        max_digits: int = 12,
        decimal_places: int = 4,
        **kwargs: Any,
    ):
        self.unit, self.low, self.high = unit, low, high
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(verbose_name, max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    @property
    def validators(self) -> list[Any]:  # type: ignore[override]
        return [*super().validators, at_most_15_digits, *limit_validators(self.low, self.high, self.unit)]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(form_class=QuantityFormField, **kwargs)


class WholeNumberField(models.IntegerField):
    """A counted thing, within possible limits (0 upwards unless said otherwise)."""

    _pyi_private_set_type: float | int | str | Combinable | None  # type: ignore[assignment]

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        unit: str = "",
        low: int = 0,
        high: int = 1_000_000_000,
        **kwargs: Any,
    ):
        self.unit, self.low, self.high = unit, low, high
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(verbose_name, **kwargs)

    @property
    def validators(self) -> list[Any]:  # type: ignore[override]
        return [*super().validators, *limit_validators(self.low, self.high, self.unit)]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(form_class=WholeNumberFormField, **kwargs)


class Words(models.CharField):
    """One line of text that both engines hold to its length, without NUL characters."""

    default_validators = [ProhibitNullCharactersValidator()]  # noqa: RUF012 (as Django's fields have it)

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("max_length", 120)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)


class LongWordsFormField(forms.CharField):
    """Several lines of text. Browsers end lines with CR LF: kept, every text left alone would be a change."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class LongWords(models.TextField):
    """Several lines of text, up to 10 000 characters, without NUL characters."""

    longest = 10_000
    default_validators = [  # noqa: RUF012
        ProhibitNullCharactersValidator(),
        MaxLengthValidator(longest),
    ]

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LongWordsFormField, **kwargs})

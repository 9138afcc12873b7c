"""A limit: what was planned, what is accepted, what deserves a look; and whether the edges are inside.

Used on planned values (the plan of a step) and on results (a criterion of the specification).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from audit.canonical import decimal_text
from batches.bounds import Bounds
from batches.quantities import MOST_DIGITS, people_number

Verdict = Literal["inside", "alert", "outside"]
QUANTITIES = ("target", "action_low", "action_high", "alert_low", "alert_high")
EDGES = ("low_included", "high_included")
LIMIT_FIELDS = (*QUANTITIES, *EDGES)


@dataclass(frozen=True)
class Limit:
    """Target, action limits (accepted or not) and alert limits (accepted, but worth a look).

    All in the unit of the value they judge. An edge belongs to the accepted range when it is included;
    an alert begins beyond its limit, never on it.
    """

    target: Decimal | None = None
    action_low: Decimal | None = None
    action_high: Decimal | None = None
    alert_low: Decimal | None = None
    alert_high: Decimal | None = None
    low_included: bool = True
    high_included: bool = True

    @classmethod
    def of(cls, row: Any) -> "Limit":
        """The limit that a row of a master version holds (StepLimit, Criterion)."""
        return cls(**{name: getattr(row, name) for name in LIMIT_FIELDS})

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "Limit":
        """The limit as a frozen plan holds it: numbers as text."""
        numbers: dict[str, Any] = {
            name: Decimal(content[name]) for name in QUANTITIES if content[name] is not None
        }
        return cls(**numbers, **{name: content[name] for name in EDGES})

    def content(self) -> dict[str, str | bool | None]:
        """For a frozen plan: numbers as text without trailing zeros, so that equal limits are equal text."""
        numbers = {name: getattr(self, name) for name in QUANTITIES}
        texts = {name: None if number is None else decimal_text(number) for name, number in numbers.items()}
        return {**texts, **{name: getattr(self, name) for name in EDGES}}

    @property
    def accepts_anything(self) -> bool:
        """Whether there is no action limit, so that no value is outside."""
        return self.action_low is None and self.action_high is None

    def verdict(self, value: Decimal) -> Verdict:
        """'outside' of the action limits, 'alert' when accepted but beyond an alert limit, else 'inside'."""
        if self._too_low(value) or self._too_high(value):
            return "outside"
        below = self.alert_low is not None and value < self.alert_low
        above = self.alert_high is not None and value > self.alert_high
        return "alert" if below or above else "inside"

    def places(self, bounds: Bounds) -> frozenset[Verdict]:
        """The verdicts on all numbers within the bounds; a single one where it makes no difference."""
        edges = (self.action_low, self.action_high, self.alert_low, self.alert_high)
        return frozenset(map(self.verdict, bounds.samples(edge for edge in edges if edge is not None)))

    def _too_low(self, value: Decimal) -> bool:
        if self.action_low is None:
            return False
        return value < self.action_low if self.low_included else value <= self.action_low

    def _too_high(self, value: Decimal) -> bool:
        if self.action_high is None:
            return False
        return value > self.action_high if self.high_included else value >= self.action_high

    def words(self, unit: str = "") -> str:
        """The limit as a sentence: 'planned 4 °C, accept 2–8 °C, edges included, alert above 6 °C'."""
        parts = [
            f"planned {_with(unit, self.target)}" if self.target is not None else "",
            self.accepted_words(unit),
            self.alert_words(unit),
        ]
        return ", ".join(part for part in parts if part)

    def accepted_words(self, unit: str = "") -> str:
        """What is accepted: 'accept at least 90 %', 'accept 2–8 °C, edges included'; empty for anything."""
        low, high = self.action_low, self.action_high
        if low is not None and high is not None:
            return f"accept {self._range_words(unit, low, high)}"
        if low is not None:
            return f"accept {'at least' if self.low_included else 'above'} {_with(unit, low)}"
        if high is not None:
            return f"accept {'at most' if self.high_included else 'below'} {_with(unit, high)}"
        return ""

    def _range_words(self, unit: str, low: Decimal, high: Decimal) -> str:
        if low == high:
            return f"{_with(unit, low)} exactly"
        if self.low_included == self.high_included:
            edges = "included" if self.low_included else "excluded"
            return f"{_range(unit, low, high)}, edges {edges}"
        if self.low_included:
            return f"from {people_number(low)} to below {_with(unit, high)}"
        return f"above {people_number(low)} up to {_with(unit, high)}"

    def alert_words(self, unit: str = "") -> str:
        """Where a value deserves a look: 'alert below 3 °C', 'alert outside 3–6 °C'; empty without."""
        low, high = self.alert_low, self.alert_high
        if low is not None and high is not None:
            return f"alert outside {_range(unit, low, high)}"
        if low is not None:
            return f"alert below {_with(unit, low)}"
        return f"alert above {_with(unit, high)}" if high is not None else ""

    def problem(self) -> tuple[str, str] | None:
        """What makes this limit senseless, as (field, words); None when it can stand."""
        if all(getattr(self, name) is None for name in QUANTITIES):
            return "action_low", "Enter at least one number: planned, accepted or alert."
        return self._digits_problem() or self._edges_problem() or self._order_problem()

    def _digits_problem(self) -> tuple[str, str] | None:
        for name in QUANTITIES:
            value = getattr(self, name)
            if value is not None and len(value.normalize().as_tuple().digits) > MOST_DIGITS:
                return name, f"At most {MOST_DIGITS} digits are kept: round this number."
        return None

    def _edges_problem(self) -> tuple[str, str] | None:
        low, high = self.action_low, self.action_high
        if low is None or high is None or low < high:
            return None
        if low > high:
            return "action_high", "'Accept to' must not be below 'accept from'."
        if not (self.low_included and self.high_included):
            return (
                "action_high",
                "Both edges are the same and one is outside: no value would be accepted.",
            )
        return None

    def _order_problem(self) -> tuple[str, str] | None:
        if None not in (self.alert_low, self.alert_high) and self.alert_low > self.alert_high:  # type: ignore[operator]
            return "alert_high", "'Alert above' must not be below 'alert below'."
        for name in ("target", "alert_low", "alert_high"):
            value = getattr(self, name)
            if value is not None and self._beyond(value):
                label = "target" if name == "target" else "alert limit"
                return name, f"This {label} lies outside of what is accepted."
        return None

    def _beyond(self, value: Decimal) -> bool:
        """Whether a number lies beyond an action limit (on it is not beyond, whatever the edge)."""
        low, high = self.action_low, self.action_high
        return (low is not None and value < low) or (high is not None and value > high)


def _with(unit: str, number: Decimal | None) -> str:
    return f"{people_number(number)} {unit}".rstrip()


def _range(unit: str, low: Decimal, high: Decimal) -> str:
    """'2–8 °C'; with a negative number 'from -80 to -60 °C', which nobody misreads."""
    if low < 0 or high < 0:
        return f"from {people_number(low)} to {_with(unit, high)}"
    return f"{people_number(low)}–{_with(unit, high)}"

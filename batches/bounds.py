"""Where a value lies: exactly somewhere, or only below, above or between edges (a censored result).

`< 0.05` is every number from 0 up to, not including, 0.05. Bounds are computed with and judged as they
are; no number is put in their place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from itertools import pairwise

from django.db import models

from batches.quantities import people_number

# More digits than two quantities of 19 digits apart by 30 powers of ten need for their middle.
EXACT_DIGITS = 80
ZERO = Decimal(0)


class Sign(models.TextChoices):
    """How a result is stated that the method could not put a number to."""

    BELOW = "<", "< below"
    AT_MOST = "≤", "≤ at most"
    ABOVE = ">", "> above"
    AT_LEAST = "≥", "≥ at least"


@dataclass(frozen=True)
class Bounds:
    """From `low` to `high`, each edge inside or not; None where there is no edge."""

    low: Decimal | None
    high: Decimal | None
    low_included: bool = True
    high_included: bool = True

    @classmethod
    def exactly(cls, value: Decimal) -> "Bounds":
        return cls(value, value)

    @classmethod
    def stated(cls, sign: str, value: Decimal, *, floor: Decimal | None = ZERO) -> "Bounds":
        """What a sign and a number say of a value that can't lie below `floor`."""
        if not sign:
            return cls.exactly(value)
        if sign in {Sign.ABOVE, Sign.AT_LEAST}:
            return cls(value, None, low_included=sign == Sign.AT_LEAST)
        low = None if floor is None or floor >= value else floor
        return cls(low, value, high_included=sign == Sign.AT_MOST)

    @property
    def is_exact(self) -> bool:
        return self.low is not None and self.low == self.high

    @property
    def is_number(self) -> bool:
        """Whether its edges are finite Decimals: nothing else is judged."""
        edges = [edge for edge in (self.low, self.high) if edge is not None]
        return all(isinstance(edge, Decimal) and edge.is_finite() for edge in edges)

    def contains(self, value: Decimal) -> bool:
        """Whether the value can be that number."""
        too_low = self.low is not None and (value < self.low or (value == self.low and not self.low_included))
        too_high = self.high is not None and (
            value > self.high or (value == self.high and not self.high_included)
        )
        return not too_low and not too_high

    def samples(self, edges: Iterable[Decimal]) -> list[Decimal]:
        """The edges within, and one number of each stretch between them.

        Whatever changes at those edges only is known everywhere once it is known at these.
        """
        cuts = sorted({edge for edge in edges if self.contains(edge)} - {self.low, self.high})
        ends = [(self.low, self.low_included), (self.high, self.high_included)]
        found = [*cuts, *(end for end, is_included in ends if end is not None and is_included)]
        for low, high in pairwise([self.low, *cuts, self.high]):
            if low is None or high is None or low < high:
                found.append(_between(low, high))
        return found

    def words(self) -> str:
        """'0.05', '< 0.05', '≥ 1×10¹²', '0.02–0.06'."""
        if self.low is not None and self.is_exact:
            return people_number(self.low)
        if self.high is None:
            sign = "≥" if self.low_included else ">"
            return "any value" if not self.low else f"{sign} {people_number(self.low)}"
        if not self.low:
            return f"{'≤' if self.high_included else '<'} {people_number(self.high)}"
        return f"{people_number(self.low)}–{people_number(self.high)}"


def _between(low: Decimal | None, high: Decimal | None) -> Decimal:
    """A number strictly between two edges."""
    with localcontext(prec=EXACT_DIGITS):
        if low is None:
            return ZERO if high is None else high - 1
        return low + 1 if high is None else (low + high) / 2


def mean(values: Sequence[Bounds], place: Decimal) -> Bounds:
    """Where the mean lies, its edges rounded outwards to that decimal place."""
    lows = [one.low for one in values if one.low is not None]
    highs = [one.high for one in values if one.high is not None]
    all_lows, all_highs = len(lows) == len(values), len(highs) == len(values)
    return Bounds(
        (sum(lows, ZERO) / len(lows)).quantize(place, rounding=ROUND_FLOOR) if all_lows else None,
        (sum(highs, ZERO) / len(highs)).quantize(place, rounding=ROUND_CEILING) if all_highs else None,
        all(one.low_included for one in values),
        all(one.high_included for one in values),
    )


def ratio(above: Bounds, below: Bounds, place: Decimal = Decimal(1)) -> Bounds | None:
    """Where the ratio of two values lies, neither of which is negative; None over nothing but 0.

    Its edges are rounded outwards to that decimal place.
    """
    if below.high is not None and below.high <= 0:
        return None
    low = above.low / below.high if above.low is not None and below.high is not None else ZERO
    high = above.high / below.low if above.high is not None and below.low else None
    return Bounds(
        low.quantize(place, rounding=ROUND_FLOOR),
        None if high is None else high.quantize(place, rounding=ROUND_CEILING),
        low == 0 or (above.low_included and below.high_included),
        above.high_included and below.low_included,
    )

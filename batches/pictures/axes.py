"""Axes of pictures: where a number stands, on a straight or a logarithmic scale, and which to print."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True)
class Axis:
    """Numbers from `low` to `high` laid out over pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """The place of a number; numbers outside stand at the nearer end."""
        value = min(max(value, self.low), self.high)
        part = (self._scaled(value) - self._scaled(self.low)) / (
            self._scaled(self.high) - self._scaled(self.low)
        )
        return self.start + (self.end - self.start) * part

    def _scaled(self, value: float) -> float:
        return log10(value) if self.is_log else value

    def ticks(self) -> list[float]:
        """Round numbers to print along it."""
        return list(_decades(self.low, self.high) if self.is_log else _round(self.low, self.high))


def _decades(low: float, high: float) -> Iterator[float]:
    """1, 2 and 5 of every decade between the ends."""
    for exponent in range(floor(log10(low)), ceil(log10(high)) + 1):
        yield from (step * 10**exponent for step in (1, 2, 5) if low <= step * 10**exponent <= high)


def _round(low: float, high: float, most: int = 8) -> Iterator[float]:
    """Steps of 1, 2 or 5 times a power of ten, at most `most` of them."""
    rough = (high - low) / most
    power = 10 ** floor(log10(rough))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= rough)
    first = ceil(low / step)
    # 3 × 0.2 is 0.6000000000000001 to the machine and 0.6 to people.
    yield from (float(f"{number * step:.12g}") for number in range(first, floor(high / step) + 1))

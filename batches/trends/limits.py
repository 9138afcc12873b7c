"""Limits of control charts: pure functions over values on the scale of their chart (log10 for counts).

Individuals and moving range as NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, has them;
mean and SD of control material for a Levey-Jennings chart.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Expected range of two values in standard deviations; 3 / 1.128 is the familiar 2.66.
D2 = 1.128
# Upper limit of a range of two values, in mean ranges.
D4 = 3.267
ENOUGH, PROVISIONAL = 20, 8


@dataclass(frozen=True)
class Limits:
    """Centre and limits of a chart, on its scale. `moving_range` is the mean one; None where an SD counts."""

    centre: float
    sigma: float
    size: int
    moving_range: float | None = None

    @property
    def lower(self) -> float:
        return self.centre - 3 * self.sigma

    @property
    def upper(self) -> float:
        return self.centre + 3 * self.sigma

    @property
    def range_upper(self) -> float | None:
        """Upper limit of the moving range."""
        return None if self.moving_range is None else D4 * self.moving_range

    def scores(self, values: Sequence[float]) -> list[float]:
        """How many standard deviations each value lies from the centre; 0 where nothing varies."""
        return [(value - self.centre) / self.sigma if self.sigma else 0.0 for value in values]


def moving_ranges(values: Sequence[float]) -> list[float]:
    """How far each value lies from the one before it; one fewer than there are values."""
    return [abs(after - before) for before, after in pairwise(values)]


def of_individuals(values: Sequence[float]) -> Limits | None:
    """Mean ± 2.66 mean moving ranges; None for fewer than two values."""
    if len(values) < 2:
        return None
    mean_range = statistics.fmean(moving_ranges(values))
    return Limits(statistics.fmean(values), mean_range / D2, len(values), mean_range)


def of_control(values: Sequence[float]) -> Limits | None:
    """Mean ± 3 sample SD of control material; None for fewer than two values."""
    if len(values) < 2:
        return None
    return Limits(statistics.fmean(values), statistics.stdev(values), len(values))


def standing(size: int) -> str:
    """What limits from so many points are worth: '' too few, 'provisional', 'full' (ev-domain §10.3)."""
    if size >= ENOUGH:
        return "full"
    return "provisional" if size >= PROVISIONAL else ""

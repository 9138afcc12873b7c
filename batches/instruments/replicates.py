"""Mean and sample standard deviation of what one file holds several times."""

from collections.abc import Sequence
from statistics import fmean, stdev

from .reading import Unreadable
from .text import tidy

# No quantity of a laboratory is that large; squares of larger ones overflow.
LARGEST = 1e100


def mean_of(numbers: Sequence[float]) -> float | None:
    """Return the mean, None of nothing. Raises Unreadable for numbers that nothing has."""
    _refuse_enormous(numbers)
    return tidy(fmean(numbers)) if numbers else None


def sd_of(numbers: Sequence[float]) -> float | None:
    """Return the standard deviation over n - 1, None of fewer than two."""
    _refuse_enormous(numbers)
    return tidy(stdev(numbers)) if len(numbers) > 1 else None


def cv_percent(numbers: Sequence[float]) -> float | None:
    """Return SD over mean in percent, None of fewer than two or where the mean is not above 0."""
    mean, sd = mean_of(numbers), sd_of(numbers)
    return tidy(100 * sd / mean) if sd is not None and mean is not None and mean > 0 else None


def _refuse_enormous(numbers: Sequence[float]) -> None:
    if any(abs(value) > LARGEST for value in numbers):
        raise Unreadable("The file holds a number larger than anything measured: it is damaged or edited.")

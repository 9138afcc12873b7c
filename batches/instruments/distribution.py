"""Figures of a size distribution: pure functions over class sizes (nm) and counts per class.

A count is whatever the instrument gives per class: particles per mL, or traces.
All raise ValueError where the distribution holds no particle.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import sqrt
from operator import mul

Counts = Sequence[float]


def total(counts: Counts) -> float:
    """Return the sum over all classes, in the unit of the counts."""
    return sum(counts)


def share_in_window(bin_centre_nm: Sequence[float], per_ml: Counts, low_nm: float, high_nm: float) -> float:
    """Return the percentage of particles in classes centred from `low_nm` to `high_nm`, both in.

    With the 1 nm classes of NanoSight (0.5, 1.5 ...) a window of whole nanometres cuts no class.
    """
    inside = (c for size, c in zip(bin_centre_nm, per_ml, strict=True) if low_nm <= size <= high_nm)
    return 100 * sum(inside) / _particles(per_ml)


def mean_nm(bin_centre_nm: Sequence[float], counts: Counts) -> float:
    """Return the number-weighted mean size, each class counted at its listed size."""
    weighed: float = sum(map(mul, bin_centre_nm, counts))
    return weighed / _particles(counts)


def sd_nm(bin_centre_nm: Sequence[float], counts: Counts, *, sample: bool = False) -> float:
    """Return the number-weighted standard deviation; with `sample` over n - 1 counted traces."""
    particles = _particles(counts)
    mean = mean_nm(bin_centre_nm, counts)
    squares = sum(c * (size - mean) ** 2 for size, c in zip(bin_centre_nm, counts, strict=True))
    if not sample:
        return sqrt(squares / particles)
    return sqrt(squares / (particles - 1)) if particles > 1 else 0.0


def modal_class_nm(bin_centre_nm: Sequence[float], counts: Counts) -> float:
    """Return the size of the fullest class (the smaller one of equals): no fitted peak."""
    _particles(counts)
    return bin_centre_nm[max(range(len(counts)), key=counts.__getitem__)]


def interpolated_percentile_nm(bin_centre_nm: Sequence[float], counts: Counts, percent: float) -> float:
    """Return X10, X50, ... as ZetaView prints them.

    Linear interpolation of the cumulated count against the listed size (not the class edge); it
    gives `Median Number (D50)` to all printed digits.
    """
    cumulated = list(accumulate(counts))
    target = _particles(counts) * percent / 100
    at = bisect_right(cumulated, target) - 1
    if at < 0:
        return bin_centre_nm[0]
    if at >= len(cumulated) - 1:
        return bin_centre_nm[-1]
    part = (target - cumulated[at]) / (cumulated[at + 1] - cumulated[at])
    return bin_centre_nm[at] + part * (bin_centre_nm[at + 1] - bin_centre_nm[at])


def span(d10_nm: float, d50_nm: float, d90_nm: float) -> float:
    """Return the relative width (D90 - D10) / D50."""
    if d50_nm <= 0:
        raise ValueError("The span needs a D50 above 0 nm.")
    return (d90_nm - d10_nm) / d50_nm


def average_curve(curves: Sequence[Counts]) -> list[float]:
    """Return the class-by-class mean of several curves over the same classes."""
    return [sum(column) / len(curves) for column in zip(*curves, strict=True)]


def standard_error(values: Sequence[float]) -> float | None:
    """Return sample SD / sqrt(n) of repeated readings, None for fewer than two."""
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    squares = sum((value - mean) ** 2 for value in values)
    return sqrt(squares / (len(values) - 1) / len(values))


def _particles(counts: Counts) -> float:
    particles = sum(counts)
    if particles <= 0:
        raise ValueError("The distribution holds no particles.")
    return particles

"""Size profiles made comparable: densities over one axis, averages over unlike classes, thinned curves."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log10

Point = tuple[float, float]
LOW_NM = 10.0  # a logarithmic axis begins here: no particle counter sees less


@dataclass(frozen=True)
class Profile:
    """A size distribution: centres of its classes (nm) and particles per mL in each."""

    name: str
    sizes_nm: Sequence[float]
    per_ml: Sequence[float]

    @property
    def total_per_ml(self) -> float:
        return sum(self.per_ml)


def edges(sizes_nm: Sequence[float]) -> list[float]:
    """Lower and upper ends of the classes: half way between centres, the outer ones as wide inside as out."""
    middles = [(low + high) / 2 for low, high in pairwise(sizes_nm)]
    first, last = 2 * sizes_nm[0] - middles[0], 2 * sizes_nm[-1] - middles[-1]
    return [max(first, 0.0), *middles, last]


def density(profile: Profile, *, is_log: bool, is_normalised: bool) -> list[Point]:
    """Points (nm, height): per mL and nm, or per mL and decade on a logarithmic axis.

    Normalised, the area below is 100: the height is % of the particles per nm (or decade). Instruments whose
    classes differ in width can so be laid over each other.
    """
    whole = profile.total_per_ml
    if len(profile.sizes_nm) < 2 or whole <= 0:
        return []
    factor = 100 / whole if is_normalised else 1.0
    ends = edges(profile.sizes_nm)
    points = []
    for at, (size, count) in enumerate(zip(profile.sizes_nm, profile.per_ml, strict=True)):
        low, high = ends[at], ends[at + 1]
        if is_log and low < LOW_NM:
            continue
        width = log10(high / low) if is_log else high - low
        points.append((size, factor * count / width))
    return points


def averaged(name: str, profiles: Sequence[Profile]) -> Profile:
    """The mean of several distributions, over the classes of the first; particles are conserved."""
    first = profiles[0]
    columns = zip(*(resampled(profile, first.sizes_nm) for profile in profiles), strict=True)
    return Profile(name, first.sizes_nm, [sum(column) / len(profiles) for column in columns])


def resampled(profile: Profile, sizes_nm: Sequence[float]) -> list[float]:
    """Its particles sorted into other classes; within a class they are taken to lie evenly."""
    if list(profile.sizes_nm) == list(sizes_nm):
        return list(profile.per_ml)
    ends, below = edges(profile.sizes_nm), [0.0, *accumulate(profile.per_ml)]
    cumulated = [_below(at, ends, below) for at in edges(sizes_nm)]
    return [high - low for low, high in pairwise(cumulated)]


def _below(at: float, ends: list[float], below: list[float]) -> float:
    """Particles smaller than `at`."""
    place = bisect_right(ends, at) - 1
    if place < 0:
        return 0.0
    if place >= len(ends) - 1:
        return below[-1]
    part = (at - ends[place]) / (ends[place + 1] - ends[place])
    return below[place] + part * (below[place + 1] - below[place])


def reach_nm(profiles: Sequence[Profile], share: float = 0.995) -> float:
    """Where that share of every profile's particles lies below, in whole hundreds from 300 to 1000 nm."""
    found = [300.0]
    for profile in profiles:
        cumulated = list(accumulate(profile.per_ml))
        if cumulated and cumulated[-1] > 0:
            found.append(profile.sizes_nm[bisect_right(cumulated, share * cumulated[-1] * (1 - 1e-12))])
    return min(1000.0, -(-max(found) // 100) * 100)


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most about `most` points with the same outline: of every stretch its lowest and highest point."""
    if len(points) <= most:
        return list(points)
    stretch = -(-2 * len(points) // most)
    kept: list[Point] = []
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        lowest, highest = min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])
        kept.extend(sorted({lowest, highest}))
    return kept

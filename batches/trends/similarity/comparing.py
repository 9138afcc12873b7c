"""A batch beside its references: distances, agreement, z scores, and sentences that say what differs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from batches.quantities import people_number
from batches.trends.attributes import TRENDED, Found, Trended
from batches.trends.similarity import profiles
from batches.trends.similarity.figures import COMPARED, BatchProfile, Figures, score

FEWEST = 3
# Fewer of the references than this are no pattern.
MOST_SHOW, FEW_SHOW = 0.8, 0.2
USUAL_Z, USUAL_MARKERS = 3.0, 100.0
NEAREST = 10


@dataclass(frozen=True)
class Thresholds:
    """How alike is alike enough; None where the laboratory set nothing."""

    most_distance_nm: float | None = None
    least_overlap_percent: float | None = None
    least_markers_percent: float | None = None
    most_z: float | None = None


@dataclass(frozen=True)
class ProfileLine:
    """Size profile against the references' average: distance and overlap, and how far they lie themselves."""

    instrument: str
    size: int
    distance_nm: float
    overlap_percent: float
    own_distance_nm: float
    is_same_instrument: bool
    shift_nm: float = 0.0
    nearest: tuple[tuple[int, float, float], ...] = ()
    own: profiles.Profile | None = None
    theirs: profiles.Profile | None = None

    @property
    def direction(self) -> str:
        """Where most of the distance leads: to larger or smaller particles, or to another shape."""
        if abs(self.shift_nm) <= self.distance_nm / 2:
            return "in shape more than in size"
        return f"towards {'larger' if self.shift_nm > 0 else 'smaller'} particles"


@dataclass(frozen=True)
class ValueLine:
    """One value against the references': on its scale, in their SD."""

    trended: Trended
    value: float
    centre: float
    z: float | None
    size: int
    is_same_instrument: bool
    words: str
    differs: bool


@dataclass(frozen=True)
class MarkerLine:
    """One marker: seen in the batch or not, and in how many of the references that were looked at."""

    target: str
    is_seen: bool
    seen_in: int
    looked_at: int

    @property
    def agrees(self) -> bool | None:
        """Whether the batch shows what most references show; None where they show no pattern."""
        if self.looked_at < FEWEST:
            return None
        share = self.seen_in / self.looked_at
        if FEW_SHOW < share < MOST_SHOW:
            return None
        return self.is_seen == (share >= MOST_SHOW)

    @property
    def words(self) -> str:
        if self.is_seen:
            theirs = f"{self.seen_in} of {self.looked_at}" if self.seen_in else f"none of {self.looked_at}"
            return f"{self.target} detected while {theirs} references show it"
        return f"{self.target} not detected while {self.seen_in} of {self.looked_at} references show it"


@dataclass
class Comparison:
    """Everything that a page or a card says of a batch beside its references."""

    size: int
    thresholds: Thresholds
    profile: ProfileLine | None = None
    values: list[ValueLine] = field(default_factory=list)
    markers: list[MarkerLine] = field(default_factory=list)
    markers_percent: float | None = None

    @property
    def differences(self) -> list[str]:
        """What lies beyond the laboratory's thresholds (or 3 SD and any marker, where none is set)."""
        return [*self._of_profile(), *self._of_markers(), *(one.words for one in self.values if one.differs)]

    def _of_profile(self) -> list[str]:
        line, limits = self.profile, self.thresholds
        if line is None:
            return []
        found = []
        if limits.most_distance_nm is not None and line.distance_nm > limits.most_distance_nm:
            found.append(
                f"size profile {line.distance_nm:.1f} nm from the references, {line.direction} "
                f"({limits.most_distance_nm:g} nm at most)"
            )
        if limits.least_overlap_percent is not None and line.overlap_percent < limits.least_overlap_percent:
            found.append(
                f"size profile overlaps by {line.overlap_percent:.0f} % "
                f"({limits.least_overlap_percent:g} % at least)"
            )
        return found

    def _of_markers(self) -> list[str]:
        least = self.thresholds.least_markers_percent
        if self.markers_percent is None or self.markers_percent >= (
            USUAL_MARKERS if least is None else least
        ):
            return []
        return [one.words for one in self.markers if one.agrees is False]

    @property
    def sentence(self) -> str:
        """What differs, in a sentence."""
        found = self.differences
        if not (self.profile or self.values or self.markers):
            return "Nothing to compare yet: no finished assay of the final preparation."
        if not found:
            return f"Nothing lies beyond the thresholds against {self.size} references."
        told = "; ".join(found)
        return f"{told[:1].upper()}{told[1:]}."

    @property
    def is_alike(self) -> bool:
        return not self.differences

    @property
    def other_instruments(self) -> list[str]:
        """What was compared across instruments, for want of references on the batch's own."""
        lines = [one.trended.label.lower() for one in self.values if not one.is_same_instrument]
        if self.profile and not self.profile.is_same_instrument:
            lines.insert(0, "size profile")
        return lines


def compare(figures: Figures, batch_id: int, references: Iterable[int], thresholds: Thresholds) -> Comparison:
    """A batch beside those references; the batch itself is never one of them."""
    others = [pk for pk in references if pk != batch_id]
    made = Comparison(len(others), thresholds)
    made.profile = _profile(figures.profiles, batch_id, others)
    most_z = USUAL_Z if thresholds.most_z is None else thresholds.most_z
    made.values = [
        line
        for key in COMPARED
        if (line := _value(TRENDED[key], figures.values[key], batch_id, others, most_z)) is not None
    ]
    made.markers = _markers(figures.markers, batch_id, others)
    judged = [one.agrees for one in made.markers if one.agrees is not None]
    made.markers_percent = 100 * sum(judged) / len(judged) if judged else None
    return made


def _profile(known: Mapping[int, list[BatchProfile]], batch_id: int, others: list[int]) -> ProfileLine | None:
    """On the instrument with most references; across instruments only where none shares one."""
    best: tuple[bool, int] = (False, 0)
    chosen: tuple[BatchProfile, list[BatchProfile], bool] | None = None
    everything = [one for pk in others for one in known.get(pk, [])]
    for own in known.get(batch_id, []):
        alike = [one for one in everything if one.key == own.key]
        same, theirs = bool(alike), alike or everything
        if theirs and (same, len(theirs)) > best:
            best, chosen = (same, len(theirs)), (own, theirs, same)
    return None if chosen is None else _measured(*chosen)


def _measured(own: BatchProfile, theirs: list[BatchProfile], is_same: bool) -> ProfileLine:
    matrix = np.asarray([one.profile for one in theirs])
    mean = profiles.average(matrix)  # type: ignore[arg-type]
    apart = profiles.distances_nm(own.profile, matrix)
    shared = profiles.overlaps_percent(own.profile, matrix)
    order = np.argsort(apart)[:NEAREST]
    return ProfileLine(
        instrument=own.instrument,
        size=len(theirs),
        distance_nm=float(profiles.distances_nm(own.profile, mean)[0]),
        overlap_percent=float(profiles.overlaps_percent(own.profile, mean)[0]),
        own_distance_nm=float(profiles.distances_nm(mean, matrix).max()),
        is_same_instrument=is_same,
        shift_nm=profiles.shift_nm(own.profile, mean),
        nearest=tuple((theirs[at].batch_id, float(apart[at]), float(shared[at])) for at in order),
        own=own.profile,
        theirs=mean,
    )


def _value(
    trended: Trended, found: Mapping[int, list[Found]], batch_id: int, others: list[int], most_z: float
) -> ValueLine | None:
    """On the series that most references share with the batch; None without three references."""
    everything = [one for pk in others for one in found.get(pk, [])]
    counts = Counter(one.key for one in everything)
    own = max(found.get(batch_id, []), key=lambda one: counts[one.key], default=None)
    if own is None or len(everything) < FEWEST:
        return None
    is_same = counts[own.key] >= FEWEST
    theirs = [one for one in everything if one.key == own.key] if is_same else everything
    scaled = trended.scaled(own.value)
    centre, _, z = score(scaled, [trended.scaled(one.value) for one in theirs])
    plain = trended.plain(centre)
    words = _value_words(trended, own.value, plain, z)
    differs = z is not None and abs(z) > most_z
    return ValueLine(trended, own.value, plain, z, len(theirs), is_same, words, differs)


def _value_words(trended: Trended, value: float, centre: float, z: float | None) -> str:
    told = f" ({z:+.1f} SD)".replace("-", "−") if z is not None else ""
    name = trended.label[:1].lower() + trended.label[1:]
    if trended.is_log:
        times = value / centre
        more, factor = "higher" if times >= 1 else "lower", max(times, 1 / times)
        shown_factor = f"{factor:.1f}" if factor < 100 else people_number(float(f"{factor:.3g}"))
        return f"{name} {shown_factor} times {more} than the references{told}"
    if trended.unit == "nm":
        more = "larger" if value >= centre else "smaller"
        short = name.removesuffix(" diameter")
        return f"{short} {abs(value - centre):.0f} nm {more} than the references{told}"
    shown = [people_number(float(f"{one:.3g}")) for one in (value, centre)]
    return f"{name} {shown[0]} {trended.unit} while the references show {shown[1]} {trended.unit}{told}"


def _markers(known: Mapping[int, Mapping[str, bool]], batch_id: int, others: list[int]) -> list[MarkerLine]:
    seen: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for pk in others:
        for target, is_seen in known.get(pk, {}).items():
            looked[target] += 1
            seen[target] += is_seen
    own = known.get(batch_id, {})
    return [MarkerLine(one, own[one], seen[one], looked[one]) for one in sorted(own) if looked[one]]

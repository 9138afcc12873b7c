"""A series: the batches of a product on one instrument with one method, its limits, signals and events."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from batches.trends import limits, rules
from batches.trends.attributes import Found, Trended
from batches.trends.limits import Limits
from batches.trends.models import FrozenLimits
from batches.trends.rows import BatchRow, ProductRows

# How many points a page shows, and from how many of the newest ones trial limits are computed.
SHOWN, FOR_TRIAL = 50, 100
Key = tuple[str, str]


@dataclass(frozen=True)
class Event:
    """Something that was new at a point: its letter on the chart, what changed and to what."""

    letter: str
    words: str


@dataclass(frozen=True)
class Point:
    """One point of a chart. `scaled` is on the chart's scale; `left_out` says why it counts nowhere."""

    label: str
    url: str
    value: float
    scaled: float
    sign: str = ""
    left_out: str = ""
    events: tuple[Event, ...] = ()
    at: dt.datetime | None = None
    by: str = ""
    note: str = ""
    key: int = 0
    run: str = ""

    @property
    def counts(self) -> bool:
        """Whether limits and rules look at it: not where it was left out or has no number."""
        return not (self.sign or self.left_out)


@dataclass
class Series:
    """Points in the order of time on one scale; `limits` judge them, frozen or, before, from themselves.

    A page of a series is one too: `size` says how many points were read, `older` where the next page begins.
    """

    instrument: str
    method: str
    points: list[Point]
    limits: Limits | None = None
    frozen: FrozenLimits | None = None
    lot: str = ""
    size: int = 0
    older: int | None = None
    judge: Callable[["Series"], list[rules.Signal]] = field(default=lambda series: series.of_batches())

    @property
    def key(self) -> Key:
        """How it is told from others, however its instrument was written."""
        return self.instrument.casefold(), self.method

    @cached_property
    def counted(self) -> list[int]:
        """Places of the points that count."""
        return [place for place, point in enumerate(self.points) if point.counts]

    @property
    def values(self) -> list[float]:
        return [self.points[place].scaled for place in self.counted]

    @cached_property
    def ranges(self) -> list[tuple[int, float]]:
        """Moving ranges of the points that count, each at the place of the later one."""
        return list(zip(self.counted[1:], limits.moving_ranges(self.values), strict=True))

    @cached_property
    def signals(self) -> list[rules.Signal]:
        """What the rules found, at places of `points`; nothing without limits."""
        if self.limits is None:
            return []
        return [
            rules.Signal(signal.rule, tuple(self.counted[place] for place in signal.places))
            for signal in self.judge(self)
        ]

    def of_batches(self) -> list[rules.Signal]:
        """Western Electric's rules and the moving range's limit."""
        assert self.limits is not None  # noqa: S101 (signals asks first)
        found = rules.western_electric(self.limits.scores(self.values))
        upper = self.limits.range_upper
        ranges = [one for _, one in self.ranges]
        return found if upper is None else [*found, *rules.beyond_range(ranges, upper)]

    def of_control(self) -> list[rules.Signal]:
        """Westgard's rules; measurements of one day are one run."""
        assert self.limits is not None  # noqa: S101 (signals asks first)
        runs = [self.points[place].run for place in self.counted]
        return rules.westgard(self.limits.scores(self.values), runs)

    @cached_property
    def signals_at(self) -> dict[int, list[rules.Rule]]:
        """The rules that name each point."""
        found: dict[int, list[rules.Rule]] = defaultdict(list)
        for signal in self.signals:
            for place in signal.places:
                found[place].append(signal.rule)
        return found

    @property
    def events(self) -> list[tuple[int, Event]]:
        return [(place, event) for place, point in enumerate(self.points) for event in point.events]

    def before(self, key: int | None) -> "Series | None":
        """The points of a page: the newest ones, or those right before the point with that key.

        Limits, rules and moving ranges are those of everything that was read, so that turning a page changes
        none. None where that point is not there or is the first one.
        """
        end = len(self.points)
        if key is not None:
            end = next((place for place, point in enumerate(self.points) if point.key == key), 0)
        start = max(0, end - SHOWN)
        return self._cut(start, end) if end else None

    def _cut(self, start: int, end: int) -> "Series":
        part = replace(self, points=self.points[start:end], size=len(self.points))
        part.ranges = [(place - start, one) for place, one in self.ranges if start <= place < end]
        found = [
            (signal.rule, [at - start for at in signal.places if start <= at < end])
            for signal in self.signals
        ]
        part.signals = [rules.Signal(rule, tuple(places)) for rule, places in found if places]
        part.older = self.points[start].key if start else None
        return part


def series_of(
    trended: Trended, rows: ProductRows, left_out: Mapping[tuple[Key, int], str] | None = None
) -> dict[Key, Series]:
    """Every series of an attribute, the one with most points first; the newest points of each."""
    grouped: dict[Key, list[Found]] = defaultdict(list)
    for found in trended.read(rows):
        grouped[found.key].append(found)
    made = {key: _series(trended, rows, some, left_out or {}) for key, some in grouped.items()}
    return dict(sorted(made.items(), key=lambda one: (-len(one[1].points), one[0])))


def _series(
    trended: Trended, rows: ProductRows, found: Iterable[Found], left_out: Mapping[tuple[Key, int], str]
) -> Series:
    shown = sorted(found, key=lambda one: one.batch_id)
    seen = _Seen()
    points = [_point(trended, rows.batches[one.batch_id], one, left_out, seen) for one in shown]
    return Series(shown[0].instrument, shown[0].method, points)


def _point(
    trended: Trended,
    batch: BatchRow,
    found: Found,
    left_out: Mapping[tuple[Key, int], str],
    seen: "_Seen",
) -> Point:
    replicates = f"{found.replicates} replicates" if found.replicates > 1 else ""
    return Point(
        label=batch.number,
        url=f"/batches/{batch.number}/",
        value=found.value,
        scaled=trended.scaled(found.value),
        sign=found.sign,
        left_out=left_out.get((found.key, batch.pk), ""),
        events=tuple(seen.events(batch, found)),
        at=found.performed_at or batch.opened_at,
        by=found.operator,
        note=replicates,
        key=batch.pk,
    )


class _Seen:
    """What came before in a series: a lot, a person, a calibration that is new at a point is an event."""

    def __init__(self) -> None:
        self.known: dict[str, set[str]] = defaultdict(set)

    def events(self, batch: BatchRow, found: Found) -> Iterable[Event]:
        for letter, what, values in _facts(batch, found):
            new = [value for value in dict.fromkeys(values) if value and value not in self.known[letter]]
            if new and self.known[letter]:
                yield Event(letter, f"{what} {', '.join(new)}")
            self.known[letter].update(new)


def _facts(batch: BatchRow, found: Found) -> Sequence[tuple[str, str, Iterable[str]]]:
    consumable = found.rows[0].consumable_words if found.rows else ""
    return (
        ("L", "source lot", batch.source_lots),
        ("M", "master", [batch.master]),
        ("O", "operator", [row.operator for row in found.rows] or [found.operator]),
        ("E", "equipment", [row.equipment for row in found.rows]),
        ("S", "SOP", [row.sop for row in found.rows]),
        ("K", consumable, [row.consumable for row in found.rows]),
    )


LETTERS = {
    "L": "new source lot",
    "M": "new master version",
    "O": "new operator",
    "E": "calibration or equipment changed",
    "S": "new SOP",
    "K": "new kit, pore, antibody or reference lot",
}

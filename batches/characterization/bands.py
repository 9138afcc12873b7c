"""Intensities of a blot's bands, from the table of the software that measured them.

Each software counts in a unit of its own and takes the background off in its own way: intensities are
compared within one table only, never with those of another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models

from batches.characterization.blots import BlotChild, BlotLane, BlotMarker, WesternBlot
from batches.characterization.vocabulary import known_marker
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.record.models import Reading

NEAR = Decimal("0.2")  # a band within 20 % of a marker's size may be that marker's


class BlotBand(BlotChild):
    """How strong the band of one marker is in one lane: a line of the software's table, as printed there."""

    blot = models.ForeignKey(WesternBlot, on_delete=models.PROTECT, related_name="bands", editable=False)
    lane = models.ForeignKey(BlotLane, on_delete=models.PROTECT, related_name="bands", editable=False)
    marker = models.ForeignKey(BlotMarker, on_delete=models.PROTECT, related_name="bands", editable=False)
    table = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="+", editable=False)
    line = WholeNumberField("line of the table", low=1, high=5_000, null=False, blank=False, editable=False)
    intensity = QuantityField(
        "intensity", low="-1e9", high="1e10", max_digits=15, decimal_places=5, null=False, blank=False,
        editable=False,
    )  # fmt: skip
    measure = Words("intensity is", max_length=60, blank=False, editable=False)
    kda = QuantityField("band at", unit="kDa", low=0, high=10_000, decimal_places=1, editable=False)

    class Meta:
        base_manager_name = "objects"
        ordering = ("line", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["table", "line"],
                condition=models.Q(is_voided=False),
                name="blotband_line_once",
                violation_error_message="This line of the table is taken already.",
            ),
            models.UniqueConstraint(
                fields=["blot", "lane", "marker"],
                condition=models.Q(is_voided=False),
                name="blotband_lane_and_marker_once",
                violation_error_message="A marker has one band in a lane.",
            ),
        )

    def __str__(self) -> str:
        return f"band of line {self.line}"


@dataclass(frozen=True)
class Line:
    """A line of the table as a person matches it: where the software found it, how strong it is there."""

    number: int
    lane: str
    label: str
    kda: float | None
    intensity: float | None
    text: str
    channel: str = ""

    @classmethod
    def of(cls, number: int, record: dict[str, Any]) -> "Line":
        label = record["label"] or (f"band {record['band']}" if record["band"] else "")
        text = next(iter(record["texts"].values()), "") if record["intensity"] is None else ""
        return cls(number, record["lane"], label, record["kda"], record["intensity"], text, record["channel"])


@dataclass(frozen=True)
class Match:
    """Which lane and marker of the blot a line belongs to, by their keys."""

    line: int
    lane: int
    marker: int


def lines_of(table: Reading) -> list[Line]:
    """The lines of a table of bands, in its order."""
    return [Line.of(at, record) for at, record in enumerate(table.values.get("records", []), 1)]


def measure_of(table: Reading) -> str:
    """What the table's intensities are, in the words of the software that measured them."""
    software = table.format.removesuffix(" table of bands")
    return f"{table.values.get('intensity_is', 'intensity')}, {software}"[:60]


def proposed(
    lines: Iterable[Line], lanes: Sequence[BlotLane], markers: Sequence[BlotMarker]
) -> dict[int, Match]:
    """What the table suggests, by line: lanes by their number, markers by name or size. A person confirms it.

    A lane and marker that two lines would fit is proposed for neither.
    """
    found: dict[int, Match] = {}
    for line in lines:
        lane, marker = _lane(line, lanes), _marker(line, markers)
        if line.intensity is not None and lane is not None and marker is not None:
            found[line.number] = Match(line.number, lane.pk, marker.pk)
    places = [(match.lane, match.marker) for match in found.values()]
    return {at: one for at, one in found.items() if places.count((one.lane, one.marker)) == 1}


def _lane(line: Line, lanes: Sequence[BlotLane]) -> BlotLane | None:
    number = line.lane.casefold().removeprefix("lane").strip()
    fitting = [one for one in lanes if number == str(one.number) and one.role != BlotLane.Role.LADDER]
    return fitting[0] if fitting else None


def _marker(line: Line, markers: Sequence[BlotMarker]) -> BlotMarker | None:
    known = known_marker(line.label)
    named = [
        one
        for one in markers
        if one.target.casefold() == line.label.casefold()
        or (known is not None and known_marker(one.target) is known)
    ]
    if named or line.kda is None:
        return named[0] if len(named) == 1 else None
    near = [one for one in markers if _is_near(Decimal(str(line.kda)), one)]
    return near[0] if len(near) == 1 else None


def _is_near(kda: Decimal, marker: BlotMarker) -> bool:
    known = known_marker(marker.target)
    if marker.observed_kda is not None:
        low = high = marker.observed_kda
    elif known is not None and known.kda is not None:
        low, high = map(Decimal, known.kda)
    else:
        return False
    return low * (1 - NEAR) <= kda <= high * (1 + NEAR)


@dataclass(frozen=True)
class Strength:
    """A marker's bands over the lanes; shares are of its strongest band in the same table."""

    marker: BlotMarker
    cells: list[tuple[BlotBand | None, Decimal | None]]


def strengths(bands: Iterable[BlotBand], lanes: Sequence[BlotLane]) -> list[Strength]:
    """Every marker with its band in each of these lanes."""
    by_marker: dict[int, dict[int, BlotBand]] = {}
    for band in bands:
        by_marker.setdefault(band.marker_id, {})[band.lane_id] = band
    return [_strength(of_lane, lanes) for of_lane in by_marker.values()]


def _strength(of_lane: dict[int, BlotBand], lanes: Sequence[BlotLane]) -> Strength:
    most = max(band.intensity for band in of_lane.values())
    cells = [(of_lane.get(lane.pk), _share(of_lane.get(lane.pk), most)) for lane in lanes]
    return Strength(next(iter(of_lane.values())).marker, cells)


def _share(band: BlotBand | None, most: Decimal) -> Decimal | None:
    if band is None or most <= 0 or band.intensity < 0:
        return None
    return (100 * band.intensity / most).quantize(Decimal("0.1"))

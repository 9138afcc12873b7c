"""A blot's image with its lanes, ladder and markers drawn over it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.characterization.blots import BlotLane, BlotMarker, WesternBlot
from batches.characterization.pictured import BlotRung, equal_part, height_of
from batches.characterization.vocabulary import known_marker
from batches.quantities import people_number

LEFT, TOP, RIGHT, BOTTOM = 84, 176, 170, 16
WIDEST, HIGHEST = 660, 640
LINE = 15  # between the names of markers
HEADING = (
    "Row",
    "Name",
    "Holds",
    "Sample",
    "Load",
    "kDa",
    "From (% width)",
    "To (% width)",
    "Down (% height)",
)


@dataclass(frozen=True)
class Lane:
    """A lane with the box it has, or the equal part that is suggested."""

    row: BlotLane
    left: Decimal
    right: Decimal
    is_suggested: bool

    @property
    def load(self) -> str:
        loads = ((self.row.load_ug, "µg"), (self.row.load_particles, "particles"))
        return ", ".join(f"{people_number(value)} {unit}" for value, unit in loads if value is not None)


@dataclass(frozen=True)
class Band:
    """A marker with the height at which its observed size lies; None beyond the ladder."""

    row: BlotMarker
    height: float | None

    @property
    def usual_kda(self) -> str:
        known = known_marker(self.row.target)
        if known is None or known.kda is None:
            return ""
        low, high = known.kda
        return f"{low}" if low == high else f"{low}–{high}"


@dataclass(frozen=True)
class Gel:
    """What is drawn over the image of a blot."""

    lanes: Sequence[Lane]
    rungs: Sequence[BlotRung]
    bands: Sequence[Band]

    @classmethod
    def of(cls, blot: WesternBlot) -> "Gel":
        lanes = [lane for lane in blot.lanes.all() if not lane.is_voided]
        rungs = [rung for rung in blot.rungs.all() if not rung.is_voided]
        bands = [Band(one, height_of(one.observed_kda, rungs)) for one in blot.standing_markers]
        return cls([_lane(lane, lanes) for lane in lanes], rungs, bands)

    @property
    def has_suggested(self) -> bool:
        return any(lane.is_suggested for lane in self.lanes)

    @property
    def table(self) -> list[tuple[Any, ...]]:
        """Lanes, rungs and markers in words, for a file."""
        lanes = (
            (
                "lane", lane.row.number, lane.row.get_role_display(), lane.row.sample_id, lane.load, "",
                lane.left, lane.right, "",
            )
            for lane in self.lanes
        )  # fmt: skip
        rungs = (("rung", "", "", "", "", one.kda, "", "", one.height_percent) for one in self.rungs)
        bands = (
            (
                "marker", band.row.target, band.row.get_found_display(), "", "",
                band.row.observed_kda, "", "", "" if band.height is None else f"{band.height:.2f}",
            )
            for band in self.bands
        )  # fmt: skip
        return [HEADING, *lanes, *rungs, *bands]


def _lane(lane: BlotLane, lanes: Sequence[BlotLane]) -> Lane:
    if lane.box_left_percent is None or lane.box_right_percent is None:
        return Lane(lane, *equal_part(lane, lanes), is_suggested=True)
    return Lane(lane, lane.box_left_percent, lane.box_right_percent, is_suggested=False)


@dataclass(frozen=True)
class _Place:
    """Where the image lies in the picture."""

    width: float
    height: float

    @classmethod
    def of(cls, width_px: int, height_px: int) -> "_Place":
        scale = min(WIDEST / width_px, HIGHEST / height_px)
        return cls(width_px * scale, height_px * scale)

    def x(self, percent: Decimal | float) -> float:
        return round(LEFT + self.width * float(percent) / 100, 1)

    def y(self, percent: Decimal | float) -> float:
        return round(TOP + self.height * float(percent) / 100, 1)


def gel_picture(gel: Gel, size_px: tuple[int, int], href: str) -> SafeString:
    """The image with lanes named above, the ladder at the left, markers at the right."""
    place = _Place.of(*size_px)
    return format_html(
        '<svg class="chart chart-wide chart-gel" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<image href="{}" x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none"></image>'
        "{}{}{}</svg>",
        round(LEFT + place.width + RIGHT),
        round(TOP + place.height + BOTTOM),
        f"Blot with {len(gel.lanes)} lanes, {len(gel.rungs)} rungs and {len(gel.bands)} markers; "
        "the tables say the same in words",
        href,
        LEFT,
        TOP,
        round(place.width, 1),
        round(place.height, 1),
        _lanes(gel.lanes, place),
        _ladder(gel.rungs, place),
        _markers(gel.bands, place),
    )


def _lanes(lanes: Iterable[Lane], place: _Place) -> SafeString:
    return format_html_join(
        "",
        '<rect class="chart-lane{}" x="{}" y="{}" width="{}" height="{}"></rect>'
        '<text class="chart-title" transform="translate({} {}) rotate(-45)">{}</text>',
        (
            (
                " chart-lane-suggested" if lane.is_suggested else "",
                place.x(lane.left), TOP,
                round(place.x(lane.right) - place.x(lane.left), 1), round(place.height, 1),
                round((place.x(lane.left) + place.x(lane.right)) / 2, 1), TOP - 8,
                f"{lane.row.number} · {lane.row.get_role_display()}",
            )
            for lane in lanes
        ),
    )  # fmt: skip


def _ladder(rungs: Sequence[BlotRung], place: _Place) -> SafeString:
    heading = format_html(
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">kDa</text>', LEFT - 14, TOP - 10
    )
    lines = format_html_join(
        "",
        '<line class="chart-rung" x1="{}" y1="{}" x2="{}" y2="{}"></line>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (
                LEFT - 10, place.y(rung.height_percent), LEFT, place.y(rung.height_percent),
                LEFT - 14, place.y(rung.height_percent) + 4, people_number(rung.kda),
            )
            for rung in rungs
        ),
    )  # fmt: skip
    return format_html("{}{}", heading, lines) if rungs else SafeString("")


def _markers(bands: Iterable[Band], place: _Place) -> SafeString:
    """Names at the right, moved down where they would lie over each other."""
    end = round(LEFT + place.width, 1)
    placed = sorted(
        ((place.y(band.height), band) for band in bands if band.height is not None), key=lambda one: one[0]
    )
    told, free = [], 0.0
    for y, band in placed:
        at = max(y, free)
        free = at + LINE
        name = f"{band.row.target} {people_number(band.row.observed_kda)} kDa"
        told.append((LEFT, y, end, y, end, y, round(end + 16, 1), at, round(end + 20, 1), at + 4, name))
    return format_html_join(
        "",
        '<line class="chart-marker" x1="{}" y1="{}" x2="{}" y2="{}"></line>'
        '<line class="chart-rung" x1="{}" y1="{}" x2="{}" y2="{}"></line>'
        '<text class="chart-title" x="{}" y="{}">{}</text>',
        told,
    )

"""A control chart as SVG: no script, no inline style; each point leads to its batch.

Values above, moving ranges below where the chart has them. What a colour says, a shape says too: a square
broke a rule, an open circle is left out, a triangle has no number (its value was censored).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.characterization.axes import linear_ticks, log_ticks
from batches.quantities import people_number
from batches.trends.attributes import Trended
from batches.trends.series import Point, Series

WIDTH, LEFT, RIGHT = 920, 84, 96
TOP, VALUES, GAP, RANGES, BOTTOM = 46, 250, 30, 84, 34
MOST_LABELS = 13


@dataclass(frozen=True)
class Scale:
    """Where things stand: `low` to `high` on the chart's scale over the height from `top` on."""

    count: int
    low: float
    high: float
    top: float
    height: float

    def x(self, place: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / max(self.count, 1)

    def y(self, scaled: float) -> float:
        inside = min(max(scaled, self.low), self.high)
        return self.top + self.height * (self.high - inside) / (self.high - self.low)

    @property
    def column(self) -> float:
        """How wide a point's own column is."""
        return (WIDTH - LEFT - RIGHT) / max(self.count, 1)


def control_chart(series: Series, trended: Trended) -> SafeString:
    """The chart of a series: centre, limits, points, events, and moving ranges below."""
    scale = _scale_of(series)
    has_ranges = series.limits is not None and series.limits.moving_range is not None and series.ranges
    height = TOP + VALUES + BOTTOM + (GAP + RANGES if has_ranges else 0)
    return format_html(
        '<svg class="chart chart-wide" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}{}{}{}{}</svg>',
        WIDTH,
        height,
        _label(series, trended),
        _ticks(scale, trended),
        _limits(scale, series, trended),
        _events(scale, series),
        _line(scale, series),
        _points(scale, series, trended),
        _ranges(scale, series) if has_ranges else "",
        _names(scale, series, height),
    )


def _label(series: Series, trended: Trended) -> str:
    broken = len(series.signals_at)
    state = f"{broken} points broke a rule" if broken else "no point broke a rule"
    return (
        f"{trended.label}, {series.instrument}, {len(series.points)} points, {state}; the table says the same"
    )


def _scale_of(series: Series) -> Scale:
    values = [point.scaled for point in series.points]
    if series.limits is not None:
        values += [series.limits.lower, series.limits.upper]
    low, high = min(values), max(values)
    edge = (high - low) * 0.06 or abs(high) * 0.1 or 1
    return Scale(len(series.points), low - edge, high + edge, TOP, VALUES)


def shown(trended: Trended, scaled: float) -> str:
    """A number of the chart as people read it."""
    return people_number(float(f"{trended.plain(scaled):.{trended.digits}g}"), trended.digits)


def _ticks(scale: Scale, trended: Trended) -> SafeString:
    places = log_ticks(scale.low, scale.high) if trended.is_log else linear_ticks(scale.low, scale.high)
    lines = format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}H{}"/>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, y, WIDTH - RIGHT, LEFT - 8, f"{float(y) + 4:.1f}", shown(trended, at))
            for at in places
            for y in [f"{scale.y(at):.1f}"]
        ),
    )
    return format_html(
        '{}<text class="chart-label" x="0" y="14">{}, {}</text>', lines, trended.unit, trended.scale_words
    )


def _limits(scale: Scale, series: Series, trended: Trended) -> SafeString:
    limits = series.limits
    if limits is None:
        return SafeString("")
    inner = [limits.centre + part * limits.sigma for part in (-2, -1, 1, 2)]
    zones = format_html_join(
        "",
        '<path class="chart-zone" d="M{} {}H{}"/>',
        ((LEFT, f"{scale.y(at):.1f}", WIDTH - RIGHT) for at in inner),
    )
    lines = [("chart-limit", "upper", limits.upper), ("chart-centre", "centre", limits.centre)]
    lines.append(("chart-limit", "lower", limits.lower))
    named = format_html_join(
        "",
        '<path class="{}" d="M{} {}H{}"/><text class="chart-label" x="{}" y="{}">{}</text>'
        '<text class="chart-label" x="{}" y="{}">{}</text>',
        (
            (
                kind, LEFT, f"{y:.1f}", WIDTH - RIGHT, WIDTH - RIGHT + 8, f"{y - 2:.1f}", words,
                WIDTH - RIGHT + 8, f"{y + 12:.1f}", shown(trended, at),
            )
            for kind, words, at in lines
            for y in [scale.y(at)]
        ),
    )  # fmt: skip
    return zones + named


def _events(scale: Scale, series: Series) -> SafeString:
    at: dict[int, str] = {}
    for place, event in series.events:
        at[place] = at.get(place, "") + event.letter
    return format_html_join(
        "",
        '<path class="chart-event" d="M{} {}V{}"/><text class="chart-event-letter" x="{}" y="{}" '
        'text-anchor="middle">{}</text>',
        (
            (x, TOP - 8, TOP + VALUES, x, TOP - 12, letters)
            for place, letters in at.items()
            for x in [f"{scale.x(place):.1f}"]
        ),
    )


def _line(scale: Scale, series: Series) -> SafeString:
    path = " ".join(f"{scale.x(at):.1f},{scale.y(series.points[at].scaled):.1f}" for at in series.counted)
    return format_html('<polyline class="chart-link" points="{}"/>', path)


def _points(scale: Scale, series: Series, trended: Trended) -> SafeString:
    return format_html_join(
        "",
        '<a href="{}" class="chart-go"><title>{}</title><rect class="chart-hit" x="{}" y="{}" width="{}" '
        'height="{}"/>{}</a>',
        (
            (
                point.url, _title(series, place, point, trended),
                f"{scale.x(place) - scale.column / 2:.1f}", TOP, f"{scale.column:.1f}", VALUES,
                _mark(scale, series, place, point),
            )
            for place, point in enumerate(series.points)
        ),
    )  # fmt: skip


def _title(series: Series, place: int, point: Point, trended: Trended) -> str:
    rules = ", ".join(rule.words for rule in series.signals_at.get(place, []))
    left = f"left out: {point.left_out}" if point.left_out else ""
    value = f"{point.sign} {shown(trended, point.scaled)} {trended.unit}".strip()
    events = ", ".join(event.words for event in point.events)
    return " · ".join(part for part in (point.label, value, rules, left, events) if part)


def _mark(scale: Scale, series: Series, place: int, point: Point) -> SafeString:
    x, y = scale.x(place), scale.y(point.scaled)
    if point.left_out:
        return format_html('<circle class="chart-left-out" cx="{}" cy="{}" r="5"/>', f"{x:.1f}", f"{y:.1f}")
    if point.sign:
        corners = f"{x - 6:.1f},{y - 5:.1f} {x + 6:.1f},{y - 5:.1f} {x:.1f},{y + 6:.1f}"
        return format_html('<polygon class="chart-left-out" points="{}"/>', corners)
    rules = series.signals_at.get(place, [])
    if all(rule.is_warning for rule in rules):
        kind = "chart-point near" if rules else "chart-point"
        return format_html('<circle class="{}" cx="{}" cy="{}" r="5"/>', kind, f"{x:.1f}", f"{y:.1f}")
    codes = ",".join(dict.fromkeys(rule.code for rule in rules))
    return format_html(
        '<rect class="chart-point out" x="{}" y="{}" width="11" height="11"/><text class="chart-rule" x="{}" '
        'y="{}" text-anchor="middle">{}</text>',
        f"{x - 5.5:.1f}", f"{y - 5.5:.1f}", f"{x:.1f}", f"{y - 9:.1f}", codes,
    )  # fmt: skip


def _ranges(scale: Scale, series: Series) -> SafeString:
    limits = series.limits
    assert limits is not None and limits.range_upper is not None  # noqa: S101 (asked before)
    top = TOP + VALUES + GAP
    highest = max([limits.range_upper, *(value for _, value in series.ranges)]) * 1.08 or 1.0
    low = Scale(scale.count, 0, highest, top, RANGES)
    path = " ".join(f"{low.x(at):.1f},{low.y(value):.1f}" for at, value in series.ranges)
    dots = format_html_join(
        "",
        '<circle class="chart-point{}" cx="{}" cy="{}" r="3.5"/>',
        (
            (" out" if value > limits.range_upper else "", f"{low.x(at):.1f}", f"{low.y(value):.1f}")
            for at, value in series.ranges
        ),
    )
    upper = f"{low.y(limits.range_upper):.1f}"
    return format_html(
        '<text class="chart-label" x="0" y="{}">moving range</text><path class="chart-axis" d="M{} {}H{}"/>'
        '<path class="chart-limit" d="M{} {}H{}"/><text class="chart-label" x="{}" y="{}">upper</text>'
        '<polyline class="chart-link" points="{}"/>{}',
        top - 8, LEFT, f"{low.y(0):.1f}", WIDTH - RIGHT, LEFT, upper, WIDTH - RIGHT,
        WIDTH - RIGHT + 8, f"{float(upper) + 4:.1f}", path, dots,
    )  # fmt: skip


def _names(scale: Scale, series: Series, height: int) -> SafeString:
    every = max(1, -(-len(series.points) // MOST_LABELS))
    return format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (f"{scale.x(place):.1f}", height - 10, _short(point.label))
            for place, point in enumerate(series.points)
            if place % every == 0
        ),
    )


def _short(label: str) -> str:
    """The end of a batch number; the day of a control run."""
    return label[5:10] if " " in label else label.rsplit("-", 1)[-1]


def sparkline(series: Series) -> SafeString:
    """The same in small: line, limits and the points that broke a rule."""
    scale = _scale_of(series)
    limits = series.limits
    lines = [] if limits is None else [limits.lower, limits.upper]
    return format_html(
        '<svg class="chart chart-small" viewBox="{} {} {} {}" role="img" '
        'aria-label="{} points, {} broke a rule">{}{}{}</svg>',
        LEFT, TOP - 10, WIDTH - LEFT - RIGHT, VALUES + 20, len(series.points), len(series.signals_at),
        format_html_join("", '<path class="chart-limit" d="M{} {}H{}"/>', _across(scale, lines)),
        _line(scale, series),
        format_html_join("", '<circle class="chart-point{}" cx="{}" cy="{}" r="9"/>', _dots(scale, series)),
    )  # fmt: skip


def _across(scale: Scale, lines: Sequence[float]) -> Iterator[tuple[int, str, int]]:
    for at in lines:
        yield LEFT, f"{scale.y(at):.1f}", WIDTH - RIGHT


def _dots(scale: Scale, series: Series) -> Iterator[tuple[str, str, str]]:
    for place in series.counted:
        rules = series.signals_at.get(place, [])
        kind = " out" if any(not rule.is_warning for rule in rules) else ""
        yield kind, f"{scale.x(place):.1f}", f"{scale.y(series.points[place].scaled):.1f}"

"""Size distributions laid over each other, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from batches.pictures.axes import Axis
from batches.pictures.profiles import LOW_NM, Point, Profile, density, reach_nm, thinned
from batches.quantities import people_number

WIDTH, PLOT_HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 28, 48
MOST_POINTS = 260  # a curve: finer than a screen shows
LEGEND_ROW = 20
LETTERS = {3: 38, 2: 60}  # of a name, in a legend of so many columns
INKS = 8  # colours; further curves repeat them with another dash


@dataclass(frozen=True)
class Ways:
    """How the curves are shown: heights as % of the particles or per mL; a straight or logarithmic axis."""

    is_normalised: bool = True
    is_log: bool = False

    @property
    def words(self) -> str:
        """What the height means."""
        return f"{'% of particles' if self.is_normalised else 'particles/mL'} per {self.per}"

    @property
    def per(self) -> str:
        return "decade" if self.is_log else "nm"


def overlay(profiles: Sequence[Profile], *, ways: Ways, window_nm: tuple[float, float]) -> SafeString:
    """The picture: window shaded, curves told apart by colour and dash, a legend below."""
    across = Axis(LOW_NM if ways.is_log else 0.0, reach_nm(profiles), LEFT, WIDTH - RIGHT, ways.is_log)
    lines = [(profile.name, _points(profile, ways, across)) for profile in profiles]
    tallest = max((height for _, points in lines for _, height in points), default=0.0)
    if not tallest:
        return SafeString("")
    up = Axis(0.0, tallest * 1.05, PLOT_HEIGHT - BOTTOM, TOP)
    height = PLOT_HEIGHT + LEGEND_ROW * -(-len(lines) // _columns([name for name, _ in lines])) + 8
    return format_html(
        '<svg class="chart chart-wide" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}</svg>',
        WIDTH,
        height,
        f"Size distributions over each other, {ways.words}: {', '.join(name for name, _ in lines)}",
        _window(across, window_nm),
        _grid(across, up, ways),
        _curves(across, up, lines),
        _legend([name for name, _ in lines]),
    )


def _points(profile: Profile, ways: Ways, across: Axis) -> list[Point]:
    """What is seen of a curve, no finer than a screen shows."""
    points = density(profile, is_log=ways.is_log, is_normalised=ways.is_normalised)
    return thinned([point for point in points if across.low <= point[0] <= across.high], MOST_POINTS)


def _window(across: Axis, window_nm: tuple[float, float]) -> SafeString:
    low, high = across.at(window_nm[0]), across.at(window_nm[1])
    return format_html(
        '<rect class="chart-window" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="chart-window-label" x="{}" y="{}">window {} nm</text>',
        f"{low:.1f}", TOP, f"{high - low:.1f}", PLOT_HEIGHT - BOTTOM - TOP,
        f"{low + 4:.1f}", TOP - 8, f"{window_nm[0]:g}–{window_nm[1]:g}",
    )  # fmt: skip


def _grid(across: Axis, up: Axis, ways: Ways) -> SafeString:
    bottom = PLOT_HEIGHT - BOTTOM
    levels = format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}H{}"/>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (
                LEFT, f"{up.at(value):.1f}", WIDTH - RIGHT, LEFT - 6, f"{up.at(value) + 4:.1f}",
                people_number(value, 2) if value else "0",
            )
            for value in up.ticks()
        ),
    )  # fmt: skip
    sizes = format_html_join(
        "",
        '<path class="chart-axis" d="M{} {}v5"/>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (f"{across.at(nm):.1f}", bottom, f"{across.at(nm):.1f}", bottom + 18, f"{nm:g}")
            for nm in across.ticks()
        ),
    )  # fmt: skip
    return format_html(
        '{}{}<path class="chart-axis" d="M{} {}H{}"/>'
        '<text class="chart-title" x="{}" y="{}" text-anchor="middle">diameter (nm)</text>'
        '<text class="chart-title" x="{}" y="{}" text-anchor="end">{}</text>',
        levels, sizes, LEFT, bottom, WIDTH - RIGHT,
        (LEFT + WIDTH - RIGHT) / 2, bottom + 38, WIDTH - RIGHT, TOP - 8, ways.words,
    )  # fmt: skip


def ink(number: int) -> str:
    """Class of the curve with that number: eight colours, then the same with another dash."""
    return f"chart-ink-{number % INKS + 1} chart-dash-{number // INKS % 4 + 1}"


def _curves(across: Axis, up: Axis, lines: Sequence[tuple[str, list[Point]]]) -> SafeString:
    return format_html_join(
        "",
        '<polyline class="{}" points="{}"><title>{}</title></polyline>',
        (
            (
                ink(number),
                " ".join(f"{across.at(nm):.1f},{up.at(height):.1f}" for nm, height in points),
                name,
            )
            for number, (name, points) in enumerate(lines)
        ),
    )


def _columns(names: Sequence[str]) -> int:
    """Columns of the legend: fewer where a name is too long for three."""
    return 3 if all(len(name) <= LETTERS[3] for name in names) else 2


def _legend(names: Sequence[str]) -> SafeString:
    columns = _columns(names)
    column = (WIDTH - LEFT - RIGHT) / columns
    places = [
        (LEFT + column * (at % columns), PLOT_HEIGHT + 12 + LEGEND_ROW * (at // columns))
        for at in range(len(names))
    ]
    return format_html_join(
        "",
        '<path class="{}" d="M{} {}h26"/><text class="chart-label" x="{}" y="{}">{}</text>',
        (
            (ink(at), f"{x:.0f}", y, f"{x + 32:.0f}", y + 4, Truncator(names[at]).chars(LETTERS[columns]))
            for at, (x, y) in enumerate(places)
        ),
    )

"""Pictures of results as SVG: no script, no inline style, the same on page and paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from batches.quantities import people_number

WIDTH, HEIGHT = 440, 230
LEFT, RIGHT, TOP, BOTTOM = 12, 12, 30, 34
MOST_POINTS = 400
CURVES = 4


@dataclass(frozen=True)
class Curve:
    """One size distribution: its name, the classes' centres (nm) and particles per mL in each."""

    name: str
    sizes_nm: Sequence[float]
    per_ml: Sequence[float]


def size_distribution(
    curves: Sequence[Curve], *, window_nm: tuple[float, float], mode_nm: float | None = None, share: str = ""
) -> SafeString:
    """Size distributions over each other, with the size window shaded and the mode marked."""
    if not curves:
        return SafeString("")
    widest = _widest(curves)
    densities = [_density(curve, widest) for curve in curves]
    tallest = max((y for points in densities for _, y in points), default=0) or 1.0
    scale = _Scale(widest, tallest)
    label = ", ".join(curve.name for curve in curves)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="Size distribution: {}">'
        "{}{}{}{}{}</svg>",
        WIDTH,
        HEIGHT,
        label,
        _window(scale, window_nm, share),
        _axes(scale),
        _curves(scale, densities),
        _mode(scale, mode_nm),
        _legend(curves),
    )


@dataclass(frozen=True)
class _Scale:
    widest_nm: float
    tallest: float

    def x(self, nm: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(nm, self.widest_nm) / self.widest_nm

    def y(self, density: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * density / self.tallest


def _widest(curves: Sequence[Curve]) -> float:
    """Right end of the axis: where 99.5 % of every curve's particles are, 300 to 1000 nm, in hundreds."""
    ends = [300.0]
    for curve in curves:
        goal, seen = sum(curve.per_ml) * 0.995, 0.0
        for size, count in zip(curve.sizes_nm, curve.per_ml, strict=True):
            seen += count
            if seen >= goal:
                ends.append(size)
                break
    return min(1000.0, -(-max(ends) // 100) * 100)


def _density(curve: Curve, widest: float) -> list[tuple[float, float]]:
    """Particles per mL and nm (classes differ in width between instruments), thinned for the picture only."""
    sizes = list(curve.sizes_nm)
    points = [
        (size, count / max(sizes[i] - sizes[i - 1] if i else sizes[1] - sizes[0], 1e-9))
        for i, (size, count) in enumerate(zip(sizes, curve.per_ml, strict=True))
        if size <= widest
    ]
    return points[:: max(1, len(points) // MOST_POINTS)]


def _curves(scale: _Scale, densities: list[list[tuple[float, float]]]) -> SafeString:
    drawn = []
    for number, points in enumerate(densities):
        line = " ".join(f"{scale.x(nm):.1f},{scale.y(density):.1f}" for nm, density in points)
        kind = number % CURVES + 1
        if len(densities) == 1:
            closed = f"{LEFT},{scale.y(0):.1f} {line} {scale.x(points[-1][0]):.1f},{scale.y(0):.1f}"
            drawn.append(format_html('<polygon class="chart-area-{}" points="{}"/>', kind, closed))
        drawn.append(format_html('<polyline class="chart-curve-{}" points="{}"/>', kind, line))
    return mark_safe("".join(drawn))  # noqa: S308 (made of format_html parts)


def _axes(scale: _Scale) -> SafeString:
    step = 50 if scale.widest_nm <= 400 else 100
    ticks = range(0, int(scale.widest_nm) + 1, step)
    bottom = HEIGHT - BOTTOM
    grid = format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}H{}"/>',
        ((LEFT, f"{scale.y(scale.tallest * part / 4):.1f}", WIDTH - RIGHT) for part in range(1, 5)),
    )
    labels = format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((f"{scale.x(nm):.1f}", bottom + 16, nm) for nm in ticks),
    )
    return format_html(
        '{}<path class="chart-axis" d="M{} {}H{}"/>{}'
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">nm</text>'
        '<text class="chart-label" x="{}" y="{}">top line: {} /mL per nm</text>',
        grid, LEFT, bottom, WIDTH - RIGHT, labels, WIDTH - RIGHT, bottom + 30, LEFT, 12,
        people_number(scale.tallest, 2),
    )  # fmt: skip


def _window(scale: _Scale, window_nm: tuple[float, float], share: str) -> SafeString:
    low, high = scale.x(window_nm[0]), scale.x(window_nm[1])
    return format_html(
        '<rect class="chart-window" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="chart-window-label" x="{}" y="{}" text-anchor="end">{}</text>',
        f"{low:.1f}", TOP, f"{high - low:.1f}", HEIGHT - TOP - BOTTOM, WIDTH - RIGHT, 12,
        f"window {window_nm[0]:g}–{window_nm[1]:g} nm{' · ' + share if share else ''}",
    )  # fmt: skip


def _mode(scale: _Scale, mode_nm: float | None) -> SafeString:
    if mode_nm is None:
        return SafeString("")
    x = f"{scale.x(mode_nm):.1f}"
    return format_html(
        '<path class="chart-mode" d="M{} {}V{}"/><text class="chart-label" x="{}" y="{}">mode {}</text>',
        x, TOP, HEIGHT - BOTTOM, float(x) + 4, TOP + 12, f"{mode_nm:.0f} nm",
    )  # fmt: skip


def _legend(curves: Sequence[Curve]) -> SafeString:
    if len(curves) < 2:
        return SafeString("")
    return format_html_join(
        "",
        '<path class="chart-curve-{}" d="M{} {}h22"/><text class="chart-label" x="{}" y="{}">{}</text>',
        (
            (i % CURVES + 1, WIDTH - 130, TOP + 16 + 16 * i, WIDTH - 102, TOP + 20 + 16 * i, curve.name[:24])
            for i, curve in enumerate(curves)
        ),
    )


def recovery_bars(steps: Sequence[tuple[str, Decimal | None]]) -> SafeString:
    """Recovery (%) of each step as a bar; a step without counts has an empty place."""
    known = [float(share) for _, share in steps if share is not None]
    if not known:
        return SafeString("")
    full = max(100.0, *known)
    row, left, width = 26, 150, 380
    bars = format_html_join(
        "",
        '<text class="chart-label" x="0" y="{}">{}</text>'
        '<rect class="chart-bar" x="{}" y="{}" width="{}" height="14" rx="3"/>'
        '<text class="chart-label" x="{}" y="{}">{}</text>',
        (
            (
                row * i + 15, name[:24], left, row * i + 4, f"{width * float(share or 0) / full:.1f}",
                f"{left + width * float(share or 0) / full + 6:.1f}", row * i + 15,
                f"{share:.0f} %" if share is not None else "not measured",
            )
            for i, (name, share) in enumerate(steps)
        ),
    )  # fmt: skip
    words = ", ".join(f"{name} {share:.0f} %" for name, share in steps if share is not None)
    return format_html(
        '<svg class="chart" viewBox="0 0 600 {}" role="img" '
        'aria-label="Particles recovered by step: {}">{}</svg>',
        row * len(steps) + 6,
        words,
        bars,
    )

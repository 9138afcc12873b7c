"""A batch's size profile over its references' average, as SVG."""

import numpy as np
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.characterization.axes import linear_ticks
from batches.trends.similarity import profiles
from batches.trends.similarity.comparing import ProfileLine

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 240, 12, 30, 34
CELL_NM = profiles.STEP_NM * profiles.CELL


def profile_picture(line: ProfileLine) -> SafeString:
    """Share of particles in each 10 nm of batch and references, up to where 99.5 % lie."""
    assert line.own is not None and line.theirs is not None  # noqa: S101 (a measured line has both)
    curves = _curves(line)
    within = int(max(np.searchsorted(one[:: profiles.CELL], 0.995) for one in (line.own, line.theirs)))
    widest = min(profiles.END_NM, max(300, -(-within * CELL_NM // 50) * 50))
    tallest = max(float(curve.max()) for curve in curves)
    drawn = (
        (f"chart-curve-{number}", _path(curve, widest, tallest)) for number, curve in enumerate(curves, 1)
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="Size profile of the batch over the '
        'average of {} references: {} % overlap">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        line.size,
        round(line.overlap_percent),
        _axis(widest, tallest),
        format_html_join("", '<polyline class="{}" points="{}"/>', drawn),
        _legend(line),
    )


def profile_rows(line: ProfileLine) -> list[tuple[str, ...]]:
    """The same as a table: % of the particles in each 10 nm."""
    told = (
        (f"{at * CELL_NM:g}", f"{(at + 1) * CELL_NM:g}", f"{own:.4f}", f"{theirs:.4f}")
        for at, (own, theirs) in enumerate(zip(*_curves(line), strict=True))
    )
    return [("From (nm)", "To (nm)", "This batch (%)", "References (%)"), *told]


def _curves(line: ProfileLine) -> list[profiles.Profile]:
    """% of the particles in each 10 nm: of the batch, and of its references on average."""
    both = [one for one in (line.own, line.theirs) if one is not None]
    return [100 * np.diff(one[:: profiles.CELL]) for one in both]


def _x(nm: float, widest: float) -> float:
    return LEFT + (WIDTH - 2 * LEFT) * nm / widest


def _path(curve: profiles.Profile, widest: float, tallest: float) -> str:
    bottom, height = HEIGHT - BOTTOM, HEIGHT - TOP - BOTTOM
    cells = int(widest // CELL_NM)
    return " ".join(
        f"{_x((at + 0.5) * CELL_NM, widest):.1f},{bottom - height * float(share) / tallest:.1f}"
        for at, share in enumerate(curve[:cells])
    )


def _axis(widest: float, tallest: float) -> SafeString:
    bottom = HEIGHT - BOTTOM
    labels = format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((f"{_x(nm, widest):.1f}", bottom + 16, f"{nm:g}") for nm in linear_ticks(0, widest, 8)),
    )
    return format_html(
        '<path class="chart-axis" d="M{} {}H{}"/>{}'
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">nm</text>'
        '<text class="chart-label" x="{}" y="12">highest: {} % of particles in 10 nm</text>',
        LEFT, bottom, WIDTH - LEFT, labels, WIDTH - LEFT, bottom + 30, LEFT, f"{tallest:.1f}",
    )  # fmt: skip


def _legend(line: ProfileLine) -> SafeString:
    names = ("this batch", f"average of {line.size} references" if line.size > 1 else "the one reference")
    return format_html_join(
        "",
        '<path class="chart-curve-{}" d="M{} {}h26"/><text class="chart-label" x="{}" y="{}">{}</text>',
        (
            (number, WIDTH - 210, TOP + 18 * number, WIDTH - 178, TOP + 4 + 18 * number, name)
            for number, name in enumerate(names, 1)
        ),
    )

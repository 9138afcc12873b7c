"""The picture of a standard curve: standards, the curve, and where the samples lie on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.characterization.axes import linear_ticks
from batches.characterization.plates import PlateCurve
from batches.characterization.standard_curves import Curve
from batches.quantities import people_number

WIDTH, HEIGHT = 440, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 16, 40
STEPS = 120
MOST_TICKS = 5


@dataclass(frozen=True)
class _Scale:
    """From amount and response to places; four parameters are drawn over the logarithm of the amount."""

    low: float
    high: float
    least: float
    most: float
    is_log: bool

    def share(self, amount: float) -> float:
        if not self.is_log:
            return (amount - self.low) / (self.high - self.low)
        return (log10(max(amount, self.low)) - log10(self.low)) / (log10(self.high) - log10(self.low))

    def x(self, amount: float) -> str:
        return f"{LEFT + (WIDTH - LEFT - RIGHT) * self.share(amount):.1f}"

    def y(self, response: float) -> str:
        share = (response - self.least) / (self.most - self.least)
        return f"{HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share:.1f}"

    def steps(self) -> list[float]:
        shares = [at / STEPS for at in range(STEPS + 1)]
        if self.is_log:
            return [self.low * (self.high / self.low) ** share for share in shares]
        return [self.low + (self.high - self.low) * share for share in shares]


def curve_chart(plate: PlateCurve) -> SafeString:
    """Draw the curve of a plate; the same figures stand in the tables beside it."""
    results = plate.results
    curve = Curve(plate.model, plate.weighting, results["parameters"], 0.0, *results["fitted"])
    scale = _scale(curve, results)
    line = " ".join(f"{scale.x(x)},{scale.y(curve.response(x))}" for x in scale.steps())
    words = (
        f"Standard curve of {plate.plate}: {len(results['points'])} standards, R² {results['r_squared']:.4f}"
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}'
        '<polyline class="chart-curve-1" points="{}"/>{}{}</svg>',
        WIDTH,
        HEIGHT,
        words,
        _range(scale, results["range"]),
        _axes(scale, plate.get_unit_display()),
        line,
        _standards(scale, results["points"]),
        _samples(scale, curve, results["samples"], plate.sample),
    )


def _scale(curve: Curve, results: dict[str, Any]) -> _Scale:
    amounts = [amount for amount, _, _ in results["points"]]
    is_log = curve.model == "four_parameter"
    low = min(amount for amount in amounts if amount > 0) if is_log else min(amounts)
    seen = [response for _, response, _ in results["points"]]
    seen += [one["mean_response"] for one in results["samples"]]
    room = 0.06 * (max(seen) - min(seen)) or 1.0
    least = 0.0 if 0 <= min(seen) < max(seen) / 2 else min(seen) - room
    return _Scale(low, max(amounts), least, max(seen) + room, is_log)


def _range(scale: _Scale, limits: Sequence[float]) -> SafeString:
    left, right = float(scale.x(limits[0])), float(scale.x(limits[1]))
    return format_html(
        '<rect class="chart-window" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="chart-window-label" x="{}" y="{}">working range</text>',
        f"{left:.1f}", TOP, f"{right - left:.1f}", HEIGHT - TOP - BOTTOM, f"{left + 4:.1f}", TOP - 4,
    )  # fmt: skip


def _axes(scale: _Scale, unit: str) -> SafeString:
    bottom = HEIGHT - BOTTOM
    amounts = _ticks(scale)
    responses = linear_ticks(scale.least, scale.most)
    return format_html(
        '{}{}<path class="chart-axis" d="M{} {}H{}"/><text class="chart-label" x="{}" y="{}" '
        'text-anchor="end">{}{}</text><text class="chart-label" x="0" y="{}">reading</text>',
        format_html_join(
            "",
            '<path class="chart-grid" d="M{} {}H{}"/><text class="chart-label" x="{}" y="{}" '
            'text-anchor="end">{}</text>',
            (
                (LEFT, scale.y(y), WIDTH - RIGHT, LEFT - 6, f"{float(scale.y(y)) + 4:.1f}", people_number(y))
                for y in responses
            ),
        ),
        format_html_join(
            "",
            '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
            ((scale.x(x), bottom + 16, people_number(float(f"{x:.3g}"))) for x in amounts),
        ),
        LEFT, bottom, WIDTH - RIGHT, WIDTH - RIGHT, bottom + 33, unit, ", log axis" if scale.is_log else "",
        TOP - 4,
    )  # fmt: skip


def _ticks(scale: _Scale) -> list[float]:
    """Round amounts on the axis: 1, 2, 5 of every power of ten, or steps of these."""
    powers = range(floor(log10(scale.low)) if scale.is_log else -12, floor(log10(scale.high)) + 1)
    round_ones = [one * 10.0**power for power in powers for one in (1, 2, 5)]
    if scale.is_log:
        return [one for one in round_ones if scale.low <= one <= scale.high]
    step = next((one for one in round_ones if (scale.high - scale.low) / one <= MOST_TICKS), scale.high)
    first = -floor(-scale.low / step)
    return [step * at for at in range(first, floor(scale.high / step) + 1)]


def _standards(scale: _Scale, points: Sequence[Sequence[Any]]) -> SafeString:
    return format_html_join(
        "",
        '<circle class="chart-point" cx="{}" cy="{}" r="4"><title>{}: {}</title></circle>',
        (
            (scale.x(amount), scale.y(response), well, people_number(amount))
            for amount, response, well in points
        ),
    )


def _samples(scale: _Scale, curve: Curve, samples: Sequence[dict[str, Any]], own: str) -> SafeString:
    drawn = []
    for one in samples:
        amount, sign = curve.amount(one["mean_response"])
        at = scale.high if sign == ">" or (amount or 0) > scale.high else max(amount or 0.0, scale.low)
        x, y = float(scale.x(at)), float(scale.y(one["mean_response"]))
        kind = "out" if one["sign"] else ("" if one["sample"] == own else "near")
        drawn.append((f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z", kind, one["sample"], f"{one['dilution']:g}"))
    return format_html_join(
        "",
        '<path class="chart-point {1}" d="{0}"><title>{2} ×{3}</title></path>',
        drawn,
    )

"""Histograms of a flow cytometry file: every channel over a logarithmic axis, side by side."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from batches.quantities import SUPERSCRIPTS
from batches.record.models import Reading

WIDTH, HEIGHT, GAP, COLUMNS = 210, 120, 14, 2
BOTTOM, TOP = 22, 18
MOST_CHANNELS = 8


def flow_chart(reading: Reading) -> SafeString:
    """Draw the first channels of a file; values below 1 are counted in words, for the axis has no place."""
    found = reading.curves.get("histograms", [])[:MOST_CHANNELS]
    if not found:
        return SafeString("")
    rows = -(-len(found) // COLUMNS)
    drawn = [_channel(one, at, reading.values.get("stains", {})) for at, one in enumerate(found)]
    names = ", ".join(str(one["channel"]) for one in found)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="Intensities of {}, log axis">{}</svg>',
        COLUMNS * (WIDTH + GAP),
        rows * (HEIGHT + GAP),
        names,
        mark_safe("".join(drawn)),  # noqa: S308 (made of format_html parts)
    )


def _channel(one: dict[str, Any], at: int, stains: dict[str, str]) -> SafeString:
    left, top = (at % COLUMNS) * (WIDTH + GAP), (at // COLUMNS) * (HEIGHT + GAP)
    bottom, decades = top + HEIGHT - BOTTOM, one["decades"]
    stain = stains.get(one["channel"], "")
    return format_html(
        '<polygon class="chart-area-1" points="{}"/><polyline class="chart-curve-1" points="{}"/>'
        '<path class="chart-axis" d="M{} {}h{}"/>{}<text class="chart-label" x="{}" y="{}">{}</text>',
        f"{left},{bottom} {_points(one['counts'], left, top)} {left + WIDTH},{bottom}",
        _points(one["counts"], left, top),
        left,
        bottom,
        WIDTH,
        format_html_join(
            "",
            '<text class="chart-label" x="{}" y="{}" text-anchor="middle">10{}</text>',
            (
                (f"{left + WIDTH * power / decades:.1f}", bottom + 14, str(power).translate(SUPERSCRIPTS))
                for power in range(1, decades, 2)
            ),
        ),
        left,
        top + 10,
        " · ".join(filter(None, (str(one["channel"]), stain, _below(one)))),
    )


def _below(one: dict[str, Any]) -> str:
    return f"{one['below']} below 1" if one["below"] else ""


def _points(counts: Sequence[int], left: int, top: int) -> str:
    tallest, wide = max(counts) or 1, WIDTH / len(counts)
    room = HEIGHT - BOTTOM - TOP
    return " ".join(
        f"{left + wide * (at + 0.5):.1f},{top + TOP + room * (1 - count / tallest):.1f}"
        for at, count in enumerate(counts)
    )

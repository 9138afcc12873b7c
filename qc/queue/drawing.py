"""The figures of the reviewer's home as bars: SVG without script or style, the same on page and paper."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from qc.queue.figures import Month

WIDTH, HEIGHT = 360, 132
TOP, BOTTOM = 20, 22
BAR = 34


def median_bars(months: Sequence[Month]) -> SafeString:
    """Median time from submission to decision, a bar a month."""
    hours = [m.median.total_seconds() / 3600 if m.median is not None else None for m in months]
    words = [m.median_words for m in months]
    return _bars(
        "Median time from submission to decision", months, hours, words, max((h or 0) for h in hours)
    )


def share_bars(months: Sequence[Month]) -> SafeString:
    """Share of batches approved in their first round, a bar a month."""
    shares = [None if m.share is None else float(m.share) for m in months]
    return _bars("Approved in the first round", months, shares, [m.share_words for m in months], 100.0)


def _bars(
    title: str,
    months: Sequence[Month],
    values: Sequence[float | None],
    words: Sequence[str],
    full: float,
) -> SafeString:
    """Bars over the names of the months; a month without decisions has an empty place."""
    if not any(value is not None for value in values):
        return SafeString("")
    place = WIDTH / len(months)
    tallest, ground = HEIGHT - TOP - BOTTOM, HEIGHT - BOTTOM
    bars = format_html_join(
        "",
        '<rect class="chart-bar" x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text class="chart-label chart-value" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (
                f"{place * i + (place - BAR) / 2:.1f}", f"{ground - _height(value, full, tallest):.1f}", BAR,
                f"{_height(value, full, tallest):.1f}", f"{place * (i + 0.5):.1f}",
                f"{ground - _height(value, full, tallest) - 6:.1f}", words[i],
            )
            for i, value in enumerate(values)
            if value is not None
        ),
    )  # fmt: skip
    names = format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((f"{place * (i + 0.5):.1f}", HEIGHT - 6, month.name) for i, month in enumerate(months)),
    )
    told = ", ".join(f"{month.name} {words[i] or 'none'}" for i, month in enumerate(months))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{} by month: {}">'
        '<path class="chart-axis" d="M0 {}H{}"/>{}{}</svg>',
        WIDTH, HEIGHT, title, told, ground, WIDTH, bars, names,
    )  # fmt: skip


def _height(value: float, full: float, tallest: float) -> float:
    """At least a line, so that a bar of nothing is seen."""
    return max(2.0, tallest * value / full) if full else 2.0

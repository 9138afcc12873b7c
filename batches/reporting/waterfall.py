"""The waterfall of a batch: how many particles are left after each step, and where the others went."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from batches.quantities import people_number
from batches.reporting.balance import BatchBalance
from batches.reporting.beside import Beside, Usual

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 58, 8, 44, 48, 340
FLOOR = HEIGHT - BOTTOM
# Few columns share a page's width, so that the picture keeps its height; many make it wider.
LEAST_WIDTH, LEAST_COLUMN, MOST_BAR, BESIDE_BAR = 760, 96, 110, 40
WIDTH_OF_LETTER = 6.8


@dataclass(frozen=True)
class Level:
    """One column: what is left after a step (None: not known), and what is usual there."""

    name: str
    left: float | None
    share: Decimal | None = None
    usual: Usual | None = None


def levels_of(balance: BatchBalance, usual: Beside) -> list[Level]:
    """The columns: the start, then every step that was begun."""
    start = balance.overall.into.particles
    columns = [Level("Start", None if start is None else float(start))]
    for one in balance.steps:
        left = one.out.particles
        name = f"{one.step.position} · {one.step.name}"
        columns.append(
            Level(name, None if left is None else float(left), one.recovery_percent, usual.of(one))
        )
    return columns


def waterfall(levels: Sequence[Level], *, is_log: bool = False) -> SafeString:
    """Columns with what is left filled and what was lost above it; empty where no total is known."""
    known = [level.left for level in levels if level.left]
    if not known:
        return SafeString("")
    scale = (_Log if is_log else _Absolute).over(known, levels[0].left or max(known))
    places = _Places.of(len(levels))
    width = LEFT + places.column * len(levels) + RIGHT
    told = ", ".join(f"{level.name}: {_told(level)}" for level in levels)
    return format_html(
        '<svg class="chart waterfall" viewBox="0 0 {} {}" role="img" '
        'aria-label="Particles left after each step. {}">{}{}</svg>',
        width,
        HEIGHT,
        told,
        _grid(scale, width),
        _columns(scale, levels, places),
    )


@dataclass(frozen=True)
class _Places:
    """How wide columns and the bars in them are."""

    column: int
    bar: int

    @classmethod
    def of(cls, many: int) -> "_Places":
        column = max(LEAST_COLUMN, (LEAST_WIDTH - LEFT - RIGHT) // many)
        return cls(column, min(column - BESIDE_BAR, MOST_BAR))

    def x(self, place: int) -> float:
        """Where a bar begins."""
        return LEFT + self.column * place + (self.column - self.bar) / 2

    @property
    def letters(self) -> int:
        """How many letters of a name fit into a column."""
        return int(self.column / WIDTH_OF_LETTER)


def _told(level: Level) -> str:
    return "not measured" if level.left is None else people_number(level.left, 3)


@dataclass(frozen=True)
class _Absolute:
    """Particles on a straight axis, which is told in % of the start."""

    top: float
    start: float

    @classmethod
    def over(cls, known: Sequence[float], start: float) -> "_Absolute":
        highest = max(100 * max(known) / start, 100)
        return cls(math.ceil(highest / 25) * 25, start)

    def y(self, particles: float) -> float:
        return FLOOR - (FLOOR - TOP) * min(100 * particles / self.start, self.top) / self.top

    def ticks(self) -> list[tuple[float, str]]:
        step = 25 * math.ceil(self.top / 150)
        return [(self.start * part / 100, f"{part} %") for part in range(0, int(self.top) + 1, step)]


@dataclass(frozen=True)
class _Log:
    """Particles on a logarithmic axis, from a decade below the fewest to one above the most."""

    low: int
    high: int

    @classmethod
    def over(cls, known: Sequence[float], start: float) -> "_Log":
        low = math.floor(math.log10(min(known)))
        return cls(low, max(math.ceil(math.log10(max(*known, start))), low + 1))

    def y(self, particles: float) -> float:
        power = math.log10(particles) if particles > 0 else self.low
        part = (min(max(power, self.low), self.high) - self.low) / (self.high - self.low)
        return FLOOR - (FLOOR - TOP) * part

    def ticks(self) -> list[tuple[float, str]]:
        step = math.ceil((self.high - self.low) / 6)
        powers = range(self.low, self.high + 1, step)
        return [(10.0**power, people_number(10.0**power).removeprefix("1×")) for power in powers]


_Scale = _Absolute | _Log


def _grid(scale: _Scale, width: int) -> SafeString:
    return format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}H{}"/>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, f"{scale.y(value):.1f}", width, LEFT - 8, f"{scale.y(value) + 4:.1f}", words)
            for value, words in scale.ticks()
        ),
    )


def _columns(scale: _Scale, levels: Sequence[Level], places: _Places) -> SafeString:
    """Every column; a step that was not measured is left open, its losses stand with the next that was."""
    drawn, before = [], None
    for i, level in enumerate(levels):
        x = places.x(i)
        drawn.append(_name(level, x, places))
        if level.left is None:
            drawn.append(_open(x, places.bar))
            continue
        drawn.append(_bar(scale, level, x, before, places))
        before = level.left
    return mark_safe("".join(drawn))  # noqa: S308 (made of format_html parts)


def _name(level: Level, x: float, places: _Places) -> SafeString:
    """The step's name on one or two lines."""
    letters = places.letters
    words, lines = level.name.split(), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) >= letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    shown = [*lines[:2]] if len(lines) < 3 else [lines[0], f"{lines[1][: letters - 1]}…"]
    return format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((f"{x + places.bar / 2:.0f}", FLOOR + 19 + 16 * i, line) for i, line in enumerate(shown)),
    )


def _open(x: float, bar: int) -> SafeString:
    return format_html(
        '<rect class="chart-open" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">not measured</text>',
        f"{x:.0f}", TOP, bar, FLOOR - TOP, f"{x + bar / 2:.0f}", (FLOOR + TOP) // 2,
    )  # fmt: skip


def _bar(scale: _Scale, level: Level, x: float, before: float | None, places: _Places) -> SafeString:
    """What is left, filled; above it what was lost since the last column that was measured, or gained."""
    assert level.left is not None  # noqa: S101 (the caller looked)
    here, bar = scale.y(level.left), places.bar
    other = here if before is None else scale.y(before)
    top, foot = min(here, other), max(here, other)
    kind = "chart-loss" if here > other else "chart-gain"
    share = "" if level.share is None else f"{level.share:.0f} %"
    change = format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/><path class="chart-step" d="M{} {}h{}"/>',
        kind, f"{x:.0f}", f"{top:.1f}", bar, f"{foot - top:.1f}",
        f"{x - places.column + bar:.0f}", f"{other:.1f}", places.column - bar,
    )  # fmt: skip
    return format_html(
        '<rect class="chart-bar" x="{}" y="{}" width="{}" height="{}"/>{}'
        '<text class="chart-label chart-title" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>{}',
        f"{x:.0f}", f"{foot:.1f}", bar, f"{FLOOR - foot:.1f}", "" if before is None else change,
        f"{x + bar / 2:.0f}", f"{top - 23:.1f}", share,
        f"{x + bar / 2:.0f}", f"{top - 7:.1f}", people_number(level.left, 2),
        _usual(scale, level, x + bar, before),
    )  # fmt: skip


def _usual(scale: _Scale, level: Level, edge: float, before: float | None) -> SafeString:
    """Where the last batches would have got to from here, beside the bar's edge: range and median."""
    if level.usual is None or before is None:
        return SafeString("")
    low, middle, high = (
        scale.y(before * float(share) / 100)
        for share in (level.usual.low, level.usual.median, level.usual.high)
    )
    at = edge + 8
    return format_html(
        '<path class="chart-usual" d="M{} {}V{}M{} {}h12"/>',
        f"{at:.0f}", f"{low:.1f}", f"{high:.1f}", f"{at - 6:.0f}", f"{middle:.1f}",
    )  # fmt: skip

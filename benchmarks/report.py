"""The table: what was measured, against what, and whether the target was met."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import machine

PACKAGES = ("Django", "django-simple-history", "django-import-export", "gunicorn", "whitenoise", "psycopg")
NOISY_CORES = 0.25
HEAD = """\
| # | What | ExoLedger | Against | Ratio | Target | Met | Why not |
|---|---|---|---|---|---|---|---|
"""
METHOD = f"""\
Both sides run on this machine in the same minutes: gunicorn with 2 workers of 4 threads, DEBUG off, one
keep-alive connection, sessions by cookie, without compression. Pages are asked for in turns (ours, baseline,
ours, …) after 3 warm-ups, up to 60 times or 5 s each; figures are p50 / p95, `cpu` is server and database
together in ms a request, and the ratio in brackets is that of the CPU times, which hardly feels other work on
the machine. Writes: 8 connections of a Python client on the same cores, in turns of a few seconds.

The baseline is what a laboratory's own developer builds in a day: Django admin, django-simple-history,
django-import-export (`benchmarks/baseline`), with as many batches, 4 results and 3 versions each. Ours holds
for each batch its harvest and step with their versions too, and for one batch in twenty the whole record with
two particle-tracking files: about eight versions a batch, each with its entry.

Ratios travel between machines, milliseconds do not; differences below 20 % mean nothing. Lines with * were
measured while other work kept more than {NOISY_CORES} cores busy.
"""


@dataclass
class Line:
    """One row of the table. `ratio` is compared with `target`: at least it, or at most when `at_most`."""

    what: str
    ours: str
    against: str
    ratio: float
    target: float
    unit: str = "×"
    at_most: bool = False
    is_goal: bool = True
    also: bool = True  # a second condition, where the target has one
    also_words: str = ""
    cpu_ratio: float | None = None
    noise: float = 0.0

    @property
    def is_met(self) -> bool:
        """Whether the target was reached, or there is none."""
        reached = self.ratio <= self.target if self.at_most else self.ratio >= self.target
        return not self.is_goal or (reached and self.also)

    def row(self, number: int) -> str:
        """The line as Markdown."""
        ratio = _short(self.ratio) + self.unit
        if self.cpu_ratio is not None:
            ratio += f" ({_short(self.cpu_ratio)})"
        target = f"{'≤' if self.at_most else '≥'} {self.target:g}{self.unit}"
        target += f", {self.also_words}" if self.also_words else ""
        met = "yes" if self.is_met else "**no**"
        if not self.is_goal:
            target, met = "–", "–"
        star = "\\*" if self.noise > NOISY_CORES else ""
        cells = (f"{number}{star}", self.what, self.ours, self.against, ratio, target, met, "")
        return f"| {' | '.join(cells)} |\n"


def _short(number: float) -> str:
    return f"{number:.2f}" if number < 10 else f"{number:.0f}"


def grouped(number: float) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{number:,.0f}".replace(",", "\u202f")


@dataclass
class Table:
    """The lines of one engine, and what could not be measured."""

    engine: str
    batches: int
    entries: int
    lines: list[Line] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The table as Markdown."""
        words = f"{grouped(self.batches)} batches and {grouped(self.entries)} entries in ours."
        goals = [line for line in self.lines if line.is_goal]
        missed = sum(1 for line in goals if not line.is_met)
        outcome = f"{missed} of {len(goals)} targets are missed." if missed else "Every target is met."
        rows = "".join(line.row(number) for number, line in enumerate(self.lines, 1))
        failures = "".join(f"\n- Could not be measured: {failure}" for failure in self.failures)
        return f"## {self.engine}\n\n{words} {outcome}\n\n{HEAD}{rows}{failures}\n"


def whole_report(tables: list[Table]) -> str:
    """The page docs/benchmarks.md."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    measured = f"Measured on {datetime.now(UTC):%Y-%m-%d}, {machine.description()}. {versions}."
    body = "\n".join(table.text() for table in tables)
    return f"# Speed\n\nWritten by `make bench`.\n\n{measured}\n\n{METHOD}\n{body}"

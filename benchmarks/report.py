"""The table: what was measured, against what, and whether the target was met."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import machine

PACKAGES = ("Django", "django-simple-history", "django-import-export", "gunicorn", "whitenoise", "psycopg")
HEAD = "| # | What | ExoLedger | Against | Ratio | Target | Met | Why not |\n|---|---|---|---|---|---|---|---|\n"
METHOD = """\
Both sides run on this machine in the same minutes: gunicorn with 2 workers of 4 threads, DEBUG off, one
keep-alive connection, sessions by cookie, without compression. Pages are asked in turns (ours, baseline, ours, …)
after 3 warm-ups, up to 60 times or 5 s each; figures are p50 / p95. CPU is server and database together, a request.
Writes: 8 connections of a Python client on the same cores, in turns of a few seconds. The baseline is what a
laboratory's own developer builds in a day: Django admin, django-simple-history, django-import-export
(`benchmarks/baseline`), with the same number of batches, 4 results and 3 versions each. Ours holds, for each batch,
its harvest and step with their versions too, and for one in twenty the whole record with two particle-tracking
files, so more than eight times as many versions in all, each with its entry. Ratios travel between machines,
milliseconds do not; differences below 20 % mean nothing.
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

    @property
    def is_met(self) -> bool:
        """Whether the target was reached."""
        reached = self.ratio <= self.target if self.at_most else self.ratio >= self.target
        return reached and self.also

    def row(self, number: int) -> str:
        """The line as Markdown."""
        ratio = f"{self.ratio:.2f}" if self.ratio < 10 else f"{self.ratio:.0f}"
        sign = "≤" if self.at_most else "≥"
        target = f"{sign} {self.target:g}{self.unit}{', ' + self.also_words if self.also_words else ''}"
        met = "yes" if self.is_met else "**no**"
        if not self.is_goal:
            target, met = "–", "–"
        return f"| {number} | {self.what} | {self.ours} | {self.against} | {ratio}{self.unit} | {target} | {met} | |\n"


@dataclass
class Table:
    """The lines of one engine."""

    engine: str
    batches: int
    entries: int
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The table as Markdown."""
        words = f"## {self.engine}\n\n{self.batches:,} batches and {self.entries:,} entries in ours.".replace(",", "\u202f")
        notes = "".join(f"\n- {note}" for note in self.notes)
        rows = "".join(line.row(number) for number, line in enumerate(self.lines, 1))
        missed = sum(1 for line in self.lines if line.is_goal and not line.is_met)
        outcome = "Every target is met." if not missed else f"{missed} of {len(self.lines)} targets are missed."
        return f"{words} {outcome}\n\n{HEAD}{rows}{notes}\n"


def whole_report(tables: list[Table], busy: float) -> str:
    """The page docs/benchmarks.md."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    measured = (
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {machine.description()}. {versions}. "
        f"Other work kept {busy:.1f} cores busy when it began."
    )
    body = "\n".join(table.text() for table in tables)
    return f"# Speed\n\nWritten by `make bench`.\n\n{measured}\n\n{METHOD}\n{body}"

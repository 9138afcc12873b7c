"""The numbers of one preparation, which must agree with each other: volumes, particles, protein, sizes.

Ranges: ev-domain §3.2 (particles per µg), §4.2 (yields per cell and day), §5.2 (recoveries).
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from qc.example.clock import rounded
from qc.example.stories import Story

Range = tuple[float, float]


@dataclass(frozen=True)
class Stage:
    """One step's share of a way: recovery of particles, and the volume out (mL; None: a little less)."""

    recovery: Range
    volume_out: float | None = None


@dataclass(frozen=True)
class Way:
    """How a product is made, in figures."""

    start_ml: Range
    start_per_ml: Range
    mode_nm: Range
    per_ug: Range
    stages: tuple[Stage, ...]


CLEARED = Stage((0.95, 0.99))
MSC_STAGES = (CLEARED, Stage((0.38, 0.55), 8), Stage((0.66, 0.8), 0.5))
ON_COLUMN = Stage((0.55, 0.78), 2)
TFF_STAGES = (
    CLEARED,
    Stage((0.78, 0.92), 5),
    Stage((0.6, 0.8), 12),
    Stage((0.86, 0.96), 11.5),
    Stage((0.97, 1.0), 11),
)
WAYS = {
    "msc v1": Way((420, 510), (3.4e9, 5.8e9), (98, 124), (3.4e9, 8.5e9), MSC_STAGES),
    "msc": Way((420, 510), (3.4e9, 5.8e9), (90, 122), (1.05e10, 3.8e10), (*MSC_STAGES, ON_COLUMN)),
    "msc_tff": Way((900, 1100), (3.4e9, 5.8e9), (90, 122), (1.05e10, 3.8e10), TFF_STAGES),
    "cord_blood": Way(
        (22, 42), (2.4e10, 7.0e10), (82, 108), (4.0e9, 1.4e10), (CLEARED, Stage((0.3, 0.5), 0.5), ON_COLUMN)
    ),
    "placenta": Way(
        (120, 190),
        (5.0e9, 1.1e10),
        (108, 138),
        (2.3e9, 4.8e9),
        (CLEARED, Stage((0.72, 0.9), 6), Stage((0.5, 0.7), 1)),
    ),
    "line": Way(
        (200, 300), (2.2e9, 4.6e9), (96, 126), (1.1e10, 2.6e10), (CLEARED, Stage((0.7, 0.88), 0.5), ON_COLUMN)
    ),
}
LARGE_MODE_NM = (168.0, 178.0)
PURER = 45  # times more particles per µg at the end than in the starting material
WITHOUT_CELLS = 0.004  # of the particles that cells would give


@dataclass(frozen=True)
class Passed:
    """What one step took in and gave out."""

    volume_in_ml: Decimal
    volume_out_ml: Decimal
    in_per_ml: Decimal
    out_per_ml: Decimal
    in_ug_per_ml: Decimal = Decimal(0)
    out_ug_per_ml: Decimal = Decimal(0)


@dataclass(frozen=True)
class Figures:
    """The numbers of one batch, from harvest to the final preparation."""

    start_ml: Decimal
    start_per_ml: Decimal
    passed: tuple[Passed, ...]
    mode_nm: float
    spread: float
    protein_ug_per_ml: Decimal
    cells: Decimal

    @property
    def final_per_ml(self) -> float:
        """Particles in the final preparation."""
        return float(self.passed[-1].out_per_ml)

    @property
    def final_ml(self) -> Decimal:
        return self.passed[-1].volume_out_ml


def figures_of(story: Story, rng: Random) -> Figures:
    """Draw the numbers of a batch."""
    way = WAYS["msc v1" if story.is_first_version else story.product]
    start_ml, start_per_ml = rounded(rng.uniform(*way.start_ml)), rng.uniform(*way.start_per_ml)
    if story.has("process_control"):
        start_per_ml *= WITHOUT_CELLS
    passed = tuple(_passed(way, float(start_ml), start_per_ml, rng))
    per_ug = rng.uniform(*way.per_ug)
    passed = tuple(_with_protein(passed, per_ug))
    days = 2.0  # of conditioning
    return Figures(
        start_ml=start_ml,
        start_per_ml=rounded(start_per_ml),
        passed=passed,
        mode_nm=rng.uniform(*(LARGE_MODE_NM if story.has("large") else way.mode_nm)),
        spread=rng.uniform(0.31, 0.37),
        protein_ug_per_ml=rounded(float(passed[-1].out_per_ml) / per_ug),
        cells=rounded(float(start_ml) * start_per_ml / rng.uniform(2000, 4000) / days),
    )


def _with_protein(passed: tuple[Passed, ...], per_ug: float) -> list[Passed]:
    """Each step with its protein: purity rises by the same factor at every step."""
    rise = PURER ** (1 / len(passed))
    before = per_ug / PURER
    found = []
    for one in passed:
        after = before * rise
        protein = (float(one.in_per_ml) / before, float(one.out_per_ml) / after)
        found.append(replace(one, in_ug_per_ml=rounded(protein[0]), out_ug_per_ml=rounded(protein[1])))
        before = after
    return found


def _passed(way: Way, volume_ml: float, per_ml: float, rng: Random) -> list[Passed]:
    steps = []
    for stage in way.stages:
        into_ml, into_per_ml = volume_ml, per_ml
        volume_ml = stage.volume_out or into_ml - rng.uniform(4, 9) * min(1, into_ml / 100)
        per_ml = into_per_ml * into_ml * rng.uniform(*stage.recovery) / volume_ml
        figures = (into_ml, volume_ml, into_per_ml, per_ml)
        steps.append(Passed(*map(rounded, figures)))
    return steps

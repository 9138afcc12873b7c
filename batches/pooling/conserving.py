"""Whether a pool holds what its parts brought along: volumes and particles are neither made nor lost.

Limits: ev-domain §5.2 (80 to 120 % of what is expected is counting error). Nothing here asks the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from batches.isolation.formulas import percent
from batches.pooling.parts import Mixture
from batches.quantities import people_number, significant
from batches.reporting.balance import FROM_PARTS, BatchBalance

LOWEST_PERCENT, HIGHEST_PERCENT = Decimal(80), Decimal(120)
# Volumes are read to about a hundredth.
READ_TO = Decimal("1.01")


class Counted(NamedTuple):
    """Particles that were counted of a pool, and where."""

    particles: Decimal
    words: str


@dataclass(frozen=True)
class Conserved:
    """What the parts of a pool add up to, against what was measured of it."""

    mixture: Mixture
    first_volume_ml: Decimal | None
    counted: Counted | None

    @property
    def found_percent(self) -> Decimal | None:
        """Particles measured, in % of those that the parts brought along."""
        return percent(self.counted.particles, self.mixture.particles) if self.counted else None

    @property
    def is_apart(self) -> bool:
        share = self.found_percent
        return share is not None and not LOWEST_PERCENT <= share <= HIGHEST_PERCENT

    @property
    def is_more_than_there_was(self) -> bool:
        """Whether more liquid went on than parts and diluent were."""
        volume, first = self.mixture.volume_ml, self.first_volume_ml
        return volume is not None and first is not None and first > volume * READ_TO

    def words(self) -> Iterator[str]:
        """What does not add up, in sentences."""
        volume, first, share = self.mixture.volume_ml, self.first_volume_ml, self.found_percent
        if self.is_more_than_there_was and volume is not None and first is not None:
            went = f"{people_number(first)} mL went into the first step"
            yield f"{went}, parts and diluent are {people_number(volume)} mL"
        if self.is_apart and share is not None and self.counted is not None:
            shown = people_number(significant(share, 3))
            yield f"{shown} % of the particles of the parts were counted {self.counted.words}"


def conserved_in(balance: BatchBalance) -> Conserved:
    """A pool's parts against the liquid before its first step, else against its final preparation."""
    mixture, steps, out = Mixture.of(balance.made.parts), balance.steps, balance.overall.out.particles
    into = steps[0].into if steps else balance.overall.into
    per_ml, volume = into.particles_per_ml, mixture.volume_ml
    counted = None
    if per_ml is not None and per_ml.source != FROM_PARTS and volume is not None:
        counted = Counted(per_ml.value * volume, f"before the first step ({per_ml.source})")
    elif out is not None:
        counted = Counted(out, "in the final preparation")
    first = steps[0].step.volume_in_ml if steps else None
    return Conserved(mixture, first, counted)

"""Parts of pools, and what they add up to: volumes and particles are conserved when batches are pooled."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batches.isolation.formulas import percent
from batches.pooling.models import PoolPart
from batches.record.models import Batch

ZERO = Decimal(0)


def parts_of(pools: Iterable[Batch]) -> dict[int, list[PoolPart]]:
    """By key of a pool, its parts in their order, voided ones too; no query where there is no pool."""
    asked = {pool.pk: pool for pool in pools if pool.is_pool}
    found: dict[int, list[PoolPart]] = defaultdict(list)
    rows = PoolPart.objects.filter(pool__in=asked).select_related("part__product", "added_by")
    for row in rows if asked else ():
        row.pool = asked[row.pool_id]
        found[row.pool_id].append(row)
    return found


def parts_through(pools: Iterable[Batch]) -> dict[int, list[PoolPart]]:
    """By key of a pool, all its standing parts, then the parts of those that are pools, and so on.

    One query for each level of pools; none where there is no pool.
    """
    own = {pk: standing(rows) for pk, rows in parts_of(pools).items()}
    known, level = dict(own), own
    while level:
        inner = {row.part_id: row.part for rows in level.values() for row in rows if row.part_id not in known}
        level = {pk: standing(rows) for pk, rows in parts_of(inner.values()).items()}
        known |= level
    return {pk: _through(pk, known) for pk in own}


def _through(pk: int, known: Mapping[int, list[PoolPart]]) -> list[PoolPart]:
    found: dict[int, PoolPart] = {}
    waiting = [pk]
    while waiting:
        rows = known.get(waiting.pop(0), [])
        found |= {row.pk: row for row in rows}
        waiting += [row.part_id for row in rows]
    return list(found.values())


def harvested_in(pools: Iterable[Batch]) -> dict[int, list[Batch]]:
    """By key of a pool, the batches with a harvest of their own that it is made of, each once."""
    through = parts_through(pools)
    return {
        pk: list({row.part_id: row.part for row in rows if not row.part.is_pool}.values())
        for pk, rows in through.items()
    }


def pools_of(batches: Any) -> set[int]:
    """Keys of all pools that hold these batches (keys or a query), directly or not; one query a level."""
    found, level = set[int](), batches
    while True:
        rows = PoolPart.objects.filter(part__in=level, is_voided=False).order_by()
        level = set(rows.values_list("pool_id", flat=True)) - found
        if not level:
            return found
        found |= level


def standing(parts: Iterable[PoolPart]) -> list[PoolPart]:
    """Without voided parts."""
    return [part for part in parts if not part.is_voided]


@dataclass(frozen=True)
class Share:
    """How much of a pool one part is, in % of the volume of all parts and of their particles."""

    part: PoolPart
    of_volume: Decimal | None
    of_particles: Decimal | None


@dataclass(frozen=True)
class Mixture:
    """The standing parts of a pool put together.

    Volume: the sum of all parts and diluents. Particles: the sum of volume times particles per mL over all
    parts. Each is None as long as one part lacks what it takes.
    """

    parts: Sequence[PoolPart]

    @classmethod
    def of(cls, parts: Iterable[PoolPart]) -> "Mixture":
        return cls(tuple(standing(parts)))

    @property
    def of_parts_ml(self) -> Decimal | None:
        """What was taken of all parts, without diluents (mL)."""
        return _sum([part.volume_ml for part in self.parts])

    @property
    def diluent_ml(self) -> Decimal:
        """What was added to them (mL)."""
        return sum((part.diluent_ml for part in self.parts if part.diluent_ml is not None), ZERO)

    @property
    def volume_ml(self) -> Decimal | None:
        """What there is when everything is together (mL)."""
        taken = self.of_parts_ml
        return None if taken is None else taken + self.diluent_ml

    @property
    def particles(self) -> Decimal | None:
        """Particles that the parts brought along."""
        return _sum([particles_in(part) for part in self.parts])

    @property
    def particles_per_ml(self) -> Decimal | None:
        """Particles per mL to be expected of the pool."""
        particles, volume = self.particles, self.volume_ml
        return None if particles is None or not volume else particles / volume

    def shares(self) -> list[Share]:
        """How much of the pool each part is."""
        volume, particles = self.of_parts_ml, self.particles
        return [
            Share(part, percent(part.volume_ml, volume), percent(particles_in(part), particles))
            for part in self.parts
        ]


def particles_in(part: PoolPart) -> Decimal | None:
    """Particles in the volume that was taken of a part."""
    if part.volume_ml is None or part.particles_per_ml is None:
        return None
    return part.volume_ml * part.particles_per_ml


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known and len(known) == len(values) else None

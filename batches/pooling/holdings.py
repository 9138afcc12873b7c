"""What there is of a batch, what pools took of it, and what is left.

A batch has the volume of its final preparation: what its last finished step gave, and after filling what
was filled without the containers that were rejected. Nothing is guessed: where the record holds no volume,
what is left is not known. Samples for assays and kept containers are not taken off.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from batches.isolation.finishing import Fill
from batches.isolation.models import ProcessStep
from batches.pooling.models import PoolPart
from batches.pooling.parts import ZERO
from batches.record.models import Batch
from batches.reporting.balance import Known, balance_of
from batches.reporting.loading import Made, details_of, read


@dataclass(frozen=True)
class Holding:
    """What a batch has: volume made, taken by standing parts of pools, particles per mL as measured."""

    batch: Batch
    made_ml: Known | None
    taken_ml: Decimal
    particles_per_ml: Known | None

    @property
    def left_ml(self) -> Decimal | None:
        """What is left (mL); None where nobody knows how much there was."""
        return None if self.made_ml is None else self.made_ml.value - self.taken_ml


def holdings_of(batches: Sequence[Batch]) -> dict[int, Holding]:
    """By key of a batch, what there is of it; as many queries for one as for many of the same methods."""
    taken = taken_of(batches)
    return {
        made.batch.pk: Holding(made.batch, volume_of(made), taken.get(made.batch.pk, ZERO), counted_in(made))
        for made in read(batches)
    }


def taken_of(batches: Iterable[Batch]) -> dict[int, Decimal]:
    """By key of a batch, the volume (mL) that standing parts of pools took of it; one query."""
    parts = PoolPart.objects.filter(part__in=[batch.pk for batch in batches], is_voided=False)
    rows = parts.order_by().values_list("part_id").annotate(Sum("volume_ml"))
    return {pk: volume or ZERO for pk, volume in rows}


def volume_of(made: Made) -> Known | None:
    """Volume of the final preparation (mL), and which step says so; without steps a pool is what went in."""
    finished = [step for step in made.steps if step.status == ProcessStep.Status.FINISHED]
    if not finished:
        return balance_of(made).overall.into.volume_ml if made.batch.is_pool else None
    last = finished[-1]
    details = details_of(last)
    if isinstance(details, Fill) and details.filled_volume_ml is not None:
        return Known(_usable(details), f"filled in step {last.position}")
    return None if last.volume_out_ml is None else Known(last.volume_out_ml, f"out of step {last.position}")


def _usable(fill: Fill) -> Decimal:
    """What was filled without rejected containers (mL)."""
    rejected = (fill.rejected_count or 0) * (fill.fill_ml or ZERO)
    return (fill.filled_volume_ml or ZERO) - rejected


def counted_in(made: Made) -> Known | None:
    """Particles per mL of the final preparation, as assays or the last step say."""
    return balance_of(made).overall.out.particles_per_ml

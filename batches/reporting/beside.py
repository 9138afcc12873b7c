"""A batch beside the last ones of its product: median and range of each step's recovery."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from batches.record.models import Batch
from batches.reporting.balance import COUNTING, WEIGHING, BatchBalance, StepBalance, balance_of
from batches.reporting.loading import read
from batches.reporting.models import ReportingFacts

LAST = 10


@dataclass(frozen=True)
class Usual:
    """What a step, or all of them, gave in earlier batches: how many, median and range (%)."""

    n: int
    median: Decimal
    low: Decimal
    high: Decimal

    @classmethod
    def of(cls, shares: Sequence[Decimal]) -> "Usual | None":
        if not shares:
            return None
        return cls(len(shares), statistics.median(shares), min(shares), max(shares))


@dataclass(frozen=True)
class Beside:
    """The batches that one stands beside, and what was usual among them, by step and over all."""

    numbers: tuple[str, ...]
    steps: dict[tuple[int | None, str], Usual]
    overall: Usual | None

    def of(self, step: StepBalance) -> Usual | None:
        """What the same step gave: the same place in the plan, done by the same method."""
        return self.steps.get(step.key) if step.key[0] is not None else None


def beside(batch: Batch) -> Beside:
    """The last batches of the product opened before this one, without process controls; a few queries."""
    controls = ReportingFacts.objects.exclude(process_control="").values("process_control")
    before = Batch.objects.filter(product_id=batch.product_id, pk__lt=batch.pk).exclude(number__in=controls)
    made = read(list(before.order_by("-pk")[:LAST]), techniques={*COUNTING, *WEIGHING})
    return usual_among([balance_of(one) for one in made])


def usual_among(balances: Sequence[BatchBalance]) -> Beside:
    """What was usual among these batches."""
    shares: dict[tuple[int | None, str], list[Decimal]] = defaultdict(list)
    overall = []
    for balance in balances:
        for one in balance.steps:
            if one.recovery_percent is not None:
                shares[one.key].append(one.recovery_percent)
        if balance.overall.recovery_percent is not None:
            overall.append(balance.overall.recovery_percent)
    steps = {key: usual for key, found in shares.items() if (usual := Usual.of(found))}
    return Beside(tuple(one.number for one in balances), steps, Usual.of(overall))

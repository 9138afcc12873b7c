"""What is put to a step's liquid: how much more may come out of it than went in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from batches.isolation.kinds import IsolationMethod
from batches.isolation.models import ProcessStep

NOTHING = Decimal(0)
Added = Callable[[ProcessStep, Any], Decimal | None]


def added_ml(step: ProcessStep, details: Any) -> Decimal | None:
    """Volume added in a step (mL): reagent, buffer to take up a pellet, eluent; None where nobody knows."""
    how = ADDED.get(step.method)
    return how(step, details) if how and details is not None else None


def _taken_up(step: ProcessStep, details: Any) -> Decimal | None:
    """A spin adds what the pellet is taken up in; a supernatant takes nothing."""
    if step.fraction_kept == ProcessStep.Kept.SUPERNATANT:
        return NOTHING
    volume: Decimal | None = details.resuspension_volume_ml
    return volume


def _eluent(step: ProcessStep, details: Any) -> Decimal | None:
    """A column gives the pooled fractions, which are eluent: what is theirs beyond the sample."""
    first, last, size = details.first_pooled, details.last_pooled, details.fraction_size_ml
    return None if None in (first, last, size) else (last - first + 1) * size


ADDED: Mapping[str, Added] = {
    IsolationMethod.ULTRACENTRIFUGATION: _taken_up,
    IsolationMethod.SIZE_EXCLUSION: _eluent,
}

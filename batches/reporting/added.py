"""What is put to a step's liquid: how much more may come out of it than went in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

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


def _nothing(step: ProcessStep, details: Any) -> Decimal:
    """What is cleared or filled gets nothing on top."""
    return NOTHING


def _flush(step: ProcessStep, details: Any) -> Decimal | None:
    """A filter is flushed; nothing else is added."""
    return details.flush_ml or NOTHING


def _exchanged(step: ProcessStep, details: Any) -> Decimal | None:
    """Tangential flow: the flush, and the volumes of the retentate that were exchanged."""
    exchanged = (details.diafiltration_volumes or NOTHING) * (step.volume_out_ml or NOTHING)
    return exchanged + (details.flush_ml or NOTHING)


def _times(count: str, volume: str) -> Added:
    """So many times that volume, by the names of the fields; once where no count was entered."""

    def added(step: ProcessStep, details: Any) -> Decimal | None:
        each: Decimal | None = getattr(details, volume)
        often = getattr(details, count)
        if each is None:
            return NOTHING if often == 0 else None
        return each * (1 if often is None else often)

    return added


def _eluate(step: ProcessStep, details: Any) -> Decimal | None:
    """What was captured comes off in the eluate."""
    volume: Decimal | None = details.eluate_volume_ml
    return volume


ADDED: Mapping[str, Added] = {
    "ultracentrifugation": _taken_up,
    "size_exclusion": _eluent,
    "clearing_spin": _nothing,
    "wash": _times("wash_count", "wash_volume_ml"),
    "filtration": _flush,
    "ultrafiltration": _times("wash_count", "wash_volume_ml"),
    "tangential_flow": _exchanged,
    "immunoaffinity": _eluate,
    "buffer_exchange": _times("exchange_count", "added_volume_ml"),
    "fill": _nothing,
}

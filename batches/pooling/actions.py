"""Putting a pool together: parts are added, corrected, voided; and never more taken of a batch than there is.

The batch that is taken from is held while it is looked how much is left, so of two people who take the last
of it at once one is refused. The pool is held first, always in this order.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.entering import demand_unmoved
from batches.isolation.formulas import rounded
from batches.pooling.holdings import Holding, holdings_of
from batches.pooling.models import PoolPart
from batches.quantities import people_number
from batches.record.actions import demand_consent, name_lots
from batches.record.models import Batch
from batches.record.values import lock_batch
from batches.source.models import SourceLot
from batches.source.origins import lots_of


@action(may=roles.ENTER)
def add_part(
    *, pool: Batch, part: Batch, values: Mapping[str, Any], by: User, typed: Mapping[str, str] | None = None
) -> PoolPart:
    """Put a volume of a released batch into a pool; `values` by field name of PoolPart.

    Keeps how many particles per mL the batch's own record says it has, and where it says so.
    """
    pool = _editable(pool)
    part = lock_batch(part)
    _demand_takeable(pool, part)
    holding = holdings_of([part])[part.pk]
    counted = holding.particles_per_ml
    row = PoolPart(
        pool=pool,
        part=part,
        position=_next_position(pool),
        particles_per_ml=rounded(counted.value, 0) if counted else None,
        particles_from=counted.source if counted else "",
        added_at=timezone.now(),
        added_by=by,
        **values,
    )
    _demand_left(holding, row.volume_ml)
    records.save(row, by=by, typed=typed)
    name_lots(pool, by=by)
    return row


@action(may=roles.ENTER)
def correct_part(
    *,
    row: PoolPart,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    typed: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> PoolPart:
    """Fill in or correct a part; a saved value is replaced with a reason only."""
    row = _standing(row)
    demand_unmoved(row.trail_label, row.revision, seen)
    before = row.volume_ml or Decimal(0)
    for name, value in values.items():
        setattr(row, name, value)
    if row.volume_ml is not None and row.volume_ml > before:
        part = lock_batch(row.part)
        _demand_released(part)
        _demand_left(holdings_of([part])[part.pk], row.volume_ml, before)
    records.save(row, by=by, reason=reason, typed=typed)
    return row


@action(may=roles.ENTER)
def void_part(*, row: PoolPart, by: User, reason: Reason | None) -> PoolPart:
    """Void a part that should not be there; it stays readable, and its volume is free again."""
    if reason is None:
        raise ReasonMissing("Say why the part is voided.")
    row = _standing(row)
    row.is_voided = True
    records.save(row, by=by, reason=reason)
    name_lots(row.pool, by=by)
    return row


def _editable(pool: Batch) -> Batch:
    """The pool, held. Refused where it is none, or takes no entries now."""
    pool = lock_batch(pool)
    if not pool.is_pool:
        raise ActionRefused(
            f"Batch {pool.number} is made from source material: only a pool is made of batches."
        )
    if not pool.is_editable:
        raise ActionRefused(
            f"Pool {pool.number} is {pool.get_status_display().lower()}: nothing can be changed."
        )
    return pool


def _standing(row: PoolPart) -> PoolPart:
    pool = _editable(row.pool)
    found = PoolPart.objects.select_related("part").get(pk=row.pk)
    found.pool = pool
    if found.is_voided:
        raise ActionRefused(f"{found.trail_label} is voided: add it anew.")
    return found


def _next_position(pool: Batch) -> int:
    last = PoolPart.objects.filter(pool=pool).aggregate(last=Max("position"))["last"]
    return (last or 0) + 1


def _demand_takeable(pool: Batch, part: Batch) -> None:
    """Refuse a batch that can't be a part of the pool, saying why."""
    if part.pk == pool.pk:
        raise ValueRefused("A pool can't be a part of itself.", "part")
    _demand_released(part)
    if PoolPart.objects.filter(pool=pool, part=part, is_voided=False).exists():
        raise ValueRefused(f"{part.number} is a part of this pool already: correct its volume.", "part")
    if _is_made_of(part, pool):
        raise ValueRefused(f"{part.number} was made of {pool.number}: it can't go back into it.", "part")
    for lot in lots_of([part], SourceLot.objects.select_related("donor"))[part.pk]:
        demand_consent(lot)


def _demand_released(part: Batch) -> None:
    if part.disposition != Batch.Disposition.RELEASED:
        state = part.get_disposition_display() if part.disposition else part.get_status_display()
        words = f"{part.number} is not released ({state.lower()}): only released batches go into a pool."
        raise ValueRefused(words, "part")


def _is_made_of(batch: Batch, other: Batch) -> bool:
    """Whether the other is among the parts of the batch, or of their parts; one query a level."""
    level, seen = {batch.pk}, set[int]()
    while level:
        seen |= level
        rows = PoolPart.objects.filter(pool__in=level, is_voided=False)
        level = set(rows.values_list("part_id", flat=True)) - seen
        if other.pk in level:
            return True
    return False


def _demand_left(holding: Holding, volume: Decimal | None, own: Decimal = Decimal(0)) -> None:
    """Refuse to take more than is left; `own` is what this very part takes already."""
    if volume is None:
        return
    number = holding.batch.number
    if holding.left_ml is None:
        words = f"The record of {number} does not say how much there is: its last step has no volume."
        raise ValueRefused(words, "volume_ml")
    left = holding.left_ml + own
    if volume > left:
        taken = holding.taken_ml - own
        of = f" of {people_number(holding.made_ml.value)} mL" if holding.made_ml else ""
        pools = f": pools took {people_number(taken)} mL" if taken else ""
        raise ValueRefused(
            f"{number} has {people_number(max(left, Decimal(0)))} mL left{of}{pools}.", "volume_ml"
        )

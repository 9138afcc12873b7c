"""What happened to the parts of pools since they were taken, for the review of the pool."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Max

from audit.models import Entry
from batches.pooling.holdings import Holding, holdings_of
from batches.pooling.models import PoolPart
from batches.pooling.parts import parts_of, parts_through
from batches.record.models import Batch
from qc.models import Signature
from qc.signing import RECORD_CHANGES, REVIEW_ACTS


@dataclass(frozen=True)
class Pooled:
    """The parts of a pool, voided ones too; `through` are the standing ones on every level.

    `holdings` say what is left of each batch that the pool itself took from, by its key. `changed` are the
    keys of batches whose record was changed after their release was signed.
    """

    parts: Sequence[PoolPart] = ()
    through: Sequence[PoolPart] = ()
    holdings: dict[int, Holding] = field(default_factory=dict)
    changed: frozenset[int] = frozenset()


NOT_POOLED = Pooled()


def pooled_in(batches: Sequence[Batch]) -> dict[int, Pooled]:
    """By key of a pool, what became of its parts; nothing is asked where there is no pool."""
    pools = [batch for batch in batches if batch.is_pool]
    if not pools:
        return {}
    parts, through = parts_of(pools), parts_through(pools)
    all_parts = {row.part_id: row.part for rows in through.values() for row in rows}
    changed = changed_since_release(list(all_parts.values()))
    holdings = holdings_of(list(all_parts.values())) if all_parts else {}
    return {
        pool.pk: Pooled(parts.get(pool.pk, []), through.get(pool.pk, []), holdings, changed) for pool in pools
    }


def changed_since_release(batches: Sequence[Batch]) -> frozenset[int]:
    """Keys of those whose record was changed after the last signature that released them; two queries."""
    released = Signature.objects.filter(batch__in=batches, meaning=Signature.Meaning.RELEASED)
    signed = dict(released.order_by().values_list("batch_id").annotate(Max("entries_signed")))
    keys = {batch.number: batch.pk for batch in batches if batch.pk in signed}
    changes = Entry.objects.filter(batch_number__in=keys, action__in=RECORD_CHANGES)
    last = changes.exclude(act__in=REVIEW_ACTS).order_by().values_list("batch_number")
    rows = last.annotate(Max("number_in_batch"))
    return frozenset(keys[number] for number, at in rows if (at or 0) > signed[keys[number]])

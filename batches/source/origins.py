"""Where the material of batches comes from: all their source lots, and all batches of a lot.

A batch is opened on a source lot; each harvest may name another one. Only standing harvests count.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from batches.pooling.parts import harvested_in, pools_of
from batches.record.models import Batch
from batches.source.models import Harvest, SourceLot, SourceLotQuerySet

LOTS_APART = ", "  # between codes of further lots on a batch; no code holds a comma


def lots_of(batches: Iterable[Any], lots: SourceLotQuerySet | None = None) -> dict[int, list[SourceLot]]:
    """By batch, all its source lots, each once: the one that it was opened on, then those of its harvests.

    With their details, unless other `lots` are given; two queries, one where no batch has further lots.
    """
    keys = lot_keys(batches)
    wanted = {key for of_batch in keys.values() for key in of_batch}
    found = (SourceLot.objects.with_details() if lots is None else lots).in_bulk(wanted)
    return {pk: [found[key] for key in of_batch] for pk, of_batch in keys.items()}


def lot_keys(batches: Iterable[Any]) -> dict[int, list[int]]:
    """The same as keys; those of a pool are the lots of the batches that it is made of, on every level."""
    harvested = {batch.pk: [batch] for batch in batches}
    harvested |= harvested_in(batch for (batch,) in list(harvested.values()) if batch.source_lot_id is None)
    named = {one.pk for those in harvested.values() for one in those if one.further_lots}
    further = further_keys(list(named))
    return {
        pk: list(dict.fromkeys(key for one in those for key in (one.source_lot_id, *further[one.pk])))
        for pk, those in harvested.items()
    }


def further_keys(batches: Sequence[int]) -> dict[int, list[int]]:
    """By key of a batch, the lots that its standing harvests name, in their order; a query for all."""
    found: dict[int, list[int]] = defaultdict(list)
    if batches:
        harvests = Harvest.objects.standing().filter(batch__in=batches, source_lot__isnull=False)
        for pk, lot in harvests.values_list("batch_id", "source_lot_id"):
            found[pk].append(lot)
    return found


def made_of(lots: Any) -> Q:
    """The batches that hold material of these lots (a query or keys): by their own lot, by a harvest, or as
    pools that such batches went into. A query or two for pools.
    """
    own = Q(source_lot__in=lots) | made_of_further(lots)
    pools = pools_of(Batch.objects.filter(own).order_by().values("pk"))
    return own | Q(pk__in=pools) if pools else own


def made_of_further(lots: Any) -> Q:
    """Those of them whose harvests name one of the lots; the index finds them among all harvests."""
    harvests = Harvest.objects.standing().filter(source_lot__in=lots)
    return Q(pk__in=harvests.order_by().values("batch"))


def attach(batch: Any, harvests: Iterable[Harvest], lots: Iterable[SourceLot]) -> None:
    """Hang the lots that were read onto the batch and its harvests, and these onto the batch."""
    by_key = {lot.pk: lot for lot in lots}
    if batch.source_lot_id in by_key:
        batch.source_lot = by_key[batch.source_lot_id]
    for harvest in harvests:
        harvest.batch = batch
        if harvest.source_lot_id in by_key:
            harvest.source_lot = by_key[harvest.source_lot_id]


def batches_counted(lots: Sequence[int]) -> dict[int, int]:
    """By key of a lot, of how many batches its material is a part; one query."""
    own = Batch.objects.filter(source_lot__in=lots).values_list("source_lot", "pk")
    harvests = Harvest.objects.standing().filter(source_lot__in=lots)
    pairs = own.order_by().union(harvests.order_by().values_list("source_lot", "batch"))
    return Counter(lot for lot, _ in pairs)

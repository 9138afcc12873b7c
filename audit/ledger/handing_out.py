"""Which checkpoints left the house: on prints, exports, signatures, backups, or handed out as they are.

Whoever prints a checkpoint takes the one that first covers his own entry (`covering`). So the list of them
can be read from the entries at any time, and nothing has to be written down twice.
"""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from audit import records
from audit.ledger import sealing
from audit.ledger.models import Checkpoint, Leaf
from audit.models import Entry, EntryAction

LEAVES_THE_HOUSE = (EntryAction.EXPORTED, EntryAction.PRINTED, EntryAction.SIGNED, EntryAction.BACKED_UP)


def covering(entry: Entry, *, patience_s: float = 5.0) -> Checkpoint:
    """The first checkpoint that covers the entry, sealed now if need be. Raises SealingStopped."""
    sealing.cover(entry.pk, patience_s=patience_s)
    return Leaf.objects.select_related("checkpoint__epoch").get(entry_id=entry.pk).checkpoint


def handed_out() -> QuerySet[Checkpoint]:
    """Every checkpoint that left the house or was time-stamped, in no order."""
    told = Leaf.objects.filter(entry__action__in=LEAVES_THE_HOUSE).values("checkpoint_id")
    return Checkpoint.objects.filter(Q(pk__in=told) | Q(time_stamps__isnull=False)).distinct()


def hand_out_checkpoint(*, by: Any) -> Checkpoint:
    """The newest checkpoint for somebody outside; an entry, which it covers, tells so.

    Raises SealingStopped.
    """
    with transaction.atomic():
        entry = records.event(EntryAction.EXPORTED, by=by, act="hand_out_checkpoint")
    return covering(entry)

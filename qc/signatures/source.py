"""The source material that a batch rests on, and the entries that tell of it: they stand in no batch."""

from typing import Any

from django.db.models import Q

from batches.record.models import Batch
from batches.source.models import (
    CellLineDetails,
    CordBloodDetails,
    Donor,
    DonorTesting,
    MscDetails,
    PerinatalDetails,
    SourceLot,
)
from batches.source.origins import lot_keys
from batches.source.treatments import LOT_ROWS, treatments_of

LOT_DETAILS = (DonorTesting, MscDetails, PerinatalDetails, CordBloodDetails, CellLineDetails)


def lot_details(lot: SourceLot) -> list[Any]:
    """What a source lot (`with_details`) records beside the common fields: its tests, and its rows of
    genetic modifications and priming, voided ones too."""
    found = (getattr(lot, model._meta.model_name or "", None) for model in LOT_DETAILS)
    return [*(one for one in found if one is not None), *treatments_of(lot)]


def rests_on(batch: Batch) -> Q:
    """Entries about the batch's source lots, their donors, tests and what else is recorded of them."""
    lots = lot_keys([batch])[batch.pk]
    donors = SourceLot.objects.filter(pk__in=lots).values("donor")
    found = Q(kind=SourceLot._meta.label_lower, object_id__in=lots)
    found |= Q(kind=Donor._meta.label_lower, object_id__in=donors)
    for model in (*LOT_DETAILS, *LOT_ROWS):
        keys = model._default_manager.filter(source_lot__in=lots).values("pk")
        found |= Q(kind=model._meta.label_lower, object_id__in=keys)
    return found & Q(batch_number="")

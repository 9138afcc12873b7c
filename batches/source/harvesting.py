"""Further harvests of a batch: another one of its source lot, one of another lot, one that is voided."""

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.record.actions import demand_consent, name_lots
from batches.record.models import Batch
from batches.record.sheets import Sheet
from batches.record.values import lock_batch, lock_sheet
from batches.source.models import MOST_HARVESTS, Harvest, SourceLot


@action(may=roles.ENTER)
def add_harvest(*, batch: Batch, source_lot: SourceLot | None = None, by: User) -> Harvest:
    """Add a harvest of the batch's own source lot, or of another lot whose material is pooled with it."""
    batch = lock_batch(batch)
    _demand_editable(batch)
    found = Harvest.objects.filter(batch=batch).last()
    if found is None:
        raise ActionRefused(f"Batch {batch.number} has no harvests of its own.")
    if found.position >= MOST_HARVESTS:
        raise ActionRefused(f"A batch has {MOST_HARVESTS} harvests at most, voided ones counted.")
    chosen = batch.source_lot_id if source_lot is None else source_lot.pk
    lot = SourceLot.objects.select_related("donor").get(pk=chosen)
    demand_consent(lot)
    further = lot if lot.pk != batch.source_lot_id else None
    harvest = Harvest(batch=batch, further=found.position + 1, source_lot=further)
    records.save(harvest, by=by)
    name_lots(batch, by=by)
    return harvest


@action(may=roles.ENTER)
def void_harvest(*, sheet: Sheet, by: User, reason: Reason) -> Harvest:
    """Void a harvest that does not belong to the batch. It stays readable; its number is not used again.

    One harvest of the lot that the batch was opened on stays: the batch is made of it.
    """
    sheet = lock_sheet(sheet)
    batch, harvest = sheet.batch, sheet.subject
    _demand_editable(batch)
    if harvest.is_voided:
        raise ActionRefused(f"{harvest} is voided already.")
    if harvest.source_lot_id is None and not _others_of_own_lot(harvest):
        words = f"Batch {batch.number} was opened on {harvest.lot.code}: one harvest of it stays."
        raise ActionRefused(f"{words} Correct its values, or add the right harvest first.")
    if not reason:
        raise ReasonMissing(f"Say why {harvest} is voided.")
    harvest.voided_at, harvest.voided_by = timezone.now(), by
    records.save(harvest, by=by, reason=reason)
    name_lots(batch, by=by)
    return harvest


def _others_of_own_lot(harvest: Harvest) -> bool:
    standing = Harvest.objects.standing().filter(batch=harvest.batch_id, source_lot__isnull=True)
    return standing.exclude(pk=harvest.pk).exists()


def _demand_editable(batch: Batch) -> None:
    if not batch.is_editable:
        words = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {words}: no harvest can be added or voided.")

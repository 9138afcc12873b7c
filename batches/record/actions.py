"""What can happen to a batch as a whole."""

from collections.abc import Iterable

from django.db import models
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.isolation.steps import plan_steps
from batches.masters.models import MasterVersion, Product
from batches.masters.plans import Plan, freeze
from batches.record.missing import missing_of
from batches.record.models import Batch
from batches.record.sheets import NotFinished
from batches.record.values import lock_batch
from batches.source.models import Harvest, SourceLot
from batches.source.origins import LOTS_APART, further_keys, lot_keys, lots_of
from batches.specifications.models import Specification


@action(may=roles.ENTER)
def open_batch(
    *, version: MasterVersion, source_lot: SourceLot | None = None, notes: str = "", by: User
) -> Batch:
    """Open a batch on an effective master version, with its frozen plan, harvest sheet and planned steps.

    Where the version begins with batches it is a pool: without source lot and harvest, its parts come next.
    The number is the product's next of the year; the product's row is locked while it is found, and the
    database refuses a number twice.
    """
    product = Product.objects.select_for_update().get(pk=version.master.product_id)
    version = MasterVersion.objects.with_content().get(pk=version.pk)
    _demand_openable(version, product, source_lot)
    # Held, so that the version which is effective now stays so until the batch is there.
    Specification.objects.select_for_update().filter(pk=version.specification_id).first()
    plan = freeze(version, by=by)
    now = timezone.now()
    sequence = _next_sequence(product, now.year)
    batch = Batch(
        number=product.batch_number(sequence, now),
        product=product,
        year=now.year,
        sequence=sequence,
        plan=plan,
        source_lot=source_lot,
        notes=notes.strip(),
        opened_at=now,
        opened_by=by,
    )
    batch.search_text = search_text(batch, [source_lot] if source_lot else [])
    records.save(batch, by=by)
    if not batch.is_pool:
        records.save(Harvest(batch=batch), by=by)
    plan_steps(batch, Plan.of(plan), by=by)
    return batch


def _demand_openable(version: MasterVersion, product: Product, source_lot: SourceLot | None) -> None:
    if version.status != MasterVersion.Status.EFFECTIVE:
        raise ActionRefused(f"{version} is not effective; open the batch on the effective version.")
    if not product.is_active:
        raise ActionRefused(f"Product {product.code} is not in use any more.")
    if version.begins_with == MasterVersion.Begins.BATCHES:
        if source_lot is not None:
            raise ValueRefused(f"{version} is for pools: a pool has no source lot of its own.", "source_lot")
        return
    if source_lot is None:
        raise ValueRefused(f"{version} begins with source material: choose the source lot.", "source_lot")
    demand_consent(source_lot)


def demand_consent(source_lot: SourceLot) -> None:
    """Refuse material of a donor who withdrew consent."""
    if source_lot.donor is not None and source_lot.donor.consent_withdrawn:
        raise ActionRefused(f"Donor {source_lot.donor.code} withdrew consent: choose another source lot.")


def _next_sequence(product: Product, year: int) -> int:
    last = Batch.objects.filter(product=product, year=year).aggregate(models.Max("sequence"))
    return (last["sequence__max"] or 0) + 1


def search_text(batch: Batch, lots: Iterable[SourceLot]) -> str:
    """What the search field looks through: number, product, source lots, donors and notes."""
    of_lots = [code for lot in lots for code in (lot.code, lot.donor.code if lot.donor else "")]
    words = [batch.number, batch.product.code, *of_lots, batch.notes]
    return " ".join(dict.fromkeys(word for word in words if word)).lower()


def name_lots(batch: Batch, *, by: User) -> None:
    """Put on the batch which further source lots its standing harvests, or its parts, were taken from."""
    lots = SourceLot.objects.select_related("donor")
    keys = lot_keys([batch]) if batch.is_pool else further_keys([batch.pk])
    further = lots.filter(pk__in=keys[batch.pk]).order_by("id")
    batch.further_lots = LOTS_APART.join(lot.code for lot in further if lot.pk != batch.source_lot_id)
    own = lots.filter(pk=batch.source_lot_id)
    batch.search_text = search_text(batch, [*own, *further])
    records.save(batch, by=by)


@action(may=roles.ENTER)
def correct_notes(*, batch: Batch, notes: str, by: User, reason: Reason | None = None) -> Batch:
    """Enter or correct a batch's purpose and notes."""
    batch = lock_batch(batch)
    if not batch.is_editable:
        raise ActionRefused(f"Batch {batch.number} is {batch.get_status_display().lower()}.")
    batch.notes = notes.strip()
    lots = lots_of([batch], SourceLot.objects.select_related("donor"))
    batch.search_text = search_text(batch, lots[batch.pk])
    records.save(batch, by=by, reason=reason)
    return batch


@action(may=roles.ENTER)
def submit_batch(*, batch: Batch, by: User) -> Batch:
    """Hand a complete batch to QC. Refused while anything is missing, naming all of it."""
    batch = lock_batch(batch)
    if Batch.Status.SUBMITTED not in Batch.NEXT[Batch.Status(batch.status)]:
        raise ActionRefused(f"Batch {batch.number} is {batch.get_status_display().lower()} already.")
    missing = missing_of(batch)
    if missing:
        raise NotFinished(missing)
    batch.status = Batch.Status.SUBMITTED
    batch.submitted_at, batch.submitted_by = timezone.now(), by
    records.save(batch, by=by)
    return batch

"""What hangs on a donor, a source lot, a product, a master or a batch, for the page of a trail's entry."""

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Q, QuerySet
from django.urls import reverse

from audit.models import Entry
from audit.trail import affected
from audit.trail.affected import Affected, Group, group
from batches.masters.models import Criterion, FrozenPlan, PlannedStep, StepLimit
from batches.materials.chosen import KEYS, ChosenMaterial
from batches.pooling.parts import pools_of
from batches.record.models import Batch
from batches.source.lot_kinds import LOT_KINDS
from batches.source.models import SourceLot
from batches.source.origins import made_of
from batches.source.treatments import LOT_ROWS

Of = Callable[[int], Q]
# Which batches stand on a record of that kind.
BATCHES_OF: dict[str, Of] = {
    "batches.donor": lambda pk: made_of(SourceLot.objects.filter(donor_id=pk)),
    "batches.sourcelot": lambda pk: made_of([pk]),
    "batches.product": lambda pk: Q(product_id=pk),
    "batches.masterrecord": lambda pk: Q(plan__version__master_id=pk),
    "batches.masterversion": lambda pk: Q(plan__version_id=pk),
    "batches.frozenplan": lambda pk: Q(plan_id=pk),
    "batches.plannedstep": lambda pk: _of_version(PlannedStep.objects.filter(pk=pk), "version_id"),
    "batches.criterion": lambda pk: _of_version(Criterion.objects.filter(pk=pk), "version_id"),
    "batches.steplimit": lambda pk: _of_version(StepLimit.objects.filter(pk=pk), "planned_step__version_id"),
    FrozenPlan._meta.label_lower: lambda pk: Q(plan_id=pk),
    **{f"batches.{key}": (lambda pk, key=key: _chose(key, pk)) for key in KEYS},
}


def register_all() -> None:
    """Tell the trail what this room knows."""
    affected.register(its_batch)
    affected.register(pools_of_its_batch)
    affected.register(lots_of_donor, "batches.donor")
    affected.register(batches_on, *BATCHES_OF)
    details = {*LOT_ROWS, *(model for kind in LOT_KINDS.values() for model in kind.details)}
    affected.register(batches_on_details, *(model._meta.label_lower for model in details))


def its_batch(entry: Entry) -> Group | None:
    """The batch that the entry belongs to, as it stands now."""
    if not entry.batch_number:
        return None
    return group("Its batch, as it stands now", _batches(Batch.objects.filter(number=entry.batch_number)))


def pools_of_its_batch(entry: Entry) -> Group | None:
    """Pools that hold the batch which the entry belongs to, directly or not."""
    if not entry.batch_number:
        return None
    pools = pools_of(Batch.objects.filter(number=entry.batch_number).values("pk"))
    return (
        group("Pools that hold this batch", _batches(Batch.objects.filter(pk__in=pools))) if pools else None
    )


def lots_of_donor(entry: Entry) -> Group:
    """Source lots that came from the donor."""
    lots = SourceLot.objects.filter(donor_id=entry.object_id).order_by("-id")[: affected.MOST_SHOWN + 1]
    return group(
        "Source lots of this donor",
        (Affected(lot.code, reverse("source_lot", args=[lot.code]), lot.get_kind_display()) for lot in lots),
    )


def batches_on(entry: Entry) -> Group | None:
    """Batches that stand on the record."""
    if entry.object_id is None:
        return None
    return _standing_on(BATCHES_OF[entry.kind](entry.object_id))


def batches_on_details(entry: Entry) -> Group | None:
    """Batches that stand on the source lot whose details these are."""
    details = (model for kind in LOT_KINDS.values() for model in kind.details)
    for model in (*LOT_ROWS, *details):
        if model._meta.label_lower == entry.kind:
            lots = model._default_manager.filter(pk=entry.object_id).values("source_lot_id")
            return _standing_on(made_of(lots))
    return None


def _standing_on(condition: Q) -> Group:
    found = Batch.objects.filter(condition).order_by("-id")[: affected.MOST_SHOWN + 1]
    return group("Batches that stand on it", _batches(found))


def _of_version(found: QuerySet, name: str) -> Q:
    return Q(plan__version_id__in=found.values(name))


def _chose(key: str, pk: int) -> Q:
    """Batches with a step that took its values from that rotor, column, membrane or kit."""
    return Q(pk__in=ChosenMaterial.objects.filter(**{f"{key}_id": pk}).values("step__batch_id"))


def _batches(found: Iterable[Batch]) -> Iterator[Affected]:
    for batch in found:
        words = [batch.get_status_display(), batch.get_disposition_display() if batch.disposition else ""]
        detail = ", ".join(word.lower() for word in words if word)
        yield Affected(batch.number, reverse("batch", args=[batch.number]), detail)

"""Which batches a product's others are compared with: proposed by one person, confirmed by another."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import Max
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, ValueRefused
from batches.masters.models import Product
from batches.record.models import Batch
from batches.trends.models import ReferenceBatch, ReferenceSet
from batches.trends.similarity.comparing import FEWEST

THRESHOLDS = ("most_distance_nm", "least_overlap_percent", "least_markers_percent", "most_z")


@action(may=roles.REVIEW)
def propose_references(
    *,
    product: Product,
    batches: Iterable[str],
    thresholds: Mapping[str, Decimal | None],
    words: str,
    by: User,
) -> ReferenceSet:
    """Propose the reference batches of a product (their numbers) and how alike is alike enough.

    Counts once another person confirms it; a newer proposal takes the place of one that waits. Refused
    for fewer than 3 batches and for rejected ones.
    """
    chosen = _chosen(product, batches)
    if len(words.strip()) < 3:
        raise ValueRefused("Say why in a few words.", "words")
    last = ReferenceSet.objects.filter(product=product).aggregate(last=Max("number"))["last"] or 0
    proposed = ReferenceSet(
        product=product,
        number=last + 1,
        words=words.strip(),
        proposed_at=timezone.now(),
        proposed_by=by,
        **{name: thresholds.get(name) for name in THRESHOLDS},
    )
    records.save(proposed, by=by)
    for batch in chosen:
        records.save(ReferenceBatch(reference_set=proposed, batch=batch), by=by)
    return proposed


def _chosen(product: Product, numbers: Iterable[str]) -> list[Batch]:
    wanted = {*numbers}
    found = list(Batch.objects.filter(product=product, number__in=wanted).order_by("pk"))
    if len(found) < FEWEST:
        raise ValueRefused(f"Choose at least {FEWEST} batches; {len(found)} were chosen.", "batches")
    if missing := wanted - {batch.number for batch in found}:
        raise ValueRefused(f"No batch of {product.code}: {', '.join(sorted(missing)[:5])}.", "batches")
    rejected = {Batch.Status.REJECTED, Batch.Disposition.REJECTED}
    bad = [batch.number for batch in found if {batch.status, batch.disposition} & rejected]
    if bad:
        raise ValueRefused(f"Rejected batches are no references: {', '.join(bad[:5])}.", "batches")
    return found


@action(may=roles.REVIEW)
def confirm_references(*, reference_set: ReferenceSet, by: User) -> ReferenceSet:
    """Confirm what somebody else proposed; from now on it counts."""
    found = ReferenceSet.objects.select_for_update().get(pk=reference_set.pk)
    if found.confirmed_at is not None:
        raise ActionRefused(f"{found} is confirmed already.")
    if found.proposed_by_id == by.pk:
        raise ActionRefused("You proposed these references: somebody else confirms them.")
    if ReferenceSet.objects.filter(product_id=found.product_id, number__gt=found.number).exists():
        raise ActionRefused("A newer version was proposed meanwhile: look at that one.")
    found.confirmed_at, found.confirmed_by = timezone.now(), by
    records.save(found, by=by)
    return found

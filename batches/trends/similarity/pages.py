"""What pages about similarity show."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts import roles
from accounts.models import User
from batches.masters.models import Product
from batches.record.models import Batch
from batches.trends import drawing
from batches.trends.models import ReferenceBatch, ReferenceSet
from batches.trends.pages import score_words
from batches.trends.rows import ProductRows
from batches.trends.similarity.actions import THRESHOLDS
from batches.trends.similarity.comparing import Comparison, Thresholds, ValueLine, compare
from batches.trends.similarity.drawing import profile_picture
from batches.trends.similarity.figures import figures_of

MOST_OFFERED = 200


@dataclass(frozen=True)
class Nearest:
    """A reference with the size profile nearest to the batch's."""

    number: str
    distance_nm: float
    overlap_percent: float


def counting_set(product: Product) -> ReferenceSet | None:
    """The newest confirmed references of a product."""
    found = ReferenceSet.objects.confirmed().filter(product=product)
    return found.select_related("product", "proposed_by", "confirmed_by").first()


def thresholds_of(references: ReferenceSet) -> Thresholds:
    """For computing."""
    given = {name: getattr(references, name) for name in THRESHOLDS}
    return Thresholds(**{name: None if value is None else float(value) for name, value in given.items()})


def comparison_of(batch: Batch, references: ReferenceSet) -> tuple[Comparison, ProductRows]:
    """A batch beside the references of its product; the same few queries for any number of them."""
    members = ReferenceBatch.objects.filter(reference_set=references).order_by().values("batch_id")
    rows = ProductRows(references.product, only=Q(pk__in=members) | Q(pk=batch.pk))
    others = [pk for (pk,) in members.values_list("batch_id")]
    return compare(figures_of(rows), batch.pk, others, thresholds_of(references)), rows


def similarity_context(batch: Batch) -> dict[str, Any]:
    """What the page and the card of a batch show."""
    references = counting_set(batch.product)
    context: dict[str, Any] = {"batch": batch, "references": references, "section": "batches"}
    if references is None:
        return context
    found, rows = comparison_of(batch, references)
    line = found.profile
    return {
        **context,
        "found": found,
        "picture": profile_picture(line) if line else "",
        "nearest": [Nearest(rows.batches[pk].number, *numbers) for pk, *numbers in line.nearest]
        if line
        else [],
        "values": [(one, *_told(one)) for one in found.values],
        "across": ", ".join(found.other_instruments),
    }


def _told(one: ValueLine) -> tuple[str, str, str]:
    """The batch's value, the references' and the SD between them, as people read them."""
    own, theirs = (drawing.shown(one.trended, one.trended.scaled(value)) for value in (one.value, one.centre))
    return own, theirs, "–" if one.z is None else score_words(one.z)


def references_context(product: Product, person: User, **forms: Any) -> dict[str, Any]:
    """What the page of a product's references shows."""
    named = ReferenceSet.objects.filter(product=product)
    sets = list(
        named.select_related("product", "proposed_by", "confirmed_by").prefetch_related("members__batch")
    )
    counting = next((one for one in sets if one.confirmed_at), None)
    newest = sets[0] if sets else None
    waiting = newest if newest and not newest.confirmed_at else None
    members = {one.batch_id for one in newest.members.all()} if newest else set()
    offered = Batch.objects.filter(product=product).exclude(status=Batch.Status.REJECTED)
    offered = offered.exclude(disposition=Batch.Disposition.REJECTED).order_by("-pk")[:MOST_OFFERED]
    return {
        "product": product,
        "sets": sets,
        "counting": counting,
        "waiting": waiting,
        "may_decide": person.may(roles.REVIEW),
        "may_confirm": waiting is not None
        and person.may(roles.REVIEW)
        and waiting.proposed_by_id != person.pk,
        "offered": [(one, one.pk in members) for one in offered],
        "section": "trends",
        **forms,
    }

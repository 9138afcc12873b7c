"""What became of the points that a review sent back: changed since, answered in words, or neither yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from batches.characterization.models import Assay
from batches.isolation.models import ProcessStep
from batches.record.models import Batch, FieldRemark
from batches.source.models import Harvest
from qc.entries import entries_of
from qc.loading import places_of
from qc.models import ReturnedPoint, Review, Signature
from qc.review.looks import Changed, Places, changed_since
from qc.review.models import PointReply

MOST_SHOWN = 3


@dataclass(frozen=True)
class Answered:
    """A returned point with what was changed where it stands since, and what the laboratory wrote."""

    point: ReturnedPoint
    changes: list[Changed] = field(default_factory=list)
    replies: list[PointReply] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        return bool(self.changes or self.replies)

    @property
    def shown(self) -> list[Changed]:
        """The latest changes, as many as a card holds."""
        return self.changes[-MOST_SHOWN:]

    @property
    def more(self) -> int:
        """How many changes stand before those."""
        return max(len(self.changes) - MOST_SHOWN, 0)


def answered(points: Iterable[ReturnedPoint], changes: Sequence[Changed]) -> list[Answered]:
    """Each point (with its replies) beside the changes after its return that stand where it stands."""
    return [
        Answered(point, [one for one in changes if _is_about(one, point)], list(point.replies.all()))
        for point in points
    ]


def _is_about(one: Changed, point: ReturnedPoint) -> bool:
    """Whether a change is of the value that a point names, or of the record where it names none."""
    if not point.page or one.is_back:
        return False
    return one.url == point.url if point.field else one.url.partition("#")[0] == point.page


def with_remarks(places: Places, remarks: Iterable[FieldRemark]) -> Places:
    """The places, with each remark standing at the value that it is about."""
    found = dict(places)
    for one in remarks:
        label, url = places.get((one.record_kind, one.record_id), (one.record_label, ""))
        at = f"{url}#value-{one.field}" if url and "#" not in url else url
        found[one._meta.label_lower, one.pk] = (label, at)
    return found


def answered_in(batch: Batch) -> list[Answered]:
    """The points of the last return of a batch that the laboratory has, with what became of each."""
    if batch.status != Batch.Status.RETURNED:
        return []
    rounds = Review.objects.filter(batch=batch, decision=Review.Decision.RETURNED).order_by("-round")
    review = rounds.prefetch_related("returned_points__replies__replied_by").first()
    if review is None:
        return []
    signed = Signature.objects.filter(review=review).order_by("id").values_list("entries_signed", flat=True)
    after = signed.first() or 0
    entries = entries_of([batch], told_after=after).get(batch.pk, [])
    return answered(review.returned_points.all(), changed_since(entries, after, _places(batch)))


def _places(batch: Batch) -> Places:
    """Where each record of the batch is found."""
    harvests = list(Harvest.objects.filter(batch=batch))
    for harvest in harvests:
        harvest.batch = batch
    steps = ProcessStep.objects.filter(batch=batch).with_rows()
    found = places_of(batch, harvests, steps, Assay.objects.filter(batch=batch).with_details())
    return with_remarks(found, FieldRemark.objects.filter(batch=batch, is_withdrawn=False))

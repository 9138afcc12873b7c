"""The queue: what waits for a review, what is under review, what waits for its disposition."""

from dataclasses import dataclass

from django.db.models import Q

from batches.record.models import Batch
from qc.models import Review

MOST_SHOWN = 200
Status, Disposition = Batch.Status, Batch.Disposition
AWAITING_DISPOSITION = Q(status__in=[Status.APPROVED, Status.REJECTED], disposition="") | Q(
    status=Status.APPROVED, disposition=Disposition.QUARANTINED
)


@dataclass(frozen=True)
class Queued:
    """A batch in the queue with its latest review round, None before the first."""

    batch: Batch
    review: Review | None


@dataclass(frozen=True)
class Queue:
    """The two lists, oldest first."""

    to_review: list[Queued]
    to_dispose: list[Queued]
    is_cut: bool


def queue() -> Queue:
    """The queue in three queries, at most MOST_SHOWN batches a list."""
    batches = Batch.objects.select_related("product", "submitted_by").defer("plan", "search_text")
    under_review = list(batches.awaiting_review().order_by("submitted_at", "id")[: MOST_SHOWN + 1])
    decided = list(batches.filter(AWAITING_DISPOSITION).order_by("submitted_at", "id")[: MOST_SHOWN + 1])
    latest = _latest_reviews([*under_review, *decided])
    return Queue(
        to_review=[Queued(batch, latest.get(batch.pk)) for batch in under_review[:MOST_SHOWN]],
        to_dispose=[Queued(batch, latest.get(batch.pk)) for batch in decided[:MOST_SHOWN]],
        is_cut=max(len(under_review), len(decided)) > MOST_SHOWN,
    )


def _latest_reviews(batches: list[Batch]) -> dict[int, Review]:
    reviews = Review.objects.filter(batch__in=batches).select_related("begun_by", "decided_by")
    return {review.batch_id: review for review in reviews.order_by("round")}

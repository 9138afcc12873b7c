"""What a review can do to a batch, each with a signature of its own fixed meaning.

Signing waits for the seal: everything written before is in the ledger when somebody signs, and so is the
signature right after. While the sealer is stopped nothing is signed.
"""

from collections.abc import Sequence

from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.statements import Signing
from audit import records
from audit.acting import action
from batches.record.models import Batch
from batches.record.values import lock_batch
from qc.models import ReturnedPoint, Review, Signature
from qc.points import Point
from qc.review.models import TrailReview
from qc.review.rules import (
    demand_in_review,
    demand_no_open_query,
    demand_reviewed,
    demand_trail_unreviewed,
    listed,
)
from qc.rules import (
    DISPOSITION_MEANINGS,
    demand_approvable,
    demand_decided_batch,
    demand_disposition,
    demand_in_order,
    demand_next,
    demand_points,
    demand_uninvolved,
    demand_words,
    ready_to_decide,
)
from qc.signatures.ceremony import begin_signing, sign


@action(may=roles.REVIEW)
def begin_review(*, batch: Batch, by: User) -> Review:
    """Take a submitted batch into review: a new round. Refused to whoever made an entry in the batch."""
    batch = lock_batch(batch)
    demand_next(batch, Batch.Status.IN_REVIEW)
    demand_uninvolved(batch, by)
    before = Review.objects.filter(batch=batch).count()
    review = Review(batch=batch, round=before + 1, begun_at=timezone.now(), begun_by=by)
    records.save(review, by=by)
    batch.status = Batch.Status.IN_REVIEW
    records.save(batch, by=by)
    return review


@action(may=roles.REVIEW, sealed=True)
def review_trail(*, batch: Batch, only: str, signing: Signing, by: User) -> TrailReview:
    """Sign that the trail of a batch was read, from where its last review ended up to now; the comment says
    what was found. `only` names what was looked at (TrailReview.Only).
    """
    batch = lock_batch(batch)
    demand_in_review(batch, "its trail is reviewed")
    demand_uninvolved(batch, by)
    demand_words(signing.comment, "Say in a few words what you found in the trail.")
    first = demand_trail_unreviewed(batch)
    bound = begin_signing(batch, signing, by)
    made = TrailReview(
        batch=batch,
        from_entry=first,
        to_entry=bound.entries,
        leaf=bound.leaf,
        only=TrailReview.Only(only),
        entries_listed=listed(batch, first - 1, only).filter(number_in_batch__lte=bound.entries).count(),
        words=signing.comment.strip(),
        reviewed_at=timezone.now(),
        reviewed_by=by,
    )
    made.signature = sign(batch, Signature.Meaning.TRAIL_REVIEWED, signing, bound, by)
    records.save(made, by=by)
    return made


@action(may=roles.REVIEW, sealed=True)
def return_batch(*, batch: Batch, points: Sequence[Point], signing: Signing, by: User) -> Signature:
    """Send a batch back, naming at least one step, assay or the harvest, or a value of it, and why."""
    batch = ready_to_decide(batch, Batch.Status.RETURNED, by)
    bound = begin_signing(batch, signing, by)
    points = [Point(*one) for one in points]
    demand_points(batch, points)
    review = _close_review(batch, Review.Decision.RETURNED, signing, by)
    for point in points:
        records.save(_returned(review, point), by=by)
    return sign(batch, Signature.Meaning.REVIEWED_RETURNED, signing, bound, by, review)


def _returned(review: Review, point: Point) -> ReturnedPoint:
    return ReturnedPoint(
        review=review,
        record_kind=point.record._meta.label_lower,
        record_id=point.record.pk,
        record_label=point.record.trail_label,
        field=point.field,
        field_label=point.sheet.label_of(point.field)[:200] if point.field else "",
        page=point.sheet.url[:200],
        words=point.words.strip(),
    )


@action(may=roles.REVIEW, sealed=True)
def approve_batch(*, batch: Batch, signing: Signing, by: User) -> Signature:
    """Approve a batch. Refused while a release criterion does not pass, anything is missing (unchecked
    steps included), an exception is undecided, a query open, or the trail not reviewed to its last change.
    """
    batch = ready_to_decide(batch, Batch.Status.APPROVED, by)
    demand_in_order(batch)
    bound = begin_signing(batch, signing, by)
    demand_approvable(batch)
    demand_reviewed(batch)
    review = _close_review(batch, Review.Decision.APPROVED, signing, by)
    return sign(batch, Signature.Meaning.REVIEWED_APPROVED, signing, bound, by, review)


@action(may=roles.REVIEW, sealed=True)
def reject_batch(*, batch: Batch, signing: Signing, by: User) -> Signature:
    """Reject a batch for good, saying why."""
    batch = ready_to_decide(batch, Batch.Status.REJECTED, by)
    demand_words(signing.comment, "Say in the comment why the batch is rejected.")
    demand_no_open_query(batch)
    bound = begin_signing(batch, signing, by)
    review = _close_review(batch, Review.Decision.REJECTED, signing, by)
    return sign(batch, Signature.Meaning.REVIEWED_REJECTED, signing, bound, by, review)


@action(may=roles.REVIEW, sealed=True)
def set_disposition(*, batch: Batch, disposition: str, signing: Signing, by: User) -> Signature:
    """Say what becomes of the material: released for research use, quarantined, held for a retest or
    rejected; with a reason.
    """
    batch = lock_batch(batch)
    demand_uninvolved(batch, by)
    wanted = demand_disposition(batch, disposition, by)
    demand_words(signing.comment, "Say in the comment why.")
    bound = begin_signing(batch, signing, by)
    batch.disposition = wanted
    records.save(batch, by=by)
    return sign(batch, DISPOSITION_MEANINGS[wanted], signing, bound, by)


@action(may=roles.REVIEW, sealed=True)
def open_revision(*, batch: Batch, signing: Signing, by: User) -> Signature:
    """Send a batch on which a decision stands back to the laboratory for a correction, saying why.

    What was signed stays readable as it was, and covers the revision that it was signed at. Material that
    was released goes to quarantine by the same signature, until somebody decides anew.
    """
    batch = lock_batch(batch)
    demand_uninvolved(batch, by)
    demand_decided_batch(batch, "a revision is opened after a decision only.")
    demand_words(signing.comment, "Say in the comment what has to be corrected and why.")
    bound = begin_signing(batch, signing, by)
    batch.status = Batch.Status.RETURNED
    if batch.disposition == Batch.Disposition.RELEASED:
        batch.disposition = Batch.Disposition.QUARANTINED
    records.save(batch, by=by)
    return sign(batch, Signature.Meaning.REVISION_OPENED, signing, bound, by)


@action(may=roles.REVIEW, sealed=True)
def add_addendum(*, batch: Batch, signing: Signing, by: User) -> Signature:
    """Add a signed text to a batch on which a decision stands; nothing of the record changes."""
    batch = lock_batch(batch)
    demand_decided_batch(batch, "an addendum is written after a decision; until then the record itself is.")
    demand_words(signing.comment, "Write what is added.")
    bound = begin_signing(batch, signing, by)
    return sign(batch, Signature.Meaning.ADDENDUM, signing, bound, by)


# --- signing --------------------------------------------------------------------------------------


def _close_review(batch: Batch, decision: Review.Decision, signing: Signing, by: User) -> Review:
    """Write the decision on the open round, and the status on the batch."""
    review = Review.objects.open().get(batch=batch)
    review.decision, review.comment = decision, signing.comment.strip()
    review.decided_at, review.decided_by = timezone.now(), by
    records.save(review, by=by)
    batch.status = Batch.Status(decision)
    records.save(batch, by=by)
    return review

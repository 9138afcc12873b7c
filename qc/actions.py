"""What a review can do to a batch, each with a signature of its own fixed meaning.

Signing waits for the seal: everything written before is in the ledger when somebody signs, and so is the
signature right after. While the sealer is stopped nothing is signed.
"""

from django.conf import settings
from django.utils import timezone

from accounts import roles
from accounts.actions import prove_identity
from accounts.models import User
from audit import records
from audit.acting import action
from audit.models import EntryAction
from batches.record.models import Batch
from batches.record.values import lock_batch
from qc.models import ReturnedPoint, Review, Signature
from qc.review.rules import demand_no_open_query
from qc.rules import (
    DISPOSITION_MEANINGS,
    Point,
    Signing,
    demand_approvable,
    demand_disposition,
    demand_in_order,
    demand_next,
    demand_points,
    demand_uninvolved,
    demand_unmoved,
    demand_words,
    last_entry,
    ready_to_decide,
)

BY_PASSWORD = "password"  # noqa: S105 (how the identity was proved, not a password)
Bound = tuple[int, str]


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
def return_batch(
    *, batch: Batch, points: list[Point], password: str, entries_shown: int, comment: str = "", by: User
) -> Signature:
    """Send a batch back, naming at least one step, assay or the harvest and what is wrong with it."""
    signing = Signing(password, entries_shown, comment)
    batch = ready_to_decide(batch, Batch.Status.RETURNED, signing, by)
    demand_points(batch, points)
    bound = _prove(batch, signing, by)
    review = _close_review(batch, Review.Decision.RETURNED, signing, by)
    for record, words in points:
        point = ReturnedPoint(
            review=review,
            record_kind=record._meta.label_lower,
            record_id=record.pk,
            record_label=record.trail_label,
            words=words.strip(),
        )
        records.save(point, by=by)
    return _sign(batch, Signature.Meaning.REVIEWED_RETURNED, signing, bound, by, review)


@action(may=roles.REVIEW, sealed=True)
def approve_batch(
    *, batch: Batch, password: str, entries_shown: int, comment: str = "", by: User
) -> Signature:
    """Approve a batch. Refused while a release criterion does not pass or anything is missing, unchecked
    steps included. `entries_shown` is the number of the last entry of the batch that the page showed.
    """
    signing = Signing(password, entries_shown, comment)
    batch = ready_to_decide(batch, Batch.Status.APPROVED, signing, by)
    demand_in_order(batch)
    demand_approvable(batch)
    demand_no_open_query(batch)
    bound = _prove(batch, signing, by)
    review = _close_review(batch, Review.Decision.APPROVED, signing, by)
    return _sign(batch, Signature.Meaning.REVIEWED_APPROVED, signing, bound, by, review)


@action(may=roles.REVIEW, sealed=True)
def reject_batch(*, batch: Batch, comment: str, password: str, entries_shown: int, by: User) -> Signature:
    """Reject a batch for good, saying why."""
    signing = Signing(password, entries_shown, comment)
    batch = ready_to_decide(batch, Batch.Status.REJECTED, signing, by)
    demand_words(signing.comment, "Say in the comment why the batch is rejected.")
    demand_no_open_query(batch)
    bound = _prove(batch, signing, by)
    review = _close_review(batch, Review.Decision.REJECTED, signing, by)
    return _sign(batch, Signature.Meaning.REVIEWED_REJECTED, signing, bound, by, review)


@action(may=roles.REVIEW, sealed=True)
def set_disposition(
    *, batch: Batch, disposition: str, comment: str, password: str, entries_shown: int, by: User
) -> Signature:
    """Say what becomes of the material: released for research use, quarantined or rejected; with a reason."""
    signing = Signing(password, entries_shown, comment)
    batch = lock_batch(batch)
    demand_uninvolved(batch, by)
    wanted = demand_disposition(batch, disposition)
    demand_words(signing.comment, "Say in the comment why.")
    demand_unmoved(batch, signing)
    if wanted == Batch.Disposition.RELEASED:
        demand_in_order(batch)
    bound = _prove(batch, signing, by)
    batch.disposition = wanted
    records.save(batch, by=by)
    return _sign(batch, DISPOSITION_MEANINGS[wanted], signing, bound, by)


# --- signing --------------------------------------------------------------------------------------


def _prove(batch: Batch, signing: Signing, by: User) -> Bound:
    """Make sure of the person, and say what a signature is bound to: the record's last entry as it stands.

    Raises IdentityRefused for a wrong password; nothing was written by then.
    """
    prove_identity(person=by, password=signing.password)
    return last_entry(batch)


def _close_review(batch: Batch, decision: Review.Decision, signing: Signing, by: User) -> Review:
    """Write the decision on the open round, and the status on the batch."""
    review = Review.objects.open().get(batch=batch)
    review.decision, review.comment = decision, signing.comment.strip()
    review.decided_at, review.decided_by = timezone.now(), by
    records.save(review, by=by)
    batch.status = Batch.Status(decision)
    records.save(batch, by=by)
    return review


def _sign(
    batch: Batch,
    meaning: Signature.Meaning,
    signing: Signing,
    bound: Bound,
    by: User,
    review: Review | None = None,
) -> Signature:
    """Write the signature, bound to the record as it was shown, and the entry that tells of it."""
    signature = Signature(
        batch=batch,
        review=review,
        meaning=meaning,
        comment=signing.comment.strip(),
        signed_at=timezone.now(),
        signed_by=by,
        printed_name=by.printed_name,
        username=by.username,
        role=by.get_role_display(),
        time_zone=settings.TIME_ZONE,
        means=BY_PASSWORD,
        entries_signed=bound[0],
        leaf_signed=bound[1],
    )
    records.save(signature, by=by)
    detail = {"meaning": meaning.label, "entries": bound[0], "last_entry": bound[1], "means": BY_PASSWORD}
    records.event(EntryAction.SIGNED, by=by, about=signature, detail=detail)
    return signature

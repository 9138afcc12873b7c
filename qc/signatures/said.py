"""What was said and decided about a batch, as its manifest and its bundle tell it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects

from batches.quantities import people_number
from batches.record.models import Batch
from qc.deviations.models import AffectedBatch, DeviationNote, DeviationSignature
from qc.loading import WholeRecord
from qc.models import ReturnedPoint, Review, Signature
from qc.review.models import ExceptionDecision, TrailReview
from qc.signatures.values import Names, section

COMPUTED, REVIEW = "computed", "review"
# Of a signature before: the bytes of its proof, which its own statement stands for.
PROOF = ("client_data", "authenticator_data", "proof", "statement")


@dataclass(frozen=True)
class Said:
    """What the review said about a batch so far, beside its queries: rounds (the latest first), signatures,
    decisions, reviews of the trail, and what stands with its deviations.
    """

    reviews: Sequence[Review]
    signatures: Sequence[Signature]
    decisions: Sequence[ExceptionDecision]
    trail_reviews: Sequence[TrailReview]
    affected: Sequence[AffectedBatch] = ()
    notes: Sequence[DeviationNote] = ()
    closings: Sequence[DeviationSignature] = ()

    @classmethod
    def about(cls, record: WholeRecord, signatures: Sequence[Signature] | None = None) -> "Said":
        """Read it; a page that has the signatures hands them over."""
        batch = record.batch
        return cls(
            reviews=reviews_of(batch),
            signatures=signed_in(batch) if signatures is None else signatures,
            decisions=list(ExceptionDecision.objects.filter(batch=batch).select_related("decided_by")),
            trail_reviews=list(TrailReview.objects.filter(batch=batch).select_related("reviewed_by")),
            **_with_deviations(record),
        )


def _with_deviations(record: WholeRecord) -> dict[str, list[Any]]:
    """What stands with the deviations of a batch; nothing is asked where there are none.

    Of those that were opened in another batch, this batch's own part alone: that it is named in them.
    """
    if not record.deviations:
        return {}
    own = {"deviation__in": [one for one in record.deviations if one.batch_id == record.batch.pk]}
    affected = AffectedBatch.objects.select_related("batch", "deviation")
    return {
        "affected": [*affected.filter(**own), *affected.filter(batch=record.batch)],
        "notes": list(DeviationNote.objects.filter(**own).select_related("deviation")),
        "closings": list(DeviationSignature.objects.filter(**own).select_related("deviation")),
    }


def reviews_of(batch: Batch) -> list[Review]:
    """Rounds of review, the latest first, with what they sent back; most sent nothing, and aren't asked."""
    found = list(Review.objects.filter(batch=batch))
    returned = [one for one in found if one.decision == Review.Decision.RETURNED]
    prefetch_related_objects(returned, "returned_points__replies__replied_by")
    for one in found:
        if one not in returned:
            one._prefetched_objects_cache = {"returned_points": ReturnedPoint.objects.none()}
    return found


def signed_in(batch: Batch) -> list[Signature]:
    """Signatures with the hashes of their manifests, without their texts."""
    signatures = Signature.objects.filter(batch=batch).select_related("manifest")
    return list(signatures.defer("manifest__content"))


def words_section(
    key: str, title: str, told: Iterable[tuple[str, str, str]], part: str = COMPUTED
) -> dict[str, Any]:
    """A section of plain words."""
    values = [{"field": name, "label": label, "value": words} for name, label, words in told if words]
    return {"key": key, "title": title, "part": part, "values": values}


def state_of(record: WholeRecord) -> list[tuple[str, str, str]]:
    """Where the batch stands on its way through review."""
    batch = record.batch
    return [
        ("status", "Status", batch.get_status_display()),
        ("disposition", "Disposition", batch.get_disposition_display()),
        ("unexplained", "Unexplained changes", people_number(len(record.unexplained))),
    ]


def titled(record: WholeRecord, said: Said) -> list[tuple[str, Any]]:
    """Every record of the review with its title, in the order in which they are told."""
    rounds = sorted(said.reviews, key=lambda one: one.round)
    points = [point for one in rounds for point in one.returned_points.all()]
    return [
        *((f"Deviation {one}", one) for one in record.deviations),
        *((str(one), one) for one in (*said.affected, *said.notes)),
        *((one.trail_label, one) for one in said.closings),
        *((str(one), one) for one in said.decisions),
        *((one.trail_label, one) for one in record.asked),
        *((str(line), line) for one in record.asked for line in one.messages.all()),
        *((str(one), one) for one in (*said.trail_reviews, *rounds)),
        *((f"Sent back: {one.record_label}", one) for one in points),
        *((str(reply), reply) for one in points for reply in one.replies.all()),
        *((f"Signature: {one}", one) for one in sorted(said.signatures, key=lambda one: one.pk)),
    ]


def said_sections(record: WholeRecord, said: Said, names: Names) -> list[dict[str, Any]]:
    """The same as sections of a manifest."""
    found = titled(record, said)
    return [section(one, title, names, part=REVIEW, without=PROOF) for title, one in found]

"""Review rounds, what they send back, signatures."""

from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.quantities import LongWords, WholeNumberField, Words
from batches.record.models import Batch
from qc.signatures.models import Manifest


class ReviewQuerySet(AppendOnlyQuerySet):
    def open(self) -> "ReviewQuerySet":
        return self.filter(decision="")


class Review(TrackedModel):
    """One round of review: from taking a submitted batch up to the decision."""

    class Decision(models.TextChoices):
        OPEN = "", "Under review"
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"
        REJECTED = "rejected", "Rejected"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="reviews")
    round = models.PositiveSmallIntegerField("round")
    begun_at = models.DateTimeField("begun at")
    begun_by = person(null=False)
    decision = Words("decision", max_length=10, choices=Decision, default="")
    comment = LongWords("comment")
    decided_at = models.DateTimeField("decided at", null=True, editable=False)
    decided_by = person()

    objects = ReviewQuerySet.as_manager()
    free_fields = ("decision", "comment", "decided_at", "decided_by")

    class Meta:
        base_manager_name = "objects"
        ordering = ("-round",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "round"], name="review_round_once"),
            models.UniqueConstraint(
                fields=["batch"], condition=models.Q(decision=""), name="review_one_open_per_batch"
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_at__isnull=True)
                | (~models.Q(decision="") & models.Q(decided_at__isnull=False)),
                name="review_decision_has_time",
            ),
        )
        indexes = (models.Index(fields=["decided_at"], name="review_by_decided"),)

    def __str__(self) -> str:
        return f"Review {self.round}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number


class ReturnedPoint(TrackedModel):
    """A step, an assay, the harvest or one value of it that a review sends back, and what is wrong with it.

    `page` is where the laboratory finds it.
    """

    append_only = True

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="returned_points")
    record_kind = Words("record kind", max_length=60, blank=False)
    record_id = WholeNumberField("record", null=False, blank=False, high=2**53 - 1)
    record_label = Words("where", max_length=200, blank=False)
    field = Words("value", max_length=60)
    field_label = Words("value's name", max_length=200)
    page = Words("page", max_length=200)
    words = LongWords("what is wrong", blank=False)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.where}: returned"

    @property
    def where(self) -> str:
        """The record and, where one is named, the value of it."""
        return f"{self.record_label}, {self.field_label.lower()}" if self.field_label else self.record_label

    @property
    def url(self) -> str:
        """Where it is put right: the page, at the very value where one is named; empty on old points."""
        return f"{self.page}#value-{self.field}" if self.page and self.field else self.page

    @property
    def trail_batch(self) -> str:
        return self.review.batch.number


class Signature(TrackedModel):
    """Who signed what, when, and what it means; bound to a manifest and to the last entry it covers.

    `manifest` is what the signer saw (none on signatures of before there were manifests). `entries_signed`
    and `leaf_signed` are the count of the batch's entries before the signature and the leaf hash of the
    last of them: a later entry of the record shows that it changed after signing. `statement` is what was
    signed; `proof` and what stands around it is a passkey's answer to it, in base64url, empty for a password.
    """

    class Meaning(models.TextChoices):
        REVIEWED_APPROVED = "reviewed_approved", "Reviewed by QC: approved"
        REVIEWED_RETURNED = "reviewed_returned", "Reviewed by QC: returned"
        REVIEWED_REJECTED = "reviewed_rejected", "Reviewed by QC: rejected"
        RELEASED = "released", "Released for research use"
        QUARANTINED = "quarantined", "Put in quarantine"
        DISPOSITION_REJECTED = "rejected", "Rejected"
        RETEST = "retest", "Held for a retest"
        TRAIL_REVIEWED = "trail_reviewed", "Audit trail reviewed"
        ADDENDUM = "addendum", "Addendum"
        REVISION_OPENED = "revision_opened", "Revision opened"

    append_only = True

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="signatures")
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, null=True, editable=False, related_name="signatures"
    )
    meaning = Words("meaning", max_length=24, choices=Meaning, blank=False)
    comment = LongWords("comment")
    signed_at = models.DateTimeField("signed at")
    signed_by = person(null=False)
    printed_name = Words("printed name", max_length=150, blank=False)
    username = Words("user name", max_length=60, blank=False)
    role = Words("role", max_length=20, blank=False)
    time_zone = Words("time zone", max_length=60, blank=False)
    means = Words("identity proved by", max_length=40, blank=False)
    entries_signed = models.PositiveIntegerField("entries signed")
    leaf_signed = Words("last entry's hash", max_length=64, blank=False)
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, null=True, related_name="signatures")
    statement = LongWords("statement")
    nonce = Words("nonce", max_length=64)
    credential_id = Words("passkey", max_length=700)
    credential_name = Words("name of the passkey", max_length=120)
    public_key = LongWords("public key")
    domain = Words("domain of the passkey", max_length=255)
    client_data = LongWords("client data")
    authenticator_data = LongWords("authenticator data")
    proof = LongWords("passkey's signature")

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["nonce"], condition=~models.Q(nonce=""), name="signature_nonce_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} ({self.printed_name})"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return f"Signature: {self.get_meaning_display()}"

    @property
    def manifest_url(self) -> str:
        """Where the record can be read as it was signed; empty for a signature without a manifest."""
        return f"/qc/{self.batch.number}/manifests/{self.manifest.number}/" if self.manifest else ""


from qc.deviations.models import (  # noqa: E402,F401 (Django looks for models here)
    AffectedBatch,
    Deviation,
    DeviationNote,
    DeviationSignature,
)
from qc.notices.models import DigestRun, NoticeChoice, NoticeMark  # noqa: E402,F401
from qc.papers.models import Certificate  # noqa: E402,F401
from qc.review.models import (  # noqa: E402,F401
    ExceptionDecision,
    Look,
    PointReply,
    Query,
    QueryMessage,
    TrailReview,
)
from qc.sampling.models import SampledEntry, TrailSample  # noqa: E402,F401

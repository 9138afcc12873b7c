"""The batch, the files attached to it, and the remarks that stand beside single fields."""

from typing import Any

from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.masters.models import FrozenPlan, Product
from batches.quantities import LongWords, WholeNumberField, Words
from batches.source.models import SourceLot


class BatchQuerySet(AppendOnlyQuerySet):
    def awaiting_review(self) -> "BatchQuerySet":
        """Submitted or under review."""
        return self.filter(status__in=[Batch.Status.SUBMITTED, Batch.Status.IN_REVIEW])

    def with_header(self) -> "BatchQuerySet":
        """With everything the head of a batch page names."""
        named = self.select_related(
            "product",
            "plan__version__master",
            "source_lot__donor",
            "opened_by",
            "submitted_by",
            "reportingfacts",
        )
        # Plans are read once in a process (masters.plans); their content stays in the database.
        return named.defer("plan__content")


class Batch(TrackedModel):
    """One production batch: number, plan, source, status and, apart from it, its disposition."""

    class Status(models.TextChoices):
        IN_PROCESS = "in_process", "In process"
        SUBMITTED = "submitted", "Submitted"
        IN_REVIEW = "in_review", "In review"
        RETURNED = "returned", "Returned"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    class Disposition(models.TextChoices):
        UNDECIDED = "", "Not decided"
        RELEASED = "released", "Released for research use"
        REJECTED = "rejected", "Rejected"
        QUARANTINED = "quarantined", "Quarantined"
        RETEST = "retest", "Held for a retest"

    # Where a batch may go from each status; also enforced in qc.actions and record.actions.
    NEXT = {  # noqa: RUF012
        Status.IN_PROCESS: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.IN_REVIEW},
        Status.IN_REVIEW: {Status.RETURNED, Status.APPROVED, Status.REJECTED},
        Status.RETURNED: {Status.SUBMITTED},
        Status.APPROVED: set(),
        Status.REJECTED: set(),
    }

    number = Words("number", max_length=40, unique=True, blank=False, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="batches")
    year = models.PositiveSmallIntegerField("year of opening", editable=False)
    sequence = models.PositiveIntegerField("number in the year", editable=False)
    plan = models.ForeignKey(FrozenPlan, on_delete=models.PROTECT, related_name="batches", editable=False)
    source_lot = models.ForeignKey(SourceLot, on_delete=models.PROTECT, null=True, related_name="batches")
    # Codes of the other lots that standing harvests were taken from (batches.source.harvesting writes them).
    further_lots = LongWords("further source lots", editable=False)
    notes = LongWords("purpose and notes")
    status = Words(
        "status", max_length=12, choices=Status, default=Status.IN_PROCESS, blank=False, editable=False
    )
    disposition = Words("disposition", max_length=12, choices=Disposition, default="", editable=False)
    opened_at = models.DateTimeField("opened at", editable=False)
    opened_by = person(null=False)
    submitted_at = models.DateTimeField("submitted at", null=True, editable=False)
    submitted_by = person()
    # Number, product, source and notes in small letters, for one index to search; no value of the record.
    search_text = models.TextField(default="", blank=True, editable=False)

    objects = BatchQuerySet.as_manager()
    free_fields = ("further_lots", "status", "disposition", "submitted_at", "submitted_by")
    history_excludes = ("search_text",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["product", "year", "sequence"], name="batch_sequence_once"),
            models.CheckConstraint(
                condition=~models.Q(disposition="released") | models.Q(status="approved"),
                name="batch_released_is_approved",
                violation_error_message="Only a batch whose record is approved is released.",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="in_process") | models.Q(disposition=""),
                name="batch_in_process_is_undecided",
                violation_error_message="What becomes of a batch is not said before it was submitted.",
            ),
        )
        indexes = (
            models.Index(fields=["status", "id"], name="batch_by_status"),
            models.Index(fields=["product", "id"], name="batch_by_product"),
            models.Index(fields=["disposition", "id"], name="batch_by_disposition"),
            models.Index(fields=["opened_at", "id"], name="batch_by_opened"),
            models.Index(fields=["status", "disposition", "submitted_at"], name="batch_by_queue"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def trail_batch(self) -> str:
        return self.number

    @property
    def trail_label(self) -> str:
        return f"Batch {self.number}"

    @property
    def is_pool(self) -> bool:
        """Whether it was made of other batches: it has parts, and no source lot and harvest of its own."""
        return self.source_lot_id is None and self.source_lot is None

    @property
    def is_editable(self) -> bool:
        """Whether values may be entered or corrected now."""
        return self.status in {self.Status.IN_PROCESS, self.Status.RETURNED}

    @property
    def is_under_review(self) -> bool:
        return self.status in {self.Status.SUBMITTED, self.Status.IN_REVIEW}


class Attachment(TrackedModel):
    """An original file on a batch, stored under its SHA-256 before anything reads it."""

    class Status(models.TextChoices):
        READ = "read", "Read"
        KEPT = "kept", "Stored, not read"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="attachments")
    name = Words("file name", max_length=255, blank=False)
    sha256 = Words("SHA-256", max_length=64, blank=False, db_index=True)
    size_bytes = models.BigIntegerField("size in bytes")
    status = Words("status", max_length=8, choices=Status, default=Status.KEPT, blank=False)
    not_read_because = LongWords("not read because")
    uploaded_at = models.DateTimeField("uploaded at")
    uploaded_by = person(null=False)

    free_fields = ("status", "not_read_because")

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return f"File {self.name}"


class Reading(TrackedModel):
    """What one version of a reader made of an attachment; a later reading is a row of its own."""

    append_only = True

    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="readings")
    reader = Words("reader", max_length=60, blank=False)
    reader_version = Words("reader version", max_length=20, blank=False)
    format = Words("format", max_length=80, blank=False)
    software = Words("software", max_length=120)
    technique = Words("technique", max_length=40)
    values: Any = models.JSONField("values", blank=True)
    header: Any = models.JSONField("settings as printed", default=dict, blank=True)
    warnings: Any = models.JSONField("warnings", default=list, blank=True)
    curves: Any = models.JSONField("curves", default=dict, blank=True)

    hashed_fields = ("values", "header", "curves")
    history_excludes = ("curves",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.format} by {self.reader} {self.reader_version}"

    @property
    def trail_batch(self) -> str:
        return self.attachment.batch.number

    @property
    def trail_label(self) -> str:
        return f"Reading of {self.attachment.name}"


class FieldRemark(TrackedModel):
    """Why a field stays empty (not applicable) or stands out of its limits."""

    class Kind(models.TextChoices):
        NOT_APPLICABLE = "not_applicable", "Not applicable"
        OUT_OF_LIMITS = "out_of_limits", "Out of limits"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="remarks")
    kind = Words("kind", max_length=20, choices=Kind, blank=False)
    record_kind = Words("record kind", max_length=60, blank=False)
    record_id = WholeNumberField("record", null=False, blank=False, high=2**53 - 1)
    record_label = Words("record", max_length=200)
    field = Words("field", max_length=60, blank=False)
    words = LongWords("reason", blank=False)
    is_withdrawn = models.BooleanField("withdrawn", default=False)

    free_fields = ("is_withdrawn", "words")

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["record_kind", "record_id", "field", "kind"],
                condition=models.Q(is_withdrawn=False),
                name="fieldremark_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.field}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.record_label}, {self.field}"

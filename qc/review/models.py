"""What a reviewer does on the way to a decision: looks, exceptions accepted, queries, the trail read."""

from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.quantities import LongWords, WholeNumberField, Words
from batches.record.models import Batch


class ExceptionDecision(TrackedModel):
    """That somebody accepted an exception, or took that back, and why.

    It belongs to the exception's key: where the evidence changes, the exception is another one and asks
    again. `what` and `where` are the exception as it was read then. The newest decision of a key counts.
    """

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        TAKEN_BACK = "taken_back", "Taken back"

    append_only = True

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="exception_decisions")
    key = Words("exception", max_length=16, blank=False)
    rule = Words("rule", max_length=60, blank=False)
    rule_set = Words("rule set", max_length=12, blank=False)
    what = LongWords("what", blank=False)
    where = Words("where", max_length=300)
    decision = Words("decision", max_length=10, choices=Decision, blank=False)
    words = LongWords("why", blank=False)
    decided_at = models.DateTimeField("decided at")
    decided_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "decision on an exception"
        ordering = ("id",)
        indexes = (models.Index(fields=["batch", "key", "id"], name="exceptiondecision_by_key"),)

    def __str__(self) -> str:
        return f"Exception {self.get_decision_display().lower()}: {self.where}".rstrip(": ")

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return str(self)[:300]


class QueryQuerySet(AppendOnlyQuerySet):
    def open(self) -> "QueryQuerySet":
        """Not closed: asked or answered. They keep the batch from being signed."""
        return self.exclude(status=Query.Status.CLOSED)

    def with_messages(self) -> "QueryQuerySet":
        """With what was written in them and by whom."""
        return self.select_related("asked_by").prefetch_related(
            models.Prefetch("messages", QueryMessage.objects.select_related("written_by"))
        )


class Query(TrackedModel):
    """A question of the review about one value, one record or one exception, until it is closed.

    `page` is where the laboratory finds it and `label` what is asked about, in words; `evidence` is what
    the record said there when it was asked.
    """

    class Status(models.TextChoices):
        ASKED = "asked", "Waits for the laboratory"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="queries")
    number = models.PositiveSmallIntegerField("number in the batch", editable=False)
    record_kind = Words("record kind", max_length=60, blank=False, editable=False)
    record_id = WholeNumberField("record", null=False, high=2**53 - 1, editable=False)
    field = Words("value", max_length=60, editable=False)
    label = Words("about", max_length=300, blank=False, editable=False)
    page = Words("page", max_length=200, blank=False, editable=False)
    exception = Words("exception", max_length=16, editable=False)
    evidence = LongWords("what the record said", editable=False)
    status = Words("status", max_length=10, choices=Status, default=Status.ASKED, blank=False, editable=False)
    asked_at = models.DateTimeField("asked at", editable=False)
    asked_by = person(null=False)
    closed_at = models.DateTimeField("closed at", null=True, editable=False)
    closed_by = person()

    objects = QueryQuerySet.as_manager()
    free_fields = ("status", "closed_at", "closed_by")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "query"
        verbose_name_plural = "queries"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "number"], name="query_number_once"),
            models.CheckConstraint(
                condition=models.Q(status="closed", closed_at__isnull=False)
                | (~models.Q(status="closed") & models.Q(closed_at__isnull=True)),
                name="query_closed_has_time",
            ),
        )
        indexes = (models.Index(fields=["status", "id"], name="query_by_status"),)

    def __str__(self) -> str:
        return f"Query {self.number}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return f"Query {self.number}: {self.label}"[:300]

    @property
    def anchor(self) -> str:
        return f"query-{self.number}"

    @property
    def url(self) -> str:
        """Where it stands: beside its value, else on the page that it is about."""
        return f"{self.page}#{self.anchor}"

    @property
    def is_open(self) -> bool:
        """Whether it still keeps the batch from being signed."""
        return self.status != self.Status.CLOSED

    @property
    def waits_for_laboratory(self) -> bool:
        return self.status == self.Status.ASKED


class QueryMessage(TrackedModel):
    """One line of a query: the question, an answer, the question again, or why it was closed."""

    class Kind(models.TextChoices):
        ASKED = "asked", "asked"
        ANSWERED = "answered", "answered"
        ASKED_AGAIN = "asked_again", "asked again"
        CLOSED = "closed", "closed"

    append_only = True

    query = models.ForeignKey(Query, on_delete=models.PROTECT, related_name="messages")
    kind = Words("kind", max_length=12, choices=Kind, blank=False)
    words = LongWords("words")
    written_at = models.DateTimeField("written at")
    written_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "message of a query"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"Query {self.query.number} {self.get_kind_display()}"

    @property
    def trail_batch(self) -> str:
        return self.query.batch.number


class TrailReview(TrackedModel):
    """That somebody read the trail of a batch from one entry to another, what of it, and what was found.

    `only` names what was looked at: everything, or critical entries alone; `entries_listed` is how many
    that were. Entries after `to_entry` are not covered: where they change the record, they wait for the
    next review of the trail, and only they.
    """

    class Only(models.TextChoices):
        EVERYTHING = "", "Every entry"
        CRITICAL = "critical", "Critical entries"

    append_only = True

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="trail_reviews")
    signature = models.OneToOneField(
        "qc.Signature", on_delete=models.PROTECT, null=True, editable=False, related_name="trail_review"
    )
    from_entry = models.PositiveIntegerField("from entry")
    to_entry = models.PositiveIntegerField("to entry")
    leaf = Words("last entry's hash", max_length=64, blank=False)
    only = Words("what was looked at", max_length=10, choices=Only)
    entries_listed = models.PositiveIntegerField("entries listed")
    words = LongWords("what was found", blank=False)
    reviewed_at = models.DateTimeField("reviewed at")
    reviewed_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "review of the trail"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(to_entry__gte=models.F("from_entry"), from_entry__gte=1),
                name="trailreview_range_is_one",
            ),
        )

    def __str__(self) -> str:
        return f"Trail reviewed, entries {self.from_entry} to {self.to_entry}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number


class Look(TrackedModel):
    """That a reviewer was shown the record of a batch as it stood after one of its entries.

    There is one row for each state of the record that a person saw: written when the review page shows a
    change that this person was not shown before, and never again for the same state. So reloading, deciding
    or coming back the next day leaves what is compared with where it was (docs/decisions/looks.md).
    """

    append_only = True

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="looks")
    through_entry = models.PositiveIntegerField("up to entry")
    looked_at = models.DateTimeField("looked at")
    looked_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "look at the record"
        verbose_name_plural = "looks at the record"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "looked_by", "through_entry"], name="look_once_a_state"),
        )

    def __str__(self) -> str:
        return f"Record seen up to entry {self.through_entry}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number


class PointReply(TrackedModel):
    """What the laboratory says about a point that a review sent back, where a new value does not say it."""

    append_only = True

    point = models.ForeignKey("qc.ReturnedPoint", on_delete=models.PROTECT, related_name="replies")
    words = LongWords("answer", blank=False)
    replied_at = models.DateTimeField("replied at")
    replied_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "answer to a returned point"
        verbose_name_plural = "answers to returned points"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"Answer about {self.point.where}"

    @property
    def trail_batch(self) -> str:
        return self.point.trail_batch

    @property
    def trail_label(self) -> str:
        return str(self)[:300]

"""Deviations: what went otherwise than planned, what it means, and who closed it."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.quantities import LongWords, Words
from batches.record.models import Batch
from batches.signed import SignedFields

SHORT = 90


class DeviationQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "DeviationQuerySet":
        """Neither closed nor voided."""
        return self.filter(status__in=[Deviation.Status.OPEN, Deviation.Status.INVESTIGATED])

    def blocking(self) -> "DeviationQuerySet":
        """Standing, and not known to be minor: they keep batches from approval and release."""
        return self.standing().exclude(grade=Deviation.Grade.MINOR)

    def overdue(self, today: dt.date) -> "DeviationQuerySet":
        """Standing beyond their due date."""
        return self.standing().filter(due_on__lt=today)

    def about(self, batch: Batch) -> "DeviationQuerySet":
        """Opened in the batch, or naming it as affected too."""
        affected = AffectedBatch.objects.filter(batch=batch, is_withdrawn=False)
        return self.filter(Q(batch=batch) | Q(pk__in=affected.values("deviation")))

    def with_names(self) -> "DeviationQuerySet":
        """With the batch and the people that a line about it names."""
        named = self.select_related("batch", "owner", "opened_by")
        return named.defer("batch__search_text", "batch__notes")


class Deviation(TrackedModel):
    """Something that went otherwise than planned: where, what, its class, impact, cause and what was done.

    `place`, `place_number` and `field` say where in the batch it stands; `evidence` is what the record said
    there when it was opened. `round` counts how often it was opened: a closed one is reopened, not changed.
    """

    class Grade(models.TextChoices):
        UNCLASSED = "", "Not classed yet"
        MINOR = "minor", "Minor"
        MAJOR = "major", "Major"
        CRITICAL = "critical", "Critical"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        INVESTIGATED = "investigated", "Investigated"
        CLOSED = "closed", "Closed"
        VOIDED = "voided", "Voided"

    class Place(models.TextChoices):
        LABORATORY = "", "The laboratory"
        BATCH = "batch", "Batch"
        HARVEST = "harvest", "Harvest"
        STEP = "step", "Step"
        ASSAY = "assay", "Assay"
        ENTRY = "entry", "Entry of the trail"

    number = Words("number", max_length=40, unique=True, blank=False, editable=False)
    year = models.PositiveSmallIntegerField("year of opening", editable=False)
    sequence = models.PositiveIntegerField("number in the year", editable=False)
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, null=True, editable=False, related_name="deviations"
    )
    place = Words("place", max_length=10, choices=Place, editable=False)
    place_number = models.BigIntegerField("number of step, assay or entry", null=True, editable=False)
    place_label = Words("where", max_length=300, editable=False)
    field = Words("value", max_length=60, editable=False)
    evidence = LongWords("what the record said", editable=False)
    finding = Words("finding", max_length=16, editable=False)
    sent_once = Words("form it came with", max_length=32, unique=True, blank=False, editable=False)
    happened_time = models.DateTimeField(
        "when it happened", null=True, blank=True, help_text="Only if it differs from when it was opened."
    )
    happened = LongWords("what happened", blank=False)
    immediate_action = LongWords("immediate action")
    impact = LongWords("impact")
    cause = LongWords("cause")
    corrective_action = LongWords("corrective action")
    grade = Words("class", max_length=10, choices=Grade, editable=False)
    owner = person()
    due_on = models.DateField("due", null=True, editable=False)
    status = Words("status", max_length=12, choices=Status, default=Status.OPEN, blank=False, editable=False)
    round = models.PositiveSmallIntegerField("round", default=1, editable=False)
    opened_at = models.DateTimeField("opened at", editable=False)
    opened_by = person(null=False)
    investigated_at = models.DateTimeField("investigated at", null=True, editable=False)
    investigated_by = person()
    closed_at = models.DateTimeField("closed at", null=True, editable=False)
    closed_by = person()
    voided_at = models.DateTimeField("voided at", null=True, editable=False)
    voided_by = person()

    objects = DeviationQuerySet.as_manager()
    free_fields = (
        "status",
        "round",
        "investigated_at",
        "investigated_by",
        "closed_at",
        "closed_by",
        "voided_at",
        "voided_by",
    )
    history_excludes = ("sent_once",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "deviation"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
                name="deviation_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True)
                | (
                    ~Q(closed_by=models.F("opened_by"))
                    & (Q(owner__isnull=True) | ~Q(closed_by=models.F("owner")))
                ),
                name="deviation_closed_by_second_person",
                violation_error_message="Somebody else than who opened or owns a deviation closes it.",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(grade=""),
                name="deviation_closed_has_class",
                violation_error_message="A deviation without a class can't be closed.",
            ),
            models.CheckConstraint(
                condition=Q(batch__isnull=False) | Q(place__in=["", "entry"]),
                name="deviation_place_has_batch",
                violation_error_message="A step, an assay and a harvest belong to a batch.",
            ),
        )
        indexes = (
            models.Index(fields=["status", "id"], name="deviation_by_status"),
            models.Index(fields=["grade", "id"], name="deviation_by_class"),
            models.Index(fields=["due_on", "id"], name="deviation_by_due"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def trail_batch(self) -> str:
        return self.batch.number if self.batch else ""

    @property
    def trail_label(self) -> str:
        return f"Deviation {self.number}"

    @property
    def url(self) -> str:
        return f"/deviations/{self.number}/"

    @property
    def signed_as(self) -> str:
        """What a signature that closes it names: it, and the round in which it stands."""
        return f"{self.trail_label}, round {self.round}"

    @property
    def is_standing(self) -> bool:
        """Whether it is neither closed nor voided, so that it can be written."""
        return self.status in {self.Status.OPEN, self.Status.INVESTIGATED}

    # What sheets of values ask (batches.record.sheets).
    is_editable = is_standing

    @property
    def blocks(self) -> bool:
        """Whether it keeps its batches from approval and release. Without a class it does, too."""
        return self.is_standing and self.grade != self.Grade.MINOR

    @property
    def is_overdue(self) -> bool:
        return self.is_standing and self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def class_words(self) -> str:
        """'major', 'not classed yet'."""
        return self.get_grade_display().lower()

    @property
    def where(self) -> str:
        """Batch and place within it, for people."""
        return " · ".join(part for part in (self.trail_batch, self.place_label) if part) or "the laboratory"

    @property
    def summary(self) -> str:
        """The beginning of what happened, on one line."""
        words = " ".join(self.happened.split())
        return words if len(words) <= SHORT else f"{words[: SHORT - 1].rstrip()}…"

    @property
    def place_url(self) -> str:
        """The page it was opened from; empty where it stands above all batches."""
        if self.place == self.Place.ENTRY:
            return f"/trail/{self.place_number}/"
        if not self.batch:
            return ""
        within = {
            self.Place.HARVEST: f"harvest/{self.place_number}/" if self.place_number else "harvest/",
            self.Place.STEP: f"steps/{self.place_number}/",
            self.Place.ASSAY: f"assays/{self.place_number}/",
        }.get(self.Place(self.place), "")
        anchor = f"#value-{self.field}" if self.field else ""
        return f"/batches/{self.batch.number}/{within}{anchor}"


class AffectedBatch(TrackedModel):
    """Another batch that a deviation touches too. Its entries stand in that batch's trail."""

    deviation = models.ForeignKey(Deviation, on_delete=models.PROTECT, related_name="affected")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="affecting")
    words = LongWords("in what way", blank=False)
    is_withdrawn = models.BooleanField("withdrawn", default=False, editable=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "batch affected by a deviation"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["deviation", "batch"], condition=Q(is_withdrawn=False), name="affectedbatch_once"
            ),
        )

    def __str__(self) -> str:
        return f"Deviation {self.deviation.number} also affects {self.batch.number}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number


class DeviationNote(TrackedModel):
    """What somebody wrote beside a deviation; never changed, answered by another."""

    append_only = True

    deviation = models.ForeignKey(Deviation, on_delete=models.PROTECT, related_name="notes")
    words = LongWords("note", blank=False)
    written_at = models.DateTimeField("written at")
    written_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "note on a deviation"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"Note on deviation {self.deviation.number}"

    @property
    def trail_batch(self) -> str:
        return self.deviation.trail_batch


class DeviationSignature(SignedFields):
    """Who closed a deviation, when and by which means; bound to the last entry that was written in it."""

    class Meaning(models.TextChoices):
        CLOSED = "deviation_closed", "Deviation closed"

    deviation = models.ForeignKey(Deviation, on_delete=models.PROTECT, related_name="signatures")
    round = models.PositiveSmallIntegerField("round")
    meaning = Words("meaning", max_length=24, choices=Meaning, blank=False)
    entry_signed = models.BigIntegerField("last entry signed")
    leaf_signed = Words("last entry's hash", max_length=64, blank=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "signature on a deviation"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["deviation", "round"], name="deviationsignature_once_a_round"),
        )

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} ({self.printed_name})"

    @property
    def trail_batch(self) -> str:
        return self.deviation.trail_batch

    @property
    def trail_label(self) -> str:
        return f"Signature: {self.get_meaning_display()}, {self.deviation.number}"

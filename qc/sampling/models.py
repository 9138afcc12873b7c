"""Periodic reviews of the trail: entries drawn by chance and by aim, each looked at by a person."""

from django.db import models

from accounts.fields import person
from audit.models import TrackedModel
from batches.quantities import LongWords, WholeNumberField, Words

# What can be aimed at (audit.trail.marks), in words.
AIM_WORDS = {
    "critical": "critical entries",
    "reasons": "replaced values",
    "voided": "voided records",
    "late": "late entries",
    "refusals": "refusals",
}


class TrailSample(TrackedModel):
    """A periodic review: which days of which part of the trail, how the entries were drawn, what was found.

    `seed` lets anybody draw the same entries again (qc.sampling.drawing): it is kept when the sample is
    drawn, so that nobody can draw until the sample is a pleasant one.
    """

    class Scope(models.TextChoices):
        RECORD = "record", "Changes of records"
        ACCESS = "access", "Access and system"

    number = models.PositiveIntegerField("number", unique=True, editable=False)
    scope = Words("part of the trail", max_length=8, choices=Scope, blank=False)
    first_day = models.DateField("first day")
    last_day = models.DateField("last day")
    time_zone = Words("time zone of the days", max_length=60, blank=False, editable=False)
    marks = Words("aimed at", max_length=120, editable=False)
    seed = Words("seed", max_length=32, blank=False, editable=False)
    through_entry = models.PositiveBigIntegerField("up to entry", editable=False)
    population = models.PositiveIntegerField("entries to draw from", editable=False)
    left_out = models.PositiveIntegerField("own entries left out", editable=False)
    drawn_at = models.DateTimeField("drawn at", editable=False)
    drawn_by = person(null=False)
    words = LongWords("what was found")
    next_due_on = models.DateField("next review due", null=True, blank=True)
    closed_at = models.DateTimeField("closed at", null=True, editable=False)
    closed_by = person()

    free_fields = ("words", "next_due_on", "closed_at", "closed_by")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "periodic review of the trail"
        verbose_name_plural = "periodic reviews of the trail"
        ordering = ("-number",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(first_day__lte=models.F("last_day")),
                name="trailsample_days_in_order",
                violation_error_message="The first day is not after the last.",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, next_due_on__isnull=True)
                | models.Q(closed_at__isnull=False, next_due_on__isnull=False),
                name="trailsample_closed_says_when_next",
                violation_error_message="A closed review says when the next one is due.",
            ),
        )

    def __str__(self) -> str:
        return f"Trail review {self.number}"

    @property
    def aims(self) -> list[str]:
        """What was aimed at, in words."""
        return [AIM_WORDS[mark] for mark in self.marks.split(",") if mark]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


# Which of it each part of the trail has.
AIMS: dict[str, tuple[str, ...]] = {
    TrailSample.Scope.RECORD: ("critical", "reasons", "voided", "late"),
    TrailSample.Scope.ACCESS: ("critical", "refusals"),
}


class SampledEntry(TrackedModel):
    """An entry of the sample: how it came in, and what the person who looked at it says."""

    class Way(models.TextChoices):
        CHANCE = "chance", "By chance"
        AIM = "aim", "By aim"

    class Outcome(models.TextChoices):
        OPEN = "", "Not looked at"
        IN_ORDER = "in_order", "In order"
        FINDING = "finding", "Finding"

    sample = models.ForeignKey(TrailSample, on_delete=models.PROTECT, related_name="entries")
    entry = WholeNumberField("entry", null=False, blank=False, high=2**53 - 1, editable=False)
    way = Words("drawn", max_length=8, choices=Way, blank=False, editable=False)
    outcome = Words("outcome", max_length=10, choices=Outcome, default="")
    words = LongWords("what is found")
    judged_at = models.DateTimeField("judged at", null=True, editable=False)
    judged_by = person()

    # Until the review is closed a person may look again; every version stays in the history.
    free_fields = ("outcome", "words", "judged_at", "judged_by")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "sampled entry"
        verbose_name_plural = "sampled entries"
        ordering = ("entry",)
        constraints = (
            models.UniqueConstraint(fields=["sample", "entry"], name="sampledentry_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="", judged_at__isnull=True)
                | (~models.Q(outcome="") & models.Q(judged_at__isnull=False)),
                name="sampledentry_outcome_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="finding") | ~models.Q(words=""),
                name="sampledentry_finding_says_what",
                violation_error_message="Say what you found.",
            ),
        )

    def __str__(self) -> str:
        return f"Entry {self.entry} of {self.sample}"

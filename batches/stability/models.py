"""Stability: vials of a batch kept under a condition and pulled on a schedule."""

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import Q

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.bounds import Bounds, Sign
from batches.characterization.models import Assay
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words, people_number
from batches.record.models import Batch
from batches.stability.dates import Standing, standing


class StabilityStudy(TrackedModel):
    """Vials of a batch under one condition: temperature (°C), humidity (%), container, number kept."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        CLOSED = "closed", "Closed"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="stability_studies")
    number = models.PositiveSmallIntegerField("number", editable=False)
    title = Words("study", max_length=120, blank=False)
    temperature_c = QuantityField(
        "stored at", unit="°C", low=-200, high=100, decimal_places=1, null=False, blank=False
    )
    humidity_percent = QuantityField("relative humidity", unit="%", low=0, high=100, decimal_places=1)
    container = Words("container and closure", max_length=120, blank=False)
    buffer = Words("stored in", max_length=120)
    units_kept = WholeNumberField("units kept", low=1, high=100_000)
    started_on = models.DateField("stored since")
    window_days = WholeNumberField(
        "pulled within ±", unit="days", high=60, default=7, null=False, blank=False
    )
    status = Words(
        "status", max_length=8, choices=Status, default=Status.RUNNING, blank=False, editable=False
    )
    opened_at = models.DateTimeField("opened at", null=True, editable=False)
    opened_by = person()
    closed_at = models.DateTimeField("closed at", null=True, editable=False)
    closed_by = person()
    closing_words = LongWords("what the study showed", editable=False)

    free_fields = ("status", "closed_at", "closed_by", "closing_words")

    class Meta:
        base_manager_name = "objects"
        ordering = ("batch", "number")
        verbose_name = "stability study"
        constraints = (
            models.UniqueConstraint(fields=["batch", "number"], name="stabilitystudy_number_once"),
        )

    def __str__(self) -> str:
        return f"Stability study {self.number} · {self.title}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.RUNNING

    @property
    def condition(self) -> str:
        """'−80 °C', '25 °C / 60 % humidity'."""
        humid = (
            "" if self.humidity_percent is None else f" / {people_number(self.humidity_percent)} % humidity"
        )
        return f"{people_number(self.temperature_c)} °C{humid}".replace("-", "−")


class PullQuerySet(AppendOnlyQuerySet):
    def waiting(self) -> "PullQuerySet":
        """Those of running studies that were neither pulled nor given up."""
        running = self.filter(study__status=StabilityStudy.Status.RUNNING)
        return running.filter(pulled_on__isnull=True, missed_at__isnull=True)

    def with_study(self) -> "PullQuerySet":
        return self.select_related("study__batch__product", "pulled_by", "missed_by")


class StabilityPull(TrackedModel):
    """A planned day on which vials are taken out and looked at."""

    study = models.ForeignKey(StabilityStudy, on_delete=models.PROTECT, related_name="pulls")
    months = WholeNumberField("after", unit="months", high=120, null=False, blank=False)
    due_on = models.DateField("due on")
    pulled_on = models.DateField("pulled on", null=True, blank=True)
    units_pulled = WholeNumberField("units pulled", low=1, high=100_000)
    pulled_at = models.DateTimeField("recorded at", null=True, editable=False)
    pulled_by = person()
    missed_at = models.DateTimeField("given up at", null=True, editable=False)
    missed_by = person()
    missed_words = Words("why it was not pulled", max_length=300, editable=False)

    objects = PullQuerySet.as_manager()
    free_fields = ("pulled_at", "pulled_by", "missed_at", "missed_by")

    class Meta:
        base_manager_name = "objects"
        ordering = ("months",)
        verbose_name = "stability pull"
        constraints = (
            models.UniqueConstraint(fields=["study", "months"], name="stabilitypull_month_once"),
            models.CheckConstraint(
                condition=Q(pulled_on__isnull=True) | Q(missed_at__isnull=True),
                name="stabilitypull_pulled_or_missed",
                violation_error_message="A pull was made or missed, not both.",
            ),
        )

    def __str__(self) -> str:
        return f"pull after {self.months} month{'' if self.months == 1 else 's'}"

    @property
    def trail_batch(self) -> str:
        return self.study.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.study}, {self}"

    def stands(self, today: dt.date) -> Standing:
        """How it stands on that day."""
        if self.pulled_on is not None:
            return Standing.PULLED
        if self.missed_at is not None:
            return Standing.MISSED
        return standing(self.due_on, self.study.window_days, today)

    @property
    def days_off(self) -> int:
        """By how many days it was pulled outside of its window; 0 inside."""
        if self.pulled_on is None:
            return 0
        return max(0, abs((self.pulled_on - self.due_on).days) - self.study.window_days)


class StabilityResult(TrackedModel):
    """What was found of one attribute in a pulled sample, by a person or taken from an assay."""

    pull = models.ForeignKey(StabilityPull, on_delete=models.PROTECT, related_name="results")
    assay = models.ForeignKey(Assay, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    attribute = Words("attribute", max_length=90, blank=False)
    amount_sign = Words("sign before the result", max_length=1, choices=Sign)
    amount = QuantityField("result", max_digits=19)
    words = Words("result in words", max_length=160)
    remarks = Words("remarks (file, page)", max_length=200)
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        verbose_name = "stability result"
        constraints = (
            models.CheckConstraint(
                condition=Q(amount__isnull=False) | ~Q(words=""),
                name="stabilityresult_says_something",
                violation_error_message="A result is a number or words.",
            ),
            models.CheckConstraint(
                condition=Q(amount_sign="") | Q(amount__isnull=False),
                name="stabilityresult_sign_has_number",
                violation_error_message="A sign stands before a number.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.attribute} {self.told}"

    @property
    def trail_batch(self) -> str:
        return self.pull.study.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.pull.trail_label}: {self.attribute}"

    @property
    def told(self) -> str:
        """The result as people write it, with its sign."""
        if self.amount is None:
            return self.words
        return f"{self.amount_sign} {people_number(self.amount)}".strip()

    @property
    def bounds(self) -> Bounds | None:
        """Where the number lies; None for a result in words."""
        return None if self.amount is None else Bounds.stated(self.amount_sign, Decimal(self.amount))

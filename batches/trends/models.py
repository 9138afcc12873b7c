"""What people decide about trends: frozen limits, points left out, control material, reference batches.

None of it belongs to a batch's signed record: it says how the laboratory looks at its batches together.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.masters.models import Product
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words
from batches.record.models import Batch, Reading


class SeriesFields(TrackedModel):
    """Which chart a decision is about: attribute, instrument and method as the chart names them."""

    attribute = Words("attribute", max_length=60, blank=False)
    instrument = Words("instrument", max_length=120, blank=False)
    method = Words("method", max_length=160, blank=False)

    class Meta:
        abstract = True
        base_manager_name = "objects"


class FrozenLimits(SeriesFields):
    """Centre and limits of one chart, computed from chosen points and kept: a new version replaces them.

    Numbers are on the chart's scale (log10 where `is_log`). `basis` names the points and their values as
    they were. Without a product it is a chart of control material, whose `lot` it is about.
    """

    append_only = True

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, editable=False, related_name="frozen_limits"
    )
    lot = Words("control material and lot", max_length=200)
    number = WholeNumberField("version", low=1, null=False, blank=False)
    is_log = models.BooleanField("log10 scale", default=False)
    centre = QuantityField("centre", null=False, blank=False, max_digits=15, decimal_places=6)
    sigma = QuantityField("SD", low=0, null=False, blank=False, max_digits=15, decimal_places=6)
    moving_range = QuantityField("mean moving range", low=0, max_digits=15, decimal_places=6)
    size = WholeNumberField("points", low=2, high=1000, null=False, blank=False)
    basis: Any = models.JSONField("points it is computed from")
    words = LongWords("why these points", blank=False)
    frozen_at = models.DateTimeField("frozen at", editable=False)
    frozen_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "frozen limits"
        ordering = ("-number", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["product", "attribute", "instrument", "method", "number"],
                condition=Q(product__isnull=False),
                name="frozenlimits_number_once",
                violation_error_message="Somebody else froze limits of this chart just now: look again.",
            ),
            models.UniqueConstraint(
                fields=["attribute", "instrument", "method", "lot", "number"],
                condition=Q(product__isnull=True),
                name="frozenlimits_control_number_once",
                violation_error_message="Somebody else froze limits of this chart just now: look again.",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="frozenlimits_say_why"),
            models.CheckConstraint(
                condition=Q(product__isnull=False, lot="") | (Q(product__isnull=True) & ~Q(lot="")),
                name="frozenlimits_of_batches_or_control",
            ),
        )

    def __str__(self) -> str:
        return f"{self.attribute.replace('_', ' ')} on {self.instrument}, limits v{self.number}"

    @property
    def trail_label(self) -> str:
        about = self.product.code if self.product else self.lot
        return f"Limits v{self.number} of {about}: {self.attribute.replace('_', ' ')}, {self.instrument}"


class LeftOutPoint(SeriesFields):
    """A batch that does not count on one chart, and why: it stays on the picture, marked."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, editable=False, related_name="left_out_points")
    words = LongWords("why it is left out", blank=False)
    left_out_at = models.DateTimeField("left out at", editable=False)
    left_out_by = person(null=False)
    is_withdrawn = models.BooleanField("taken back in", default=False, editable=False)

    free_fields = ("is_withdrawn",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "point left out of a chart"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["batch", "attribute", "instrument", "method"],
                condition=Q(is_withdrawn=False),
                name="leftoutpoint_once",
                violation_error_message="This batch is left out of this chart already.",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="leftoutpoint_says_why"),
        )

    def __str__(self) -> str:
        return f"{self.batch.number} left out of {self.attribute.replace('_', ' ')} on {self.instrument}"


class ControlRun(TrackedModel):
    """One measurement of control material, such as reference beads, on one instrument.

    A new lot of the material begins a new series, for its target differs.
    """

    class Method(models.TextChoices):
        NTA = "nta", "NTA"
        TRPS = "trps", "TRPS"
        DLS = "dls", "DLS"
        NANOFLOW = "nanoflow", "Nano-flow cytometry"

    instrument = Words("instrument", max_length=80, blank=False)
    method = Words("method", max_length=10, choices=Method, blank=False)
    material = Words("control material", max_length=100, blank=False)
    lot = Words("lot", max_length=60, blank=False)
    target_nm = QuantityField("target size", unit="nm", low=1, high=10_000, decimal_places=2)
    target_per_ml = QuantityField(
        "target concentration", unit="/mL", low=1, high="1e15", max_digits=15, decimal_places=0
    )
    size_nm = QuantityField("measured size", unit="nm", low=1, high=10_000, decimal_places=2)
    particles_per_ml = QuantityField(
        "measured concentration", unit="/mL", low=1, high="1e15", max_digits=15, decimal_places=0
    )
    run_time = models.DateTimeField("measured")
    remarks = LongWords("remarks")
    is_voided = models.BooleanField("voided", default=False, editable=False)
    void_words = LongWords("why it is void", editable=False)
    recorded_at = models.DateTimeField("recorded at", editable=False)
    recorded_by = person(null=False)

    free_fields = ("is_voided", "void_words")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "control run"
        ordering = ("run_time", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(size_nm__isnull=False) | Q(particles_per_ml__isnull=False),
                name="controlrun_measures_something",
                violation_error_message="Enter the measured size, the concentration or both.",
            ),
            models.CheckConstraint(
                condition=Q(is_voided=False, void_words="") | (Q(is_voided=True) & ~Q(void_words="")),
                name="controlrun_void_says_why",
            ),
        )
        indexes = (
            models.Index(fields=["instrument", "method", "lot", "run_time"], name="controlrun_series"),
        )

    def __str__(self) -> str:
        return f"{self.material} lot {self.lot} on {self.instrument}, {self.run_time:%Y-%m-%d %H:%M}"

    @property
    def trail_label(self) -> str:
        return f"Control run: {self}"

    @property
    def lot_name(self) -> str:
        """Material and lot as charts and their limits name them."""
        return f"{self.material}, lot {self.lot}"


class ReferenceSetQuerySet(AppendOnlyQuerySet):
    def confirmed(self) -> "ReferenceSetQuerySet":
        return self.filter(confirmed_at__isnull=False)


class ReferenceSet(TrackedModel):
    """The batches that a product's others are compared with, and how alike is alike enough.

    One person proposes, another confirms; the newest confirmed version counts. Changing batches or
    thresholds is a new version.
    """

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, editable=False, related_name="reference_sets"
    )
    number = WholeNumberField("version", low=1, null=False, blank=False, editable=False)
    most_distance_nm = QuantityField(
        "size profile: distance at most", unit="nm", low="0.1", high=1000, decimal_places=1
    )
    least_overlap_percent = QuantityField(
        "size profile: overlap at least", unit="%", low=0, high=100, decimal_places=1
    )
    least_markers_percent = QuantityField(
        "markers that agree: at least", unit="%", low=0, high=100, decimal_places=1
    )
    most_z = QuantityField(
        "other values: at most so many SD from the references", low="0.1", high=20, decimal_places=1
    )
    words = LongWords("why these batches and thresholds", blank=False)
    proposed_at = models.DateTimeField("proposed at", editable=False)
    proposed_by = person(null=False)
    confirmed_at = models.DateTimeField("confirmed at", null=True, editable=False)
    confirmed_by = person()

    objects = ReferenceSetQuerySet.as_manager()
    free_fields = ("confirmed_at", "confirmed_by")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "reference batches"
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=["product", "number"],
                name="referenceset_number_once",
                violation_error_message="Somebody else proposed references just now: look again.",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="referenceset_says_why"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="referenceset_two_people",
                violation_error_message="References are confirmed by somebody who did not propose them.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.product.code}, references v{self.number}"

    @property
    def trail_label(self) -> str:
        return f"Reference batches v{self.number} of {self.product.code}"


class ReferenceBatch(TrackedModel):
    """One batch of a set of references."""

    append_only = True

    reference_set = models.ForeignKey(ReferenceSet, on_delete=models.PROTECT, related_name="members")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "reference batch"
        ordering = ("batch_id",)
        constraints = (
            models.UniqueConstraint(fields=["reference_set", "batch"], name="referencebatch_once"),
        )

    def __str__(self) -> str:
        return f"{self.batch.number} of {self.reference_set}"


class SizeProfile(models.Model):
    """A reading's size distribution on the common grid (trends.profiles): derived, made anew at will."""

    reading = models.OneToOneField(Reading, on_delete=models.PROTECT, related_name="+", primary_key=True)
    version = models.PositiveSmallIntegerField()
    cumulative = models.BinaryField(max_length=2048)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Size profile of reading {self.reading_id}"

"""Products, their versioned master batch records, and the plan a batch takes as its frozen copy."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9-]*\Z", "Capital letters, digits and dashes only.")


def check_number_pattern(pattern: str) -> None:
    """A batch number pattern holds {year} and {number}, e.g. EXO-{year}-{number:04d}."""
    try:
        one = pattern.format(year=2026, number=1)
        unlike = one != pattern.format(year=2026, number=2) and one != pattern.format(year=2027, number=1)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise ValidationError("Write a pattern such as EXO-{year}-{number:04d}.") from error
    if not unlike or not one.isascii() or "/" in one or " " in one or len(one) > 32:
        raise ValidationError(
            "The pattern needs {year} and {number}, no spaces or slashes, 32 characters at most."
        )


class Product(TrackedModel):
    """What a laboratory makes; its batches share a number pattern and a size window."""

    code = Words("code", max_length=30, unique=True, blank=False, validators=[CODE])
    name = Words("name", max_length=120, blank=False)
    description = LongWords("description")
    number_pattern = Words(
        "batch number pattern",
        max_length=60,
        blank=False,
        default="EXO-{year}-{number:04d}",
        validators=[check_number_pattern],
        help_text="{year} and {number} are filled in, e.g. EXO-{year}-{number:04d} gives EXO-2026-0001.",
    )
    window_low_nm = QuantityField(
        "size window from", unit="nm", low=1, high=5000, decimal_places=1, null=False, blank=False, default=30
    )
    window_high_nm = QuantityField(
        "size window to", unit="nm", low=1, high=5000, decimal_places=1, null=False, blank=False, default=150
    )
    is_active = models.BooleanField("in use", default=True)

    class Meta:
        base_manager_name = "objects"
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(window_low_nm__lt=models.F("window_high_nm")),
                name="product_window_in_order",
                violation_error_message="The size window must begin below its end.",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def trail_label(self) -> str:
        return f"Product {self.code}"

    def batch_number(self, number: int, opened: datetime) -> str:
        """The batch number of that count in the year of opening (UTC)."""
        return self.number_pattern.format(year=opened.astimezone(UTC).year, number=number)


class MasterRecord(TrackedModel):
    """A way of making a product, written down; what counts is one of its versions."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="master_records")
    code = Words("code", max_length=40, unique=True, blank=False, validators=[CODE])
    title = Words("title", max_length=160, blank=False)

    class Meta:
        base_manager_name = "objects"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code

    @property
    def trail_label(self) -> str:
        return f"Master record {self.code}"


class MasterVersionQuerySet(AppendOnlyQuerySet):
    def effective(self) -> "MasterVersionQuerySet":
        return self.filter(status=MasterVersion.Status.EFFECTIVE)

    def with_content(self) -> "MasterVersionQuerySet":
        """With product, planned steps, limits and criteria, in a fixed number of queries."""
        named = self.select_related("master__product", "specification__product", "prepared_by", "approved_by")
        return named.prefetch_related("planned_steps__limits", "criteria")


class MasterVersion(TrackedModel):
    """A version of a master record: planned steps and the specification it names, prepared by one person
    and approved by another. A draft can be written; an effective version never changes, it is replaced.

    Versions written before specifications stood on their own hold criteria themselves, under a code of
    their own (`specification_code`); they keep working as they are.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        EFFECTIVE = "effective", "Effective"
        RETIRED = "retired", "Retired"

    class Begins(models.TextChoices):
        """What batches on it are made from; empty as in every version of before there were pools."""

        SOURCE = "", "Source material"
        BATCHES = "batches", "Released batches (a pool)"

    master = models.ForeignKey(MasterRecord, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("version")
    status = Words(max_length=12, choices=Status, default=Status.DRAFT, blank=False)
    specification = models.ForeignKey(
        "batches.Specification", on_delete=models.PROTECT, null=True, related_name="master_versions"
    )
    specification_code = Words("code of its own specification", max_length=40)
    begins_with = Words("begins with", max_length=10, choices=Begins, default="")
    change_note = LongWords("what changed and why")
    prepared_at = models.DateTimeField("prepared at", null=True, editable=False)
    prepared_by = person()
    approved_at = models.DateTimeField("approved at", null=True, editable=False)
    approved_by = person()

    objects = MasterVersionQuerySet.as_manager()
    free_fields = ("status", "approved_at", "approved_by")

    class Meta:
        base_manager_name = "objects"
        ordering = ("master", "-number")
        constraints = (
            models.UniqueConstraint(fields=["master", "number"], name="masterversion_number_once"),
            models.UniqueConstraint(
                fields=["master"],
                condition=models.Q(status="effective"),
                name="masterversion_one_effective",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(approved_by__isnull=False),
                name="masterversion_effective_is_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("prepared_by")),
                name="masterversion_two_people",
                violation_error_message="A version is approved by somebody who did not prepare it.",
            ),
            models.CheckConstraint(
                condition=models.Q(specification__isnull=False, specification_code="")
                | (models.Q(specification__isnull=True) & ~models.Q(specification_code="")),
                name="masterversion_one_specification",
                violation_error_message="A version names a specification.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.master.code} v{self.number}"

    @property
    def trail_label(self) -> str:
        return f"Master record {self}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def specified_by(self) -> str:
        """The code of the specification that it names, or of its own."""
        return self.specification.code if self.specification else self.specification_code


class PlannedStep(TrackedModel):
    """A step as a master version plans it."""

    version = models.ForeignKey(MasterVersion, on_delete=models.PROTECT, related_name="planned_steps")
    position = WholeNumberField("position", low=1, high=99, null=False, blank=False)
    name = Words("name", max_length=80, blank=False)
    method = Words("method", max_length=40, choices=IsolationMethod, blank=False)
    purpose = Words("purpose", max_length=40, choices=StepPurpose, blank=False)
    instructions = LongWords("instructions")
    is_critical = models.BooleanField("critical: a second person checks it", default=False)
    hold_max_h = QuantityField("longest hold until the next step", unit="h", low="0.1", high=8760)
    is_dropped = models.BooleanField("dropped from this draft", default=False)

    free_fields = ("is_dropped",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["version", "position"],
                condition=models.Q(is_dropped=False),
                name="plannedstep_position_once",
                violation_error_message="Another planned step has this position.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} · {self.name}"

    @property
    def trail_label(self) -> str:
        return f"Planned step {self} of {self.version}"


class LimitFields(TrackedModel):
    """Target, alert and action limits, and whether their edges are inside."""

    target = QuantityField("target", max_digits=19)
    action_low = QuantityField("accept from", max_digits=19)
    action_high = QuantityField("accept to", max_digits=19)
    alert_low = QuantityField("alert below", max_digits=19)
    alert_high = QuantityField("alert above", max_digits=19)
    low_included = models.BooleanField("lower edge is inside", default=True)
    high_included = models.BooleanField("upper edge is inside", default=True)

    class Meta:
        abstract = True
        base_manager_name = "objects"


LIMITS_IN_ORDER = (
    models.Q(action_low__isnull=True)
    | models.Q(action_high__isnull=True)
    | models.Q(action_low__lte=models.F("action_high"))
)


class StepLimit(LimitFields):
    """Limit of one field of a planned step."""

    planned_step = models.ForeignKey(PlannedStep, on_delete=models.PROTECT, related_name="limits")
    field = Words("field", max_length=60, blank=False)
    is_dropped = models.BooleanField("dropped from this draft", default=False)

    free_fields = ("is_dropped",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["planned_step", "field"],
                condition=models.Q(is_dropped=False),
                name="steplimit_field_once",
                violation_error_message="This field already has a limit.",
            ),
            models.CheckConstraint(
                condition=LIMITS_IN_ORDER,
                name="steplimit_in_order",
                violation_error_message="'Accept from' must not be above 'accept to'.",
            ),
        )

    def __str__(self) -> str:
        return self.field

    @property
    def trail_label(self) -> str:
        return f"Limit of {self.field.replace('_', ' ')}, planned step {self.planned_step}"


class Criterion(LimitFields):
    """One line of the specification that a master version holds itself, as they did before specifications
    stood on their own (batches.specifications). Read and copied; none is written or changed any more.
    """

    class Kind(models.TextChoices):
        RELEASE = "release", "Release"
        REPORT = "report", "Report only"

    version = models.ForeignKey(MasterVersion, on_delete=models.PROTECT, related_name="criteria")
    position = WholeNumberField("position", low=1, high=99, null=False, blank=False)
    attribute = Words("attribute", max_length=60, blank=False)
    kind = Words("kind", max_length=10, choices=Kind, default=Kind.RELEASE, blank=False)
    is_dropped = models.BooleanField("dropped from this draft", default=False)

    free_fields = ("is_dropped",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["version", "attribute"],
                condition=models.Q(is_dropped=False),
                name="criterion_attribute_once",
                violation_error_message="This attribute already has a criterion.",
            ),
            models.CheckConstraint(
                condition=LIMITS_IN_ORDER,
                name="criterion_in_order",
                violation_error_message="'Accept from' must not be above 'accept to'.",
            ),
        )

    def __str__(self) -> str:
        return self.attribute

    @property
    def trail_label(self) -> str:
        return f"Criterion {self.attribute.replace('_', ' ')} of {self.version}"


class FrozenPlan(TrackedModel):
    """The copy of a master version that batches run on, named by the SHA-256 of its content.

    Written when the first batch is opened on a content, shared by every batch with the same, and never
    changed: whatever happens to the master, a running batch keeps its plan.
    """

    append_only = True

    version = models.ForeignKey(MasterVersion, on_delete=models.PROTECT, related_name="frozen_plans")
    sha256 = Words("SHA-256", max_length=64, unique=True, blank=False)
    content: Any = models.JSONField("content")

    hashed_fields = ("content",)

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.content['master']} v{self.content['version']}"

    @property
    def trail_label(self) -> str:
        return f"Plan {self}"

"""Specifications: versioned per product, written by one person and approved by another with a signature."""

from django.db import models
from django.db.models import F, Q

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.masters.models import CODE, LIMITS_IN_ORDER, LimitFields, Product
from batches.quantities import LongWords, WholeNumberField, Words
from batches.signed import SignedFields
from batches.specifications.kinds import CriterionKind, Operator, Replicates, Retest


class Specification(TrackedModel):
    """What a product's batches are judged by; what counts is its effective version."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="specifications")
    code = Words("code", max_length=40, unique=True, blank=False, validators=[CODE])
    title = Words("title", max_length=160, blank=False)

    class Meta:
        base_manager_name = "objects"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code

    @property
    def trail_label(self) -> str:
        return f"Specification {self.code}"


class SpecificationVersionQuerySet(AppendOnlyQuerySet):
    def effective(self) -> "SpecificationVersionQuerySet":
        return self.filter(status=SpecificationVersion.Status.EFFECTIVE)

    def on_the_way(self) -> "SpecificationVersionQuerySet":
        """Draft, in review, or approved and not effective yet."""
        return self.filter(status__in=SpecificationVersion.ON_THE_WAY)

    def with_content(self) -> "SpecificationVersionQuerySet":
        """With product, people and criteria, in a fixed number of queries."""
        people = ("prepared_by", "submitted_by", "sent_back_by", "approved_by", "effective_by", "retired_by")
        found = self.select_related("specification__product", *people)
        return found.prefetch_related("criteria")


class SpecificationVersion(TrackedModel):
    """A version of a specification: draft, in review, approved, effective, retired, in that order.

    Only a draft is written; review may send it back. From approval on its content never changes: the
    signature holds the SHA-256 of it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        EFFECTIVE = "effective", "Effective"
        RETIRED = "retired", "Retired"

    ON_THE_WAY = (Status.DRAFT, Status.IN_REVIEW, Status.APPROVED)

    specification = models.ForeignKey(Specification, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("version")
    status = Words(max_length=12, choices=Status, default=Status.DRAFT, blank=False)
    change_note = LongWords("what changed and why")
    prepared_at = models.DateTimeField("prepared at", editable=False)
    prepared_by = person(null=False)
    submitted_at = models.DateTimeField("submitted at", null=True, editable=False)
    submitted_by = person()
    sent_back_at = models.DateTimeField("sent back at", null=True, editable=False)
    sent_back_by = person()
    sent_back_words = LongWords("why it was sent back")
    approved_at = models.DateTimeField("approved at", null=True, editable=False)
    approved_by = person()
    effective_at = models.DateTimeField("effective at", null=True, editable=False)
    effective_by = person()
    retired_at = models.DateTimeField("retired at", null=True, editable=False)
    retired_by = person()
    retired_words = LongWords("why it was retired")

    objects = SpecificationVersionQuerySet.as_manager()
    free_fields = (
        "status",
        *(f"{stem}_{end}" for stem in ("submitted", "sent_back", "approved") for end in ("at", "by")),
        *("effective_at", "effective_by", "retired_at", "retired_by", "retired_words", "sent_back_words"),
    )

    class Meta:
        base_manager_name = "objects"
        verbose_name = "version of a specification"
        ordering = ("specification", "-number")
        constraints = (
            models.UniqueConstraint(fields=["specification", "number"], name="specversion_number_once"),
            models.UniqueConstraint(
                fields=["specification"],
                condition=Q(status="effective"),
                name="specversion_one_effective",
                violation_error_message="Another version of this specification is effective.",
            ),
            models.UniqueConstraint(
                fields=["specification"],
                condition=Q(status__in=["draft", "in_review", "approved"]),
                name="specversion_one_on_the_way",
                violation_error_message="Another version of this specification is on its way already.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(submitted_by__isnull=False),
                name="specversion_review_is_submitted",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "in_review"], approved_by__isnull=True)
                | Q(status__in=["approved", "effective", "retired"], approved_by__isnull=False),
                name="specversion_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("prepared_by")) & ~Q(approved_by=F("submitted_by"))),
                name="specversion_two_people",
                violation_error_message="A specification is approved by somebody who did not prepare it.",
            ),
            models.CheckConstraint(
                condition=~Q(status="effective") | Q(effective_by__isnull=False),
                name="specversion_effective_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(status="retired", retired_by__isnull=False) & ~Q(retired_words=""))
                | (~Q(status="retired") & Q(retired_by__isnull=True)),
                name="specversion_retired_with_words",
                violation_error_message="Say why the version is retired.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.specification.code} v{self.number}"

    @property
    def trail_label(self) -> str:
        return f"Specification {self}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_effective(self) -> bool:
        return self.status == self.Status.EFFECTIVE


NO_NUMBERS = Q(
    target__isnull=True,
    action_low__isnull=True,
    action_high__isnull=True,
    alert_low__isnull=True,
    alert_high__isnull=True,
    low_included=True,
    high_included=True,
)
ACCEPTED_SAID = Q(action_low__isnull=False) | Q(action_high__isnull=False)
ALERT_SAID = Q(alert_low__isnull=False) | Q(alert_high__isnull=False)


class SpecificationCriterion(LimitFields):
    """One line of a specification: an attribute, how its result is judged, and what that decides.

    A number is judged by a range; everything else by names (`expected`, one a line): accepted values, or
    markers, of which `at_least` must be detected.
    """

    version = models.ForeignKey(SpecificationVersion, on_delete=models.PROTECT, related_name="criteria")
    position = WholeNumberField("position", low=1, high=99, null=False, blank=False)
    attribute = Words("attribute", max_length=90, blank=False)
    kind = Words(
        "counts as", max_length=10, choices=CriterionKind, blank=False, default=CriterionKind.RELEASE
    )
    operator = Words("judged by", max_length=14, choices=Operator, blank=False, default=Operator.RANGE)
    expected = Words("accepted values or markers", max_length=500)
    at_least = WholeNumberField("at least", low=1, high=50)
    replicates = Words(
        "of replicates", max_length=10, choices=Replicates, blank=False, default=Replicates.MEAN
    )
    replicates_needed = WholeNumberField("replicates that must pass", low=1, high=50)
    retest = Words("after a failure", max_length=10, choices=Retest, blank=False, default=Retest.NONE)
    retests_needed = WholeNumberField("retests", low=1, high=10)
    is_dropped = models.BooleanField("dropped from this draft", default=False)

    # The place in the list judges nothing.
    free_fields = ("is_dropped", "position")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "criterion of a specification"
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["version", "attribute", "operator", "expected"],
                condition=Q(is_dropped=False),
                name="speccriterion_once",
                violation_error_message="This attribute has such a criterion already: change that one.",
            ),
            models.CheckConstraint(
                condition=LIMITS_IN_ORDER,
                name="speccriterion_in_order",
                violation_error_message="'Accept to' must not be below 'accept from'.",
            ),
            models.CheckConstraint(
                condition=Q(action_low__isnull=True)
                | Q(action_high__isnull=True)
                | ~Q(action_low=F("action_high"))
                | Q(low_included=True, high_included=True),
                name="speccriterion_accepts_something",
                violation_error_message="Both edges are the same and one is outside: no value is accepted.",
            ),
            models.CheckConstraint(
                condition=Q(alert_low__isnull=True)
                | Q(alert_high__isnull=True)
                | Q(alert_low__lte=F("alert_high")),
                name="speccriterion_alerts_in_order",
                violation_error_message="'Alert above' must not be below 'alert below'.",
            ),
            models.CheckConstraint(
                condition=Q(operator="range") | NO_NUMBERS,
                name="speccriterion_numbers_of_a_range",
                violation_error_message="Only a range has numbers and edges.",
            ),
            models.CheckConstraint(
                condition=Q(operator="range", expected="")
                | Q(operator__in=["detected", "not_detected"])
                | (Q(operator__in=["equals", "one_of", "n_of_m"]) & ~Q(expected="")),
                name="speccriterion_names",
                violation_error_message="A range has no names; the other rules need them.",
            ),
            models.CheckConstraint(
                condition=~Q(operator="range")
                | Q(kind="report")
                | ACCEPTED_SAID
                | (Q(kind="alert") & ALERT_SAID),
                name="speccriterion_says_what",
                violation_error_message="Say which numbers are accepted.",
            ),
            models.CheckConstraint(
                condition=Q(operator="n_of_m", at_least__isnull=False)
                | (~Q(operator="n_of_m") & Q(at_least__isnull=True)),
                name="speccriterion_at_least",
                violation_error_message="'At least' belongs to 'so many of several' only.",
            ),
            models.CheckConstraint(
                condition=Q(replicates="n_of_m", replicates_needed__isnull=False)
                | (~Q(replicates="n_of_m") & Q(replicates_needed__isnull=True)),
                name="speccriterion_replicates",
                violation_error_message="A number of replicates belongs to 'so many of them' only.",
            ),
            models.CheckConstraint(
                condition=Q(retest="all_pass", retests_needed__isnull=False)
                | (Q(retest="none") & Q(retests_needed__isnull=True)),
                name="speccriterion_retests",
                violation_error_message="A number of retests belongs to 'retests' only.",
            ),
        )

    def __str__(self) -> str:
        return self.attribute

    @property
    def trail_label(self) -> str:
        return f"Criterion {self.attribute.replace('_', ' ')} of {self.version}"

    @property
    def names(self) -> list[str]:
        """The accepted values or markers, one by one."""
        return [line for line in self.expected.split("\n") if line]


class SpecificationSignature(SignedFields):
    """Who approved a version, when and by which means: bound to the SHA-256 of its canonical content."""

    class Meaning(models.TextChoices):
        APPROVED = "specification_approved", "Specification approved"

    version = models.ForeignKey(SpecificationVersion, on_delete=models.PROTECT, related_name="signatures")
    meaning = Words("meaning", max_length=30, choices=Meaning, blank=False)
    sha256 = Words("SHA-256 of the content", max_length=64, blank=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "signature on a specification"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["version", "meaning"], name="specsignature_once_a_meaning"),
        )

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} ({self.printed_name})"

    @property
    def trail_label(self) -> str:
        return f"Signature: {self.get_meaning_display()}, {self.version}"

"""Characterization: the assays of a batch, and what the details of every technique share.

Fields, units and possible limits: ev-domain §6, §7. What one technique records has a module of its own.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Prefetch, prefetch_related_objects

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from audit.refusal import ReasonCategory
from batches.characterization.kinds import DETAILS, PLATED, Technique
from batches.quantities import LongWords, WholeNumberField, Words, people_number


class AssayQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "AssayQuerySet":
        """Without voided assays."""
        return self.exclude(status=Assay.Status.VOIDED)

    def finished(self) -> "AssayQuerySet":
        return self.filter(status=Assay.Status.FINISHED)

    def with_details(self) -> "AssayQuerySet":
        """With people and the details of each assay's technique, their rows and files.

        A query each for the techniques that are there, and one for each kind of their rows: sixteen
        joins would be read and taken apart for nothing. The curves of readings are bulky and stay behind
        (results.curves_of brings them).
        """
        found = self.select_related("performed_by", "finished_by", "exclusion_asked_by", "excluded_by")
        found._brings_details = True
        return found

    _brings_details = False

    def _clone(self) -> Self:
        made = super()._clone()  # type: ignore[misc]
        made._brings_details = self._brings_details
        return made

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()  # type: ignore[misc]
        if is_new and self._brings_details:
            bring_details(self._result_cache)  # type: ignore[arg-type]


def bring_details(assays: Iterable["Assay"]) -> None:
    """Read the details of these assays, technique by technique."""
    by_technique: dict[str, list[Assay]] = defaultdict(list)
    for assay in assays:
        by_technique[assay.technique].append(assay)
    for technique, alike in by_technique.items():
        accessor = DETAILS[technique]
        model: Any = Assay._meta.get_field(accessor).related_model
        prefetch_related_objects(alike, Prefetch(accessor, model.objects.with_rows()))
        if plated := [one for one in alike if technique in PLATED and getattr(one, accessor).reading_id]:
            prefetch_related_objects(plated, "plate_curves__computed_by")


class Assay(TrackedModel):
    """One assay of a batch: what every technique records. Its details hang on it one-to-one."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        FINISHED = "finished", "Finished"
        EXCLUDED = "excluded", "Excluded"
        VOIDED = "voided", "Voided"

    class Sample(models.TextChoices):
        FINAL = "final", "Final preparation"
        STARTING = "starting", "Starting material"
        STEP = "step", "After a step"
        PROCESS = "process", "Process blank (unconditioned medium)"
        DILUENT = "diluent", "Diluent or buffer blank"
        POSITIVE = "positive", "Positive control"
        REFERENCE = "reference", "Reference standard"
        BLANK = "blank", "Blank, not said which"

    batch = models.ForeignKey("batches.Batch", on_delete=models.PROTECT, related_name="assays")
    number = models.PositiveSmallIntegerField("number", editable=False)
    technique = Words("technique", max_length=24, choices=Technique, blank=False, editable=False)
    replicate = WholeNumberField("replicate", low=1, high=99, null=False, blank=False, default=1)
    sample = Words("sample", max_length=10, choices=Sample, default=Sample.FINAL, blank=False)
    after_step = WholeNumberField("taken after step number", low=1, high=32_000)
    controls_number = WholeNumberField(
        "controls assay number (empty: all of this technique)", low=1, high=32_000
    )
    sample_id = Words("sample id", max_length=60)
    performed_time = models.DateTimeField("performed", null=True, blank=True)
    equipment = Words("instrument (id, last check)", max_length=160)
    sop = Words("SOP and version", max_length=80)
    remarks = LongWords("remarks")
    status = Words("status", max_length=10, choices=Status, default=Status.OPEN, blank=False, editable=False)
    performed_at = models.DateTimeField("recorded at", null=True, editable=False)
    performed_by = person()
    finished_at = models.DateTimeField("finished at", null=True, editable=False)
    finished_by = person()
    voided_at = models.DateTimeField("voided at", null=True, editable=False)
    voided_by = person()
    exclusion_category = Words(
        "kind of reason to leave it out", max_length=20, choices=ReasonCategory, editable=False
    )
    exclusion_words = LongWords("why it is left out", editable=False)
    exclusion_asked_at = models.DateTimeField("asked to leave it out at", null=True, editable=False)
    exclusion_asked_by = person()
    excluded_at = models.DateTimeField("left out at", null=True, editable=False)
    excluded_by = person()

    objects = AssayQuerySet.as_manager()
    free_fields = (
        "status",
        "finished_at",
        "finished_by",
        "voided_at",
        "voided_by",
        "exclusion_asked_at",
        "exclusion_asked_by",
        "excluded_at",
        "excluded_by",
    )

    class Meta:
        base_manager_name = "objects"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "number"], name="assay_number_once"),
            models.CheckConstraint(
                condition=models.Q(excluded_by__isnull=True)
                | ~models.Q(excluded_by=models.F("exclusion_asked_by")),
                name="assay_left_out_by_two",
                violation_error_message="Somebody else than the person who asked has to agree.",
            ),
        )

    def __str__(self) -> str:
        return f"Assay {self.number} · {self.get_technique_display()}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def is_editable(self) -> bool:
        """Whether its values may be entered or corrected now."""
        return self.batch.is_editable and self.counts

    @property
    def counts(self) -> bool:
        """Whether it is neither voided nor left out."""
        return self.status not in {self.Status.VOIDED, self.Status.EXCLUDED}

    @property
    def is_finished(self) -> bool:
        """Whether its result is there and counts."""
        return self.status == self.Status.FINISHED

    @property
    def waits_for_exclusion(self) -> bool:
        """Whether somebody asked to leave its result out and nobody has decided yet."""
        return self.exclusion_asked_at is not None and self.excluded_at is None

    @property
    def is_blank(self) -> bool:
        """Whether its sample is a preparation or liquid without EVs of the batch."""
        return self.sample in BLANK_SAMPLES

    @property
    def is_control(self) -> bool:
        """Whether its sample is a blank, control or reference: it says nothing of the batch itself."""
        return self.is_blank or self.sample in {self.Sample.POSITIVE, self.Sample.REFERENCE}

    def advice(self) -> list[tuple[str, str]]:
        """Unusual values: (field, hint). Never a block."""
        if self.controls_number is None or self.is_control:
            return []
        return [("controls_number", "Only blanks and controls control another assay.")]


BLANK_SAMPLES = frozenset({Assay.Sample.PROCESS, Assay.Sample.DILUENT, Assay.Sample.BLANK})


class DetailsQuerySet(AppendOnlyQuerySet):
    def with_rows(self) -> "DetailsQuerySet":
        """With the files and rows that hang on the details, as their model names them."""
        found = self.select_related(*self.model.files).prefetch_related(
            *self.model.row_sets, *self.model.files_of_rows
        )
        bulky = [f"{path.split('__')[0]}__curves" for path in self.model.files if path.startswith("reading")]
        return found.defer(*bulky)


class AssayDetails(TrackedModel):
    """What one technique records of an assay.

    `files` are the keys to files, `row_sets` the names of the rows that hang on it, `files_of_rows` the
    keys from them to files: all come along wherever the details are read.
    """

    assay = models.OneToOneField(Assay, on_delete=models.PROTECT)
    computed_fields: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    row_sets: tuple[str, ...] = ()
    files_of_rows: tuple[str, ...] = ()

    objects = DetailsQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.assay}, {self._meta.verbose_name}"

    @property
    def trail_batch(self) -> str:
        return self.assay.batch.number

    @property
    def standing_rows(self) -> list[Any]:
        """All its rows but the voided ones, whatever their kind."""
        rows = [row for name in self.row_sets for row in getattr(self, name).all()]
        return [row for row in rows if not row.is_voided]

    def compute(self) -> None:
        """Fill the computed fields from the entered ones."""

    def sign_of(self, field: str) -> str:
        """The sign before a result that the method could not put a number to, such as '<'; mostly empty."""
        return getattr(self, f"{field}_sign", "")

    def told(self, field: str) -> str:
        """A result with its sign and unit as people write it; empty without one."""
        value = getattr(self, field)
        unit = getattr(self._meta.get_field(field), "unit", "")
        return "" if value is None else f"{self.sign_of(field)} {people_number(value)} {unit}".strip()

    def advice(self) -> list[tuple[str, str]]:
        """Unusual values: (field, hint). Never a block."""
        return []


class AssayRow(TrackedModel):
    """One of the repeated things that a technique records; its key to the details is called `details`."""

    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields: tuple[str, ...] = ("is_voided",)

    class Meta:
        abstract = True
        base_manager_name = "objects"
        ordering: tuple[str, ...] = ("id",)

    @property
    def trail_batch(self) -> str:
        return self.details.assay.batch.number  # type: ignore[attr-defined]

    @property
    def trail_label(self) -> str:
        return f"{self.details.assay}, {self}"  # type: ignore[attr-defined]


def details_of(assay: Assay) -> Any:
    """The details row of an assay's technique."""
    return getattr(assay, DETAILS[assay.technique])

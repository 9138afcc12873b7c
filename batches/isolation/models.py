"""Isolation: the numbered steps of a batch, and what the details of every method share.

Fields, units and possible limits: ev-domain §5.1. What one method records stands in a module of its own.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.isolation import formulas
from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.quantities import LongWords, QuantityField, Words


class ProcessStepQuerySet(AppendOnlyQuerySet):
    """Steps; `with_details` hangs each one's details (and their rows) on it."""

    _reads_details = _reads_rows = False

    def standing(self) -> "ProcessStepQuerySet":
        """Without voided steps."""
        return self.exclude(status=ProcessStep.Status.VOIDED)

    def with_details(self) -> "ProcessStepQuerySet":
        """With people and the details of their methods: one query, and one for each method among them.

        Why not one query that joins all methods' tables: docs/decisions/methods.md.
        """
        found = self.select_related("batch", "started_by", "finished_by", "checked_by")
        found._reads_details = True
        return found

    def with_rows(self) -> "ProcessStepQuerySet":
        """With details and the rows of these (fractions, layers): one query more for each kind of rows.

        Each knows whether it chose from the reference data.
        """
        chosen: type[models.Model] = self.model._meta.get_field("chosen_materials").related_model  # type: ignore[assignment]
        rows = chosen._default_manager.filter(step=models.OuterRef("pk"))
        found = self.with_details().annotate(has_chosen=models.Exists(rows))
        found._reads_rows = True
        return found

    def _clone(self) -> "ProcessStepQuerySet":
        found = super()._clone()
        found._reads_details, found._reads_rows = self._reads_details, self._reads_rows
        return found

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._reads_details:
            steps = [row for row in self._result_cache or () if isinstance(row, ProcessStep)]
            _read_details(steps, with_rows=self._reads_rows)


class ProcessStep(TrackedModel):
    """A numbered step of a batch: what every method records. Its details hang on it one-to-one."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        VOIDED = "voided", "Voided"

    class Kept(models.TextChoices):
        PELLET = "pellet", "Pellet"
        SUPERNATANT = "supernatant", "Supernatant"
        FRACTIONS = "fractions", "Pooled fractions"
        RETENTATE = "retentate", "Retentate"
        PERMEATE = "permeate", "Permeate or filtrate"
        ELUATE = "eluate", "Eluate"
        ON_BEADS = "on_beads", "What is bound (on the beads)"
        DEPLETED = "depleted", "What is not bound (depleted)"
        ALL = "all", "All of it"

    batch = models.ForeignKey("batches.Batch", on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField("number", editable=False)
    planned_position = models.PositiveSmallIntegerField("planned step", null=True, editable=False)
    name = Words("name", max_length=80, blank=False, editable=False)
    method = Words("method", max_length=40, choices=IsolationMethod, blank=False, editable=False)
    purpose = Words("purpose", max_length=40, choices=StepPurpose, editable=False)
    is_critical = models.BooleanField("critical", default=False, editable=False)
    status = Words(
        "status", max_length=10, choices=Status, default=Status.PLANNED, blank=False, editable=False
    )
    volume_in_ml = QuantityField("volume in", unit="mL", low="0.0001", high=1_000_000)
    volume_out_ml = QuantityField("volume out", unit="mL", low="0.0001", high=1_000_000)
    temperature_c = QuantityField("temperature", unit="°C", low=-10, high=45, decimal_places=1)
    fraction_kept = Words("kept", max_length=12, choices=Kept)
    particles_in_per_ml = QuantityField(
        "particles in", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    particles_out_per_ml = QuantityField(
        "particles out", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    protein_in_ug_per_ml = QuantityField("protein in", unit="µg/mL", low=0, high=1_000_000)
    protein_out_ug_per_ml = QuantityField("protein out", unit="µg/mL", low=0, high=1_000_000)
    equipment = Words("equipment (id, calibration due)", max_length=160)
    material_lots = Words("lots used (material, lot, use by)", max_length=300)
    sop = Words("SOP and version", max_length=80)
    hold_after = Words("held afterwards (°C, h)", max_length=80)
    sample_taken = Words("sample taken (id, volume)", max_length=120)
    performed_from = models.DateTimeField(
        "really began", null=True, blank=True, help_text="Only if it differs from when Start was pressed."
    )
    performed_until = models.DateTimeField(
        "really ended", null=True, blank=True, help_text="Only if it differs from when Finish was pressed."
    )
    remarks = LongWords("remarks")
    started_at = models.DateTimeField("started at", null=True, editable=False)
    started_by = person()
    finished_at = models.DateTimeField("finished at", null=True, editable=False)
    finished_by = person()
    checked_at = models.DateTimeField("checked at", null=True, editable=False)
    checked_by = person()
    voided_at = models.DateTimeField("voided at", null=True, editable=False)
    voided_by = person()

    objects = ProcessStepQuerySet.as_manager()
    free_fields = (
        "status",
        "started_at",
        "started_by",
        "finished_at",
        "finished_by",
        "checked_at",
        "checked_by",
        "voided_at",
        "voided_by",
    )

    class Meta:
        base_manager_name = "objects"
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "position"], name="processstep_position_once"),
            models.CheckConstraint(
                condition=models.Q(checked_by__isnull=True) | models.Q(finished_by__isnull=False),
                name="processstep_checked_after_finished",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by__isnull=True)
                | (
                    ~models.Q(checked_by=models.F("finished_by"))
                    & ~models.Q(checked_by=models.F("started_by"))
                ),
                name="processstep_checked_by_second_person",
                violation_error_message="The person who did a step can't check it.",
            ),
            models.CheckConstraint(
                condition=models.Q(performed_from__isnull=True)
                | models.Q(performed_until__isnull=True)
                | models.Q(performed_until__gte=models.F("performed_from")),
                name="processstep_performed_in_order",
                violation_error_message="A step can't end before it began.",
            ),
        )

    def __str__(self) -> str:
        return f"Step {self.position} · {self.name}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def is_editable(self) -> bool:
        """Whether its values may be entered or corrected now."""
        return self.batch.is_editable and self.status in {self.Status.RUNNING, self.Status.FINISHED}

    @property
    def work_order(self) -> tuple[int, int]:
        """Its place in the order of work: a step that is done again stands right after the one it repeats."""
        return self.planned_position or self.position, self.position

    @property
    def needs_check(self) -> bool:
        """Whether a second person still has to check it."""
        return self.is_critical and self.status == self.Status.FINISHED and self.checked_at is None

    def advice(self) -> list[tuple[str, str]]:
        """Unusual values of any step: (field, hint). Never a block."""
        hints = []
        if self.temperature_c is not None and self.temperature_c > 10 and self.method in SPUN:
            hints.append(("temperature_c", "4 °C is usual for a spin; above 10 °C EVs may change."))
        share = self.particle_recovery_percent
        if share is not None and share > 120:
            hints.append(
                ("particles_out_per_ml", f"{share:.0f} % of the particles that went in: count again.")
            )
        return hints

    @property
    def volume_recovery_percent(self) -> Decimal | None:
        """Volume out as % of volume in."""
        return formulas.percent(self.volume_out_ml, self.volume_in_ml)

    @property
    def particle_recovery_percent(self) -> Decimal | None:
        """Particles out as % of particles in (ev-domain §5.2, step recovery)."""
        return formulas.recovery_percent(
            self.particles_in_per_ml, self.volume_in_ml, self.particles_out_per_ml, self.volume_out_ml
        )


SPUN = frozenset(
    {IsolationMethod.ULTRACENTRIFUGATION, IsolationMethod.CLEARING_SPIN, IsolationMethod.DENSITY_GRADIENT}
)


class StepDetails(TrackedModel):
    """What one method records of a step."""

    step = models.OneToOneField(ProcessStep, on_delete=models.PROTECT)
    # Computed from the other fields whenever they are saved; never typed.
    computed_fields: tuple[str, ...] = ()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.step}, {self._meta.verbose_name}"

    @property
    def trail_batch(self) -> str:
        return self.step.batch.number

    def compute(self) -> None:
        """Fill the computed fields from the entered ones."""

    def advice(self) -> list[tuple[str, str]]:
        """Unusual values: (field, hint). Never a block."""
        return []

    def glance(self) -> tuple[str, str]:
        """What the list of steps tells of it: a line, and a smaller one under it."""
        return "", ""


def details_of(step: ProcessStep) -> Any:
    """The details row of a step's method."""
    return getattr(step, accessor_of(step.method))


def accessor_of(method: str) -> str:
    """The name under which a step knows the details of its method."""
    return method.replace("_", "")


def details_model(method: str) -> type[StepDetails]:
    """The model of a method's details."""
    return ProcessStep._meta.get_field(accessor_of(method)).related_model  # type: ignore[return-value]


def row_names(method: str) -> list[str]:
    """Names of the rows that hang on a method's details: fractions, layers."""
    found = details_model(method)._meta.related_objects
    return [str(one.get_accessor_name()) for one in found if one.field.name == "details"]


def _read_details(steps: Iterable[ProcessStep], *, with_rows: bool) -> None:
    """Hang the details of their methods on steps that were read already."""
    by_method: dict[str, dict[int, ProcessStep]] = {}
    for step in steps:
        by_method.setdefault(step.method, {})[step.pk] = step
    for method, found in by_method.items():
        rows = details_model(method)._default_manager.filter(step__in=list(found))
        for details in rows.prefetch_related(*(row_names(method) if with_rows else ())):
            step = found[details.step_id]
            details.step = step
            setattr(step, accessor_of(method), details)

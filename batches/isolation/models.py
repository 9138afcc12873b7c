"""Isolation: the numbered steps of a batch, and what each method records.

Fields, units and possible limits: ev-domain §5.1 and §5.3.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.isolation import formulas
from batches.isolation.glances import told, with_unit
from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.possible import possible
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words, people_number
from batches.source.models import YesNo


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
        """With details and the rows of these (fractions, layers): one query more for each kind of rows."""
        found = self.with_details()
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


FULL = Decimal("0.8")  # of a tube's volume
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


class Spin(StepDetails):
    """A spin of any kind: rotor, speed or force, time. Force and clearing factor are computed beside it."""

    class Basis(models.TextChoices):
        MAX = "max", "at r max"
        AVERAGE = "average", "average"

    class RotorKind(models.TextChoices):
        SWINGING = "swinging", "Swinging bucket"
        FIXED_ANGLE = "fixed_angle", "Fixed angle"

    rotor = Words("rotor", max_length=60)
    rotor_kind = Words("rotor type", max_length=12, choices=RotorKind)
    r_min_mm = QuantityField("r min", unit="mm", low=10, high=300, decimal_places=2)
    r_max_mm = QuantityField("r max", unit="mm", low=10, high=300, decimal_places=2)
    rotor_max_rpm = WholeNumberField("rotor's highest speed", unit="rpm", low=1, high=150_000)
    speed_rpm = WholeNumberField("speed", unit="rpm", low=1, high=150_000)
    rcf_xg = QuantityField("force", unit="×g", low=1, high=1_100_000, decimal_places=1)
    rcf_basis = Words("force stated", max_length=8, choices=Basis)
    duration_min = QuantityField("duration", unit="min", low="0.5", high=4320, decimal_places=1)
    tube = Words("tube (type, material)", max_length=80)
    tube_volume_ml = QuantityField("volume of a tube", unit="mL", low="0.1", high=5000, decimal_places=2)
    tube_count = WholeNumberField("tubes", low=1, high=200)
    tube_fill_ml = QuantityField("fill of each tube", unit="mL", low="0.01", high=1000)
    brake = Words("acceleration and brake", max_length=40)
    computed_rpm = QuantityField("computed speed", unit="rpm", decimal_places=0, editable=False)
    computed_rcf_max_xg = QuantityField(
        "computed force at r max", unit="×g", decimal_places=1, editable=False
    )
    computed_rcf_average_xg = QuantityField(
        "computed average force", unit="×g", decimal_places=1, editable=False
    )
    adjusted_k = QuantityField("adjusted k", decimal_places=1, editable=False)

    computed_fields = ("computed_rpm", "computed_rcf_max_xg", "computed_rcf_average_xg", "adjusted_k")
    free_fields = computed_fields

    class Meta:
        abstract = True
        base_manager_name = "objects"
        constraints = (
            possible(
                "radii_in_order",
                models.Q(r_min_mm__lt=models.F("r_max_mm")),
                "r min must be smaller than r max.",
            ),
            possible(
                "speed_allowed",
                models.Q(speed_rpm__lte=models.F("rotor_max_rpm")),
                "The speed is above the rotor's highest speed.",
            ),
            possible(
                "tube_holds",
                models.Q(tube_fill_ml__lte=models.F("tube_volume_ml")),
                "A tube can't hold more than its volume.",
            ),
        )

    def compute(self) -> None:
        """Force, speed and clearing factor from what was entered (ev-domain §5.2)."""
        rpm = self.speed_rpm or formulas.rpm_for(self.rcf_xg, self.basis_radius_mm)
        self.computed_rpm = formulas.rounded(rpm, 0)
        self.computed_rcf_max_xg = formulas.rounded(formulas.rcf(rpm, self.r_max_mm), 1)
        self.computed_rcf_average_xg = formulas.rounded(formulas.rcf(rpm, self.r_average_mm), 1)
        self.adjusted_k = formulas.rounded(formulas.k_factor(self.r_min_mm, self.r_max_mm, rpm), 1)

    @property
    def r_average_mm(self) -> Decimal | None:
        """Mean of r min and r max."""
        return None if None in (self.r_min_mm, self.r_max_mm) else (self.r_min_mm + self.r_max_mm) / 2

    @property
    def basis_radius_mm(self) -> Decimal | None:
        """The radius at which the entered force holds."""
        return self.r_max_mm if self.rcf_basis == self.Basis.MAX else self.r_average_mm

    @property
    def computed_rcf_xg(self) -> Decimal | None:
        """Computed force on the basis that the entered force is stated on (r max without one)."""
        average = self.rcf_basis == self.Basis.AVERAGE
        return self.computed_rcf_average_xg if average else self.computed_rcf_max_xg

    @property
    def force_xg(self) -> Decimal | None:
        """The force as computed where speed and radius are known, else as it was entered."""
        return self.computed_rcf_xg or self.rcf_xg

    def glance(self) -> tuple[str, str]:
        force, k = formulas.rounded(self.force_xg, 0), formulas.rounded(self.adjusted_k, 0)
        rotor = told(self.rotor, with_unit("k", k, before=True))
        return told(with_unit("×g", force), with_unit("min", self.duration_min)), rotor

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.speed_rpm and self.rcf_xg and self.computed_rcf_xg:
            apart = abs(self.rcf_xg - self.computed_rcf_xg) / self.computed_rcf_xg
            if apart > Decimal("0.05"):
                hints.append(("rcf_xg", f"Speed and radius give {self.computed_rcf_xg:,.0f} ×g, not this."))
        if self.tube_fill_ml and self.tube_volume_ml and self.tube_fill_ml < self.tube_volume_ml * FULL:
            hints.append(("tube_fill_ml", "Thin-wall tubes filled under 80 % may collapse."))
        if not self.rotor:
            hints.append(("rotor", "Without a rotor the spin can't be repeated (EV-METRIC 5)."))
        return hints


class Ultracentrifugation(Spin):
    """A spin that pellets EVs, washes them, or clears a fluid, and what became of the pellet."""

    pellet_seen = Words("pellet seen", max_length=4, choices=YesNo)
    is_wash = Words("wash spin", max_length=4, choices=YesNo)
    resuspension_buffer = Words("resuspended in (buffer, lot)", max_length=120)
    resuspension_volume_ml = QuantityField("resuspension volume", unit="mL", low="0.001", high=10_000)
    buffer_filtered = Words("buffer filtered (0.1 or 0.22 µm)", max_length=4, choices=YesNo)

    class Meta(Spin.Meta):
        verbose_name = "ultracentrifugation"

    @property
    def pellets_evs(self) -> bool:
        """Whether small EVs are meant to end in the pellet."""
        return self.step.fraction_kept == ProcessStep.Kept.PELLET and self.step.purpose != StepPurpose.CLEAR

    def advice(self) -> list[tuple[str, str]]:
        hints = super().advice()
        if self.adjusted_k and self.adjusted_k > 500:
            hints.append(("duration_min", "Adjusted k above 500: small EVs may not pellet in this time."))
        if self.buffer_filtered == YesNo.NO:
            hints.append(
                ("buffer_filtered", "Unfiltered buffer brings particles of its own into every count.")
            )
        return hints + (self._pellet_advice() if self.pellets_evs else [])

    def _pellet_advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.force_xg and not 50_000 <= self.force_xg <= 200_000:
            hints.append(("rcf_xg", "Small EVs are usually pelleted at 50 000 to 200 000 ×g."))
        if self.duration_min is not None and not 45 <= self.duration_min <= 240:
            hints.append(("duration_min", "45 to 240 min is usual for a pellet of small EVs."))
        return hints


class SizeExclusion(StepDetails):
    """A size-exclusion column run: what was loaded, which fractions were pooled."""

    column_name = Words("column", max_length=80)
    resin = Words("resin", max_length=80)
    column_lot = Words("column lot", max_length=60)
    column_uses = WholeNumberField("use of this column", low=1, high=1000)
    column_max_uses = WholeNumberField("uses that the maker allows", low=1, high=1000)
    column_volume_ml = QuantityField("column volume", unit="mL", low="0.01", high=100_000)
    sample_volume_ml = QuantityField("sample loaded", unit="mL", low="0.001", high=100_000)
    buffer_volume_ml = QuantityField("buffer volume (void)", unit="mL", low=0, high=100_000)
    collection_volume_ml = QuantityField("collection volume", unit="mL", low="0.001", high=100_000)
    fraction_size_ml = QuantityField("fraction size", unit="mL", low="0.001", high=10_000)
    fractions_collected = WholeNumberField("fractions collected", low=1, high=500)
    first_pooled = WholeNumberField("first fraction pooled", low=1, high=500)
    last_pooled = WholeNumberField("last fraction pooled", low=1, high=500)
    flow = Words("flow (gravity or mL/min)", max_length=40)
    running_buffer = Words("running buffer (lot)", max_length=120)
    load_percent = QuantityField("load", unit="% of column volume", decimal_places=2, editable=False)

    computed_fields = ("load_percent",)
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "size exclusion"
        constraints = (
            possible(
                "pool_in_order",
                models.Q(first_pooled__lte=models.F("last_pooled")),
                "The first pooled fraction comes before the last.",
            ),
            possible(
                "pool_collected",
                models.Q(last_pooled__lte=models.F("fractions_collected")),
                "Only collected fractions can be pooled.",
            ),
            possible(
                "collection_fits",
                models.Q(collection_volume_ml__lte=models.F("column_volume_ml")),
                "The collection volume can't exceed the column volume.",
            ),
        )

    def compute(self) -> None:
        """Load as % of the column volume."""
        self.load_percent = formulas.rounded(
            formulas.percent(self.sample_volume_ml, self.column_volume_ml), 2
        )

    def glance(self) -> tuple[str, str]:
        pooled = f"fractions {self.first_pooled}–{self.last_pooled}" if self.first_pooled else ""
        load = f"load {people_number(self.load_percent)} %" if self.load_percent else ""
        return pooled, told(load, self.column_name) if load else ""

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.column_uses and self.column_max_uses and self.column_uses > self.column_max_uses:
            hints.append(("column_uses", f"The maker allows {self.column_max_uses} uses."))
        if not self.load_percent or self.load_percent <= 5:
            return hints
        words = f"Load is {self.load_percent.normalize():f} % of the column; 5 % is usual."
        if self.load_percent > 20:
            words += " Above 20 % proteins run into the EV fractions."
        return [*hints, ("sample_volume_ml", words)]


class ColumnFraction(TrackedModel):
    """One collected fraction of a size-exclusion run."""

    details = models.ForeignKey(SizeExclusion, on_delete=models.PROTECT, related_name="fractions")
    number = WholeNumberField("fraction", low=1, high=500, null=False, blank=False)
    volume_ml = QuantityField("volume", unit="mL", low="0.001", high=10_000)
    a280 = QuantityField("A280", low=-1, high=100)
    particles_per_ml = QuantityField(
        "particles", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    protein_ug_per_ml = QuantityField("protein", unit="µg/mL", low=0, high=1_000_000)
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["details", "number"],
                condition=models.Q(is_voided=False),
                name="columnfraction_number_once",
                violation_error_message="This fraction is already recorded.",
            ),
        )

    def __str__(self) -> str:
        return f"Fraction {self.number}"

    @property
    def trail_batch(self) -> str:
        return self.details.step.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.details.step}, fraction {self.number}"


class Precipitation(StepDetails):
    """Precipitation with a polymer or a kit, and how the precipitate was pelleted."""

    polymer = Words("polymer", max_length=60)
    polymer_mw = WholeNumberField("polymer's molecular weight", unit="Da", low=100, high=10_000_000)
    polymer_percent = QuantityField("polymer, final", unit="% w/v", low=0, high=50, decimal_places=2)
    salt = Words("salt", max_length=40)
    salt_mm = QuantityField("salt, final", unit="mM", low=0, high=10_000, decimal_places=1)
    volume_ratio = QuantityField("reagent volume per sample volume", low=0, high=100)
    reagent_volume_ml = QuantityField("reagent added", unit="mL", low="0.0001", high=1_000_000)
    incubation_h = QuantityField("incubation", unit="h", low="0.01", high=500, decimal_places=2)
    incubation_temp_c = QuantityField("incubation temperature", unit="°C", low=-10, high=45, decimal_places=1)
    pellet_rcf_xg = QuantityField("pelleted at", unit="×g", low=1, high=1_100_000, decimal_places=1)
    pellet_min = QuantityField("pelleted for", unit="min", low="0.5", high=4320, decimal_places=1)
    resuspension_buffer = Words("resuspended in (buffer, lot)", max_length=120)
    polymer_removed = Words("polymer removed afterwards", max_length=4, choices=YesNo)
    kit_name = Words("kit", max_length=80)
    kit_lot = Words("kit lot", max_length=60)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "precipitation"

    def glance(self) -> tuple[str, str]:
        polymer = f"{self.polymer} {people_number(self.polymer_percent)} %" if self.polymer else ""
        at = f"at {people_number(self.incubation_temp_c)} °C" if self.incubation_temp_c is not None else ""
        return polymer, told(with_unit("h", self.incubation_h), at, joint=" ")

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.polymer_percent is not None and not 4 <= self.polymer_percent <= 15:
            hints.append(("polymer_percent", "4 to 15 % is usual."))
        if self.polymer_removed == YesNo.NO:
            hints.append(("polymer_removed", "Polymer left in makes the particle : protein class invalid."))
        return hints


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

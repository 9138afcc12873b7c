"""Separation by a marker on the surface, and by flow: immunoaffinity and AF4 (ev-domain §5.3)."""

from decimal import Decimal

from django.db import models

from audit.models import TrackedModel
from batches.isolation.glances import told, with_unit
from batches.isolation.models import ProcessStep, StepDetails
from batches.possible import never, possible
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.source.models import YesNo


class Immunoaffinity(StepDetails):
    """Capture by antibodies (or other binders) on a matrix: what comes out is defined by a marker."""

    class Elution(models.TextChoices):
        LOW_PH = "low_ph", "Low pH"
        SALT = "salt", "Salt"
        PEPTIDE = "peptide", "Peptide"
        CLEAVAGE = "cleavage", "Cleavage or release reagent"
        NONE = "none", "None: EVs stay on the beads"

    targets = Words("targets (such as CD9, CD81)", max_length=120)
    antibody_clone = Words("antibody clone", max_length=60)
    antibody_catalogue = Words("antibody (maker, catalogue no.)", max_length=80)
    antibody_lot = Words("antibody lot", max_length=60)
    antibody_rrid = Words("antibody RRID", max_length=40)
    matrix = Words("matrix (beads, resin, chip)", max_length=80)
    bead_size_um = QuantityField("bead size", unit="µm", low="0.001", high=1000)
    bead_amount_mg = QuantityField("beads", unit="mg", low="0.0001", high=1_000_000)
    capacity_particles = QuantityField(
        "capacity, particles", low=0, high="1e18", max_digits=19, decimal_places=0
    )
    particles_loaded = QuantityField("particles loaded", low=0, high="1e18", max_digits=19, decimal_places=0)
    incubation_h = QuantityField("incubation", unit="h", low="0.01", high=500, decimal_places=2)
    incubation_temp_c = QuantityField("incubation temperature", unit="°C", low=-10, high=45, decimal_places=1)
    wash_count = WholeNumberField("washes", low=0, high=50)
    wash_buffer = Words("wash buffer (lot)", max_length=120)
    elution = Words("elution", max_length=10, choices=Elution)
    elution_buffer = Words("elution buffer (lot)", max_length=120)
    eluate_volume_ml = QuantityField("eluate", unit="mL", low="0.0001", high=10_000)
    is_neutralised = Words("eluate neutralised", max_length=4, choices=YesNo)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "immunoaffinity capture"
        constraints = (
            never(
                "eluted_to_have_eluate",
                models.Q(elution="none", eluate_volume_ml__isnull=False),
                "Nothing was eluted, so there is no eluate volume.",
            ),
            never(
                "eluted_to_neutralise",
                models.Q(elution="none", is_neutralised="yes"),
                "Nothing was eluted, so there is nothing to neutralise.",
            ),
        )

    def glance(self) -> tuple[str, str]:
        elution = self.get_elution_display() if self.elution else ""  # type: ignore[attr-defined]
        return self.targets, told(self.matrix, elution)

    @property
    def stays_on_beads(self) -> bool:
        """Whether the product of the step is beads with EVs on them."""
        return self.elution == self.Elution.NONE and self.step.fraction_kept != ProcessStep.Kept.DEPLETED

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.stays_on_beads:
            hints.append(("elution", "EVs stay on the beads: particle tracking would count the beads."))
        if self.elution == self.Elution.LOW_PH and self.is_neutralised != YesNo.YES:
            hints.append(("is_neutralised", "An eluate at low pH is neutralised at once."))
        loaded, capacity = self.particles_loaded, self.capacity_particles
        if loaded is not None and capacity is not None and loaded > capacity:
            hints.append(("particles_loaded", "More particles than the beads can bind."))
        if not self.antibody_clone and not self.antibody_rrid:
            hints.append(("antibody_clone", "Without clone or RRID the capture can't be repeated."))
        return hints


class FieldFlow(StepDetails):
    """Asymmetric-flow field-flow fractionation (AF4): channel, flows, what was injected and collected.

    Flows in mL/min, times in min, injected volume in µL and mass in µg.
    """

    step = models.OneToOneField(ProcessStep, on_delete=models.PROTECT, related_name="af4")
    channel = Words("channel", max_length=80)
    spacer_um = QuantityField("spacer", unit="µm", low=50, high=1000, decimal_places=1)
    membrane = Words("membrane material (RC, PES)", max_length=60)
    mwco_kda = QuantityField("cut-off (MWCO)", unit="kDa", low="0.1", high=1000, decimal_places=1)
    channel_flow_ml_per_min = QuantityField("channel flow", unit="mL/min", low="0.001", high=20)
    cross_flow_start_ml_per_min = QuantityField("cross-flow, start", unit="mL/min", low=0, high=20)
    cross_flow_end_ml_per_min = QuantityField("cross-flow, end", unit="mL/min", low=0, high=20)
    cross_flow_profile = Words("cross-flow profile", max_length=120)
    focus_flow_ml_per_min = QuantityField("focus flow", unit="mL/min", low=0, high=20)
    focus_min = QuantityField("focus time", unit="min", low=0, high=240, decimal_places=2)
    run_min = QuantityField("run time", unit="min", low="0.1", high=1440, decimal_places=2)
    injected_ul = QuantityField("injected", unit="µL", low="0.01", high=100_000)
    injected_ug = QuantityField("injected, protein", unit="µg", low=0, high=100_000)
    injections = WholeNumberField("injections", low=1, high=500)
    mobile_phase = Words("mobile phase (lot)", max_length=120)
    detectors = Words("detectors (UV, MALS, DLS)", max_length=120)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "field-flow fractionation"
        constraints = (
            possible(
                "cross_flow_falls",
                models.Q(cross_flow_end_ml_per_min__lte=models.F("cross_flow_start_ml_per_min")),
                "The cross-flow falls during a run: its end can't be above its start.",
            ),
        )

    def glance(self) -> tuple[str, str]:
        return told(self.channel, with_unit("µL", self.injected_ul)), told(
            with_unit("min", self.run_min), self.detectors
        )

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.injected_ug is not None and self.injected_ug > 150:
            hints.append(("injected_ug", "Above 150 µg the channel may be overloaded."))
        if self.spacer_um is not None and not 190 <= self.spacer_um <= 490:
            hints.append(("spacer_um", "190 to 490 µm is usual."))
        flow = self.channel_flow_ml_per_min
        if flow is not None and not Decimal("0.2") <= flow <= Decimal("1.5"):
            hints.append(("channel_flow_ml_per_min", "0.2 to 1.5 mL/min is usual."))
        if self.run_min is not None and self.run_min > 60:
            hints.append(("run_min", "A run is usually shorter than 1 h."))
        return hints


class FieldFlowWindow(TrackedModel):
    """One collected window of an AF4 run, in minutes after the end of focusing."""

    details = models.ForeignKey(FieldFlow, on_delete=models.PROTECT, related_name="windows")
    number = WholeNumberField("window", low=1, high=200, null=False, blank=False)
    from_min = QuantityField("from", unit="min", low=0, high=1440, decimal_places=2)
    until_min = QuantityField("until", unit="min", low=0, high=1440, decimal_places=2)
    volume_ml = QuantityField("volume", unit="mL", low="0.001", high=10_000)
    particles_per_ml = QuantityField(
        "particles", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    protein_ug_per_ml = QuantityField("protein", unit="µg/mL", low=0, high=1_000_000)
    is_kept = Words("kept", max_length=4, choices=YesNo)
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["details", "number"],
                condition=models.Q(is_voided=False),
                name="fieldflowwindow_number_once",
                violation_error_message="This window is already recorded.",
            ),
            possible(
                "in_order",
                models.Q(from_min__lt=models.F("until_min")),
                "A window can't end before it began.",
            ),
        )

    def __str__(self) -> str:
        return f"Window {self.number}"

    @property
    def trail_batch(self) -> str:
        return self.details.step.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.details.step}, window {self.number}"

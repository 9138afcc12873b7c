"""Nano-flow cytometry: single particles by scatter and label, with what MIFlowCyt-EV asks for.

Blocks and controls: Welsh et al., J Extracell Vesicles 2020;9:1713526 (ev-domain §3.1).
"""

from decimal import Decimal

from django.core.validators import RegexValidator
from django.db import models

from batches.characterization import formulas
from batches.characterization.kinds import MisevCategory
from batches.characterization.models import AssayDetails, AssayRow
from batches.characterization.particles import (
    per_ml,
    percentiles_in_order,
    reading_key,
    size_nm,
    skew_advice,
    told_sizes,
)
from batches.characterization.vocabulary import known_marker
from batches.quantities import QuantityField, WholeNumberField, Words

LEFT_AFTER_DETERGENT = Decimal(50)


class NanoFlow(AssayDetails):
    """A run of a flow cytometer that sees single EVs: how it was set, calibrated, and what it counted."""

    reading = reading_key()
    staining = Words("staining (dyes, time, temperature)", max_length=160)
    wash = Words("unbound dye removed by", max_length=80)
    dilution = QuantityField("dilution factor", unit="×", low=1, high="1e8", max_digits=15)
    diluent = Words("diluent (lot)", max_length=80)
    trigger_channel = Words("trigger channel", max_length=60)
    trigger_threshold = Words("trigger threshold", max_length=60)
    flow_rate_ul_per_min = QuantityField("flow rate", unit="µL/min", low=0, high=10_000)
    flow_calibration = Words("flow rate calibrated with", max_length=80)
    fluorescence_calibration = Words("fluorescence calibration (MESF or ERF beads, lot)", max_length=120)
    scatter_calibration = Words("scatter calibration (beads, refractive indices, units)", max_length=120)
    detection_limit_nm = size_nm("smallest size detected")
    data_deposited = Words("data deposited at", max_length=120)
    events = WholeNumberField("events")
    volume_ul = QuantityField("analysed volume", unit="µL", low=0, high=1_000_000, decimal_places=6)
    coincidence_percent = QuantityField(
        "coincident or aborted events", unit="%", low=0, high=100, decimal_places=2
    )
    instrument_per_ml = per_ml("concentration as the instrument gives it (diluted)")
    measured_per_ml = per_ml("measured (diluted) concentration", editable=False)
    particles_per_ml = per_ml("concentration of the sample", editable=False)
    mean_nm = size_nm("mean")
    mode_nm = size_nm("mode")
    d10_nm = size_nm("D10")
    d50_nm = size_nm("D50")
    d90_nm = size_nm("D90")

    files = ("reading__attachment",)
    row_sets = ("gates", "controls")
    computed_fields = ("measured_per_ml", "particles_per_ml")
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "nano-flow cytometry"
        constraints = (percentiles_in_order("nanoflow"),)

    def compute(self) -> None:
        """Measured: as the instrument gives it, else events over volume. Of the sample: × dilution."""
        counted = formulas.per_ml_counted(self.events, self.volume_ul)
        self.measured_per_ml = counted if self.instrument_per_ml is None else self.instrument_per_ml
        self.particles_per_ml = formulas.diluted_back(self.measured_per_ml, self.dilution)

    @property
    def standing_gates(self) -> list["FlowGate"]:
        return [gate for gate in self.gates.all() if not gate.is_voided]

    @property
    def standing_controls(self) -> list["FlowControl"]:
        return [control for control in self.controls.all() if not control.is_voided]

    def positive_of(self, target: str) -> tuple[Decimal | None, str]:
        """Share of particles that carry a protein, and no sign; none where it was not gated."""
        wanted = known_marker(target)
        for gate in self.standing_gates:
            if known_marker(gate.target) is wanted:
                return gate.positive_percent, ""
        return None, ""

    def missing_controls(self) -> list[str]:
        """The controls of MIFlowCyt-EV that are not recorded, in words."""
        made = {control.kind for control in self.standing_controls}
        needed = [FlowControl.Kind.BUFFER, FlowControl.Kind.DETERGENT, FlowControl.Kind.DILUTION]
        if self.standing_gates:
            needed += [FlowControl.Kind.UNSTAINED, FlowControl.Kind.ISOTYPE, FlowControl.Kind.SINGLE_STAIN]
        return [kind.label.lower() for kind in needed if kind not in made]

    def advice(self) -> list[tuple[str, str]]:
        hints = skew_advice(self)
        lacking = self.missing_controls() if self.pk and self.events is not None else []
        if lacking:
            hints.append(("events", f"Controls not recorded: {', '.join(lacking)}."))
        if self.coincidence_percent is not None and self.coincidence_percent > 10:
            hints.append(("coincidence_percent", "Above 10 %: dilute more, or several count as one (swarm)."))
        controls = self.standing_controls if self.pk else []
        return [*hints, *(("events", words) for one in controls if (words := one.advice_words()))]

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        gates = [(f"{gate.target} positive", gate.told_percent) for gate in self.standing_gates]
        return [*told_sizes(self, ("particles_per_ml", "mode_nm", "d50_nm")), *gates]


class FlowGate(AssayRow):
    """A marker of the panel: its label and the share of particles that carry it."""

    details = models.ForeignKey(NanoFlow, on_delete=models.PROTECT, related_name="gates")
    target = Words("protein or dye", max_length=30, blank=False)
    misev_category = Words("MISEV category", max_length=2, choices=MisevCategory)
    fluorochrome = Words("fluorochrome", max_length=40)
    gate = Words("gate (how it was set)", max_length=120)
    positive_percent = QuantityField("positive", unit="%", low=0, high=100, decimal_places=3)
    positive_events = WholeNumberField("positive events")
    antibody_clone = Words("clone", max_length=60)
    antibody_rrid = Words(
        "RRID", max_length=30, validators=[RegexValidator(r"^RRID:AB_\d+\Z", "Such as RRID:AB_628877.")]
    )
    antibody_lot = Words("antibody lot", max_length=60)
    antibody_ug_per_ml = QuantityField("antibody", unit="µg/mL", low=0, high=10_000)

    class Meta(AssayRow.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["details", "target"],
                condition=models.Q(is_voided=False),
                name="flowgate_target_once",
                violation_error_message="This protein is gated already.",
            ),
        )

    def __str__(self) -> str:
        return f"gate {self.target}"

    @property
    def told_percent(self) -> str:
        return "—" if self.positive_percent is None else f"{self.positive_percent.normalize():f} %"


class FlowControl(AssayRow):
    """A control of the run, and how much the cytometer counted in it."""

    class Kind(models.TextChoices):
        BUFFER = "buffer", "Buffer only"
        REAGENTS = "reagents", "Buffer with reagents"
        UNSTAINED = "unstained", "Unstained sample"
        ISOTYPE = "isotype", "Isotype"
        SINGLE_STAIN = "single_stain", "Single stain"
        PROCEDURAL = "procedural", "Procedural"
        DETERGENT = "detergent", "Detergent-treated sample"
        DILUTION = "dilution", "Serial dilution"

    details = models.ForeignKey(NanoFlow, on_delete=models.PROTECT, related_name="controls")
    kind = Words("control", max_length=14, choices=Kind, blank=False)
    words = Words("what it was", max_length=120)
    dilution = QuantityField("dilution factor", unit="×", low=1, high="1e8", max_digits=15)
    events = WholeNumberField("events")
    percent_of_sample = QuantityField(
        "events at the sample's dilution, of the sample's", unit="%", low=0, high=100_000, decimal_places=2
    )

    def __str__(self) -> str:
        return f"control {self.get_kind_display().lower()}"

    def advice_words(self) -> str:
        """What is unusual about this control; empty where nothing is."""
        share = self.percent_of_sample
        if share is None:
            return ""
        if self.kind == self.Kind.DETERGENT and share > LEFT_AFTER_DETERGENT:
            return "More than half of the events withstand the detergent: they may be no vesicles."
        if self.kind in {self.Kind.BUFFER, self.Kind.REAGENTS} and share > 10:
            return "More than a tenth of the sample's events come from buffer or reagents."
        return ""

"""Potency: what a preparation does in a test of its mode of action, beside a reference lot (ev-domain §3.1).

A number of particles is no potency. Gimona et al., Cytotherapy 2021;23:373: an assay relates to the mode of
action and is read against reference material.
"""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from batches.characterization import formulas
from batches.characterization.models import AssayDetails, AssayRow
from batches.characterization.particles import reading_key
from batches.quantities import QuantityField, WholeNumberField, Words, people_number
from batches.source.models import YesNo

WELLS_APART_PERCENT = Decimal(20)


def _ordered(low: str, high: str) -> Q:
    return Q(**{f"{low}__isnull": True}) | Q(**{f"{high}__isnull": True}) | Q(**{f"{low}__lte": F(high)})


class PotencyAssay(AssayDetails):
    """A bio-assay: dose, response, controls, and the response beside that of a reference lot."""

    class DoseUnit(models.TextChoices):
        PARTICLES_PER_ML = "per_ml", "particles/mL"
        PARTICLES_PER_CELL = "per_cell", "particles/cell"
        UG_PER_ML = "ug_per_ml", "µg protein/mL"
        PARTICLES = "particles", "particles"
        UG = "ug", "µg protein"
        CELL_EQUIVALENTS = "cell_eq", "cell equivalents"

    reading = reading_key()
    name = Words("assay", max_length=120)
    mode_of_action = Words("mode of action it stands for", max_length=160)
    test_system = Words("cells or system (lot, passage)", max_length=120)
    readout = Words("what is read", max_length=120)
    dose = QuantityField("dose", low=0, high="1e15", max_digits=15)
    dose_unit = Words("dose in", max_length=10, choices=DoseUnit)
    is_dose_response = Words("several doses run", max_length=4, choices=YesNo)
    wells = WholeNumberField("replicate wells", low=1, high=96)
    cv_percent = QuantityField("CV of the wells", unit="%", low=0, high=1000, decimal_places=2)
    response = QuantityField("response", low="-1e9", high="1e9", max_digits=15)
    response_unit = Words("response in", max_length=40)
    reference_lot = Words("reference lot", max_length=60)
    reference_response = QuantityField("response of the reference lot", low="-1e9", high="1e9", max_digits=15)
    response_percent = QuantityField(
        "response, of the reference lot's", unit="%", max_digits=15, decimal_places=2, editable=False
    )
    relative_potency_percent = QuantityField(
        "relative potency", unit="%", low=0, high=1_000_000, decimal_places=2
    )
    ci_low_percent = QuantityField(
        "its 95 % interval from", unit="%", low=0, high=1_000_000, decimal_places=2
    )
    ci_high_percent = QuantityField("its 95 % interval to", unit="%", low=0, high=1_000_000, decimal_places=2)

    files = ("reading__attachment",)
    row_sets = ("controls",)
    computed_fields = ("response_percent",)
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "potency"
        constraints = (
            models.CheckConstraint(
                condition=_ordered("ci_low_percent", "relative_potency_percent")
                & _ordered("relative_potency_percent", "ci_high_percent")
                & _ordered("ci_low_percent", "ci_high_percent"),
                name="potencyassay_interval_holds_it",
                violation_error_message="The relative potency lies within its interval.",
            ),
        )

    def compute(self) -> None:
        """The response as percent of the reference lot's, at the same dose."""
        self.response_percent = formulas.percent_of(self.response, self.reference_response)  # type: ignore[assignment]

    @property
    def standing_controls(self) -> list["PotencyControl"]:
        return [control for control in self.controls.all() if not control.is_voided]

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.response is not None and not self.reference_lot:
            hints.append(
                ("reference_lot", "Without a reference lot, responses of two days can't be compared.")
            )
        if self.relative_potency_percent is not None and self.is_dose_response != YesNo.YES:
            hints.append(("is_dose_response", "Relative potency rests on several doses of both lots."))
        if self.cv_percent is not None and self.cv_percent > WELLS_APART_PERCENT:
            hints.append(("cv_percent", "Wells differ by more than 20 %."))
        kinds = {control.kind for control in self.standing_controls} if self.pk else set()
        if self.response is not None and PotencyControl.Kind.DEPLETED not in kinds:
            hints.append(
                ("response", "No EV-depleted control is recorded: the effect may come from elsewhere.")
            )
        return hints

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        label, beside = self.name or "Potency", f" beside {self.reference_lot}" if self.reference_lot else ""
        if self.relative_potency_percent is not None:
            return [(label, f"{self.told('relative_potency_percent')}{self._interval()}{beside}")]
        if self.response_percent is not None:
            return [(label, f"response {self.told('response_percent')}{beside}")]
        shown = people_number(self.response) if self.response is not None else ""
        return [(label, f"{shown} {self.response_unit}".strip())]

    def _interval(self) -> str:
        low, high = self.ci_low_percent, self.ci_high_percent
        if low is None or high is None:
            return ""
        return f" ({people_number(low)}–{people_number(high)} %)"


class PotencyControl(AssayRow):
    """What was run beside the preparation, and how it responded."""

    class Kind(models.TextChoices):
        UNTREATED = "untreated", "Untreated cells"
        VEHICLE = "vehicle", "Buffer of the preparation"
        DEPLETED = "depleted", "EV-depleted preparation"
        OTHER_SOURCE = "other_source", "EVs of another source"
        POSITIVE = "positive", "Positive control"
        BLANK = "blank", "Process blank"

    details = models.ForeignKey(PotencyAssay, on_delete=models.PROTECT, related_name="controls")
    kind = Words("control", max_length=14, choices=Kind, blank=False)
    words = Words("what it was", max_length=120)
    response = QuantityField("response", low="-1e9", high="1e9", max_digits=15)

    def __str__(self) -> str:
        return f"control {self.get_kind_display().lower()}"

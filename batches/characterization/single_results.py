"""Assays of a single result: endotoxin, sterility, mycoplasma; pH, osmolality and appearance.

A result that the method could not put a number to keeps its sign as it was reported: `< 0.05 EU/mL`.
"""

from decimal import Decimal

from django.db import models

from batches.bounds import Sign
from batches.characterization.models import AssayDetails, AssayRow
from batches.characterization.particles import reading_key
from batches.quantities import QuantityField, WholeNumberField, Words, people_number
from batches.source.models import YesNo

SPIKE_PERCENT = (Decimal(50), Decimal(200))
USUAL_STERILITY_DAYS = 14


class Outcome(models.TextChoices):
    """What an assay for organisms shows; an interim reading is no result yet."""

    NOT_DETECTED = "not_detected", "not detected"
    DETECTED = "detected", "detected"
    INTERIM = "interim", "not final yet"
    INVALID = "invalid", "not valid"


class Endotoxin(AssayDetails):
    """Endotoxin of a sample, and how much of a spike was found again in it."""

    class Method(models.TextChoices):
        GEL_CLOT = "gel_clot", "LAL, gel clot"
        TURBIDIMETRIC = "turbidimetric", "LAL, turbidimetric"
        CHROMOGENIC = "chromogenic", "LAL, chromogenic"
        RECOMBINANT = "rfc", "Recombinant factor C"

    reading = reading_key()
    method = Words("method", max_length=14, choices=Method)
    kit = Words("kit (lot)", max_length=80)
    r_squared = QuantityField("R² of the standard curve", low=0, high=1, decimal_places=5)
    dilution = QuantityField("dilution factor", unit="×", low=1, high=1_000_000)
    sensitivity_eu_per_ml = QuantityField(
        "sensitivity (λ or lowest standard)", unit="EU/mL", low=0, high=1000, max_digits=12, decimal_places=6
    )
    highest_valid_dilution = QuantityField(
        "maximum valid dilution (MVD)", unit="×", low=1, high="1e8", max_digits=15
    )
    spike_recovery_percent = QuantityField(
        "spike found again", unit="%", low=0, high=10_000, decimal_places=1
    )
    endotoxin_eu_per_ml_sign = Words("sign before the result", max_length=1, choices=Sign)
    endotoxin_eu_per_ml = QuantityField(
        "endotoxin, of the undiluted sample", unit="EU/mL", low=0, high=1_000_000
    )

    files = ("reading__attachment",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "endotoxin"

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        low, high = SPIKE_PERCENT
        if self.spike_recovery_percent is not None and not low <= self.spike_recovery_percent <= high:
            hints.append(("spike_recovery_percent", "Outside 50–200 %: the sample disturbs the assay."))
        if self.dilution and self.highest_valid_dilution and self.dilution > self.highest_valid_dilution:
            hints.append(("dilution", "Above the maximum valid dilution: the limit can't be seen any more."))
        return hints

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        return [("Endotoxin", self.told("endotoxin_eu_per_ml"))]


class OrganismDetails(AssayDetails):
    """How a sample was looked at for organisms, and what was found."""

    method = Words("method", max_length=120)
    incubated_days = WholeNumberField("incubated", unit="days", low=0, high=60)
    detection_limit = Words("detection limit", max_length=80)
    outcome = Words("result", max_length=14, choices=Outcome)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        return [(str(self._meta.verbose_name).capitalize(), self.get_outcome_display())]


class Sterility(OrganismDetails):
    """Growth in media, read on several days; before the last reading the result is not final."""

    media = Words("media", max_length=120)
    inoculum_ml = QuantityField("inoculated", unit="mL", low=0, high=10_000)
    started_on = models.DateField("incubation began", null=True, blank=True)

    row_sets = ("readings",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "sterility"

    @property
    def standing_readings(self) -> list["SterilityReading"]:
        return [reading for reading in self.readings.all() if not reading.is_voided]

    @property
    def has_final_reading(self) -> bool:
        return any(one.stage == SterilityReading.Stage.FINAL for one in self.standing_readings)

    def contradicted_by(self) -> "SterilityReading | None":
        """A reading with growth where the result says that nothing was detected."""
        if self.outcome != Outcome.NOT_DETECTED:
            return None
        return next((one for one in self.standing_readings if one.growth == YesNo.YES), None)

    def result_words(self) -> list[tuple[str, str]]:
        """The result; before the final reading also how far it is."""
        read = [one.told for one in self.standing_readings if one.stage == SterilityReading.Stage.INTERIM]
        is_open = self.outcome in {"", Outcome.INTERIM} and read
        return [*super().result_words(), *([("Interim", "; ".join(read))] if is_open else [])]

    def advice(self) -> list[tuple[str, str]]:
        is_final = self.outcome in {Outcome.NOT_DETECTED, Outcome.DETECTED}
        if is_final and self.incubated_days is not None and self.incubated_days < USUAL_STERILITY_DAYS:
            return [("incubated_days", "Read before day 14: usual media are read to the end of day 14.")]
        return []


class SterilityReading(AssayRow):
    """What was seen on one day; an interim reading is no result."""

    class Stage(models.TextChoices):
        INTERIM = "interim", "Interim"
        FINAL = "final", "Final"

    details = models.ForeignKey(Sterility, on_delete=models.PROTECT, related_name="readings")
    day = WholeNumberField("day", low=0, high=60, null=False, blank=False)
    read_on = models.DateField("read on", null=True, blank=True)
    stage = Words("reading", max_length=8, choices=Stage, blank=False)
    growth = Words("growth", max_length=4, choices=YesNo, blank=False)
    seen = Words("what was seen", max_length=160)

    class Meta(AssayRow.Meta):
        ordering = ("day", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["details"],
                condition=models.Q(is_voided=False, stage="final"),
                name="sterilityreading_final_once",
                violation_error_message="There is a final reading already.",
            ),
        )

    def __str__(self) -> str:
        return f"reading of day {self.day}"

    @property
    def told(self) -> str:
        return f"day {self.day}: {'growth' if self.growth == YesNo.YES else 'no growth'}"


class Mycoplasma(OrganismDetails):
    """Mycoplasma by culture or by nucleic acid; it lives in cells, so purified EVs alone say little."""

    class Material(models.TextChoices):
        CELLS = "cells", "Cells with their medium"
        MEDIUM = "medium", "Conditioned medium"
        FINAL = "final", "Final preparation only"

    material = Words("material tested", max_length=8, choices=Material)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "mycoplasma"

    def advice(self) -> list[tuple[str, str]]:
        if self.material != self.Material.FINAL:
            return []
        return [("material", "Cells or conditioned medium show mycoplasma sooner than purified EVs do.")]


class Physicochemical(AssayDetails):
    """What the final preparation is as a liquid."""

    ph = QuantityField("pH", low=0, high=14, decimal_places=2)
    osmolality_mosm_per_kg = QuantityField("osmolality", unit="mOsm/kg", low=0, high=10_000, decimal_places=1)
    appearance = Words("appearance", max_length=80)

    row_sets = ("residuals",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "pH, osmolality, appearance"

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        numbers = [("pH", "ph"), ("Osmolality", "osmolality_mosm_per_kg")]
        found = [(label, self.told(name)) for label, name in numbers]
        residuals = [(row.get_substance_display(), row.told) for row in self.standing_residuals]
        return [one for one in [*found, ("Appearance", self.appearance), *residuals] if one[1]]

    @property
    def standing_residuals(self) -> list["ResidualResult"]:
        return [row for row in self.residuals.all() if not row.is_voided]


class ResidualResult(AssayRow):
    """What is left of a substance that the process used or brought along."""

    class Substance(models.TextChoices):
        BSA = "bsa", "Bovine serum albumin"
        ANTIBIOTIC = "antibiotic", "Antibiotic"
        PEG = "peg", "PEG"
        IODIXANOL = "iodixanol", "Iodixanol"
        HOST_CELL_PROTEIN = "hcp", "Host-cell protein"
        DNA = "dna", "DNA"
        PARTICULATES = "particulates", "Visible or subvisible particles"
        OTHER = "other", "Other"

    class Unit(models.TextChoices):
        NG_PER_ML = "ng/mL", "ng/mL"
        UG_PER_ML = "µg/mL", "µg/mL"
        PERCENT = "%", "%"
        PER_ML = "/mL", "/mL"

    details = models.ForeignKey(Physicochemical, on_delete=models.PROTECT, related_name="residuals")
    substance = Words("substance", max_length=14, choices=Substance, blank=False)
    words = Words("which, by which method", max_length=120)
    amount_sign = Words("sign before the result", max_length=1, choices=Sign)
    amount = QuantityField("result", low=0, high="1e12", max_digits=15)
    unit = Words("in", max_length=8, choices=Unit)
    detection_limit = QuantityField("limit of detection", low=0, high="1e12", max_digits=15)

    def __str__(self) -> str:
        return f"residual {self.get_substance_display()}"

    @property
    def told(self) -> str:
        """The result with its sign and unit; empty without one."""
        number = "" if self.amount is None else people_number(self.amount)
        return f"{self.amount_sign} {number} {self.unit}".strip() if number else ""

"""Assays of a single result: endotoxin, sterility, mycoplasma; pH, osmolality and appearance.

A result that the method could not put a number to keeps its sign as it was reported: `< 0.05 EU/mL`.
"""

from decimal import Decimal

from django.db import models

from batches.bounds import Sign
from batches.characterization.models import AssayDetails
from batches.quantities import QuantityField, WholeNumberField, Words

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

    method = Words("method", max_length=14, choices=Method)
    kit = Words("kit (lot)", max_length=80)
    dilution = QuantityField("dilution factor", unit="×", low=1, high=1_000_000)
    spike_recovery_percent = QuantityField(
        "spike found again", unit="%", low=0, high=10_000, decimal_places=1
    )
    endotoxin_eu_per_ml_sign = Words("sign before the result", max_length=1, choices=Sign)
    endotoxin_eu_per_ml = QuantityField(
        "endotoxin, of the undiluted sample", unit="EU/mL", low=0, high=1_000_000
    )

    class Meta:
        base_manager_name = "objects"
        verbose_name = "endotoxin"

    def advice(self) -> list[tuple[str, str]]:
        low, high = SPIKE_PERCENT
        if self.spike_recovery_percent is None or low <= self.spike_recovery_percent <= high:
            return []
        return [("spike_recovery_percent", "Outside 50–200 %: the sample disturbs the assay.")]

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
    """Growth in media; before the last reading the result is not final."""

    class Meta:
        base_manager_name = "objects"
        verbose_name = "sterility"

    def advice(self) -> list[tuple[str, str]]:
        is_final = self.outcome in {Outcome.NOT_DETECTED, Outcome.DETECTED}
        if is_final and self.incubated_days is not None and self.incubated_days < USUAL_STERILITY_DAYS:
            return [("incubated_days", "Read before day 14: usual media are read to the end of day 14.")]
        return []


class Mycoplasma(OrganismDetails):
    """Mycoplasma of the sample by culture or by nucleic acid."""

    class Meta:
        base_manager_name = "objects"
        verbose_name = "mycoplasma"


class Physicochemical(AssayDetails):
    """What the final preparation is as a liquid."""

    ph = QuantityField("pH", low=0, high=14, decimal_places=2)
    osmolality_mosm_per_kg = QuantityField("osmolality", unit="mOsm/kg", low=0, high=10_000, decimal_places=1)
    appearance = Words("appearance", max_length=80)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "pH, osmolality, appearance"

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        numbers = [("pH", "ph"), ("Osmolality", "osmolality_mosm_per_kg")]
        found = [(label, self.told(name)) for label, name in numbers]
        return [one for one in [*found, ("Appearance", self.appearance)] if one[1]]

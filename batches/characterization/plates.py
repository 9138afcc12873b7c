"""Plates laid out by a person, and what was worked out from them."""

from typing import Any

from django.db import models

from accounts.fields import person
from audit.models import TrackedModel
from batches.characterization.models import Assay
from batches.quantities import LongWords, QuantityField, Words
from batches.record.models import Reading
from batches.source.models import YesNo


class PlateCurve(TrackedModel):
    """A plate's layout, the standard curve fitted to it, and the samples read back from that curve.

    Inputs, version of the formulas and results are kept together and never change: laying the plate out
    anew makes another row, and the latest counts.
    """

    append_only = True

    class Model(models.TextChoices):
        LINEAR = "linear", "Linear"
        QUADRATIC = "quadratic", "Quadratic"
        FOUR_PARAMETER = "four_parameter", "Four parameters (4PL)"

    class Weighting(models.TextChoices):
        NONE = "none", "none"
        BY_X = "1/x", "1/x"
        BY_X2 = "1/x2", "1/x²"
        BY_Y = "1/y", "1/y"
        BY_Y2 = "1/y2", "1/y²"

    class Unit(models.TextChoices):
        MG_PER_ML = "mg_per_ml", "mg/mL"
        UG_PER_ML = "ug_per_ml", "µg/mL"
        NG_PER_ML = "ng_per_ml", "ng/mL"
        PG_PER_ML = "pg_per_ml", "pg/mL"
        EU_PER_ML = "eu_per_ml", "EU/mL"

    assay = models.ForeignKey(Assay, on_delete=models.PROTECT, related_name="plate_curves")
    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="+")
    plate = Words("plate", max_length=120, blank=False)
    read = Words("read", max_length=120, blank=False)
    layout = LongWords("layout", blank=False)
    unit = Words("unit of the standards", max_length=10, choices=Unit, blank=False)
    model = Words("curve", max_length=16, choices=Model, blank=False)
    weighting = Words("weighting", max_length=6, choices=Weighting, blank=False)
    subtract_blank = Words("blank subtracted", max_length=4, choices=YesNo, blank=False)
    least_recovery = QuantityField("standards come back within, from", unit="%", low=0, high=100, null=False)
    most_recovery = QuantityField("standards come back within, to", unit="%", low=100, high=1000, null=False)
    sample = Words("sample of this batch", max_length=80, blank=False)
    analyte = Words("analyte", max_length=40)
    formula_version = Words("version of the formulas", max_length=20, blank=False)
    found = LongWords("found", blank=False)
    results: Any = models.JSONField("results", blank=True)
    computed_at = models.DateTimeField("computed at")
    computed_by = person(null=False)

    hashed_fields = ("results",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        verbose_name = "standard curve"

    def __str__(self) -> str:
        return f"standard curve of {self.plate}"

    @property
    def trail_batch(self) -> str:
        return self.assay.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.assay}, {self}"

    @property
    def result(self) -> dict[str, Any]:
        """What was found of the batch's own sample."""
        return next((one for one in self.results["results"] if one["sample"] == self.sample), {})


def plate_curves_of(assay: Assay) -> list[PlateCurve]:
    """The curves that came along with an assay's details, the latest last."""
    return list(getattr(assay, "_prefetched_objects_cache", {}).get("plate_curves", ()))

"""Protein concentration, with what makes it believable (ev-domain §7.3)."""

from decimal import Decimal

from django.db import models

from batches.bounds import Sign
from batches.characterization.models import AssayDetails
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.record.models import Reading
from batches.source.models import YesNo


class ProteinAssay(AssayDetails):
    """Protein concentration of a sample, with what makes it believable."""

    class Method(models.TextChoices):
        BCA = "bca", "BCA"
        MICRO_BCA = "micro_bca", "Micro-BCA"
        BRADFORD = "bradford", "Bradford"
        QUBIT = "qubit", "Qubit"
        A280 = "a280", "A280"

    reading = models.ForeignKey(
        Reading, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    method = Words("method", max_length=10, choices=Method)
    kit = Words("kit (lot)", max_length=80)
    lysed = Words("lysed first", max_length=4, choices=YesNo)
    detergent = Words("detergent", max_length=60)
    standard = Words("standard (protein, lot)", max_length=80)
    standard_range = Words("standard range", max_length=60)
    r_squared = QuantityField("R² of the standard curve", low=0, high=1, decimal_places=5)
    blank_reading = QuantityField("blank", low=-10, high=100, decimal_places=5)
    dilution = QuantityField("dilution factor", unit="×", low=1, high=1_000_000)
    wells = WholeNumberField("replicate wells", low=1, high=96)
    cv_percent = QuantityField("CV of the wells", unit="%", low=0, high=1000, decimal_places=2)
    quantification_limit_ug_per_ml = QuantityField(
        "limit of quantification, of the diluted sample", unit="µg/mL", low=0, high=1_000_000
    )
    protein_ug_per_ml_sign = Words("sign before the result", max_length=1, choices=Sign)
    protein_ug_per_ml = QuantityField("protein, of the undiluted sample", unit="µg/mL", low=0, high=1_000_000)
    excipient_protein = Words("buffer or excipient contains protein", max_length=4, choices=YesNo)

    files = ("reading__attachment",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "protein assay"

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.r_squared is not None and self.r_squared < Decimal("0.99"):
            hints.append(("r_squared", "Below 0.99: look at the standard curve."))
        if self.cv_percent is not None and self.cv_percent > 15:
            hints.append(("cv_percent", "Wells differ by more than 15 %."))
        if self.method == self.Method.A280:
            hints.append(("method", "A280 also reads nucleic acids, phenol red and detergents as protein."))
        if self._is_below_limit():
            hints.append(("protein_ug_per_ml", "Below the limit of quantification: state it with '<'."))
        return hints

    def _is_below_limit(self) -> bool:
        limit, value = self.quantification_limit_ug_per_ml, self.protein_ug_per_ml
        if limit is None or value is None or self.protein_ug_per_ml_sign:
            return False
        return value < limit * (self.dilution or 1)

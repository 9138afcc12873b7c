"""What a preparation is made of beside protein: lipid, RNA, growth factors and cytokines (ev-domain §7.3).

A result that the method could not put a number to keeps its sign as it was reported.
"""

from decimal import Decimal

from django.db import models

from batches.bounds import Sign
from batches.characterization import formulas
from batches.characterization.models import AssayDetails, AssayRow
from batches.characterization.particles import reading_key, told_sizes
from batches.characterization.vocabulary import is_analyte
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words, people_number
from batches.source.models import YesNo

POOR_FIT = Decimal("0.99")
WELLS_APART_PERCENT = Decimal(15)


class CurveDetails(AssayDetails):
    """A result read off a standard curve, with what makes the curve believable."""

    reading = reading_key()
    kit = Words("kit (lot)", max_length=80)
    standard = Words("standard (substance, lot)", max_length=80)
    standard_range = Words("standard range", max_length=60)
    r_squared = QuantityField("R² of the standard curve", low=0, high=1, decimal_places=5)
    blank_reading = QuantityField("blank", low=-10, high=1_000_000, decimal_places=5)
    dilution = QuantityField("dilution factor", unit="×", low=1, high=1_000_000)
    wells = WholeNumberField("replicate wells", low=1, high=96)
    cv_percent = QuantityField("CV of the wells", unit="%", low=0, high=1000, decimal_places=2)

    files: tuple[str, ...] = ("reading__attachment",)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.r_squared is not None and self.r_squared < POOR_FIT:
            hints.append(("r_squared", "Below 0.99: look at the standard curve."))
        if self.cv_percent is not None and self.cv_percent > WELLS_APART_PERCENT:
            hints.append(("cv_percent", "Wells differ by more than 15 %."))
        return hints


class LipidAssay(CurveDetails):
    """Membrane lipid of a sample; with particles and protein it tells vesicles from bare protein."""

    class Method(models.TextChoices):
        SPV = "spv", "Sulfo-phospho-vanillin"
        CHOLESTEROL = "cholesterol", "Cholesterol, enzymatic"
        PHOSPHOLIPID = "phospholipid", "Phospholipid (phosphate or choline)"
        DYE = "dye", "Membrane dye"
        MASS_SPECTROMETRY = "ms", "Mass spectrometry"

    method = Words("method", max_length=14, choices=Method)
    lipid_ug_per_ml_sign = Words("sign before the result", max_length=1, choices=Sign)
    lipid_ug_per_ml = QuantityField("lipid, of the undiluted sample", unit="µg/mL", low=0, high=1_000_000)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "lipid assay"

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        label = self.get_method_display() or "Lipid"
        return [(label, self.told("lipid_ug_per_ml"))]


class RnaAssay(AssayDetails):
    """RNA of a sample: how it was taken out, how much, how long. EVs hold little ribosomal RNA."""

    reading = reading_key()
    kit = Words("extraction kit (lot)", max_length=80)
    rnase_treated = Words("RNase before extraction", max_length=4, choices=YesNo)
    protease_treated = Words("protease before RNase", max_length=4, choices=YesNo)
    dnase_treated = Words("DNase during extraction", max_length=4, choices=YesNo)
    input_ul = QuantityField("sample extracted", unit="µL", low=0, high=1_000_000)
    method = Words("measured with", max_length=80)
    extract_ng_per_ul_sign = Words("sign before the extract's RNA", max_length=1, choices=Sign)
    extract_ng_per_ul = QuantityField("RNA in the extract", unit="ng/µL", low=0, high=1_000_000)
    eluted_ul = QuantityField("extract, in all", unit="µL", low=0, high=1_000_000)
    rna_ng_sign = Words("sign before the result", max_length=1, choices=Sign)
    rna_ng = QuantityField("RNA found in all", unit="ng", low=0, high=1_000_000_000)
    rna_ng_per_ml = QuantityField(
        "RNA of the sample", unit="ng/mL", low=0, high="1e12", max_digits=15, editable=False
    )
    small_rna_percent = QuantityField("shorter than 200 nt", unit="%", low=0, high=100, decimal_places=2)
    peak_nt = WholeNumberField("peak of the size profile", unit="nt", low=1, high=1_000_000)
    size_profile = LongWords("size profile in words")
    a260_a280 = QuantityField("A260/A280", low=0, high=10, decimal_places=3)
    rin = QuantityField("RIN or the like", low=0, high=10, decimal_places=1)

    files = ("reading__attachment",)
    computed_fields = ("rna_ng_per_ml",)
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "RNA"

    def compute(self) -> None:
        """RNA per mL of the sample that was extracted; the amount from the extract, where nobody typed it."""
        from_extract = self.from_extract_ng
        if self.rna_ng is None and from_extract is not None:
            self.rna_ng, self.rna_ng_sign = from_extract, self.extract_ng_per_ul_sign  # type: ignore[assignment]
        self.rna_ng_per_ml = formulas.per_ml_of(self.rna_ng, self.input_ul)  # type: ignore[assignment]

    @property
    def from_extract_ng(self) -> Decimal | None:
        """RNA in all by the extract: its concentration times its volume, as many decimals as are kept."""
        if self.extract_ng_per_ul is None or self.eluted_ul is None:
            return None
        return (self.extract_ng_per_ul * self.eluted_ul).quantize(Decimal("0.001"))

    def sign_of(self, field: str) -> str:
        """What is computed from the amount carries the amount's sign."""
        return self.rna_ng_sign if field == "rna_ng_per_ml" else super().sign_of(field)

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.rin is not None:
            hints.append(("rin", "RIN rests on ribosomal RNA: it says nothing about RNA of EVs."))
        if self.rna_ng is not None and self.rnase_treated != YesNo.YES:
            words = "Without RNase before extraction, RNA outside of vesicles is counted too."
            hints.append(("rnase_treated", words))
        found = self.from_extract_ng
        if found is not None and self.rna_ng is not None and found != self.rna_ng:
            words = f"The extract holds {people_number(found)} ng: concentration × volume."
            hints.append(("rna_ng", words))
        return hints

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        return told_sizes(self, ("rna_ng", "rna_ng_per_ml", "small_rna_percent", "peak_nt"))


class GrowthFactorAssay(CurveDetails):
    """Soluble proteins of a sample by immunoassay, one row an analyte (MISEV category 5)."""

    class Method(models.TextChoices):
        ELISA = "elisa", "ELISA"
        BEADS = "beads", "Multiplex beads"
        ARRAY = "array", "Antibody array"
        ECL = "ecl", "Electrochemiluminescence"

    method = Words("method", max_length=8, choices=Method)
    lysed = Words("vesicles lysed first", max_length=4, choices=YesNo)

    row_sets = ("analytes",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "growth factors and cytokines"

    @property
    def standing_analytes(self) -> list["AnalyteResult"]:
        return [row for row in self.analytes.all() if not row.is_voided]

    def amount_of(self, name: str) -> tuple[Decimal | None, str]:
        """Amount (pg/mL) and sign of a growth factor or cytokine of the list (vocabulary.ANALYTES)."""
        for row in self.standing_analytes:
            if is_analyte(row.analyte, name):
                return row.pg_per_ml, row.pg_per_ml_sign
        return None, ""

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        return [(row.analyte, row.told) for row in self.standing_analytes]


class AnalyteResult(AssayRow):
    """How much of one growth factor or cytokine was found in the undiluted sample."""

    details = models.ForeignKey(GrowthFactorAssay, on_delete=models.PROTECT, related_name="analytes")
    analyte = Words("analyte", max_length=40, blank=False)
    pg_per_ml_sign = Words("sign before the result", max_length=1, choices=Sign)
    pg_per_ml = QuantityField("of the undiluted sample", unit="pg/mL", low=0, high="1e10", max_digits=15)
    detection_limit_pg_per_ml = QuantityField(
        "limit of detection", unit="pg/mL", low=0, high="1e10", max_digits=15
    )
    cv_percent = QuantityField("CV of the wells", unit="%", low=0, high=1000, decimal_places=2)

    class Meta(AssayRow.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["details", "analyte"],
                condition=models.Q(is_voided=False),
                name="analyteresult_analyte_once",
                violation_error_message="This analyte is recorded already.",
            ),
        )

    def __str__(self) -> str:
        return f"analyte {self.analyte}"

    def sign_of(self, field: str) -> str:
        """The sign before the result; mostly empty."""
        return self.pg_per_ml_sign if field == "pg_per_ml" else ""

    @property
    def told(self) -> str:
        """The result with its sign and unit as people write it; empty without one."""
        if self.pg_per_ml is None:
            return ""
        return f"{self.pg_per_ml_sign} {people_number(self.pg_per_ml)} pg/mL".strip()

"""Part of the registry: what a preparation is made of, and what it does."""

from batches.characterization.contents import AnalyteResult, GrowthFactorAssay, LipidAssay, RnaAssay
from batches.characterization.kinds import Technique
from batches.characterization.potency import PotencyAssay, PotencyControl
from batches.characterization.sections import ALWAYS, CURVE, SAMPLE, SINGLE_RESULT, WITH
from batches.record.sheets import Kind, RowKind, Section, Sheet


def _needs_a_response(sheet: Sheet) -> list[tuple[str, str]]:
    """Potency is a response or a relative potency; one of them has to be there."""
    potency = sheet.details
    if potency.response is not None or potency.relative_potency_percent is not None:
        return []
    return [("neither a response nor a relative potency is there", "value-response")]


CONTENT_TECHNIQUES: dict[str, Kind] = {
    Technique.LIPID: Kind(
        code=Technique.LIPID,
        label=Technique.LIPID.label,
        details=LipidAssay,
        icon="oil-can",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Assay", ("method", *CURVE)),
            Section("Result", ("dilution", "wells", "cv_percent", "lipid_ug_per_ml_sign", "lipid_ug_per_ml")),
            WITH,
        ),
        required=(*ALWAYS, "method", "dilution", "lipid_ug_per_ml"),
    ),
    Technique.RNA: Kind(
        code=Technique.RNA,
        label=Technique.RNA.label,
        details=RnaAssay,
        icon="dna",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Extraction", ("kit", "input_ul", "protease_treated", "rnase_treated", "dnase_treated")),
            Section(
                "Result",
                (
                    "method",
                    "extract_ng_per_ul_sign",
                    "extract_ng_per_ul",
                    "eluted_ul",
                    "rna_ng_sign",
                    "rna_ng",
                    "a260_a280",
                ),
            ),
            Section("Size profile", ("small_rna_percent", "peak_nt", "size_profile", "rin")),
            WITH,
        ),
        required=(*ALWAYS, "kit", "method", "rna_ng"),
    ),
    Technique.GROWTH_FACTOR: Kind(
        code=Technique.GROWTH_FACTOR,
        label=Technique.GROWTH_FACTOR.label,
        details=GrowthFactorAssay,
        icon="seedling",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Assay", ("method", "lysed", *CURVE, "dilution", "wells", "cv_percent")),
            WITH,
        ),
        required=(*ALWAYS, "method", "dilution"),
        rows=(
            RowKind(
                "analytes",
                "Analytes",
                AnalyteResult,
                "details",
                "analytes",
                ("analyte", "pg_per_ml_sign", "pg_per_ml", "detection_limit_pg_per_ml", "cv_percent"),
                least=1,
            ),
        ),
    ),
    Technique.POTENCY: Kind(
        code=Technique.POTENCY,
        label=Technique.POTENCY.label,
        details=PotencyAssay,
        icon="dumbbell",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Assay", ("name", "mode_of_action", "test_system", "readout")),
            Section("Dose", ("dose", "dose_unit", "is_dose_response", "wells", "cv_percent")),
            Section("Response", ("response", "response_unit", "reference_lot", "reference_response")),
            Section("Relative potency", ("relative_potency_percent", "ci_low_percent", "ci_high_percent")),
            WITH,
        ),
        required=("performed_time", "name", "readout", "dose", "dose_unit"),
        also=_needs_a_response,
        rows=(
            RowKind(
                "controls",
                "Controls",
                PotencyControl,
                "details",
                "controls",
                ("kind", "words", "response"),
                least=1,
            ),
        ),
    ),
}

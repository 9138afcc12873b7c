"""The registry of characterization techniques: adding one is a model, a line here and a migration."""

from batches.characterization.bands import BlotBand
from batches.characterization.blots import BlotLane, BlotMarker, WesternBlot
from batches.characterization.content_techniques import CONTENT_TECHNIQUES
from batches.characterization.kinds import Technique
from batches.characterization.microscopy import ElectronMicroscopy, Micrograph
from batches.characterization.models import Assay, details_of
from batches.characterization.particle_techniques import PARTICLE_TECHNIQUES
from batches.characterization.pictured import BlotRung, DiameterMeasurement
from batches.characterization.protein import ProteinAssay
from batches.characterization.sections import ALWAYS, SAMPLE, SINGLE_RESULT, WITH
from batches.characterization.single_results import (
    Endotoxin,
    Mycoplasma,
    Outcome,
    Physicochemical,
    ResidualResult,
    Sterility,
    SterilityReading,
)
from batches.characterization.tracking import NanoparticleTracking
from batches.record.sheets import Kind, RowKind, Section, Sheet


def _needs_export(sheet: Sheet) -> list[tuple[str, str]]:
    return [] if sheet.details.reading_id else [("the instrument's export is not attached", "file")]


def _needs_image(sheet: Sheet) -> list[tuple[str, str]]:
    return [] if sheet.details.image_id else [("the blot's image is not attached", "file")]


def _needs_one_result(sheet: Sheet) -> list[tuple[str, str]]:
    return [] if sheet.details.result_words() else [("none of the results is there", "value-ph")]


def _needs_final_reading(sheet: Sheet) -> list[tuple[str, str]]:
    """A sterility result rests on a final reading, and says the same as the readings."""
    sterility = sheet.details
    is_settled = sterility.outcome in {Outcome.NOT_DETECTED, Outcome.DETECTED}
    if is_settled and not sterility.has_final_reading:
        return [("the final reading is not there; until then the result is not final", "rows-readings")]
    against = sterility.contradicted_by()
    return [(f"{against} shows growth, but the result says not detected", "value-outcome")] if against else []


TECHNIQUES: dict[str, Kind] = {
    Technique.NTA: Kind(
        code=Technique.NTA,
        label=Technique.NTA.label,
        details=NanoparticleTracking,
        icon="wave-square",
        template="batches/characterization/_nta.html",
        sections=(SAMPLE, Section("Dilution", ("dilution", "diluent", "blank_per_ml")), WITH),
        required=(*ALWAYS, "dilution"),
        also=_needs_export,
    ),
    Technique.WESTERN_BLOT: Kind(
        code=Technique.WESTERN_BLOT,
        label=Technique.WESTERN_BLOT.label,
        details=WesternBlot,
        icon="bars-staggered",
        template="batches/characterization/_western_blot.html",
        sections=(
            SAMPLE,
            Section(
                "Lysate and load", ("lysis_buffer", "protease_inhibitor", "load_basis", "heating", "reducing")
            ),
            Section("Gel and transfer", ("gel", "membrane", "blocking", "protein_stain", "ladder"), True),
            Section("Image", ("imager", "exposure_s", "saturated")),
            WITH,
        ),
        required=(*ALWAYS, "lysis_buffer", "load_basis", "reducing"),
        also=_needs_image,
        rows=(
            RowKind(
                "lanes",
                "Lanes",
                BlotLane,
                "blot",
                "lanes",
                (
                    "number",
                    "role",
                    "sample_id",
                    "load_ug",
                    "load_particles",
                    "box_left_percent",
                    "box_right_percent",
                ),
                least=1,
            ),
            RowKind("rungs", "Ladder", BlotRung, "blot", "rungs", ("kda", "height_percent")),
            RowKind(
                "markers",
                "Markers",
                BlotMarker,
                "blot",
                "markers",
                (
                    "target",
                    "misev_category",
                    "expected",
                    "found",
                    "lysate_signal",
                    "observed_kda",
                    "antibody_clone",
                    "antibody_vendor",
                    "antibody_catalogue_no",
                    "antibody_rrid",
                    "antibody_lot",
                    "antibody_dilution",
                ),
                least=1,
            ),
            RowKind(
                "bands",
                "Band intensities",
                BlotBand,
                "blot",
                "bands",
                ("lane", "marker", "intensity", "measure", "kda", "line"),
                entered_at="the page of the blot's bands",
            ),
        ),
    ),
    Technique.ELECTRON_MICROSCOPY: Kind(
        code=Technique.ELECTRON_MICROSCOPY,
        label=Technique.ELECTRON_MICROSCOPY.label,
        details=ElectronMicroscopy,
        icon="microscope",
        template="batches/characterization/_electron_microscopy.html",
        sections=(
            SAMPLE,
            Section("Preparation", ("mode", "fixation", "grid", "stain", "stain_s", "immunogold_target")),
            Section("Microscope", ("microscope", "voltage_kv", "camera", "field_choice")),
            Section("Seen", ("morphology", "bilayer_seen", "aggregates_seen", "background")),
            Section("Measured", ("diameters_nm",)),
            WITH,
        ),
        required=("performed_time", "mode", "microscope", "field_choice", "morphology"),
        rows=(
            RowKind(
                "micrographs",
                "Micrographs",
                Micrograph,
                "details",
                "micrographs",
                ("view", "magnification", "pixel_size_nm", "scale_reason"),
                least=1,
                takes_file=True,
            ),
            RowKind(
                "diameters",
                "Diameters measured on micrographs",
                DiameterMeasurement,
                "details",
                "diameters",
                ("micrograph", "diameter_nm", "x1", "y1", "x2", "y2", "pixel_size_nm"),
                entered_at="the micrograph's own page",
            ),
        ),
    ),
    Technique.PROTEIN: Kind(
        code=Technique.PROTEIN,
        label=Technique.PROTEIN.label,
        details=ProteinAssay,
        icon="vial",
        template="batches/characterization/_protein.html",
        sections=(
            SAMPLE,
            Section(
                "Assay",
                (
                    "method",
                    "kit",
                    "lysed",
                    "detergent",
                    "standard",
                    "standard_range",
                    "quantification_limit_ug_per_ml",
                    "r_squared",
                    "blank_reading",
                ),
            ),
            Section(
                "Result",
                (
                    "dilution",
                    "wells",
                    "cv_percent",
                    "protein_ug_per_ml_sign",
                    "protein_ug_per_ml",
                    "excipient_protein",
                ),
            ),
            WITH,
        ),
        required=(*ALWAYS, "method", "dilution", "protein_ug_per_ml", "excipient_protein"),
    ),
    Technique.ENDOTOXIN: Kind(
        code=Technique.ENDOTOXIN,
        label=Technique.ENDOTOXIN.label,
        details=Endotoxin,
        icon="bacteria",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section(
                "Assay",
                (
                    "method",
                    "kit",
                    "r_squared",
                    "sensitivity_eu_per_ml",
                    "highest_valid_dilution",
                    "dilution",
                    "spike_recovery_percent",
                ),
            ),
            Section("Result", ("endotoxin_eu_per_ml_sign", "endotoxin_eu_per_ml")),
            WITH,
        ),
        required=("performed_time", "method", "endotoxin_eu_per_ml"),
    ),
    Technique.STERILITY: Kind(
        code=Technique.STERILITY,
        label=Technique.STERILITY.label,
        details=Sterility,
        icon="bacterium",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Assay", ("method", "media", "inoculum_ml", "started_on", "detection_limit")),
            Section("Result", ("incubated_days", "outcome")),
            WITH,
        ),
        required=("performed_time", "method", "outcome"),
        also=_needs_final_reading,
        rows=(
            RowKind(
                "readings",
                "Readings",
                SterilityReading,
                "details",
                "readings",
                ("day", "read_on", "stage", "growth", "seen"),
            ),
        ),
    ),
    Technique.MYCOPLASMA: Kind(
        code=Technique.MYCOPLASMA,
        label=Technique.MYCOPLASMA.label,
        details=Mycoplasma,
        icon="disease",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Assay", ("method", "material", "incubated_days", "detection_limit")),
            Section("Result", ("outcome",)),
            WITH,
        ),
        required=("performed_time", "method", "outcome"),
    ),
    Technique.PHYSICOCHEMICAL: Kind(
        code=Technique.PHYSICOCHEMICAL,
        label=Technique.PHYSICOCHEMICAL.label,
        details=Physicochemical,
        icon="droplet",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Results, those that were determined", ("ph", "osmolality_mosm_per_kg", "appearance")),
            WITH,
        ),
        required=("performed_time",),
        also=_needs_one_result,
        rows=(
            RowKind(
                "residuals",
                "Residual substances",
                ResidualResult,
                "details",
                "residuals",
                ("substance", "words", "amount_sign", "amount", "unit", "detection_limit"),
            ),
        ),
    ),
    **PARTICLE_TECHNIQUES,
    **CONTENT_TECHNIQUES,
}


def assay_sheet(assay: Assay) -> Sheet:
    """The sheet of an assay: envelope and details of its technique."""
    details = details_of(assay)
    details.assay = assay
    url = f"/batches/{assay.batch.number}/assays/{assay.number}/"
    return Sheet(assay.batch, [assay, details], TECHNIQUES[assay.technique], url)

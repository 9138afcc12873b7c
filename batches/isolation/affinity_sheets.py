"""Sheets of immunoaffinity and of field-flow fractionation."""

from batches.isolation.affinity import FieldFlow, FieldFlowWindow, Immunoaffinity
from batches.isolation.kinds import IsolationMethod
from batches.isolation.sections import method_kind
from batches.record.sheets import RowKind, Section

IMMUNOAFFINITY = method_kind(
    IsolationMethod.IMMUNOAFFINITY,
    Immunoaffinity,
    "magnet",
    Section(
        "Capture",
        ("targets", "antibody_clone", "antibody_catalogue", "antibody_lot", "antibody_rrid"),
    ),
    Section(
        "Matrix",
        ("matrix", "bead_size_um", "bead_amount_mg", "capacity_particles", "particles_loaded"),
    ),
    Section("Incubation and washes", ("incubation_h", "incubation_temp_c", "wash_count", "wash_buffer")),
    Section("Elution", ("elution", "elution_buffer", "eluate_volume_ml", "is_neutralised", "temperature_c")),
    required=("targets", "matrix", "incubation_h", "incubation_temp_c", "elution"),
)
AF4 = method_kind(
    IsolationMethod.AF4,
    FieldFlow,
    "wind",
    Section("Channel", ("channel", "spacer_um", "membrane", "mwco_kda", "mobile_phase", "detectors")),
    Section(
        "Flows",
        (
            "channel_flow_ml_per_min",
            "cross_flow_start_ml_per_min",
            "cross_flow_end_ml_per_min",
            "cross_flow_profile",
            "focus_flow_ml_per_min",
            "focus_min",
            "run_min",
            "temperature_c",
        ),
    ),
    Section("Injected", ("injected_ul", "injected_ug", "injections")),
    required=("channel", "spacer_um", "membrane", "mwco_kda", "channel_flow_ml_per_min", "injected_ul"),
    rows=(
        RowKind(
            "windows",
            "Windows collected",
            FieldFlowWindow,
            "details",
            "windows",
            (
                "number",
                "from_min",
                "until_min",
                "volume_ml",
                "particles_per_ml",
                "protein_ug_per_ml",
                "is_kept",
            ),
        ),
    ),
)

"""Sheets of the clearing spin, the wash and the density gradient."""

from batches.isolation.kinds import IsolationMethod
from batches.isolation.sections import ROTOR, SPIN, TUBES, method_kind
from batches.isolation.spins import ClearingSpin, DensityGradient, GradientFraction, GradientLayer, Wash
from batches.record.sheets import RowKind, Section

CLEARING_SPIN = method_kind(
    IsolationMethod.CLEARING_SPIN,
    ClearingSpin,
    "arrows-rotate",
    Section("What it takes out", ("removes", "spin_count", "left_behind_ml")),
    ROTOR,
    SPIN,
    TUBES,
    required=("rcf_xg", "duration_min", "temperature_c"),
)
WASH = method_kind(
    IsolationMethod.WASH,
    Wash,
    "shower",
    Section("Wash", ("washed", "wash_buffer", "buffer_filtered", "wash_count", "wash_volume_ml")),
    Section("Spin, if it was spun", SPIN.fields, True),
    Section(ROTOR.title, ROTOR.fields, True),
    TUBES,
    required=("wash_buffer", "wash_count", "wash_volume_ml"),
)
DENSITY_GRADIENT = method_kind(
    IsolationMethod.DENSITY_GRADIENT,
    DensityGradient,
    "layer-group",
    Section(
        "Gradient",
        (
            "medium",
            "medium_lot",
            "form",
            "layer_count",
            "lowest_density_g_per_ml",
            "highest_density_g_per_ml",
            "total_volume_ml",
            "used_for_validation_only",
        ),
    ),
    Section("Sample", ("sample_volume_ml", "orientation")),
    ROTOR,
    SPIN,
    TUBES,
    Section(
        "Fractions",
        (
            "fraction_volume_ml",
            "fractions_collected",
            "first_pooled",
            "last_pooled",
            "pooled_density_g_per_ml",
            "density_measurement",
            "post_processing",
        ),
    ),
    required=(
        "medium",
        "form",
        "lowest_density_g_per_ml",
        "highest_density_g_per_ml",
        "total_volume_ml",
        "sample_volume_ml",
        "orientation",
        "rotor",
        "rcf_basis",
        "duration_min",
        "temperature_c",
    ),
    rows=(
        RowKind(
            "layers",
            "Layers, from the top",
            GradientLayer,
            "details",
            "layers",
            ("number", "content", "density_g_per_ml", "volume_ml"),
        ),
        RowKind(
            "fractions",
            "Fractions measured, from the top",
            GradientFraction,
            "details",
            "fractions",
            (
                "number",
                "volume_ml",
                "density_g_per_ml",
                "refractive_index",
                "particles_per_ml",
                "protein_ug_per_ml",
                "is_pooled",
            ),
        ),
    ),
)

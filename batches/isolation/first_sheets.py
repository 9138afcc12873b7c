"""Sheets of the methods that every laboratory has: the spin, the column, the precipitation."""

from batches.isolation.columns import ColumnFraction, SizeExclusion
from batches.isolation.kinds import IsolationMethod
from batches.isolation.pelleting import Ultracentrifugation
from batches.isolation.precipitation import Precipitation
from batches.isolation.sections import ROTOR, SPIN, TUBES, method_kind
from batches.record.sheets import RowKind, Section

ULTRACENTRIFUGATION = method_kind(
    IsolationMethod.ULTRACENTRIFUGATION,
    Ultracentrifugation,
    "arrows-spin",
    ROTOR,
    Section(SPIN.title, (*SPIN.fields, "is_wash")),
    TUBES,
    Section("Pellet", ("pellet_seen", "resuspension_buffer", "resuspension_volume_ml", "buffer_filtered")),
    required=("rotor", "r_max_mm", "rcf_basis", "duration_min", "temperature_c"),
)
SIZE_EXCLUSION = method_kind(
    IsolationMethod.SIZE_EXCLUSION,
    SizeExclusion,
    "filter",
    Section(
        "Column", ("column_name", "resin", "column_lot", "column_uses", "column_max_uses", "column_volume_ml")
    ),
    Section("Load and run", ("sample_volume_ml", "running_buffer", "flow", "temperature_c")),
    Section(
        "Fractions",
        (
            "buffer_volume_ml",
            "fraction_size_ml",
            "fractions_collected",
            "first_pooled",
            "last_pooled",
            "collection_volume_ml",
        ),
    ),
    required=("column_name", "column_volume_ml", "sample_volume_ml", "first_pooled", "last_pooled"),
    rows=(
        RowKind(
            "fractions",
            "Fractions measured",
            ColumnFraction,
            "details",
            "fractions",
            ("number", "volume_ml", "a280", "particles_per_ml", "protein_ug_per_ml"),
        ),
    ),
)
PRECIPITATION = method_kind(
    IsolationMethod.PRECIPITATION,
    Precipitation,
    "droplet",
    Section(
        "Reagent",
        ("polymer", "polymer_mw", "polymer_percent", "salt", "salt_mm", "volume_ratio", "reagent_volume_ml"),
    ),
    Section("Kit, if one was used", ("kit_name", "kit_lot"), True),
    Section("Incubation", ("incubation_h", "incubation_temp_c")),
    Section(
        "Pellet", ("pellet_rcf_xg", "pellet_min", "temperature_c", "resuspension_buffer", "polymer_removed")
    ),
    required=(
        "polymer",
        "polymer_percent",
        "incubation_h",
        "incubation_temp_c",
        "pellet_rcf_xg",
        "pellet_min",
    ),
)

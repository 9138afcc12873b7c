"""Sheets of cargo loading and filling."""

from batches.isolation.finishing import CargoLoading, Fill
from batches.isolation.kinds import IsolationMethod
from batches.isolation.sections import method_kind
from batches.record.sheets import Section

CARGO_LOADING = method_kind(
    IsolationMethod.CARGO_LOADING,
    CargoLoading,
    "capsules",
    Section(
        "Cargo", ("cargo", "cargo_kind", "cargo_lot", "cargo_amount_ug", "cargo_mw_da", "particles_used")
    ),
    Section("Loading", ("way", "conditions", "incubation_min", "incubation_temp_c", "temperature_c")),
    Section(
        "What went in",
        ("efficiency_percent", "efficiency_measurement", "free_cargo_removed", "free_cargo_removal"),
    ),
    required=("cargo", "cargo_amount_ug", "way", "efficiency_percent", "free_cargo_removed"),
)
FILL = method_kind(
    IsolationMethod.FILL,
    Fill,
    "vials",
    Section("Formulation", ("formulation", "temperature_c")),
    Section("Container", ("container", "container_material", "stopper", "label")),
    Section("Filled", ("fill_ml", "vial_count", "rejected_count", "kept_count")),
    required=("formulation", "container", "container_material", "fill_ml", "vial_count"),
)

"""The registry of isolation methods: adding one is a model, a line here and a migration."""

from batches.isolation.kinds import IsolationMethod
from batches.isolation.models import (
    ColumnFraction,
    Precipitation,
    ProcessStep,
    SizeExclusion,
    Ultracentrifugation,
    details_of,
)
from batches.masters.plans import Plan, PlannedStepCopy
from batches.record.sheets import Kind, RowKind, Section, Sheet

BEFORE = Section("What goes in", ("volume_in_ml",))
AFTER = Section("What comes out", ("fraction_kept", "volume_out_ml", "sample_taken", "hold_after"))
WITH = Section("With", ("equipment", "material_lots", "sop"))
IN_PROCESS = Section(
    "Particles and protein, if measured here",
    ("particles_in_per_ml", "particles_out_per_ml", "protein_in_ug_per_ml", "protein_out_ug_per_ml"),
    folded=True,
)
WHEN = Section(
    "If it was done at another time, and remarks", ("performed_from", "performed_until", "remarks"), True
)
ALWAYS = ("volume_in_ml", "volume_out_ml", "fraction_kept", "equipment")

METHODS: dict[str, Kind] = {
    IsolationMethod.ULTRACENTRIFUGATION: Kind(
        code=IsolationMethod.ULTRACENTRIFUGATION,
        label=IsolationMethod.ULTRACENTRIFUGATION.label,
        details=Ultracentrifugation,
        icon="arrows-spin",
        sections=(
            BEFORE,
            Section("Rotor", ("rotor", "rotor_kind", "r_min_mm", "r_max_mm", "rotor_max_rpm")),
            Section(
                "Spin",
                ("speed_rpm", "rcf_xg", "rcf_basis", "duration_min", "temperature_c", "brake", "is_wash"),
            ),
            Section("Tubes", ("tube", "tube_count", "tube_fill_ml"), True),
            Section(
                "Pellet", ("pellet_seen", "resuspension_buffer", "resuspension_volume_ml", "buffer_filtered")
            ),
            AFTER,
            WITH,
            IN_PROCESS,
            WHEN,
        ),
        required=(*ALWAYS, "rotor", "r_max_mm", "rcf_basis", "duration_min", "temperature_c"),
    ),
    IsolationMethod.SIZE_EXCLUSION: Kind(
        code=IsolationMethod.SIZE_EXCLUSION,
        label=IsolationMethod.SIZE_EXCLUSION.label,
        details=SizeExclusion,
        icon="filter",
        sections=(
            BEFORE,
            Section("Column", ("column_name", "resin", "column_lot", "column_uses", "column_volume_ml")),
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
            AFTER,
            WITH,
            IN_PROCESS,
            WHEN,
        ),
        required=(
            *ALWAYS,
            "column_name",
            "column_volume_ml",
            "sample_volume_ml",
            "first_pooled",
            "last_pooled",
        ),
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
    ),
    IsolationMethod.PRECIPITATION: Kind(
        code=IsolationMethod.PRECIPITATION,
        label=IsolationMethod.PRECIPITATION.label,
        details=Precipitation,
        icon="droplet",
        sections=(
            BEFORE,
            Section(
                "Reagent", ("polymer", "polymer_mw", "polymer_percent", "salt", "salt_mm", "volume_ratio")
            ),
            Section("Kit, if one was used", ("kit_name", "kit_lot"), True),
            Section("Incubation", ("incubation_h", "incubation_temp_c")),
            Section(
                "Pellet",
                ("pellet_rcf_xg", "pellet_min", "temperature_c", "resuspension_buffer", "polymer_removed"),
            ),
            AFTER,
            WITH,
            IN_PROCESS,
            WHEN,
        ),
        required=(
            *ALWAYS,
            "polymer",
            "polymer_percent",
            "incubation_h",
            "incubation_temp_c",
            "pellet_rcf_xg",
            "pellet_min",
        ),
    ),
}


def planned_copy(step: ProcessStep, plan: Plan) -> PlannedStepCopy | None:
    """What the batch's frozen plan says of a step; None for a step that was not planned."""
    return next((copy for copy in plan.steps if copy.position == step.planned_position), None)


def step_sheet(step: ProcessStep, plan: Plan) -> Sheet:
    """The sheet of a step: envelope, details of its method, limits of its plan."""
    planned = planned_copy(step, plan)
    details = details_of(step)
    details.step = step
    return Sheet(
        step.batch,
        [step, details],
        METHODS[step.method],
        f"/batches/{step.batch.number}/steps/{step.position}/",
        planned.limits if planned else {},
    )

"""Part of the registry: techniques that look at particles by other means than tracking."""

from batches.characterization.flow import FlowControl, FlowGate, NanoFlow
from batches.characterization.kinds import Technique
from batches.characterization.particles import LightScattering, ResistivePulse, ZetaPotential
from batches.characterization.sections import ALWAYS, SAMPLE, SINGLE_RESULT, SIZES, WITH
from batches.record.sheets import Kind, RowKind, Section

GATES = RowKind(
    "gates",
    "Markers of the panel",
    FlowGate,
    "details",
    "gates",
    (
        "target",
        "misev_category",
        "fluorochrome",
        "gate",
        "positive_percent",
        "positive_events",
        "antibody_clone",
        "antibody_rrid",
        "antibody_lot",
        "antibody_ug_per_ml",
    ),
)
CONTROLS = RowKind(
    "controls",
    "Controls",
    FlowControl,
    "details",
    "controls",
    ("kind", "words", "dilution", "events", "percent_of_sample"),
    least=1,
)
PARTICLE_TECHNIQUES: dict[str, Kind] = {
    Technique.TRPS: Kind(
        code=Technique.TRPS,
        label=Technique.TRPS.label,
        details=ResistivePulse,
        icon="bullseye",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section(
                "Pore",
                ("nanopore", "stretch_mm", "voltage_v", "pressure_mbar", "baseline_na", "noise_pa"),
            ),
            Section("Calibration", ("beads", "bead_nm", "bead_per_ml")),
            Section("Dilution", ("dilution", "diluent", "blank_per_ml")),
            Section("Counted", ("particles_counted", "rate_per_min", "measured_per_ml")),
            Section("Size", SIZES),
            WITH,
        ),
        required=(
            *ALWAYS,
            "nanopore",
            "beads",
            "bead_nm",
            "dilution",
            "particles_counted",
            "measured_per_ml",
        ),
    ),
    Technique.DLS: Kind(
        code=Technique.DLS,
        label=Technique.DLS.label,
        details=LightScattering,
        icon="lightbulb",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section(
                "Measured in",
                ("dispersant", "refractive_index", "viscosity_mpas", "temperature_c", "dilution"),
            ),
            Section("Run", ("angle_deg", "runs", "count_rate_kcps", "intercept")),
            Section(
                "Size",
                ("z_average_nm", "pdi", "intensity_peak_nm", "intensity_peak_percent", "number_peak_nm"),
            ),
            WITH,
        ),
        required=(*ALWAYS, "dispersant", "temperature_c", "viscosity_mpas", "z_average_nm", "pdi"),
    ),
    Technique.ZETA: Kind(
        code=Technique.ZETA,
        label=Technique.ZETA.label,
        details=ZetaPotential,
        icon="bolt",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Measured in", ("buffer", "ph", "conductivity_ms_per_cm", "temperature_c", "dilution")),
            Section("Result", ("runs", "zeta_mv", "sd_mv", "mobility_um_cm_per_v_s")),
            WITH,
        ),
        required=(*ALWAYS, "buffer", "ph", "conductivity_ms_per_cm", "zeta_mv"),
    ),
    Technique.NANOFLOW: Kind(
        code=Technique.NANOFLOW,
        label=Technique.NANOFLOW.label,
        details=NanoFlow,
        icon="chart-simple",
        template=SINGLE_RESULT,
        sections=(
            SAMPLE,
            Section("Staining and dilution", ("staining", "wash", "dilution", "diluent")),
            Section(
                "Trigger and flow",
                ("trigger_channel", "trigger_threshold", "flow_rate_ul_per_min", "flow_calibration"),
            ),
            Section(
                "Calibration",
                ("fluorescence_calibration", "scatter_calibration", "detection_limit_nm", "data_deposited"),
            ),
            Section("Counted", ("events", "volume_ul", "coincidence_percent", "instrument_per_ml")),
            Section("Size, if calibrated", SIZES, True),
            WITH,
        ),
        required=(
            *ALWAYS,
            "dilution",
            "trigger_channel",
            "trigger_threshold",
            "flow_rate_ul_per_min",
            "events",
        ),
        rows=(GATES, CONTROLS),
    ),
}

"""Sheets of the methods that use a membrane, and of buffer exchange."""

from batches.isolation.kinds import IsolationMethod
from batches.isolation.membranes import BufferExchange, Filtration, TangentialFlow, Ultrafiltration
from batches.isolation.sections import method_kind
from batches.record.sheets import Section

TANGENTIAL_FLOW = method_kind(
    IsolationMethod.TANGENTIAL_FLOW,
    TangentialFlow,
    "water",
    Section(
        "Module",
        (
            "mode",
            "device",
            "device_lot",
            "device_uses",
            "membrane",
            "mwco_kda",
            "area_cm2",
            "fibre_count",
            "fibre_inner_mm",
        ),
    ),
    Section(
        "Flow and pressures",
        (
            "feed_flow_ml_per_min",
            "shear_per_s",
            "feed_bar",
            "retentate_bar",
            "permeate_bar",
            "flux_start_lmh",
            "flux_end_lmh",
            "temperature_c",
        ),
    ),
    Section(
        "Concentration and diafiltration",
        ("load_l_per_m2", "concentrated_fold", "diafiltration_buffer", "diafiltration_volumes", "flush_ml"),
    ),
    Section(
        "Tests of the module", ("integrity_before", "integrity_after", "water_permeability_percent"), True
    ),
    required=("mode", "membrane", "mwco_kda", "area_cm2", "feed_bar", "retentate_bar", "concentrated_fold"),
)
ULTRAFILTRATION = method_kind(
    IsolationMethod.ULTRAFILTRATION,
    Ultrafiltration,
    "down-left-and-up-right-to-center",
    Section(
        "Device",
        (
            "way",
            "device",
            "device_lot",
            "device_max_xg",
            "membrane",
            "mwco_kda",
            "pre_wetted",
            "passivated_with",
        ),
    ),
    Section("Run", ("rcf_xg", "pressure_bar", "duration_min", "spin_count", "temperature_c")),
    Section("Washes", ("wash_count", "wash_buffer", "wash_volume_ml"), True),
    required=("way", "device", "membrane", "mwco_kda"),
)
FILTRATION = method_kind(
    IsolationMethod.FILTRATION,
    Filtration,
    "filter-circle-xmark",
    Section("Filter", ("filter", "filter_lot", "pore_um", "membrane", "area_cm2", "is_sterilising")),
    Section("Run", ("flush_ml", "pressure_bar", "duration_min", "temperature_c")),
    Section(
        "Integrity test",
        ("integrity_before", "integrity_after", "bubble_point_bar", "least_bubble_point_bar"),
    ),
    required=("filter", "pore_um", "membrane"),
)
BUFFER_EXCHANGE = method_kind(
    IsolationMethod.BUFFER_EXCHANGE,
    BufferExchange,
    "right-left",
    Section("Buffers", ("from_buffer", "into_buffer", "buffer_filtered")),
    Section("How", ("way", "device", "device_lot", "mwco_kda", "temperature_c")),
    Section("How often", ("kept_volume_ml", "added_volume_ml", "exchange_count", "duration_h")),
    required=("way", "into_buffer"),
)

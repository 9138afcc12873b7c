"""The reference data of the example laboratory: rotors, columns, membranes, a kit."""

from collections.abc import Mapping, Sequence
from decimal import Decimal as D
from typing import Any

from batches.materials.actions import add_material
from batches.materials.kinds import COLUMNS, KITS, MEMBRANES, ROTORS, MaterialKind
from qc.example.people import Staff

# Name, kind, r min, r max (mm), highest rpm, angle; radii as published with evrspin (ev-domain §5.2).
ROTOR_TABLE = (
    ("SW 41 Ti", "swinging", "67.4", "153.1", 41_000, None),
    ("SW 40 Ti", "swinging", "66.7", "158.8", 40_000, None),
    ("SW 28", "swinging", "75.3", "161.0", 28_000, None),
    ("MLS-50", "swinging", "47.5", "95.8", 50_000, None),
    ("Type 45 Ti", "fixed_angle", "35.9", "103.8", 45_000, "24"),
    ("Type 60 Ti", "fixed_angle", "36.9", "89.9", 60_000, "23.5"),
    ("Type 70 Ti", "fixed_angle", "39.5", "91.9", 70_000, "23"),
    ("TLA-110", "fixed_angle", "26.0", "48.5", 110_000, "28"),
)
OTHERS: Sequence[tuple[MaterialKind, Mapping[str, Any]]] = (
    (
        COLUMNS,
        {
            "name": "SEC column L2, 100 mL",
            "resin": "Sepharose CL-4B",
            "volume_ml": D(100),
            "void_volume_ml": D(30),
            "max_uses": 20,
        },
    ),
    (
        COLUMNS,
        {
            "name": "SEC column 10 mL",
            "resin": "Sepharose CL-2B",
            "volume_ml": D(10),
            "void_volume_ml": D(3),
            "max_uses": 5,
        },
    ),
    (
        MEMBRANES,
        {
            "name": "Hollow fibre 500 kDa, 115 cm²",
            "material": "mPES",
            "mwco_kda": D(500),
            "area_cm2": D(115),
            "fibre_count": 45,
            "fibre_inner_mm": D("0.5"),
        },
    ),
    (
        MEMBRANES,
        {"name": "Spin filter 100 kDa, 15 mL", "material": "RC", "mwco_kda": D(100), "max_xg": D(5000)},
    ),
    (
        MEMBRANES,
        {
            "name": "Syringe filter 0.22 µm, 33 mm",
            "material": "PES",
            "pore_um": D("0.22"),
            "area_cm2": D("4.5"),
        },
    ),
    (KITS, {"name": "Polymer kit A", "principle": "polymer precipitation"}),
)


def register_reference(staff: Staff) -> None:
    """Add everything, as the first person of the laboratory."""
    by = staff.operators[0]
    for name, kind, r_min, r_max, rpm, angle in ROTOR_TABLE:
        values: dict[str, Any] = {
            "name": name,
            "kind": kind,
            "r_min_mm": D(r_min),
            "r_max_mm": D(r_max),
            "max_rpm": rpm,
            "angle_degrees": None if angle is None else D(angle),
        }
        add_material(kind=ROTORS, values=values, by=by)
    for other, known in OTHERS:
        add_material(kind=other, values=known, by=by)

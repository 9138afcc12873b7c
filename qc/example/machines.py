"""Rotors and buffers that the example laboratory uses."""

from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any

BUFFER = "PBS, filtered 0.1 µm, lot PBS-1182"
SWINGING: Mapping[str, Any] = {
    # Without r min: the clearing factor says nothing about a spin that clears.
    "rotor": "TX-750",
    "rotor_kind": "swinging",
    "r_max_mm": D(195),
    "rotor_max_rpm": 4700,
    "speed_rpm": 3030,
    "rcf_xg": D(2000),
    "rcf_basis": "max",
    "tube": "250 mL bottle, PP",
    "brake": "accel 9, brake 5",
}
TYPE_45: Mapping[str, Any] = {
    "rotor": "Type 45 Ti",
    "rotor_kind": "fixed_angle",
    "r_min_mm": D("35.9"),
    "r_max_mm": D("103.8"),
    "rotor_max_rpm": 45000,
    "speed_rpm": 29400,
    "rcf_xg": D(100_000),
    "rcf_basis": "max",
    "tube": "70 mL polycarbonate bottle",
    "tube_fill_ml": D(62),
    "brake": "max, max",
}
TYPE_70: Mapping[str, Any] = {
    "rotor": "Type 70 Ti",
    "rotor_kind": "fixed_angle",
    "r_min_mm": D("39.5"),
    "r_max_mm": D("91.9"),
    "rotor_max_rpm": 70000,
    "speed_rpm": 31200,
    "rcf_xg": D(100_000),
    "rcf_basis": "max",
    "tube": "25 mL polycarbonate bottle",
    "tube_fill_ml": D(24),
    "brake": "max, slow",
}

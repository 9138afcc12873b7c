"""The kinds of reference data, and which fields of a step each fills in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from batches.materials.models import Column, Kit, Material, Membrane, Rotor
from batches.record.sheets import Sheet, editable_fields


@dataclass(frozen=True)
class MaterialKind:
    """One kind: its model, its columns in the list, and `fills`: field of a step → field of the material.

    A sheet offers it where it has the field named by `offered_at`.
    """

    code: str
    label: str
    plural: str
    icon: str
    model: type[Material]
    columns: tuple[str, ...]
    offered_at: tuple[str, ...]
    fills: Mapping[str, str]

    @property
    def fields(self) -> tuple[str, ...]:
        """What people enter, the notes last."""
        names = [name for name in editable_fields(self.model) if name != "notes"]
        return (*names, "notes")


ROTORS = MaterialKind(
    "rotors",
    "Rotor",
    "Rotors",
    "arrows-spin",
    Rotor,
    ("kind", "r_min_mm", "r_max_mm", "max_rpm", "angle_degrees", "tube_volume_ml"),
    ("rotor",),
    {
        "rotor": "name",
        "rotor_kind": "kind",
        "r_min_mm": "r_min_mm",
        "r_max_mm": "r_max_mm",
        "rotor_max_rpm": "max_rpm",
        "tube_volume_ml": "tube_volume_ml",
    },
)
COLUMNS = MaterialKind(
    "columns",
    "Column",
    "Columns",
    "filter",
    Column,
    ("resin", "volume_ml", "void_volume_ml", "max_uses"),
    ("column_name",),
    {
        "column_name": "name",
        "resin": "resin",
        "column_volume_ml": "volume_ml",
        "buffer_volume_ml": "void_volume_ml",
        "column_max_uses": "max_uses",
    },
)
MEMBRANES = MaterialKind(
    "membranes",
    "Membrane",
    "Membranes",
    "water",
    Membrane,
    ("material", "mwco_kda", "pore_um", "area_cm2", "fibre_count", "fibre_inner_mm", "max_xg"),
    ("membrane",),
    {
        "device": "name",
        "filter": "name",
        "membrane": "material",
        "mwco_kda": "mwco_kda",
        "pore_um": "pore_um",
        "area_cm2": "area_cm2",
        "fibre_count": "fibre_count",
        "fibre_inner_mm": "fibre_inner_mm",
        "device_max_xg": "max_xg",
    },
)
KITS = MaterialKind(
    "kits", "Kit", "Kits", "box-open", Kit, ("catalogue", "principle"), ("kit_name",), {"kit_name": "name"}
)
MATERIALS = {kind.code: kind for kind in (ROTORS, COLUMNS, MEMBRANES, KITS)}


def kinds_for(sheet: Sheet) -> list[MaterialKind]:
    """The kinds that can be chosen on a sheet."""
    known = set(sheet.field_names())
    return [kind for kind in MATERIALS.values() if known & set(kind.offered_at)]


def filled_by(kind: MaterialKind, material: Any, sheet: Sheet) -> dict[str, Any]:
    """The values that choosing a material enters into a sheet: those that it knows and the sheet records."""
    known = set(sheet.field_names())
    values = {name: getattr(material, source) for name, source in kind.fills.items() if name in known}
    return {name: value for name, value in values.items() if value not in (None, "")}

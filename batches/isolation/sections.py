"""The sections that the sheet of every method has, around those of its own."""

from audit.models import TrackedModel
from batches.isolation.kinds import IsolationMethod
from batches.record.sheets import Kind, RowKind, Section

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
ROTOR = Section("Rotor", ("rotor", "rotor_kind", "r_min_mm", "r_max_mm", "rotor_max_rpm"))
SPIN = Section("Spin", ("speed_rpm", "rcf_xg", "rcf_basis", "duration_min", "temperature_c", "brake"))
TUBES = Section("Tubes", ("tube", "tube_volume_ml", "tube_count", "tube_fill_ml"), True)
ALWAYS = ("volume_in_ml", "volume_out_ml", "fraction_kept", "equipment")


def method_kind(
    method: IsolationMethod,
    details: type[TrackedModel],
    icon: str,
    *own: Section,
    required: tuple[str, ...] = (),
    rows: tuple[RowKind, ...] = (),
) -> Kind:
    """A method's line of the registry: its own sections between what goes in and what comes out."""
    return Kind(
        code=method,
        label=method.label,
        details=details,
        icon=icon,
        sections=(BEFORE, *own, AFTER, WITH, IN_PROCESS, WHEN),
        required=(*ALWAYS, *required),
        rows=rows,
    )

"""Records of a batch that were never saved: what the pure functions of reporting are tested on."""

from decimal import Decimal as D

from batches.characterization.blots import WesternBlot
from batches.characterization.microscopy import ElectronMicroscopy
from batches.characterization.models import Assay
from batches.characterization.protein import ProteinAssay
from batches.characterization.tracking import NanoparticleTracking
from batches.isolation.columns import SizeExclusion
from batches.isolation.finishing import CargoLoading
from batches.isolation.models import ProcessStep
from batches.isolation.pelleting import Ultracentrifugation
from batches.isolation.precipitation import Precipitation
from batches.isolation.spins import DensityGradient
from batches.masters.models import Product
from batches.record.models import Batch
from batches.reporting.loading import Made, details_of
from batches.source.models import Donor, Harvest, SourceLot

STEP_DETAILS = {
    "ultracentrifugation": Ultracentrifugation,
    "size_exclusion": SizeExclusion,
    "precipitation": Precipitation,
    "cargo_loading": CargoLoading,
    "density_gradient": DensityGradient,
}
ASSAY_DETAILS = {
    "nta": NanoparticleTracking,
    "protein": ProteinAssay,
    "western_blot": WesternBlot,
    "electron_microscopy": ElectronMicroscopy,
}


def step(position, method="ultracentrifugation", *, status="finished", details=None, **values):
    """A step by its short names: in_ml, out_ml, in_per_ml, out_per_ml, in_ug, out_ug."""
    short = {
        "in_ml": "volume_in_ml",
        "out_ml": "volume_out_ml",
        "in_per_ml": "particles_in_per_ml",
        "out_per_ml": "particles_out_per_ml",
        "in_ug": "protein_in_ug_per_ml",
        "out_ug": "protein_out_ug_per_ml",
    }
    numbers = {short[name]: D(str(values.pop(name))) for name in list(values) if name in short}
    made = ProcessStep(
        pk=position,
        position=position,
        planned_position=values.pop("planned", position),
        name=values.pop("name", f"Step{position}"),
        method=method,
        status=status,
        **numbers,
        **values,
    )
    one = STEP_DETAILS[method](pk=position, step=made, **(details or {}))
    ProcessStep._meta.get_field(one._meta.model_name).set_cached_value(made, one)
    return made


def assay(number, technique, *, sample="final", after_step=None, status="finished", **details):
    """An assay with its details."""
    made = Assay(
        pk=number, number=number, technique=technique, sample=sample, after_step=after_step, status=status
    )
    one = ASSAY_DETAILS[technique](pk=number, assay=made, **details)
    Assay._meta.get_field(one._meta.model_name).set_cached_value(made, one)
    return with_rows(made, markers=[], lanes=[], micrographs=[])


def with_rows(one, **rows):
    """The assay with rows on its details, as if they had been read with it."""
    details = details_of(one)
    details._prefetched_objects_cache = rows
    for row in (row for some in rows.values() for row in some):
        row.is_voided = False
    return one


def made(*rows, harvest=None, harvests=(), lot=None, lots=(), **beside):
    """A batch B-1 of these steps and assays, with one harvest of one lot or with several."""
    lot = lot or SourceLot(code="SRC-1", kind="bone_marrow_msc", donor=Donor(code="DN-1"))
    batch = Batch(number="B-1", product=Product(code="P", name="MSC EV"), source_lot=lot)
    if beside.get("facts") is not None:
        beside["facts"].batch = batch
    steps = [row for row in rows if isinstance(row, ProcessStep)]
    assays = [row for row in rows if isinstance(row, Assay)]
    taken = [Harvest(batch=batch, **one) for one in harvests or [harvest or {}]]
    return Made.of(batch, taken, [lot, *lots], steps, assays, **beside)

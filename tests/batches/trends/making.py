"""Batches of one product with what charts need, written straight through the door."""

from decimal import Decimal

from batches.characterization.techniques import TECHNIQUES
from batches.source.models import Harvest
from tests.factories import BatchFactory, MasterVersionFactory, SourceLotFactory, evidence

MODES = (98, 101, 99, 102, 100, 97, 103, 100, 99, 101)


def product_with_batches(modes=MODES):
    """A product whose batches show those modes (nm; None: nothing measured) on NTA-2, oldest first."""
    version, lot = MasterVersionFactory(), SourceLotFactory()
    batches = []
    for mode in modes:
        batch = BatchFactory(version=version, source_lot=lot)
        if mode is not None:
            measured(batch, mode)
        batches.append(batch)
    return version.master.product, batches


def measured(batch, mode, *, equipment="NTA-2, calibrated to 31 May 2027", per_ml="2.0e10", **more):
    """A finished NTA of the final preparation."""
    values = {"mode_nm": Decimal(mode), "d50_nm": Decimal(mode) + 5, "particles_per_ml": Decimal(per_ml)}
    assay = evidence.nta(batch, **(values | more))
    assay.equipment = equipment
    return evidence.put(assay)


def finished(batch, *, cells="1e9", volume_out="0.5"):
    """Harvest and last step: what a yield needs."""
    harvest = Harvest.objects.filter(batch=batch).first() or Harvest(batch=batch)
    harvest.cells_at_harvest = Decimal(cells)
    evidence.put(harvest)
    evidence.step(
        batch,
        volume_in_ml=Decimal(100),
        volume_out_ml=Decimal(volume_out),
        particles_in_per_ml=Decimal("1e9"),
        particles_out_per_ml=Decimal("8e10"),
    )


def by_technique(batch, model, *, equipment="X-1", **values):
    """Finished details of any technique for the final preparation."""
    code = next(code for code, one in TECHNIQUES.items() if one.details is model)
    assay = evidence._assay(batch, code, equipment=equipment)
    return evidence.put(model(assay=assay, **values))

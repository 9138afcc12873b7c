"""Released batches and pools in a few calls, for tests of pooling."""

from decimal import Decimal

from django.db import transaction

from audit import records
from batches.pooling import actions
from batches.record.models import Batch
from tests.factories import BatchFactory, MasterVersionFactory
from tests.factories.people import system
from tests.way import harvested, spun


def pool_master(**given):
    return MasterVersionFactory(begins_with="batches", **given)


def opened_pool(by, version=None):
    return BatchFactory(version=version or pool_master(), source_lot=None, by=by)


def disposed(batch, disposition="released", status="approved"):
    """The batch as if it had been reviewed and disposed of."""
    batch.refresh_from_db()
    batch.status, batch.disposition = status, disposition
    with transaction.atomic():
        records.save(batch, by=system())
    return batch


def released(by, out_ml=2, per_ml="3e10", **given):
    """A released batch with one spin: 2 mL with 3×10¹⁰ particles per mL."""
    batch = BatchFactory(by=by, **given)
    harvested(batch, by)
    counted = {} if per_ml is None else {"particles_out_per_ml": Decimal(per_ml)}
    spun(batch, by, volume_out_ml=Decimal(out_ml), **counted)
    return disposed(batch)


def added(pool, part, by, volume="1", **values):
    given = {"volume_ml": None if volume is None else Decimal(volume), **values}
    return actions.add_part(pool=pool, part=part, values=given, by=by)


def anew(batch):
    return Batch.objects.with_header().get(pk=batch.pk)

"""Rows read by their key are what the ORM reads."""

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import reading
from audit.models import TrackedModel
from audit.refusal import OutsideTheDoor
from batches.record.models import Batch
from batches.source.models import Donor
from tests.factories import BatchFactory
from tests.factories.evidence import nta, protein, step


def tracked_rows():
    for model in apps.get_models():
        if issubclass(model, TrackedModel):
            yield from ((model, pk) for pk in model.objects.values_list("pk", flat=True))


def told(row):
    return {name: (type(value), value) for name, value in row.__dict__.items() if name != "_state"}


def test_rows_of_every_kind_are_read_as_the_orm_reads_them(operator):
    batch = BatchFactory(by=operator)
    step(batch), nta(batch), protein(batch)
    rows = list(tracked_rows())
    assert {"batch", "frozenplan", "assay", "user", "sourcelot"} <= {m._meta.model_name for m, _ in rows}
    for model, pk in rows:
        ours, theirs = reading.fresh(model, pk), model.objects.get(pk=pk)
        assert told(ours) == told(theirs)
        assert (ours._state.adding, ours._state.db) == (False, "default")
        values = model.objects.filter(pk=pk).values(*(f.attname for f in model._meta.concrete_fields)).get()
        assert reading.stored(model, pk) == values


def test_row_that_is_not_there(db):
    assert reading.stored(Donor, 0) is None
    with pytest.raises(Donor.DoesNotExist):
        reading.fresh(Donor, 0)


def test_held_row_is_locked_until_the_transaction_ends(operator):
    batch = BatchFactory(by=operator)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert reading.fresh(Batch, batch.pk, hold=True) == batch
    locks = queries[-1]["sql"].endswith("FOR UPDATE")
    assert locks == (connection.vendor == "postgresql")


@pytest.mark.django_db(transaction=True)
def test_row_is_held_inside_a_transaction_only(operator):
    with pytest.raises(OutsideTheDoor):
        reading.fresh(Batch, 1, hold=True)

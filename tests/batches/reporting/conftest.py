"""A batch with a finished spin and what can be counted of it."""

from decimal import Decimal as D

import pytest

from tests.factories import BatchFactory, evidence

SPIN = {"volume_in_ml": D(480), "volume_out_ml": D(2), "particles_in_per_ml": D("4e9")}


@pytest.fixture
def new_batch(operator):
    """Opens a batch, spins it and counts what came out."""

    def opened(version=None, **values):
        batch = BatchFactory(by=operator, **({"version": version} if version else {}))
        evidence.step(batch, **{**SPIN, "particles_out_per_ml": D("4.8e11"), **values})
        return batch

    return opened

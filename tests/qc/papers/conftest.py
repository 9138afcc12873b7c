"""A laboratory, and certificates that were issued."""

import pytest

from qc import actions
from qc.papers.actions import certificate_of
from tests.qc.conftest import signing


@pytest.fixture(autouse=True)
def laboratory(settings):
    settings.LAB_NAME = "Vesicle Laboratory"
    settings.LAB_ADDRESS = "1 Sample Street | 10115 Sample City"
    return settings


@pytest.fixture
def issued(approved, reviewer):
    """The first certificate of an approved batch and its PDF."""
    return certificate_of(approved, by=reviewer)


def released(batch, by, words="Complete"):
    """The batch, released: its certificate says so from now on."""
    actions.set_disposition(batch=batch, disposition="released", **signing(batch, by, words), by=by)
    batch.refresh_from_db()
    return batch

"""A sealed laboratory with one batch that is with QC."""

import pytest

from audit.ledger import sealing
from batches.isolation.pelleting import Ultracentrifugation
from tests.factories import BatchFactory
from tests.way import submitted


@pytest.fixture(autouse=True)
def files_of_its_own(settings, tmp_path):
    """Files are taken away and exchanged here; other tests, at the same time, keep theirs."""
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture
def batch(operator, second_operator):
    made = submitted(BatchFactory(by=operator), operator, second_operator)
    sealing.seal()
    return made


@pytest.fixture
def spin(batch):
    """The details of its step: 75 min."""
    return Ultracentrifugation.objects.get(step__batch=batch)

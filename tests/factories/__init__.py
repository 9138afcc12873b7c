"""Factories: records as people would have made them, through the one door."""

from tests.factories.people import PersonFactory, system
from tests.factories.records import (
    BatchFactory,
    DonorFactory,
    MasterVersionFactory,
    ProductFactory,
    SourceLotFactory,
)

__all__ = [
    "BatchFactory",
    "DonorFactory",
    "MasterVersionFactory",
    "PersonFactory",
    "ProductFactory",
    "SourceLotFactory",
    "system",
]

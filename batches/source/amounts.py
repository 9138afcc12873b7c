"""Harvests of one batch taken together: they are pooled before the first step."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any


def total(harvests: Iterable[Any], name: str) -> Decimal | None:
    """The sum of a quantity over all harvests; None without one, or while one of them lacks it."""
    values = [getattr(harvest, name) for harvest in harvests]
    return None if not values or None in values else sum(values, Decimal(0))


def starting_volume_ml(harvests: Iterable[Any]) -> Decimal | None:
    """What went into the first step (mL), as far as the harvests say."""
    return total(harvests, "starting_volume_ml")

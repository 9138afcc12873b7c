"""What a master version may plan: the fields that can carry limits, the attributes a criterion can judge.

Read from the models and registries themselves, so a new method or attribute appears here by itself.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.db import models

from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep
from batches.quantities import QuantityField, WholeNumberField

if TYPE_CHECKING:
    from batches.characterization.attributes import Attribute


class LimitField(NamedTuple):
    """A field that can carry a limit, in words for people."""

    label: str
    unit: str


def limit_fields(method: str) -> dict[str, LimitField]:
    """The measured and counted fields that people enter on a method's steps: envelope first, then details."""
    details = METHODS[method].details
    found = dict(_numbers(ProcessStep))
    return found | (dict(_numbers(details)) if details else {})


def _numbers(model: type[models.Model]) -> Iterator[tuple[str, LimitField]]:
    for field in model._meta.concrete_fields:
        if field.editable and isinstance(field, QuantityField | WholeNumberField):
            words = str(field.verbose_name)
            yield field.name, LimitField(words[:1].upper() + words[1:], field.unit)


def limit_field(method: str, name: str) -> LimitField:
    """Label and unit of a field that a limit names; its bare name where the method has no such field."""
    return limit_fields(method).get(name) or LimitField(name, "")


def attributes() -> Mapping[str, "Attribute"]:
    """What a criterion can judge, by key."""
    # Here, not above: results are computed from plans, so that module imports ours.
    from batches.characterization.attributes import ATTRIBUTES

    return ATTRIBUTES


def attribute_label(key: str) -> str:
    """An attribute's name for people; its key where the registry no longer knows it."""
    known = attributes().get(key)
    return known.label if known else key


def attribute_unit(key: str) -> str:
    """The unit of an attribute's results; empty where there is none."""
    known = attributes().get(key)
    return known.unit if known else ""


def measured_by(key: str) -> str:
    """How an attribute is measured, in words."""
    known = attributes().get(key)
    return known.technique_label if known else ""

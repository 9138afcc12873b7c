"""Which values of which techniques a table's columns can be mapped to."""

from django.db import models

from batches.characterization import taking
from batches.characterization.kinds import Technique
from batches.characterization.techniques import TECHNIQUES
from batches.instruments.mapping import Field


def techniques() -> list[Technique]:
    """Techniques whose assays rest on an instrument's file."""
    return [code for code in Technique if taking.has_reading(code)]


def fields_of(technique: str) -> tuple[Field, ...]:
    """The measured values of a technique: no computed ones, no texts."""
    details = TECHNIQUES[technique].details
    assert details is not None  # noqa: S101 (has_reading said so)
    computed = getattr(details, "computed_fields", ())
    found = []
    for one in details._meta.concrete_fields:
        is_number = isinstance(one, models.DecimalField | models.IntegerField) and not one.primary_key
        if is_number and not one.is_relation and one.name not in computed and one.name != "revision":
            label = str(one.verbose_name)
            places = getattr(one, "decimal_places", 0) or 0
            found.append(Field(one.name, label[:1].upper() + label[1:], getattr(one, "unit", ""), places))
    return tuple(found)

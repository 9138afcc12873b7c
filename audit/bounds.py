"""What every tracked table holds by itself: choices, lengths, possible limits, who with when.

Forms check the same through the fields' validators; these constraints bind whoever writes, on both
engines (SQLite enforces neither choices nor the length of a text).
"""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.functions import Length

models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)


class FieldRule(models.CheckConstraint):
    """A constraint that repeats what a field's validators already told the person: forms skip it."""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to ask the database: the field's validators said it."""


def bind(model: type[models.Model]) -> None:
    """Add the constraints that follow from a tracked model's fields to its Meta."""
    rules = [rule for field in model._meta.local_concrete_fields for rule in rules_of(model, field)]
    model._meta.constraints = [*model._meta.constraints, *rules]
    model._meta.original_attrs["constraints"] = model._meta.constraints


def rules_of(model: type[models.Model], field: models.Field) -> list[FieldRule]:
    """The rules of one field."""
    name, label = f"{model._meta.model_name}_{field.name}", str(field.verbose_name).capitalize()
    rules = []
    if field.choices:
        known = [value for value, _ in field.flatchoices if value is not None]
        known += [""] if field.blank else []
        condition = models.Q(**{f"{field.name}__in": known})
        rules.append(FieldRule(condition=condition, name=f"{name}_known"))
    elif isinstance(field, models.CharField | models.TextField) and _longest(field):
        condition = models.Q(**{f"{field.name}__length__lte": _longest(field)})
        words = f"{label} is too long ({_longest(field)} characters at most)."
        rules.append(FieldRule(condition=condition, name=f"{name}_length", violation_error_message=words))
    limits = getattr(field, "low", None), getattr(field, "high", None)
    if limits != (None, None):
        rules.append(_possible(field, name, label, *limits))
    if field.name.endswith("_at") and field.null:
        rules.append(_paired(model, field.name))
    return rules


def _longest(field: Any) -> int | None:
    return getattr(field, "longest", None) or field.max_length


def _possible(field: models.Field, name: str, label: str, low: Any, high: Any) -> FieldRule:
    inside = models.Q()
    if low is not None:
        inside &= models.Q(**{f"{field.name}__gte": Decimal(str(low))})
    if high is not None:
        inside &= models.Q(**{f"{field.name}__lte": Decimal(str(high))})
    if field.null:
        inside |= models.Q(**{f"{field.name}__isnull": True})
    limits = " ".join(
        [*([f"from {low}"] if low is not None else []), *([f"to {high}"] if high is not None else [])]
    )
    # Django fills these messages with %, so a unit of % is written twice.
    words = f"{label} must be {limits} {getattr(field, 'unit', '')}".rstrip().replace("%", "%%") + "."
    return FieldRule(condition=inside, name=f"{name}_possible", violation_error_message=words)


def _paired(model: type[models.Model], at: str) -> FieldRule:
    """When something happened and who did it: both known, or neither."""
    by = f"{at.removesuffix('_at')}_by"
    neither = models.Q(**{f"{at}__isnull": True, f"{by}__isnull": True})
    both = models.Q(**{f"{at}__isnull": False, f"{by}__isnull": False})
    return FieldRule(condition=neither | both, name=f"{model._meta.model_name}_{at}_with_by")

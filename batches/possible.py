"""Named constraints on values that only make sense together, with a sentence for people."""

from collections.abc import Iterable

from django.db import models
from django.db.models.expressions import F


def possible(name: str, condition: models.Q, words: str) -> models.CheckConstraint:
    """A constraint `<model>_<name>` that holds wherever one of the fields it compares is still empty."""
    empty = models.Q()
    for field in _fields(condition):
        empty |= models.Q(**{f"{field}__isnull": True})
    return models.CheckConstraint(
        condition=empty | condition, name=f"%(class)s_{name}", violation_error_message=words
    )


def never(name: str, condition: models.Q, words: str) -> models.CheckConstraint:
    """A constraint `<model>_<name>` against two things said at once."""
    return models.CheckConstraint(
        condition=~condition, name=f"%(class)s_{name}", violation_error_message=words
    )


def _fields(part: object) -> dict[str, None]:
    """Names of the fields that a condition or an expression speaks of, in its order."""
    if isinstance(part, models.Q):
        return _merged(part.children)
    if isinstance(part, tuple):
        name, _, _ = str(part[0]).rpartition("__")
        return {name: None} | _fields(part[1])
    if isinstance(part, F):
        return {part.name: None}
    return _merged(part.get_source_expressions()) if isinstance(part, models.Expression) else {}


def _merged(parts: Iterable[object]) -> dict[str, None]:
    return {name: None for part in parts for name in _fields(part)}

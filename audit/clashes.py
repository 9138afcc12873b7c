"""What the database refuses, in the words of the constraint that it means; the same on both engines."""

import re

from django.db import IntegrityError, models

from audit.refusal import ValueRefused


def in_words(record: models.Model, error: IntegrityError) -> Exception:
    """The message that the model gives for the constraint that the database means, else the error itself."""
    columns = _columns_taken(str(error))
    constraint = _meant(record, str(error), columns)
    if constraint is not None and (_has_words(constraint) or not columns):
        return ValueRefused(str(constraint.get_violation_error_message()), *_fields_of(constraint)[-1:])
    if columns:
        return ValueRefused(f"This {columns[-1].replace('_', ' ')} is already taken.", columns[-1])
    return error


def _columns_taken(said: str) -> list[str]:
    """The columns whose values stand in another row; SQLite names them instead of the constraint."""
    sqlite = re.search(r"UNIQUE constraint failed: (.+)", said)
    if sqlite:
        return re.findall(r"\w+\.(\w+)", sqlite.group(1))
    postgresql = re.search(r"Key \(([\w, ]+)\)=", said)
    return postgresql.group(1).split(", ") if postgresql else []


def _meant(record: models.Model, said: str, columns: list[str]) -> models.BaseConstraint | None:
    """The constraint that is named, else the one over these columns whose condition the record meets."""
    every = record._meta.constraints
    named = [one for one in every if re.search(rf"\b{one.name}\b", said)]
    over = [one for one in every if columns and _columns_of(record, one) == columns]
    return next(iter([*named, *(one for one in over if _concerns(one, record))]), None)


def _columns_of(record: models.Model, constraint: models.BaseConstraint) -> list[str]:
    fields = [record._meta.get_field(name) for name in _fields_of(constraint)]
    return [str(getattr(field, "column", "")) for field in fields]


def _fields_of(constraint: models.BaseConstraint) -> tuple[str, ...]:
    """The fields that are unique together; none of a check."""
    return tuple(getattr(constraint, "fields", ()))


def _concerns(constraint: models.BaseConstraint, record: models.Model) -> bool:
    """Whether the record meets a simple condition ("is", "is in"); what can't be told here counts as met."""
    condition = getattr(constraint, "condition", None)
    for child in condition.children if condition is not None else ():
        name, _, lookup = child[0].partition("__") if isinstance(child, tuple) else ("", "", "?")
        if lookup in ("", "in"):
            value = getattr(record, name)
            if value not in (child[1] if lookup else [child[1]]):
                return False
    return True


def _has_words(constraint: models.BaseConstraint) -> bool:
    return constraint.violation_error_message != constraint.default_violation_error_message

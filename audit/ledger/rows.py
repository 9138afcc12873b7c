"""Rows as JSON can hold them, and back again without loss: what the second copy is made of."""

import base64
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models

Row = dict[str, Any]
# What a secret is in a row that came back from a copy: no password at all, for Django too.
LOST_SECRET = "!"  # noqa: S105
SPEAKS_ITSELF = (bool, int, float, str, list, dict)


def written(value: Any) -> Any:
    """A column's value as JSON holds it."""
    if value is None or isinstance(value, SPEAKS_ITSELF):
        return value
    if isinstance(value, bytes | memoryview | bytearray):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be written into a copy.")


def read_back(field: models.Field, value: Any) -> Any:
    """The value that `written` wrote for this column."""
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    return field.to_python(value)


def columns_of(model: type[models.Model], *, without: Iterable[str] = ()) -> list[str]:
    """Column names (as attributes) of a model."""
    left_out = set(without)
    return [field.attname for field in model._meta.concrete_fields if field.name not in left_out]


def rows_of(model: type[models.Model], keys: Iterable[Any], columns: Iterable[str]) -> dict[Any, Row]:
    """Those rows by their primary key, as JSON holds them; one query."""
    key = model._meta.pk.attname
    found: Any = models.QuerySet(model).filter(pk__in=list(keys)).values(*{key, *columns})
    return {
        row[key]: {name: written(value) for name, value in sorted(row.items()) if name in set(columns)}
        for row in found
    }


def values_of(model: type[models.Model], row: Row) -> Row:
    """A row's values as the model holds them. Columns that the model no longer has are left out."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: read_back(fields[name], value) for name, value in row.items() if name in fields}


def insert(model: type[models.Model], values: Row) -> None:
    """Write a row exactly as given: no history, no entry. For rows that have both already."""
    plain: Any = models.QuerySet(model)
    plain.bulk_create([model(**values)])


def history_model(kind: str) -> type[models.Model]:
    """The model of a kind's history rows."""
    return apps.get_model(kind).history.model  # type: ignore[attr-defined,no-any-return]


def beside_history(model: Any) -> list[str]:
    """Fields that the history leaves out and that are no secret: a copy takes them from the row itself."""
    return [name for name in model.history_excludes if name not in model.secret_fields]

"""Rows written by one statement that is put together once for each model.

What Django's INSERT does for a new row, without building the statement anew every time: history rows and
entries are written with every change, and building took longer than the database needed. No signals.
"""

import functools
from typing import Any

from django.db import connection, models


def insert(row: models.Model) -> None:
    """Insert a new row; its key is what the database gave it."""
    statement, fields = _statement(type(row), connection.vendor)
    values = [_prepared(field, getattr(row, field.attname)) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row.pk = cursor.lastrowid if connection.vendor == "sqlite" else cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def _prepared(field: Any, value: Any) -> Any:
    """The value as the database takes it; a plain text in a field of texts is one already."""
    if type(value) is str and isinstance(field, models.CharField | models.TextField):
        return value
    return field.get_db_prep_save(value, connection)


@functools.cache
def _statement(model: type[models.Model], vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The statement and the fields that fill it: all but the key and what the database fills in itself."""
    meta = model._meta
    assert meta.pk is not None  # noqa: S101 (every model has a key)
    key, table = (connection.ops.quote_name(name or "") for name in (meta.pk.column, meta.db_table))
    fields = tuple(f for f in meta.concrete_fields if not (f.primary_key or f.has_db_default()))
    names = ", ".join(connection.ops.quote_name(field.column or "") for field in fields)
    places = ", ".join(["%s"] * len(fields))
    returning = "" if vendor == "sqlite" else f" RETURNING {key}"
    return f"INSERT INTO {table} ({names}) VALUES ({places}){returning}", fields  # noqa: S608

"""One row by its key, by a statement that is put together once for each model.

What `objects.get(pk=…)` does, without building the statement anew every time: each change reads the rows
that it holds and compares, and building took longer than the database needed.
"""

import functools
from typing import Any, TypeVar

from django.db import connection, models

from audit.refusal import OutsideTheDoor

Row = TypeVar("Row", bound=models.Model)


def fresh(model: type[Row], key: Any, *, hold: bool = False) -> Row:
    """The row as it is now; `hold` it until the transaction ends. Raises model.DoesNotExist."""
    if hold and not connection.in_atomic_block:
        raise OutsideTheDoor("A row is held inside a transaction.")
    values = _values(model, key, hold)
    if values is None:
        raise model.DoesNotExist(f"{model.__name__} {key} is not in the database.")
    return model.from_db(connection.alias, _names(model), values)


def stored(model: type[models.Model], key: Any) -> dict[str, Any] | None:
    """What the row holds now, by name of the attribute; None when there is no such row."""
    values = _values(model, key, hold=False)
    return None if values is None else dict(zip(_names(model), values, strict=True))


def _values(model: type[models.Model], key: Any, hold: bool) -> list[Any] | None:
    statement, converters = _statement(model, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{statement} FOR UPDATE" if hold and connection.vendor == "postgresql" else statement, [key]
        )
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    for place, column, convert in converters:
        values[place] = convert(values[place], column, connection)
    return values


@functools.cache
def _names(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


@functools.cache
def _statement(model: type[models.Model], vendor: str) -> tuple[str, tuple[tuple[int, Any, Any], ...]]:
    """The statement, and what makes Python's values of the database's, as Django's own reading does it."""
    meta, quoted = model._meta, connection.ops.quote_name
    assert meta.pk is not None  # noqa: S101 (every model has a key)
    columns = [field.get_col(meta.db_table) for field in meta.concrete_fields]
    converters = tuple(
        (place, column, convert)
        for place, column in enumerate(columns)
        for convert in (
            *connection.ops.get_db_converters(column),
            *column.get_db_converters(connection),
        )
    )
    names = ", ".join(quoted(field.column or "") for field in meta.concrete_fields)
    key, table = quoted(meta.pk.column or ""), quoted(meta.db_table)
    return f"SELECT {names} FROM {table} WHERE {key} = %s", converters  # noqa: S608 (names of columns only)

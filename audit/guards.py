"""Triggers that keep what is written: the database itself refuses to change or drop evidence.

Append-only tables (entries, history rows, readings, frozen plans, signatures) refuse UPDATE, DELETE,
TRUNCATE and REPLACE; tracked tables refuse DELETE and TRUNCATE. They stop accidents and attackers that
come through the application or a shell; whoever owns the database can take them off, which the ledger
is there to show. Installed after every migrate, because Django's table rebuilds on SQLite drop
triggers without a word.
"""

import functools
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

from audit.ledger.models import LedgerRow
from audit.models import Entry, TrackedModel
from audit.refusal import OutsideTheDoor

PREFIX = "guard"
FUNCTION_NAME = "exoledger_guard()"
SCHEMA = re.compile(r" ON \w+\.")
REFUSAL = "RAISE EXCEPTION 'ExoLedger keeps every version: % on % is refused', TG_OP, TG_TABLE_NAME;"
HARMLESS = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION exoledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {REFUSAL}
END $$
"""


def append_only_tables() -> list[str]:
    """Tables whose rows never change once written."""
    tables = {Entry._meta.db_table, *(m._meta.db_table for m in LedgerRow.__subclasses__())}
    for model in _tracked_models():
        tables.add(model.history.model._meta.db_table)  # type: ignore[attr-defined]
        if model.append_only:
            tables.add(model._meta.db_table)
    return sorted(tables)


def kept_tables() -> list[str]:
    """Tables whose rows change but are never deleted."""
    return sorted({m._meta.db_table for m in _tracked_models()} - {*append_only_tables()})


def _tracked_models() -> list[type[TrackedModel]]:
    return [model for model in apps.get_models() if issubclass(model, TrackedModel)]


@functools.cache
def expected(vendor: str) -> dict[str, str]:
    """Name and SQL of every guard that must stand, for one engine."""
    make = _sqlite_guards if vendor == "sqlite" else _postgresql_guards
    guards: dict[str, str] = {}
    for table in append_only_tables():
        guards |= make(table, changes_too=True)
    for table in kept_tables():
        guards |= make(table, changes_too=False)
    return guards


def _sqlite_guards(table: str, *, changes_too: bool) -> dict[str, str]:
    refuse = f"SELECT RAISE(ABORT, 'ExoLedger keeps every version: this on {table} is refused');"
    key = _primary_key(table)
    guards = {f"{PREFIX}_{table}_delete": f'BEFORE DELETE ON "{table}" BEGIN {refuse} END'}
    if changes_too:
        guards[f"{PREFIX}_{table}_update"] = f'BEFORE UPDATE ON "{table}" BEGIN {refuse} END'
        # REPLACE INTO deletes without firing delete triggers unless recursive_triggers is on.
        guards[f"{PREFIX}_{table}_replace"] = (
            f'BEFORE INSERT ON "{table}" WHEN EXISTS '
            f'(SELECT 1 FROM "{table}" WHERE "{key}" = NEW."{key}") BEGIN {refuse} END'
        )
    return {name: f'CREATE TRIGGER "{name}" {body}' for name, body in guards.items()}


def _postgresql_guards(table: str, *, changes_too: bool) -> dict[str, str]:
    doing = "UPDATE OR DELETE" if changes_too else "DELETE"
    return {
        f"{PREFIX}_{table}_row"[:63]: (
            f'CREATE TRIGGER "{f"{PREFIX}_{table}_row"[:63]}" BEFORE {doing} ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION exoledger_guard()"
        ),
        f"{PREFIX}_{table}_truncate"[:63]: (
            f'CREATE TRIGGER "{f"{PREFIX}_{table}_truncate"[:63]}" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION exoledger_guard()"
        ),
    }


def _primary_key(table: str) -> str:
    model = next(m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table)
    return str(model._meta.pk.column)


def standing(using: str = "default") -> dict[str, str]:
    """Name and definition of the guards that stand in the database now."""
    return {name: words for name, words in _definitions(using).items() if name != FUNCTION_NAME}


def _definitions(using: str) -> dict[str, str]:
    """The same, and on PostgreSQL what their function does; one query."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 6) = %s",
                [f"{PREFIX}_"],
            )
        else:
            cursor.execute(
                "SELECT tgname, pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger "
                "WHERE NOT tgisinternal AND left(tgname, 6) = %s "
                "UNION ALL SELECT proname || '()', prosrc FROM pg_proc WHERE proname || '()' = %s",
                [f"{PREFIX}_", FUNCTION_NAME],
            )
        return dict(cursor.fetchall())


def missing(using: str = "default") -> list[str]:
    """Names of guards that should stand and do not, or stand otherwise than they should."""
    vendor = connections[using].vendor
    present = _definitions(using)
    if vendor == "sqlite":
        return [name for name, sql in expected(vendor).items() if present.get(name) != sql]
    wrong = [
        name
        for name, sql in expected(vendor).items()
        if SCHEMA.sub(" ON ", present.get(name, "")) != _as_postgresql_says(sql)
    ]
    refuses = present.get(FUNCTION_NAME) == FUNCTION.split("$$")[1]
    return wrong if refuses else [FUNCTION_NAME, *wrong]


def _as_postgresql_says(sql: str) -> str:
    """A trigger's definition as pg_get_triggerdef words it, and its being always on."""
    return sql.replace('"', "").replace("UPDATE OR DELETE", "DELETE OR UPDATE") + " A"


def install(using: str = "default") -> None:
    """Put up every guard whose table exists; guards that stand are made anew."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
        present = standing(using)
        for name, sql in expected(connection.vendor).items():
            table = _table_of(sql)
            if table in tables:
                _put_up(cursor, connection.vendor, name, table, sql, stands=name in present)


def _table_of(sql: str) -> str:
    return sql.split(' ON "')[1].split('"')[0]


def _put_up(cursor: Any, vendor: str, name: str, table: str, sql: str, *, stands: bool) -> None:
    if stands:
        cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if vendor == "postgresql" else ""))
    cursor.execute(sql)
    if vendor == "postgresql":
        cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"')


@contextmanager
def lifted(using: str = "default", tables: Collection[str] | None = None) -> Iterator[None]:
    """Take the guards off, all or those of some tables; only the test settings allow it.

    On PostgreSQL all of them: their triggers stay, and call a function that lets everything pass.
    """
    if not settings.AUDIT_GUARDS_MAY_BE_LIFTED:
        raise OutsideTheDoor("Guards are lifted by the test settings only.")
    off, on = _lifting(using, tables)
    _run(using, off)
    try:
        yield
    finally:
        _run(using, on)


def _run(using: str, statements: list[str]) -> None:
    """Run them on the connection as it is now: what stood in between may have made it anew."""
    with connections[using].cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


def _lifting(using: str, tables: Collection[str] | None) -> tuple[list[str], list[str]]:
    """What takes the guards off, and what puts them up again."""
    if connections[using].vendor == "postgresql":
        return [FUNCTION.replace(REFUSAL, HARMLESS)], [FUNCTION]
    stand = standing(using)
    guards = {name: sql for name, sql in expected("sqlite").items() if name in stand}
    if tables is not None:
        guards = {name: sql for name, sql in guards.items() if _table_of(sql) in tables}
    return [f'DROP TRIGGER "{name}"' for name in guards], list(guards.values())


def install_after_migrate(using: str, **_: Any) -> None:
    """Receiver of post_migrate."""
    install(using)

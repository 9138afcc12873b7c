"""Rows by the thousand: COPY on PostgreSQL, executemany on SQLite. For loading benchmarks only."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def quick_loading() -> Iterator[None]:
    """Leave out foreign-key checks and waiting for the disk while rows are loaded; guards stay."""
    vendor = connection.vendor
    before, after = {
        "postgresql": (
            ("SET session_replication_role = replica", "SET synchronous_commit = off"),
            ("RESET session_replication_role", "RESET synchronous_commit"),
        ),
        "sqlite": (
            # A large cache: rows arrive in order, their index entries all over the place.
            ("PRAGMA foreign_keys = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -1500000"),
            ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -64000"),
        ),
    }[vendor]
    _run(before)
    try:
        yield
    finally:
        _run(after)


def insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows into a table in one transaction (the caller's, when there is one)."""
    names = ", ".join(f'"{column}"' for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            # The driver's own cursor: Django would rewrite every statement.
            cursor.cursor.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def settle(tables: Iterable[str]) -> None:
    """After loading: counters behind the last key, fresh statistics, everything on disk."""
    if connection.vendor == "sqlite":
        _run(("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"))
        return
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
                "AND a.attnum = i.indkey[0] WHERE i.indisprimary AND i.indrelid = %s::regclass",
                [f'"{table}"'],
            )
            key = cursor.fetchone()[0]
            last = f'greatest((SELECT max("{key}") FROM "{table}"), 1)'
            cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, %s), {last})", [f'"{table}"', key])
    _run(("VACUUM ANALYZE", "CHECKPOINT"))


def _run(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

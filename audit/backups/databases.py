"""A database as one file, consistent at one moment, and back into an empty one; for both engines."""

import glob
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from audit.backups import BackupFailed

SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
POSTGRESQL_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
NOTES = "SELECT size, root, note FROM audit_checkpoint ORDER BY size"
EPOCHS = "SELECT number, origin, public_key, size, words, known_note FROM audit_epoch ORDER BY number"
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"
Read = Callable[[str], list[Any]]


@dataclass(frozen=True)
class Facts:
    """What a database holds at one moment."""

    counts: dict[str, int]
    migrations: list[list[str]]
    notes: list[tuple[int, bytes, str]]
    epochs: list[dict[str, Any]]


def dump(target: Path) -> Facts:
    """Write the database to a new file. Returns what is in it. Raises BackupFailed."""
    return _dump_sqlite(target) if connection.vendor == "sqlite" else _dump_postgresql(target)


def load(source: Path) -> None:
    """Fill the empty database from a file that `dump` wrote. Raises BackupFailed."""
    if connection.vendor == "sqlite":
        _load_sqlite(source)
    else:
        _run(
            [
                program("pg_restore"),
                "--no-owner",
                "--no-comments",
                "--exit-on-error",
                "--single-transaction",
                f"--dbname={connection.settings_dict['NAME']}",
                str(source),
            ]
        )


def present_counts() -> dict[str, int]:
    """Rows of every table of the database as it is now."""
    with connection.cursor() as cursor:
        return _counts(_reader(cursor), connection.vendor)


def is_empty() -> bool:
    """Whether the database has no tables."""
    return not connection.introspection.table_names()


def _facts(read: Read, vendor: str) -> Facts:
    names = ("number", "origin", "public_key", "size", "words", "known_note")
    return Facts(
        counts=_counts(read, vendor),
        migrations=[list(row) for row in read(MIGRATIONS)],
        notes=[(size, bytes(root), note) for size, root, note in read(NOTES)],
        epochs=[dict(zip(names, row, strict=True)) for row in read(EPOCHS)],
    )


def _counts(read: Read, vendor: str) -> dict[str, int]:
    tables = read(SQLITE_TABLES if vendor == "sqlite" else POSTGRESQL_TABLES)
    return {name: read(f'SELECT count(*) FROM "{name}"')[0][0] for (name,) in sorted(tables)}


def _reader(cursor: Any) -> Read:
    def read(sql: str) -> list[Any]:
        cursor.execute(sql)
        return list(cursor.fetchall())

    return read


# --- SQLite -------------------------------------------------------------------------------------


def _dump_sqlite(target: Path) -> Facts:
    """SQLite's own online backup: whole at one moment while others write."""
    name = Path(connection.settings_dict["NAME"]).resolve()
    try:
        with (
            closing(sqlite3.connect(f"{name.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            return _facts(_reader(copy.cursor()), "sqlite")
    except sqlite3.Error as error:
        raise BackupFailed(f"The database can't be copied: {error}.") from error


def _load_sqlite(source: Path) -> None:
    connection.close()
    name = Path(connection.settings_dict["NAME"])
    half = name.with_name(f"{name.name}.restoring")
    shutil.copyfile(source, half)
    with half.open("rb") as file:
        os.fsync(file.fileno())
    for beside in ("-wal", "-shm"):
        name.with_name(name.name + beside).unlink(missing_ok=True)
    half.replace(name)


# --- PostgreSQL ---------------------------------------------------------------------------------


def _dump_postgresql(target: Path) -> Facts:
    """`pg_dump` and our counts look at the same snapshot."""
    with _snapshot() as (cursor, snapshot):
        _run(
            [
                program("pg_dump"),
                "--format=custom",
                "--no-owner",
                f"--snapshot={snapshot}",
                f"--file={target}",
                connection.settings_dict["NAME"],
            ]
        )
        return _facts(_reader(cursor), "postgresql")


@contextmanager
def _snapshot() -> Iterator[tuple[Any, str]]:
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            yield cursor, cursor.fetchone()[0]
            cursor.execute("COMMIT")
    finally:
        apart.close()


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is: on the path, else the newest that Debian keeps."""
    found = shutil.which(name)
    if found:
        return found
    installed = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    if not installed:
        raise BackupFailed(f"PostgreSQL's {name} is not on this machine: install its client programs.")
    return max(installed, key=lambda path: [int(n) for n in re.findall(r"\d+", path)])


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        words = " ".join(ended.stderr.split())[-600:]
        raise BackupFailed(f"{Path(command[0]).name} failed: {words}")


def _environment() -> dict[str, str]:
    """The environment in which PostgreSQL's programs find our server; the password is on no command line."""
    given = connection.settings_dict
    _, secure = DatabaseClient.settings_to_cmd_args_env(given, [])
    named = {"PGHOST": given["HOST"], "PGPORT": str(given["PORT"] or ""), "PGUSER": given["USER"]}
    return {**os.environ, **(secure or {}), **{name: value for name, value in named.items() if value}}

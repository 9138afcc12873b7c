"""The trail as a file: CSV with a line per changed field, or JSON Lines with the hashed texts themselves.

The database writes the lines: PostgreSQL by COPY of one query, SQLite by one SELECT, each over a
connection and a snapshot of its own; both give the same bytes. Nothing is held in memory but the piece
on its way. What leaves is every entry that stood when the export was asked for; the export is an entry
itself, written before the first byte, which names the filters and how many entries they meet.

CSV rules: UTF-8, comma, LF, quotes only where a cell needs them, empty for no value, moments in UTC. A
cell that a spreadsheet would run (first character = + - @, tab or CR) gets an apostrophe in front, unless
it is a plain number: -4.5 stays -4.5, -4.5+1 becomes '-4.5+1.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from audit import records
from audit.models import Entry, EntryAction
from audit.trail import TrailFilter

CSV, JSON_LINES = "csv", "jsonl"
CHUNK_BYTES = 256 * 1024
ROWS_A_FETCH = 1000
PLAIN_NUMBER = r"^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$"

# Column of the CSV: where it comes from, and whether its text may be anything that people type.
# e: the entry; b: its body; c: one changed field of it.
CSV_COLUMNS: tuple[tuple[str, str, bool], ...] = (
    ("entry", "e.id", False),
    ("time_utc", "b.at", False),
    ("printed_name", "e.actor_name", True),
    ("user_name", "e.actor_username", True),
    ("role", "e.actor_role", False),
    ("action", "e.action", False),
    ("act", "e.act", False),
    ("kind", "e.kind", False),
    ("record", "e.object_label", True),
    ("batch", "e.batch_number", True),
    ("number_in_batch", "e.number_in_batch", False),
    ("field", "c.field", False),
    ("label", "c.label", True),
    ("old", "c.old", True),
    ("new", "c.new", True),
    ("unit", "c.unit", True),
    ("reason_category", "b.reason_category", False),
    ("reason", "b.reason_words", True),
    ("detail", "b.detail", True),
)
HEADER = ",".join(name for name, _, _ in CSV_COLUMNS) + "\n"


class Export:
    """An export that was asked for: its entry stands; iterating gives its bytes. Close it when done."""

    def __init__(self, *, wanted: TrailFilter, form: str, by: Any):
        self.form = form
        self._connection = connections.create_connection("default")
        try:
            _begin_snapshot(self._connection)
            sql, params = _compiled(wanted.entries(), self._connection)
            self.entries = _count(self._connection, sql, params)
            self.entry = _written_down(self, wanted, by)
            self._sql, self._params = _lines_of(self.form, sql, self._connection.vendor), params
        except BaseException:
            self.close()
            raise

    @property
    def filename(self) -> str:
        """Names the export's own entry, so that file and trail find each other."""
        return f"exoledger-trail-export-{self.entry.pk}.{self.form}"

    def __iter__(self) -> Iterator[bytes]:
        pieces = _pieces_postgresql if self._connection.vendor == "postgresql" else _pieces_sqlite
        try:
            if self.form == CSV:
                yield HEADER.encode()
            yield from in_chunks(pieces(self._connection, self._sql, self._params))
        finally:
            self.close()

    def close(self) -> None:
        """End the snapshot. A SQLite database can't shorten its write-ahead log before that."""
        self._connection.close()


def in_chunks(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """The same bytes in pieces of CHUNK_BYTES or a little more."""
    chunk = bytearray()
    for piece in pieces:
        chunk += piece
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def _written_down(export: Export, wanted: TrailFilter, by: Any) -> Entry:
    with transaction.atomic():
        return records.event(
            EntryAction.EXPORTED,
            by=by,
            act="export_trail",
            detail={"format": export.form, "entries": export.entries, "filters": wanted.as_detail()},
        )


def _begin_snapshot(connection: BaseDatabaseWrapper) -> None:
    """Read everything as of now, whoever writes meanwhile."""
    isolation = " ISOLATION LEVEL REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"BEGIN{isolation}")


def _compiled(entries: QuerySet, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
    """SQL of the entries' table columns, oldest first."""
    return entries.order_by("id").query.get_compiler(connection=connection).as_sql()


def _count(connection: BaseDatabaseWrapper, sql: str, params: tuple[Any, ...]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS e", params)
        return int(cursor.fetchone()[0])


def _lines_of(form: str, entries: str, vendor: str) -> str:
    """The statement that writes the lines of a format."""
    statements = {
        (CSV, "postgresql"): _csv_postgresql,
        (CSV, "sqlite"): _csv_sqlite,
        (JSON_LINES, "postgresql"): _json_postgresql,
        (JSON_LINES, "sqlite"): _json_sqlite,
    }
    return statements[form, vendor](entries)

"""The trail as a file: CSV with a line per changed field, or JSON Lines with the hashed texts themselves.

What leaves is every entry that stood when the export was asked for, read from one snapshot over a
connection of its own, with nothing in memory but the piece on its way. The export is an entry itself,
written before the first byte leaves: it names the filters and how many entries they met.

CSV rules: UTF-8, comma, LF; quotes only around cells with a comma, quote, CR or LF; nothing where there
is no value; moments in UTC. A cell that a spreadsheet would run (first character = + - @, tab or CR) gets
an apostrophe in front unless it is a plain number: -4.5 stays -4.5, but -4.5+1 becomes '-4.5+1.
PostgreSQL writes these lines itself (COPY), for SQLite audit.export_lines does; the bytes are the same.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from audit import export_lines, records
from audit.models import Entry, EntryAction
from audit.trail import TrailFilter

CSV, JSON_LINES = "csv", "jsonl"
FORMATS = (CSV, JSON_LINES)
CHUNK_BYTES = 256 * 1024
ENTRIES_A_FETCH = 100
SNAPSHOT = {
    # Without jit: compiling the statement would hold up the first byte.
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL jit = off"),
    # A small cache: every page is read once.
    "sqlite": ("PRAGMA cache_size = -2000", "BEGIN"),
}


class Export:
    """An export whose entry is written. Iterate for its bytes, once; close it if you don't."""

    def __init__(self, *, wanted: TrailFilter, form: str, by: Any):
        self.form = form
        self._entries = wanted.entries()
        self._connection = connections.create_connection("default")
        try:
            _begin_snapshot(self._connection)
            self.count = _count(self._connection, self._entries)
            self.entry = _written_down(form, self.count, wanted, by)
        except BaseException:
            self.close()
            raise

    @property
    def filename(self) -> str:
        """Names the export's own entry, so that file and trail find each other."""
        return f"exoledger-trail-export-{self.entry.pk}.{self.form}"

    def __iter__(self) -> Iterator[bytes]:
        pieces = _from_postgresql if self._connection.vendor == "postgresql" else _from_sqlite
        try:
            if self.form == CSV:
                yield export_lines.HEADER.encode()
            yield from in_chunks(pieces(self._connection, self._entries, self.form))
        finally:
            self.close()

    def close(self) -> None:
        """End the snapshot: before that SQLite can't shorten its write-ahead log."""
        self._connection.close()


def in_chunks(pieces: Iterable[Any]) -> Iterator[bytes]:
    """The same bytes, CHUNK_BYTES or a little more at a time."""
    chunk = bytearray()
    for piece in pieces:
        chunk += piece
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def _begin_snapshot(connection: BaseDatabaseWrapper) -> None:
    """Read everything as of now, whoever writes meanwhile."""
    with connection.cursor() as cursor:
        for statement in SNAPSHOT[connection.vendor]:
            cursor.execute(statement)


def _count(connection: BaseDatabaseWrapper, entries: QuerySet) -> int:
    sql, params = _compiled(entries.order_by().values("id"), connection)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS e", params)  # noqa: S608 (Django's own SQL)
        return int(cursor.fetchone()[0])


def _written_down(form: str, count: int, wanted: TrailFilter, by: Any) -> Entry:
    detail = {"format": form, "entries": count, "filters": wanted.as_detail()}
    with transaction.atomic():
        return records.event(EntryAction.EXPORTED, by=by, act="export_trail", detail=detail)


def _compiled(entries: QuerySet, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
    return entries.query.get_compiler(connection=connection).as_sql()


def _from_postgresql(connection: BaseDatabaseWrapper, entries: QuerySet, form: str) -> Iterator[Any]:
    """Lines as COPY writes them."""
    from psycopg import ClientCursor  # merges parameters in the client; COPY takes none in the server

    entries_sql, params = _compiled(entries.order_by("id"), connection)
    sql = export_lines.COPY_CSV if form == CSV else export_lines.COPY_JSON
    with ClientCursor(connection.connection) as cursor:
        with cursor.copy(sql.format(entries=entries_sql), params) as lines:
            yield from lines


def _from_sqlite(connection: BaseDatabaseWrapper, entries: QuerySet, form: str) -> Iterator[bytes]:
    """Lines written in Python, a hundred entries at a time."""
    write = export_lines.csv_lines if form == CSV else export_lines.json_lines
    sql, params = _compiled(entries.order_by("id").values_list(*export_lines.COLUMNS), connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(ENTRIES_A_FETCH):
            yield "".join(write(rows)).encode()

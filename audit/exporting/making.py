"""The trail as a file: CSV with a line per changed field, JSON Lines with the hashed texts, XLSX for people.

What leaves is every entry that stood when the export was asked for, read from one snapshot over a
connection of its own, with nothing in memory but the piece on its way. The export is an entry itself,
written before the first byte leaves: it names the filters and how many entries they met. Behind the last
entry stands the signed checkpoint that covers that very entry, so that the file carries what it takes to
prove it later; where sealing has stopped, the file says so instead.

CSV rules: UTF-8, comma, LF; quotes only around cells with a comma, quote, CR or LF; nothing where there
is no value; moments in UTC and, beside it, in the installation's time zone. A cell that a spreadsheet would
run (first character = + - @, tab or CR) gets an apostrophe in front unless it is a plain number: -4.5 stays
-4.5, but -4.5+1 becomes '-4.5+1. U+001E inside a value is written as U+241E. `checkpoint` is the size of
the first checkpoint that covers the entry, empty while the entry waits for the sealer. PostgreSQL writes
these lines itself (COPY), for SQLite audit.exporting.lines does; the bytes are the same.
"""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField, QuerySet, Sum, Value
from django.db.models.functions import Length, Replace

from audit import records
from audit.exporting import lines
from audit.ledger import sealing
from audit.ledger.handing_out import covering
from audit.models import Checkpoint, Entry, EntryAction
from audit.trail.asking import TrailFilter

CSV, JSON_LINES, XLSX = "csv", "jsonl", "xlsx"
FORMATS = (CSV, JSON_LINES, XLSX)
CHUNK_BYTES = 128 * 1024
ENTRIES_A_FETCH = 100
MOST_LINES_COUNTED = 200_000  # entries
PATIENCE_S = 2.0  # for the sealer: people wait for their first byte
SNAPSHOT = {
    "postgresql": (
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        # Without jit and without joins that begin by reading all: the first byte would have to wait.
        "SET LOCAL jit = off",
        "SET LOCAL enable_hashjoin = off",
    ),
    # A small cache: every page is read once.
    "sqlite": ("PRAGMA cache_size = -2000", "BEGIN"),
}
NO_CHECKPOINT = "No checkpoint covers this export yet: {why}"


class Export:
    """An export whose entry is written. Iterate once for its bytes (CSV, JSON Lines), or close it."""

    def __init__(self, *, wanted: TrailFilter, form: str, by: Any):
        self.form, self.wanted, self.by = form, wanted, by
        self._entries = wanted.entries()
        _seal_what_stands()
        self._connection = connections.create_connection("default")
        self._connection.inc_thread_sharing()  # an XLSX is written by a thread of its own
        try:
            _begin_snapshot(self._connection)
            self.count = _count(self._connection, self._entries)
            self.entry = _written_down(form, self.count, wanted, by)
            self.checkpoint, self.note = _covered(self.entry)
        except BaseException:
            self.close()
            raise

    @property
    def filename(self) -> str:
        """Names the export's own entry, so that file and trail find each other."""
        return f"exoledger-trail-export-{self.entry.pk}.{self.form}"

    def __iter__(self) -> Iterator[bytes]:
        size = self.checkpoint.size if self.checkpoint else None
        try:
            if self.form == CSV:
                yield lines.HEADER.encode()
            yield from in_chunks(self._lines())
            end = lines.csv_end if self.form == CSV else lines.json_end
            yield end(self.note, size).encode()
        finally:
            self.close()

    def _lines(self) -> Iterator[Any]:
        if self._connection.vendor == "postgresql":
            sql = lines.COPY_CSV if self.form == CSV else lines.COPY_JSON
            return _copied(self._connection, sql, self._entries)
        if self.form == CSV:
            fetched = _fetched(self._connection, lines.ROWS["sqlite"], self._entries)
            return ("".join(lines.csv_lines(rows, zone())).encode() for rows in fetched)
        bodies = _fetched(self._connection, lines.BODIES, self._entries)
        return ("".join(lines.json_lines(rows)).encode() for rows in bodies)

    def parts(self) -> Iterator[tuple[str, str, str]]:
        """The entries one by one as lines.parts gives them, for other kinds of file."""
        for rows in _fetched(self._connection, lines.ROWS[self._connection.vendor], self._entries):
            yield from lines.parts(rows, zone())

    def close(self) -> None:
        """End the snapshot: before that SQLite can't shorten its write-ahead log."""
        self._connection.close()


def zone() -> ZoneInfo:
    """The installation's time zone, which time_local is in."""
    return ZoneInfo(settings.TIME_ZONE)


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


def size(wanted: TrailFilter) -> tuple[int, int | None]:
    """How many entries and lines an export would hold now; no lines where counting them takes long."""
    entries = wanted.entries().order_by()
    count = entries.count()
    if count > MOST_LINES_COUNTED:
        return count, None
    separator = Value(lines.SEPARATOR)
    without = Length(Replace("change_cells", separator, Value("")))
    told = entries.aggregate(n=Sum(Length("change_cells") - without))["n"]
    return count, told or 0


def _seal_what_stands() -> None:
    """Let the lines name their checkpoint as far as they can; an export waits for nobody here."""
    with contextlib.suppress(sealing.SealingStopped):
        sealing.seal()


def _covered(entry: Entry) -> tuple[Checkpoint | None, str]:
    """The checkpoint that covers the export's own entry with its note, or none and why."""
    try:
        checkpoint = covering(entry, patience_s=PATIENCE_S)
    except sealing.SealingStopped as stopped:
        return None, NO_CHECKPOINT.format(why=stopped)
    return checkpoint, checkpoint.note


def _begin_snapshot(connection: BaseDatabaseWrapper) -> None:
    """Read everything as of now, whoever writes meanwhile."""
    with connection.cursor() as cursor:
        for statement in SNAPSHOT[connection.vendor]:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [settings.TIME_ZONE])


def _count(connection: BaseDatabaseWrapper, entries: QuerySet) -> int:
    counted = entries.order_by().values(n=Func(template="count(*)", output_field=IntegerField()))
    with connection.cursor() as cursor:
        cursor.execute(*_compiled(counted, connection))
        return int(cursor.fetchone()[0])


def _written_down(form: str, count: int, wanted: TrailFilter, by: Any) -> Entry:
    detail = {"format": form, "entries": count, "filters": wanted.as_detail()}
    with transaction.atomic():
        return records.event(EntryAction.EXPORTED, by=by, act="export_trail", detail=detail)


def _compiled(entries: QuerySet, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
    return entries.query.get_compiler(connection=connection).as_sql()


def _copied(connection: BaseDatabaseWrapper, sql: str, entries: QuerySet) -> Iterator[Any]:
    """Lines as COPY writes them."""
    from psycopg import ClientCursor  # merges parameters in the client; COPY takes none in the server

    entries_sql, params = _compiled(entries, connection)
    with ClientCursor(connection.connection) as cursor:
        with cursor.copy(sql.format(entries=entries_sql), params) as messages:
            yield from lines.from_copy(messages)


def _fetched(connection: BaseDatabaseWrapper, sql: str, entries: QuerySet) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of a statement, ENTRIES_A_FETCH at a time, with no more of them in memory."""
    entries_sql, params = _compiled(entries, connection)
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql.format(entries=entries_sql), params)
        while rows := cursor.fetchmany(ENTRIES_A_FETCH):
            yield rows

"""Whether every tracked table, its history and the entries fit together, asked of the database in sets.

For every tracked model: live row = newest history row in every column they share, no live row without
history, no history without a live row, as many history rows as the record has revisions, and exactly one
entry for each history row. A few statements a model; the entries are read once in all, the history once by
its key and once by its index, and no row passes through Python unless something is wrong with it.

What it can't see: a change made alike to live row, history and entry. The replay (audit.verifying.replay)
and the ledger (audit.verifying.ledger) are there for that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection

from audit.models import Entry
from audit.verifying.shapes import Shape, shapes

ENTRIES = Entry._meta.db_table
# More ids than this are counted, not kept: somebody ran an UPDATE over a whole table.
MOST_KEPT = 10_000

NEWEST_UNLIKE_LIVE = """
SELECT n.id
FROM (
  SELECT "{pk}" AS id, max(history_id) AS newest, count(*) AS versions FROM "{history}" GROUP BY "{pk}"
) AS n
JOIN "{history}" AS h ON h.history_id = n.newest
LEFT JOIN "{table}" AS l ON l."{pk}" = n.id
WHERE l."{pk}" IS NULL OR n.versions <> l.revision OR {unlike}
"""
LIVE_WITHOUT_HISTORY = """
SELECT l."{pk}" FROM "{table}" AS l
WHERE NOT EXISTS (SELECT 1 FROM "{history}" AS h WHERE h."{pk}" = l."{pk}")
"""
COUNTS = 'SELECT (SELECT count(*) FROM "{history}"), (SELECT count(*) FROM "{table}")'
# PostgreSQL: all kinds in one pass over the entries. Kinds lie among each other, so that one pass a kind
# would read nearly the whole table each time. Who pairs off has as many of each as there are pairs.
PAIRED_AT_ONCE = """
SELECT coalesce(e.kind, h.kind), count(e.kind), count(h.kind), count(*)
FROM (SELECT kind, object_id, history_id FROM {entries} WHERE history_id IS NOT NULL) AS e
FULL JOIN ({histories}) AS h ON h.kind = e.kind AND h.history_id = e.history_id AND h.pk = e.object_id
GROUP BY 1
"""
HISTORY_OF_KIND = 'SELECT \'{kind}\' AS kind, history_id, "{pk}" AS pk FROM "{history}"'
# SQLite looks each entry up by its kind, which it does once in all. As many entries as history rows, all
# different and each with its history row: then they pair off.
PAIRED = """
SELECT count(*), count(DISTINCT e.history_id), count(h.history_id)
FROM {entries} AS e LEFT JOIN "{history}" AS h ON h.history_id = e.history_id AND h."{pk}" = e.object_id
WHERE e.kind = %s AND e.history_id IS NOT NULL
"""
UNPAIRED = """
SELECT e.object_id FROM {entries} AS e
LEFT JOIN "{history}" AS h ON h.history_id = e.history_id AND h."{pk}" = e.object_id
WHERE e.kind = %s AND e.history_id IS NOT NULL AND h.history_id IS NULL
UNION
SELECT h."{pk}" FROM "{history}" AS h
LEFT JOIN {entries} AS e ON e.kind = %s AND e.object_id = h."{pk}" AND e.history_id = h.history_id
GROUP BY h."{pk}", h.history_id HAVING count(e.id) <> 1
"""
UNKNOWN_KINDS = "SELECT DISTINCT kind FROM {entries} WHERE history_id IS NOT NULL"


@dataclass
class Suspects:
    """What the set-based stage says of one model: what was counted, and the records that do not fit."""

    shape: Shape
    live_rows: int = 0
    history_rows: int = 0
    entries: int = 0
    ids: list[int] = field(default_factory=list)
    more: int = 0

    @property
    def has_nothing(self) -> bool:
        """Whether there is neither a row nor an entry of it that could be wrong."""
        return not (self.live_rows or self.history_rows or self.entries)

    def add(self, found: Iterator[int]) -> None:
        """Keep ids, each once; beyond MOST_KEPT only their number."""
        known = {*self.ids}
        for one in found:
            if one in known:
                continue
            if len(known) < MOST_KEPT:
                known.add(one)
                self.ids.append(one)
            else:
                self.more += 1


def set_based(tell: Callable[[int, int], None] = lambda done, of: None) -> list[Suspects]:
    """The set-based stage over every tracked model. `tell` hears how many of how many models are done."""
    pairs = _paired_at_once() if connection.vendor == "postgresql" else {}
    found = []
    for number, shape in enumerate(shapes()):
        tell(number, len(shapes()))
        counts = pairs.get(shape.kind, (0, 0, 0)) if pairs else _row(_sql(shape, PAIRED), shape.kind)
        found.append(_suspects_of(shape, counts))
    return found


def _suspects_of(shape: Shape, pairs: tuple[int, ...]) -> Suspects:
    """The set-based stage over one model; `pairs` are all the number of its history rows when all is well."""
    history_rows, live_rows = _row(_sql(shape, COUNTS))
    found = Suspects(shape, live_rows, history_rows, entries=pairs[0])
    if found.has_nothing:
        return found
    found.add(_ids(_sql(shape, NEWEST_UNLIKE_LIVE)))
    found.add(_ids(_sql(shape, LIVE_WITHOUT_HISTORY)))
    if {*pairs} != {found.history_rows}:
        found.add(_ids(_sql(shape, UNPAIRED), shape.kind, shape.kind))
    return found


def _paired_at_once() -> dict[str, tuple[int, ...]]:
    """Entries, history rows and pairs of each kind."""
    histories = " UNION ALL ".join(_sql(shape, HISTORY_OF_KIND) for shape in shapes())
    with connection.cursor() as cursor:
        cursor.execute(PAIRED_AT_ONCE.format(entries=ENTRIES, histories=histories))
        return {kind: tuple(counts) for kind, *counts in cursor.fetchall()}


def unknown_kinds() -> list[str]:
    """Kinds of record that entries tell of and no tracked model is."""
    known = {shape.kind for shape in shapes()}
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN_KINDS.format(entries=ENTRIES))
        return sorted({kind for (kind,) in cursor.fetchall()} - known)


def _sql(shape: Shape, statement: str) -> str:
    unlike = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
    compared = " OR ".join(f'l."{column}" {unlike} h."{column}"' for column in shape.columns)
    return statement.format(
        kind=shape.kind,
        pk=shape.pk,
        table=shape.table,
        history=shape.history_table,
        entries=ENTRIES,
        unlike=compared,
    )


def _row(sql: str, *params: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return tuple(cursor.fetchone())


def _ids(sql: str, *params: str) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(2_000):
            yield from (one for (one,) in rows)

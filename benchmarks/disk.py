"""Bytes on disk for each audited change: history row, entry, leaf and tiles, each with its indexes."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from benchmarks.pages import Bench
from benchmarks.report import Line
from benchmarks.servers import Site

MOST = 1.5
LEDGER = ("audit_leaf", "audit_tile", "audit_checkpoint")
POSTGRESQL = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
SQLITE = "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_master m ON m.name = d.name GROUP BY 1"
COUNT = """
SELECT count(*), count(history_id), sum(length(body)), sum(length(change_cells)) FROM audit_entry
"""


def disk(bench: Bench) -> Iterator[Line]:
    """What we keep beyond the history row, against the history rows of simple-history in the baseline."""
    sizes, ours = _asked(bench.ours, "exoledger.sqlite3", COUNT)
    theirs, baseline = _asked(
        bench.baseline,
        "baseline.sqlite3",
        "SELECT (SELECT count(*) FROM lab_historicalbatch) + (SELECT count(*) FROM lab_historicalresult)",
    )
    entries, changes, text, cells = ours
    entry, ledger = sizes["audit_entry"] / entries, sum(sizes[table] for table in LEDGER) / entries
    history = sum(size for table, size in sizes.items() if "_historical" in table) / changes
    alone = sum(size for table, size in theirs.items() if "_historical" in table) / baseline[0]
    yield Line(
        "bytes on disk for each audited change beyond its history row, with all indexes, against a history "
        "row of simple-history in the baseline",
        f"{entry + ledger:.0f} B: entry {entry:.0f} (its text {text / entries:.0f}, cells of the export "
        f"{cells / entries:.0f}), leaf and tiles {ledger:.0f}; the history row itself {history:.0f}",
        f"{alone:.0f} B",
        (entry + ledger) / alone,
        MOST,
        at_most=True,
    )


def _asked(site: Site, name: str, statement: str) -> tuple[dict[str, int], tuple[int, ...]]:
    """Sizes of a site's tables with their indexes, and the answer to a question about rows."""
    if site.database_url:
        import psycopg

        with psycopg.connect(site.database_url) as connection:
            sizes = {table: int(size) for table, size in connection.execute(POSTGRESQL)}
            return sizes, connection.execute(statement).fetchone() or ()
    folder = Path(site.environment.get("EXOLEDGER_DATA") or site.environment["BASELINE_DATA"])
    connection = sqlite3.connect(folder / name)
    try:
        return dict(connection.execute(SQLITE)), connection.execute(statement).fetchone()
    finally:
        connection.close()

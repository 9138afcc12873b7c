"""Entries written before change_cells was filled get theirs, from the text that was hashed.

The guard that refuses changes to entries is off for this step only, inside the migration's transaction.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import migrations

from audit.exporting.lines import change_cells

ROWS_A_FETCH = 2_000  # rows in memory at a time
GUARDS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'",
    "postgresql": (
        "SELECT tgname, '' FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND NOT tgisinternal"
    ),
}
UPDATE = {
    "sqlite": "UPDATE audit_entry SET change_cells = %s WHERE id = %s",
    "postgresql": (
        "UPDATE audit_entry e SET change_cells = given.cells "
        "FROM unnest(%s::text[], %s::bigint[]) AS given(cells, id) WHERE e.id = given.id"
    ),
}


def fill(apps, schema_editor) -> None:
    """Fill change_cells where it is empty."""
    connection = schema_editor.connection
    with connection.cursor() as cursor, unguarded(cursor, connection.vendor):
        last = 0
        while rows := next_rows(cursor, last):
            last = rows[-1][0]
            filled = [(change_cells(json.loads(body)), number) for number, body in rows]
            if connection.vendor == "sqlite":
                cursor.executemany(UPDATE["sqlite"], filled)
            else:
                cursor.execute(UPDATE["postgresql"], [list(column) for column in zip(*filled, strict=True)])


def next_rows(cursor, last: int) -> list[tuple[int, str]]:
    cursor.execute(
        "SELECT id, body FROM audit_entry WHERE id > %s AND change_cells = '' ORDER BY id LIMIT %s",
        [last, ROWS_A_FETCH],
    )
    return cursor.fetchall()


@contextmanager
def unguarded(cursor, vendor: str) -> Iterator[None]:
    """Without the guards that stand on the table; the same guards stand again afterwards."""
    cursor.execute(GUARDS[vendor])
    guards = cursor.fetchall()
    for name, _ in guards:
        cursor.execute(
            f'DROP TRIGGER "{name}"'
            if vendor == "sqlite"
            else f'ALTER TABLE audit_entry DISABLE TRIGGER "{name}"'
        )
    yield
    for name, sql in guards:
        cursor.execute(
            sql if vendor == "sqlite" else f'ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER "{name}"'
        )


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_unexplained_ledger")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

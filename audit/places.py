"""Where the next entry of a batch belongs: its number, and the leaf hash of the entry before it.

One writer per batch at a time: SQLite's IMMEDIATE transactions see to it, PostgreSQL is asked for an
advisory lock that ends with the transaction. Held by it, nobody else can add to the batch, so the
place is read once in a transaction and counted on from there.

What is remembered must be forgotten as soon as it may be wrong: when the transaction ends, when it is
rolled back, and when a savepoint is rolled back (that also gives back a lock taken behind it). Django
keeps just such a list: callbacks for after the commit, each dropped with the savepoint it was
registered behind. A place is remembered as one of them, and read from there.
"""

from typing import Any

from django.db import connection, transaction

from audit.models import Entry

# Arbitrary, ours: keeps batch locks apart from other users of PostgreSQL's advisory locks.
ADVISORY_LOCK_CLASS = 0x4558
LOCK = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
LAST = (
    f"SELECT number_in_batch, leaf_hash FROM {Entry._meta.db_table} "  # noqa: S608 (a constant)
    "WHERE batch_number = %s ORDER BY number_in_batch DESC LIMIT 1"
)


class LastEntry:
    """The last entry of a batch, as this transaction wrote it. Nothing is left to do after the commit."""

    def __init__(self, batch_number: str, number: int, leaf_hash: bytes):
        self.batch_number, self.number, self.leaf_hash = batch_number, number, leaf_hash

    def __call__(self) -> None:
        """After the commit others may add to the batch: Django drops this from its list, and that is all."""


def next_place(batch_number: str) -> tuple[int | None, bytes | None]:
    """The next entry's number within its batch, and the leaf hash of the entry before it.

    None and None for what stands above batches. From here on the batch is ours until the transaction ends.
    """
    if not batch_number:
        return None, None
    known = _remembered(batch_number)
    if known is not None:
        return known[1].number + 1, known[1].leaf_hash
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(LOCK, [ADVISORY_LOCK_CLASS, batch_number])
        # A statement of its own: only after the lock is ours it sees what the writer before us committed.
        cursor.execute(LAST, [batch_number])
        last = cursor.fetchone()
    return (1, None) if last is None else (last[0] + 1, bytes(last[1]))


def remember(entry: Entry) -> None:
    """An entry was written at the place that `next_place` gave: the next one follows it."""
    if not entry.batch_number:
        return
    number, leaf_hash = entry.number_in_batch or 0, bytes(entry.leaf_hash)
    known = _remembered(entry.batch_number)
    if known is not None and known[0] == set(connection.savepoint_ids):
        known[1].number, known[1].leaf_hash = number, leaf_hash
    else:
        transaction.on_commit(LastEntry(entry.batch_number, number, leaf_hash))


def _remembered(batch_number: str) -> tuple[set[Any], LastEntry] | None:
    """The newest place known in this transaction, with the savepoints it stands behind."""
    for savepoints, callback, _ in reversed(connection.run_on_commit):
        if isinstance(callback, LastEntry) and callback.batch_number == batch_number:
            return savepoints, callback
    return None

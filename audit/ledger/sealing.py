"""The sealer: puts entries into the tree in the order of their commits and signs its root.

Nothing that writes waits for it. One pass is one transaction: leaves, full tiles and the signed
checkpoint together or not at all, so it can be ended at any point. After the commit the checkpoint is
remembered outside the database; a database that is older than that memory was restored, and nothing is
signed until somebody says what happened (manage.py reimport, manage.py new_epoch).

Which entries may be sealed: on SQLite, where one writes at a time, every entry behind the last leaf. On
PostgreSQL numbers do not commit in order: entries of transactions below the oldest one that still runs in
this database can't be overtaken any more, and only those are taken, by transaction and number. An entry whose
transaction is not below the snapshot's xmax though we see it came from another server with a restore.
"""

import contextlib
import time
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.ledger import keys
from audit.ledger.models import Checkpoint, Epoch, Leaf
from audit.ledger.notes import Checkpoint as Said
from audit.ledger.notes import NoteWrong, PublicKey, SigningKey, checkpoint_of
from audit.ledger.tree import GrowingTree
from audit.models import Entry
from audit.words import grouped

# Arbitrary, ours: keeps the sealer's lock apart from other users of PostgreSQL's advisory locks.
ADVISORY_LOCK = (0x4558, 0x5EA1)
MOST_A_PASS = 50_000
POLL_S = 0.05

# `settled`: what transactions below it wrote can't be overtaken any more. A snapshot counts those of other
# databases on the same server, too; what is known to run in another one holds up nothing.
# The number given is that up to which all is sealed behind this entry.
SEALABLE_POSTGRESQL = """
WITH moment AS MATERIALIZED (
  SELECT pg_snapshot_xmax(s)::text::bigint AS latest, least(pg_snapshot_xmax(s)::text::bigint, (
    SELECT min(x::text::bigint) FROM pg_snapshot_xip(s) AS x WHERE NOT EXISTS (
      SELECT 1 FROM pg_stat_activity a WHERE a.datname <> current_database()
      AND a.backend_xid::text::bigint = x::text::bigint & 4294967295))) AS settled
  FROM pg_current_snapshot() AS s)
SELECT e.id, e.leaf_hash, least(e.transaction, m.settled)
FROM audit_entry e, moment m
WHERE e.transaction >= %(below)s
  AND (e.transaction < m.settled
       OR e.transaction >= m.latest
       OR e.transaction = pg_current_xact_id_if_assigned()::text::bigint)
  AND NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.entry_id = e.id)
ORDER BY e.transaction, e.id
LIMIT %(most)s
"""
# PostgreSQL: all that transactions below this number wrote is sealed. A restored checkpoint's number is
# another server's; what this one writes after the restore has numbers above that of the transaction that
# brought the checkpoint's row (xmin, of which only the lower half is stored).
SEALED_BELOW = """(
SELECT least(c.sealed_below, latest - ((latest - c.xmin::text::bigint) & 4294967295))
FROM audit_checkpoint c, (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS latest) s
ORDER BY c.size DESC LIMIT 1)
"""
SEALABLE_SQLITE = """
SELECT id, leaf_hash, NULL FROM audit_entry
WHERE id > coalesce((SELECT entry_id FROM audit_leaf ORDER BY "index" DESC LIMIT 1), 0)
ORDER BY id
LIMIT %(most)s
"""
INSERT_LEAVES = {
    "postgresql": (
        'INSERT INTO audit_leaf ("index", entry_id, checkpoint_id) '
        "SELECT %s + place - 1, id, %s FROM unnest(%s::text::bigint[]) WITH ORDINALITY AS e(id, place)"
    ),
    "sqlite": 'INSERT INTO audit_leaf ("index", entry_id, checkpoint_id) VALUES (%s, %s, %s)',
}
INSERT_TILE = 'INSERT INTO audit_tile (level, "index", hashes, root) VALUES (%s, %s, %s, %s)'


class SealingStopped(Exception):
    """Nothing can be sealed; says why in words for whoever runs the installation. Writing goes on."""


class LedgerBehind(SealingStopped):
    """The database is older than the last checkpoint signed, or contradicts it."""

    def __init__(self, words: str, last: Said):
        super().__init__(words)
        self.last = last


class Sealable(NamedTuple):
    """An entry that waits for the sealer. A tuple: sealing makes one for each of a million entries."""

    entry_id: int
    leaf_hash: bytes
    transaction: int | None


def seal() -> Checkpoint | None:
    """Seal everything that can be sealed now; the newest checkpoint, None while there are no entries.

    Raises SealingStopped. Must not stand in a transaction.
    """
    while True:
        sealed = _one_pass()
        if sealed < MOST_A_PASS:
            return newest()


def newest() -> Checkpoint | None:
    """The newest checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def cover(entry_id: int, *, patience_s: float = 5.0) -> Checkpoint:
    """A checkpoint that covers the entry: sealed here where the key can be read, else by the sealer.

    Returns the newest checkpoint. Raises SealingStopped when it takes longer than `patience_s`.
    """
    until = time.monotonic() + patience_s
    while True:
        stopped = _tried()
        leaf = Leaf.objects.filter(entry_id=entry_id).exists()
        found = newest() if leaf else None
        if found is not None:
            return found
        if time.monotonic() > until:
            raise SealingStopped(
                str(stopped or "The sealer has not come to this entry yet; a slow transaction holds it up.")
            )
        time.sleep(POLL_S)


def _tried() -> SealingStopped | None:
    """Seal; what stopped it, if anything did (another process may hold the key and seal)."""
    try:
        seal()
    except SealingStopped as stopped:
        return stopped
    return None


def unsealed() -> tuple[int, Any]:
    """How many entries wait for the sealer, and since when the oldest of them does; one query."""
    last = Leaf.objects.order_by("-index").values_list("entry_id", flat=True).first()
    if connection.vendor == "sqlite":
        waiting = Entry.objects.filter(id__gt=last or 0)
    else:
        waiting = Entry.objects.filter(transaction__gte=_sealed_below(), leaf__isnull=True)
    oldest = waiting.order_by("id").values_list("at", flat=True).first()
    return waiting.count(), oldest


# --- one pass -----------------------------------------------------------------------------------


def _one_pass() -> int:
    """Seal up to MOST_A_PASS entries. Returns how many."""
    try:
        if not _has_work():
            return 0
        with transaction.atomic(durable=True):
            lock()
            sealed, note = _seal_in_transaction()
    except DatabaseError as error:
        raise SealingStopped(f"The database refused the sealer: {error}") from error
    if note:
        _remember(note)
    return sealed


def _has_work() -> bool:
    """Whether there is anything to seal or to remember; looks without taking a lock."""
    before = newest()
    return bool(_sealable(most=1) or _forgotten(before))


def lock() -> None:
    """One sealer at a time; SQLite's IMMEDIATE transactions see to it by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", ADVISORY_LOCK)


def _seal_in_transaction() -> tuple[int, str]:
    """Append what can be sealed. Returns how many entries, and the note to remember (empty: none)."""
    before = newest()
    entries = _sealable(most=MOST_A_PASS)
    if not entries:
        return 0, _forgotten(before)
    key = _key(is_first=before is None)
    epoch = _epoch(key)
    demand_not_behind(before)
    tree = GrowingTree(before.size if before else 0)
    if before and tree.root() != bytes(before.root):
        raise SealingStopped(
            f"The tree does not lead to checkpoint {grouped(before.size)}: run manage.py verify."
        )
    first = tree.size
    tree.extend([bytes(entry.leaf_hash) for entry in entries])
    note = key.signed(Said(epoch.origin, tree.size, tree.root()).text())
    _write(tree, epoch, note, first, entries)
    return len(entries), note


def _sealable(*, most: int) -> list[Sealable]:
    sql, below = SEALABLE_SQLITE, 0
    if connection.vendor == "postgresql":
        sql, below = SEALABLE_POSTGRESQL, _sealed_below()
    with connection.cursor() as cursor:
        cursor.execute(sql, {"below": below, "most": most})
        return list(map(Sealable._make, cursor.fetchall()))


def _sealed_below() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce({SEALED_BELOW}, 0)")
        return int(cursor.fetchone()[0])


def _key(*, is_first: bool) -> SigningKey:
    """The signing key, made at the very first pass of an installation and never again."""
    try:
        if is_first and not Epoch.objects.exists() and not keys.key_path().exists():
            return keys.make(keys.new_origin())
        return keys.load()
    except keys.KeyUnusable as error:
        raise SealingStopped(str(error)) from error
    except OSError as error:
        raise SealingStopped(f"The signing key can't be kept in {keys.folder()}: {error}") from error


def _epoch(key: SigningKey) -> Epoch:
    """The epoch that checkpoints are signed in now; its key must be the one at hand."""
    epoch = Epoch.objects.order_by("-number").first()
    if epoch is None:
        epoch = Epoch(
            number=1,
            origin=key.name,
            public_key=str(key.public),
            since=timezone.now(),
            size=0,
            words="The installation begins.",
        )
        epoch.save()
    if epoch.public_key != str(key.public):
        raise SealingStopped(
            f"The signing key in {keys.folder()} is not that of epoch {epoch.number} ({epoch.origin}). "
            "Put the right one back, or begin a new epoch (manage.py new_epoch)."
        )
    return epoch


def remembered() -> Said | None:
    """The checkpoint that was signed last, as it is remembered outside the database.

    One that an epoch was begun behind is past: the epoch says what became of it.
    """
    note = _last_note()
    if not note or Epoch.objects.filter(known_note=note).exists():
        return None
    try:
        return checkpoint_of(note, known_keys())
    except NoteWrong as error:
        raise SealingStopped(f"The last checkpoint in {keys.folder()} can't be used: {error}") from error


def _last_note() -> str:
    try:
        return keys.last_note()
    except (OSError, UnicodeDecodeError) as error:
        raise SealingStopped(f"The last checkpoint in {keys.folder()} can't be read: {error}") from error


def known_keys() -> list[PublicKey]:
    """The public keys of all epochs, and of the key at hand."""
    known = [PublicKey.read(text) for text in Epoch.objects.values_list("public_key", flat=True)]
    with contextlib.suppress(keys.KeyUnusable):
        known.append(keys.load().public)
    return known


def demand_not_behind(before: Checkpoint | None) -> None:
    """Refuse to sign when the database lacks what was signed before: it was restored from a backup."""
    last = remembered()
    if last is None:
        return
    size = before.size if before else 0
    if last.size > size:
        raise LedgerBehind(
            f"The database holds {grouped(size)} sealed entries, but checkpoint {grouped(last.size)} was "
            "signed before: it is older than its ledger. Run manage.py reimport; without a second copy, "
            "manage.py new_epoch.",
            last,
        )
    same = Checkpoint.objects.filter(size=last.size).values_list("root", flat=True).first()
    if same is None or bytes(same) != last.root:
        raise LedgerBehind(
            f"Checkpoint {grouped(last.size)} was signed with another root than this database has. "
            "Run manage.py verify.",
            last,
        )


def _forgotten(before: Checkpoint | None) -> str:
    """The newest note, when a process was ended between its commit and remembering it.

    What was signed in a later epoch than this database knows is never forgotten for it.
    """
    note = _last_note()
    if before is None or note == before.note:
        return ""
    last, epoch = remembered(), before.epoch
    is_earlier = last is None or (last.origin == epoch.origin and last.size < before.size)
    return before.note if is_earlier or note == epoch.known_note else ""


def _write(tree: GrowingTree, epoch: Epoch, note: str, first: int, entries: list[Sealable]) -> None:
    root = tree.root()
    Checkpoint(
        size=tree.size,
        epoch=epoch,
        root=root,
        at=timezone.now(),
        note=note,
        sealed_below=entries[-1].transaction,
    ).save()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # As text: written by the driver, an array of so many numbers takes longer than the INSERT.
            ids = ",".join([str(entry.entry_id) for entry in entries])
            cursor.execute(INSERT_LEAVES["postgresql"], [first, tree.size, f"{{{ids}}}"])
        else:
            rows = [(first + n, entry.entry_id, tree.size) for n, entry in enumerate(entries)]
            cursor.executemany(INSERT_LEAVES["sqlite"], rows)
        cursor.executemany(INSERT_TILE, tree.finished)


def _remember(note: str) -> None:
    """Remember the checkpoint, unless another sealer has signed and remembered a later one by now."""
    said = Said.read(note)
    try:
        with keys.alone():
            last = remembered()
            if last is None or last.origin != said.origin or last.size < said.size:
                keys.keep_last_note(note)
    except OSError as error:
        raise SealingStopped(f"The last checkpoint can't be kept in {keys.folder()}: {error}") from error

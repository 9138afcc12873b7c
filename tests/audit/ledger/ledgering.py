"""What tests of the ledger write, and how they look whether it is whole."""

import json

from django.db import connection, transaction

from audit import records
from audit.ledger import keys, merkle, notes, sealing
from audit.ledger.models import Checkpoint, Epoch, Leaf, Tile
from audit.ledger.tree import StoredTree, split
from audit.models import Entry, EntryAction
from tests.audit.tampering import as_owner, run
from tests.factories import system


def entries(count=1, by=None):
    """Write events in one transaction; the last one."""
    by = by or system()
    with transaction.atomic():
        return [records.event(EntryAction.PRINTED, by=by, act=f"print {n}") for n in range(count)][-1]


def leaf_hashes():
    """The leaf hashes in the order of the tree."""
    return [bytes(one) for one in Leaf.objects.order_by("index").values_list("entry__leaf_hash", flat=True)]


def assert_whole():
    """Every entry has one leaf; every checkpoint is signed, right and consistent with the one before."""
    assert_one_leaf_an_entry()
    hashes = leaf_hashes()
    assert_checkpoints(hashes)
    assert_tiles(hashes)
    assert_batches()
    newest = sealing.newest()
    assert (newest.size, newest.note) == (len(hashes), keys.last_note())


def assert_one_leaf_an_entry():
    leaves = list(Leaf.objects.order_by("index").values_list("index", "entry_id"))
    assert [index for index, _ in leaves] == list(range(len(leaves)))
    assert sorted(entry for _, entry in leaves) == sorted(Entry.objects.values_list("pk", flat=True))
    assert sealing.unsealed() == (0, None)


def assert_checkpoints(hashes):
    """Each is the root of the leaves as they stand now: so each is the beginning of the next."""
    known = [notes.PublicKey.read(epoch.public_key) for epoch in Epoch.objects.all()]
    covered = dict.fromkeys(Checkpoint.objects.order_by("size").values_list("size", flat=True), 0)
    for size in Leaf.objects.values_list("checkpoint_id", flat=True):
        covered[size] += 1
    before = 0
    for checkpoint in Checkpoint.objects.order_by("size"):
        said = notes.checkpoint_of(checkpoint.note, known)
        root = merkle.root_of(hashes[: checkpoint.size])
        assert (said.size, said.root, bytes(checkpoint.root)) == (checkpoint.size, root, root)
        assert covered[checkpoint.size] == checkpoint.size - before
        before = checkpoint.size
    assert StoredTree(before).root() == root


def assert_tiles(hashes):
    level = 0
    while hashes:
        whole = len(hashes) // 256
        tiles = Tile.objects.filter(level=level).order_by("index")
        assert [tile.index for tile in tiles] == list(range(whole))
        for tile in tiles:
            mine = hashes[tile.index * 256 : (tile.index + 1) * 256]
            assert (split(bytes(tile.hashes)), bytes(tile.root)) == (mine, merkle.root_of(mine))
        hashes, level = [merkle.root_of(hashes[n * 256 : (n + 1) * 256]) for n in range(whole)], level + 1


def assert_batches():
    """Entries of a batch are numbered without gaps, each naming the one before it."""
    known = {}
    for entry in Entry.objects.exclude(batch_number="").order_by("batch_number", "number_in_batch"):
        number, previous = known.get(entry.batch_number, (0, None))
        named = json.loads(entry.body)["batch"]
        assert named == {"number": entry.batch_number, "entry": number + 1, "previous": previous}
        known[entry.batch_number] = (number + 1, bytes(entry.leaf_hash).hex())


def other_session():
    """A second connection to the same database; close it yourself."""
    return connection.copy()


def owner_runs(*statements):
    """Statements of the database's owner, in a transaction of their own."""
    with transaction.atomic(), as_owner():
        for statement in statements:
            run(statement)

"""The tree in the database equals the tree in memory, at every size where tiles begin and end."""

import hashlib
import random

import pytest
from django.db import connection
from django.utils import timezone

from audit.ledger import merkle
from audit.ledger.sealing import INSERT_TILE
from audit.ledger.tree import GrowingTree, StoredTree

MOST = 66_000
EDGES = [1, 2, 255, 256, 257, 511, 512, 513, 65_279, 65_280, 65_535, 65_536, 65_537, 65_792, MOST]
SIZES = [*EDGES, *random.Random(6962).sample(range(MOST), 12)]

ENTRIES = {
    "postgresql": """
INSERT INTO audit_entry (id, at, actor_name, actor_username, actor_role, action, act, kind, object_label,
  batch_number, body, change_cells, leaf_hash)
SELECT place, %s, '', '', '', 'printed', '', '', '', '', '', '', hash
FROM unnest(%s::bytea[]) WITH ORDINALITY AS e(hash, place)""",
    "sqlite": """
INSERT INTO audit_entry (at, id, leaf_hash, actor_name, actor_username, actor_role, action, act, kind,
  object_label, batch_number, body, change_cells)
VALUES (%s, %s, %s, '', '', '', 'printed', '', '', '', '', '', '')""",
}
LEAVES = """
INSERT INTO audit_leaf ("index", entry_id, checkpoint_id) SELECT id - 1, id, 0 FROM audit_entry"""


class Levels:
    """The same tree in memory, all its whole subtrees at hand."""

    def __init__(self, hashes):
        self.levels = [hashes]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append(
                [merkle.node_hash(below[n], below[n + 1]) for n in range(0, len(below) // 2 * 2, 2)]
            )

    def node(self, level, index):
        return self.levels[level][index]


@pytest.fixture(scope="module")
def hashes():
    return [hashlib.sha256(n.to_bytes(4, "big")).digest() for n in range(MOST)]


@pytest.fixture(scope="module")
def in_memory(hashes):
    return Levels(hashes)


@pytest.fixture
def stored(db, hashes):
    """The leaves in the database, with the tiles that the sealer would have made of them."""
    growing = GrowingTree(0)
    for leaf in hashes:
        growing.append(leaf)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(ENTRIES["postgresql"], [timezone.now(), hashes])
        else:
            now = timezone.now()
            rows = [(now, n + 1, leaf) for n, leaf in enumerate(hashes)]
            cursor.executemany(ENTRIES["sqlite"], rows)
        cursor.execute(LEAVES)
        cursor.executemany(INSERT_TILE, growing.finished)


def test_r075_stored_tree_is_the_tree_in_memory_at_every_size(stored, hashes, in_memory):
    chance = random.Random(9162)
    for size in SIZES:
        tree, root = StoredTree(size), merkle.range_root(in_memory.node, 0, size)
        assert (tree.root(), GrowingTree(size).root()) == (root, root)
        for index in {0, size - 1, chance.randrange(size)} if size else ():
            path = tree.inclusion_path(index)
            assert path == merkle.inclusion_path(in_memory.node, index, size)
            assert merkle.root_from_inclusion(hashes[index], index, size, path) == root
        for old in {1, size - 1, chance.randrange(size), chance.choice(EDGES)} if size else ():
            if old <= size:
                path = tree.consistency_path(old)
                assert path == merkle.consistency_path(in_memory.node, old, size)
                old_root = merkle.range_root(in_memory.node, 0, old)
                merkle.check_consistency(old, old_root, size, root, path)


def test_r075_a_tree_that_grows_on_from_any_size_ends_the_same(stored, hashes, in_memory):
    for size in (0, 1, 255, 256, 257, 65_535, 65_536, 65_537):
        growing = GrowingTree(size)
        for leaf in hashes[size : size + 300]:
            growing.append(leaf)
        assert growing.root() == merkle.range_root(in_memory.node, 0, size + 300)
        made = {(level, index): (hashes_of, root) for level, index, hashes_of, root in growing.finished}
        # Within 300 leaves one or two tiles of leaves get full, and at 65,536 the tile above them.
        assert {level for level, _ in made} == ({0, 1} if size < 65_536 <= size + 300 else {0})
        for (level, index), (below, root) in made.items():
            first = index * 256
            assert below == b"".join(in_memory.levels[8 * level][first : first + 256])
            assert root == in_memory.node(8 * level + 8, index)


def test_reading_a_proof_takes_few_rows_at_any_size(stored, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        StoredTree(MOST).inclusion_path(12_345)
    with django_assert_max_num_queries(10):
        StoredTree(MOST).consistency_path(54_321)

"""Many writers and two sealers at once: no gap, no fork, nothing skipped, nothing sealed twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from audit import records
from audit.ledger import keys, merkle, sealing
from audit.ledger.models import Checkpoint, Leaf
from audit.ledger.tree import StoredTree
from audit.models import Entry, EntryAction
from batches.record.models import Batch
from tests.audit.ledger.ledgering import assert_whole, entries, leaf_hashes
from tests.factories import BatchFactory, MasterVersionFactory, PersonFactory, SourceLotFactory, system

WRITERS = {"postgresql": 32, "sqlite": 8}
TRANSACTIONS = 6
HALFWAY = TRANSACTIONS // 2


class Crowd:
    """What writers, sealers and the slow one share."""

    def __init__(self, batches, by):
        self.batches, self.by = batches, by
        self.before = Entry.objects.count()
        self.sealed_among, self.slow_has_begun = Event(), Event()
        self.written, self.done = Event(), Event()
        self.kept, self.rolled_back = [], []

    def write(self, writer):
        """Six transactions of three entries each in several batches; every third is rolled back.

        Halfway everybody waits until some of theirs is sealed.
        """
        for turn in range(TRANSACTIONS):
            if turn == HALFWAY:
                assert self.sealed_among.wait(30)
            if turn == HALFWAY and connection.vendor == "postgresql":
                assert self.slow_has_begun.wait(30)
            self.one_transaction(rolled_back=(writer + turn) % 3 == 0)
        connection.close()

    def one_transaction(self, rolled_back):
        with transaction.atomic():
            # Batches are locked in one order by everybody, as actions do that touch one batch each.
            made = [records.event(EntryAction.PRINTED, by=self.by, about=about) for about in self.batches]
            transaction.set_rollback(rolled_back)
        (self.rolled_back if rolled_back else self.kept).extend(bytes(one.leaf_hash) for one in made)

    def write_slowly(self):
        """On PostgreSQL a transaction that begins halfway and commits last; SQLite lets no two write."""
        self.sealed_among.wait(30)
        with transaction.atomic():
            made = [records.event(EntryAction.PRINTED, by=self.by, act="slowly")]
            self.slow_has_begun.set()
            if connection.vendor == "postgresql":
                self.written.wait(30)
            made += [records.event(EntryAction.PRINTED, by=self.by, about=self.batches[0])]
        self.kept.extend(bytes(one.leaf_hash) for one in made)
        connection.close()

    def seal(self):
        while not self.done.is_set():
            sealing.seal()
            if sealing.newest().size > self.before:
                self.sealed_among.set()
        connection.close()


@pytest.fixture
def crowd(transactional_db):
    version, operator = MasterVersionFactory(), PersonFactory(username="operator1")
    batches = [BatchFactory(by=operator, version=version, source_lot=SourceLotFactory()).pk for _ in range(3)]
    return Crowd([*Batch.objects.filter(pk__in=batches).order_by("number"), None], operator)


def work_at_once(crowd):
    """Let everybody write, two seal all the while, and one commit last."""
    writers = WRITERS[connection.vendor]
    with ThreadPoolExecutor(writers + 3) as pool:
        sealers = [pool.submit(crowd.seal) for _ in range(2)]
        slow = pool.submit(crowd.write_slowly)
        try:
            for writing in [pool.submit(crowd.write, n) for n in range(writers)]:
                writing.result(60)
            crowd.written.set()
            slow.result(60)
        finally:
            crowd.written.set()
            crowd.done.set()
        for sealer in sealers:
            sealer.result(60)


def test_r001_many_writers_and_two_sealers_leave_one_whole_ledger(crowd):
    before = [bytes(one) for one in Entry.objects.values_list("leaf_hash", flat=True)]
    work_at_once(crowd)
    sealing.seal()
    assert sorted(leaf_hashes()) == sorted(before + crowd.kept)
    assert set(leaf_hashes()).isdisjoint(crowd.rolled_back)
    assert len(crowd.rolled_back) == 4 * WRITERS[connection.vendor] * TRANSACTIONS // 3
    sizes = Checkpoint.objects.order_by("size").values_list("size", flat=True)
    assert [size for size in sizes if crowd.before < size < len(leaf_hashes())] != []  # among the writers
    assert sizes.last() == len(leaf_hashes())
    assert_whole()


def test_first_start_of_two_sealers_makes_one_key_and_one_epoch(transactional_db):
    entries(5)
    with ThreadPoolExecutor(6) as pool:

        def seal(_):
            checkpoint = sealing.seal()
            connection.close()
            return checkpoint.note

        notes = set(pool.map(seal, range(6)))
    assert notes == {keys.last_note()}
    assert_whole()


def test_r075_every_checkpoint_handed_out_while_others_write_stays_true(transactional_db):
    """Readers take checkpoints at any moment; each is the beginning of the tree at the end."""
    by, handed_out = system(), []

    def write_and_cover(_):
        for _ in range(4):
            with transaction.atomic():
                entry = records.event(EntryAction.PRINTED, by=by)
            covering = sealing.cover(entry.pk, patience_s=20)
            assert Leaf.objects.get(entry=entry).index < covering.size
            handed_out.append(covering)
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write_and_cover, range(6)))
    size, hashes = sealing.newest().size, leaf_hashes()
    for old in handed_out:
        path = StoredTree(size).consistency_path(old.size)
        merkle.check_consistency(old.size, bytes(old.root), size, merkle.root_of(hashes), path)
    assert_whole()

"""An entry's place in its batch is remembered within a transaction, and never longer than it is right."""

import threading
from contextlib import suppress

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import places, records
from audit.models import Entry, EntryAction
from tests.audit.writing import body_of
from tests.factories import BatchFactory, MasterVersionFactory


class Undone(Exception):
    """Raised to roll a transaction or a savepoint back."""


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


@pytest.fixture
def add(operator):
    """Write an entry about a batch: `add(batch)`."""
    return lambda batch: records.event(EntryAction.PRINTED, by=operator, about=batch)


def undone(*work):
    """Do that behind a savepoint (outside: in a transaction) and take it back."""
    with suppress(Undone), transaction.atomic():
        for one in work:
            one()
        raise Undone


def chain(batch):
    """Number and predecessor as each entry of a batch tells them, and as they should be."""
    told, due, previous = [], [], None
    for place, entry in enumerate(Entry.objects.filter(batch_number=batch.number).order_by("id"), 1):
        body = body_of(entry)["batch"]
        told.append((entry.number_in_batch, body["entry"], body["previous"]))
        due.append((place, place, previous))
        previous = bytes(entry.leaf_hash).hex()
    return told, due


def demand_whole(batch, count):
    told, due = chain(batch)
    assert told == due
    assert len(told) == count


def lookups(queries):
    return sum(1 for query in queries if "ORDER BY number_in_batch DESC" in query["sql"])


def test_place_is_read_once_in_a_transaction(batch, add):
    before = Entry.objects.filter(batch_number=batch.number).count()
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            add(batch)
    demand_whole(batch, before + 3)
    assert lookups(queries) <= 1


def test_entries_of_two_batches_in_turns_keep_their_own_numbers(batch, add, operator):
    other = BatchFactory(by=operator)
    counts = [Entry.objects.filter(batch_number=one.number).count() for one in (batch, other)]
    with transaction.atomic():
        for one in (batch, other, other, batch):
            add(one)
    demand_whole(batch, counts[0] + 2)
    demand_whole(other, counts[1] + 2)


def test_place_behind_a_savepoint_is_forgotten_with_it(batch, add):
    before = Entry.objects.filter(batch_number=batch.number).count()
    with transaction.atomic():
        add(batch)
        undone(lambda: add(batch), lambda: add(batch))
        add(batch)
    demand_whole(batch, before + 2)


def test_first_entry_of_a_batch_behind_a_savepoint_is_forgotten_with_it(operator, add):
    made, version = [], MasterVersionFactory(by=operator)
    undone(lambda: made.append(BatchFactory(version=version, by=operator)))
    batch = BatchFactory(version=version, by=operator)
    assert batch.number == made[0].number
    add(batch)
    told, due = chain(batch)
    assert told == due


def test_kept_savepoint_is_forgotten_with_the_one_around_it(batch, add):
    before = Entry.objects.filter(batch_number=batch.number).count()

    def kept():
        with transaction.atomic():
            add(batch)

    with transaction.atomic():
        undone(kept, lambda: add(batch))
        kept()
        undone(kept)
        add(batch)
    demand_whole(batch, before + 2)


def test_what_failed_without_a_savepoint_is_forgotten(batch, add):
    before = Entry.objects.filter(batch_number=batch.number).count()
    with suppress(Undone), transaction.atomic():
        add(batch)
        with transaction.atomic(savepoint=False):
            add(batch)
            raise Undone
    with transaction.atomic():
        add(batch)
    demand_whole(batch, before + 1)


@pytest.mark.django_db(transaction=True)
def test_place_is_forgotten_when_the_transaction_ends(operator, batch, add):
    undone(lambda: add(batch))
    assert connection.run_on_commit == []
    with transaction.atomic():
        add(batch)
    assert connection.run_on_commit == []
    elsewhere(lambda: in_transaction(lambda: add(batch)))
    in_transaction(lambda: add(batch))
    told, due = chain(batch)
    assert told == due


def in_transaction(work):
    with transaction.atomic():
        work()


def elsewhere(work):
    """Do that over a connection of its own, and wait for it."""
    thread = begun(work)
    thread.join()


def begun(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_second_writer_waits_for_the_first_and_follows_it(batch, add):
    before = Entry.objects.filter(batch_number=batch.number).count()
    with transaction.atomic():
        add(batch)
        second = begun(lambda: in_transaction(lambda: [add(batch) for _ in range(3)]))
        for _ in range(3):
            add(batch)
    second.join()
    demand_whole(batch, before + 7)


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_leave_no_gap(batch, add):
    before = Entry.objects.filter(batch_number=batch.number).count()

    def write():
        for _ in range(5):
            with transaction.atomic():
                add(batch)
                undone(lambda: add(batch))
                add(batch)

    threads = [begun(write) for _ in range(4)]
    for thread in threads:
        thread.join()
    demand_whole(batch, before + 40)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's writers wait for whole transactions")
def test_lock_given_back_with_a_savepoint_lets_others_write_before_us(batch, add):
    before = Entry.objects.filter(batch_number=batch.number).count()
    with transaction.atomic():
        undone(lambda: add(batch))
        elsewhere(lambda: in_transaction(lambda: add(batch)))
        add(batch)
    demand_whole(batch, before + 2)


def test_what_stands_above_batches_has_no_place(db):
    assert places.next_place("") == (None, None)

"""A full disk, a database that goes away in the middle: nothing is half-written, and work goes on."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, connections

from accounts.models import User
from audit.ledger import sealing
from audit.ledger.models import Checkpoint, Epoch, Leaf, Tile
from audit.management.commands.seal import Command as Sealer
from audit.models import Entry
from batches.source.models import Donor
from tests import apart
from tests.audit.ledger.ledgering import assert_whole, entries
from tests.audit.writing import save
from tests.factories import DonorFactory

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS_TO_BLOCK = 30

on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own way of a full disk")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL ends connections")


@pytest.fixture
def by():
    """One who writes, and whose own entry is sealed: the ledger has begun."""
    person = DonorFactory(code="DN-0001").history.get().history_user
    sealing.seal()
    return User.objects.get(pk=person.pk)


def counted():
    """Rows of everything that a record or a seal writes."""
    tables = (Donor, Donor.history.model, Entry, Leaf, Checkpoint, Tile, Epoch)
    return [model._base_manager.count() for model in tables]


@contextmanager
def full_disk():
    """The database may not grow by a single page."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count")
        before = cursor.fetchone()[0]
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA max_page_count = {before}")


def donor(code="DN-0002"):
    return Donor(code=code, age_years=34, eligibility="eligible")


def save_many(count, by):
    for number in range(count):
        save(donor(f"DN-1{number:05}"), by)


@on_sqlite
def test_r088_a_full_disk_while_writing_leaves_no_half_record(by):
    before = counted()
    with full_disk(), pytest.raises(DatabaseError, match="database or disk is full"):
        save_many(2_000, by)
    after = counted()
    donors, history, told = (now - then for now, then in zip(after[:3], before[:3], strict=True))
    assert (donors, history) == (told, told)
    save(donor("DN-9999"), by)
    sealing.seal()
    assert_whole()


@on_sqlite
def test_r088_a_full_disk_while_sealing_seals_nothing_and_is_told(by):
    entries(3_000, by)
    before = counted()
    with full_disk():
        with pytest.raises(sealing.SealingStopped) as stopped:
            sealing.seal()
        told = Sealer()._look("")
    assert str(stopped.value) == "The database refused the sealer: database or disk is full"
    assert (told, counted()) == (str(stopped.value), before)
    assert Sealer()._look(told) == ""
    assert_whole()


class Blocked(threading.Thread):
    """Does something in a connection of its own, which waits for a lock that the test holds."""

    def __init__(self, act):
        super().__init__()
        self.act, self.error, self.pid = act, None, None

    def run(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.pid = cursor.fetchone()[0]
            self.act()
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()


def ended_in_the_middle(act, table):
    """Run `act` until it waits for the table, then end its connection as a server that goes down does."""
    blocked = Blocked(act)
    with apart.to_postgresql() as beside, beside.transaction():
        beside.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
        blocked.start()
        with apart.to_postgresql() as looking:
            wait_until_blocked(looking, blocked)
            looking.execute("SELECT pg_terminate_backend(%s)", [blocked.pid])
        blocked.join(SECONDS_TO_BLOCK)
    return blocked.error


def wait_until_blocked(looking, blocked):
    until = time.monotonic() + SECONDS_TO_BLOCK
    while time.monotonic() < until:
        waits = looking.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", [blocked.pid]
        ).fetchone()
        if blocked.pid and waits[0]:
            return
        threading.Event().wait(0.02)
    raise AssertionError("It never came to the table.")


@on_postgresql
@pytest.mark.parametrize("table", ["audit_checkpoint", "audit_leaf", "audit_tile"])
def test_r088_a_database_that_goes_away_while_sealing_seals_nothing(by, table):
    entries(300, by)
    before = counted()
    error = ended_in_the_middle(sealing.seal, table)
    assert (type(error), counted()) == (sealing.SealingStopped, before)
    assert str(error).startswith("The database refused the sealer: ")
    sealing.seal()
    assert_whole()


@on_postgresql
@pytest.mark.parametrize("table", ["batches_historicaldonor", "audit_entry"])
def test_r088_a_database_that_goes_away_while_writing_leaves_no_half_record(by, table):
    before = counted()
    error = ended_in_the_middle(lambda: save(donor(), by), table)
    assert isinstance(error, DatabaseError)
    assert counted() == before
    save(donor(), by)
    sealing.seal()
    assert_whole()


@on_postgresql
def test_r088_the_sealer_goes_on_when_the_database_is_back(by):
    entries(3, by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with apart.to_postgresql() as beside:
        beside.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert Sealer()._look("") == ""
    assert_whole()

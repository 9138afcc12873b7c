"""kill -9 between any two statements: nothing lost, nothing sealed twice, nothing half written."""

import shutil

import pytest
from django.db import connection, transaction

from audit import guards, records
from audit.ledger import keys, sealing
from audit.ledger.models import Checkpoint
from audit.models import Entry, EntryAction
from batches.source.models import Donor
from tests.audit.ledger.killing import MOST_IN_VAIN, at_every_boundary
from tests.audit.ledger.ledgering import assert_whole, entries
from tests.audit.writing import TYPING_ERROR
from tests.factories import DonorFactory, PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)


def all_sealed():
    """Whether no entry waits for the sealer."""
    return sealing.unsealed()[0] == 0


def seal_everything():
    """Pass after pass until no entry waits: another database's transaction may hold one of them up."""
    for _ in range(MOST_IN_VAIN):
        sealing.seal()
        if all_sealed():
            return
    raise AssertionError(f"entries wait after {MOST_IN_VAIN} passes")


def test_r012_a_sealer_killed_anywhere_leaves_a_ledger_that_goes_on():
    entries(250)
    sealing.seal()
    entries(3)
    kills = 0
    for number in at_every_boundary(sealing.seal, is_done=all_sealed):
        kills = number
        seal_everything()
        assert_whole()
        entries(3)
    # Reading what is there, leaves, a tile, the checkpoint, the commit, the last note: all were cut through.
    assert kills >= 20
    seal_everything()
    assert_whole()


def test_r012_a_sealer_killed_on_its_very_first_pass_is_followed_by_one_that_works():
    entries(3)
    kills = 0
    with guards.lifted():  # only to empty the ledger between two first passes
        for number in at_every_boundary(sealing.seal, is_done=all_sealed):
            kills = number
            seal_everything()
            assert_whole()
            forget_everything()
    assert kills >= 20
    seal_everything()
    assert_whole()


def forget_everything():
    """An installation before its first start."""
    shutil.rmtree(keys.folder())
    with connection.cursor() as cursor:
        for table in ("leaf", "tile", "checkpoint", "epoch"):
            cursor.execute(f"DELETE FROM audit_{table}")


def test_r012_a_sealer_killed_within_a_backlog_seals_the_rest_next_time(monkeypatch):
    monkeypatch.setattr(sealing, "MOST_A_PASS", 2)
    entries(1)
    sealing.seal()
    entries(3)
    kills = 0
    # One pass is cut through by the tests above: here the kills begin where it ends.
    for number in at_every_boundary(sealing.seal, first=20, is_done=all_sealed):
        kills = number
        sealing.seal()
        entries(3)
    assert kills >= 30
    seal_everything()
    assert_whole()


def test_r012_a_writer_killed_between_row_history_and_entry_leaves_nothing_of_it():
    operator = PersonFactory(username="operator1")
    donor = DonorFactory(code="DN-0001", age_years=30, by=operator)

    def write():
        change = Donor.objects.get(pk=donor.pk)
        with transaction.atomic():
            change.age_years += 1
            records.save(change, by=operator, reason=TYPING_ERROR)
            records.event(EntryAction.PRINTED, by=operator, about=change)

    kills, ages = 0, []
    for number in at_every_boundary(write):
        kills = number
        ages.append(age_by_row_history_and_entries(donor))
    ages.append(age_by_row_history_and_entries(donor))
    # Killed before its commit, a write is gone; killed after it, or not at all, it stands.
    assert ages == [30] * (kills - 1) + [31, 32]
    seal_everything()
    assert_whole()


def age_by_row_history_and_entries(donor):
    """The donor's age; row, history and entries tell of the same number of changes."""
    donor.refresh_from_db()
    of_donor = Entry.objects.filter(kind="batches.donor", object_id=donor.pk)
    told = [of_donor.filter(action=action).count() for action in ("changed", "printed")]
    assert told == [donor.history.count() - 1] * 2 == [donor.age_years - 30] * 2
    assert donor.revision == donor.history.count()
    return donor.age_years


def test_a_killed_sealer_holds_up_no_other():
    """Its lock goes with it: the next one needs no waiting and no help."""
    entries(2)
    for _ in at_every_boundary(sealing.seal, is_done=all_sealed):
        before = sealing.newest()
        entry = entries()
        assert sealing.cover(entry.pk, patience_s=10).size > (before.size if before else 0)
        if Checkpoint.objects.count() > 8:
            break

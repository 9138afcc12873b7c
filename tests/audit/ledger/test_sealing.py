"""The sealer: what it signs, what stops it, and what it refuses to sign."""

import base64
import os
import stat
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import records
from audit.ledger import keys, lag, notes, sealing
from audit.ledger.models import Checkpoint, Epoch, Leaf
from audit.ledger.notes import Checkpoint as Said
from audit.ledger.notes import SigningKey
from audit.ledger.sealing import LedgerBehind, SealingStopped
from audit.models import Entry, EntryAction
from audit.verifying import ledger as counted_anew
from tests import apart
from tests.audit.ledger.ledgering import assert_whole, entries, leaf_hashes, other_session, owner_runs
from tests.factories import DonorFactory, system

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL's snapshots")


@pytest.fixture
def sealed(db):
    """A ledger with one checkpoint over everything."""
    entries(3)
    return sealing.seal()


def stopped(words):
    with pytest.raises(SealingStopped, match=words) as refusal:
        sealing.seal()
    return refusal.value


# --- the ordinary way ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_nothing_is_sealed_and_no_key_made_while_there_are_no_entries():
    assert Entry.objects.count() == 0
    assert (sealing.seal(), sealing.unsealed(), keys.key_path().exists()) == (None, (0, None), False)


def test_r075_first_start_makes_a_key_that_only_the_sealer_reads(sealed):
    mode = stat.S_IMODE(os.stat(keys.key_path()).st_mode)
    folder = stat.S_IMODE(os.stat(keys.folder()).st_mode)
    assert (oct(mode), oct(folder)) == ("0o600", "0o700")
    epoch = Epoch.objects.get()
    assert (epoch.number, epoch.size, epoch.public_key) == (1, 0, str(keys.load().public))
    assert sorted(path.name for path in keys.folder().iterdir()) == ["last_checkpoint", "lock", "signing_key"]


def test_r020_the_secret_key_is_in_no_table(sealed):
    secret = keys.key_path().read_text().strip().split("+", 4)[4]  # base64, which may hold a +
    told = [*Epoch.objects.values_list("public_key", "words", "known_note")]
    told += [*Checkpoint.objects.values_list("note"), *Entry.objects.values_list("body")]
    assert [texts for texts in told if secret in "".join(texts)] == []


def test_r075_checkpoint_is_signed_over_all_entries(sealed):
    said = notes.checkpoint_of(sealed.note, [keys.load().public])
    assert (said.size, said.root) == (Entry.objects.count(), bytes(sealed.root))
    assert_whole()


def test_sealing_again_without_new_entries_signs_nothing(sealed):
    assert sealing.seal() == sealed
    assert Checkpoint.objects.count() == 1


def test_sealing_goes_on_where_it_stood(sealed):
    for n in (1, 4, 300):
        entries(n)
        sealing.seal()
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [
        sealed.size,
        sealed.size + 1,
        sealed.size + 5,
        sealed.size + 305,
    ]
    assert_whole()


def test_leaves_stand_in_the_order_of_the_entries(sealed):
    entries(20)
    sealing.seal()
    assert list(Leaf.objects.order_by("index").values_list("entry_id", flat=True)) == list(
        Entry.objects.order_by("id").values_list("id", flat=True)
    )


def test_a_backlog_larger_than_one_pass_is_sealed_in_several(db, monkeypatch):
    monkeypatch.setattr(sealing, "MOST_A_PASS", 7)
    entries(20)
    count = Entry.objects.count()
    sealing.seal()
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    assert sizes == [*range(7, count, 7), count]
    assert_whole()


def test_unsealed_counts_what_waits_and_since_when(sealed):
    assert sealing.unsealed() == (0, None)
    last = entries(3)
    first = Entry.objects.get(pk=last.pk - 2)
    assert sealing.unsealed() == (3, first.at)


def test_sealing_a_backlog_takes_the_same_number_of_statements_at_any_size(
    sealed, django_assert_max_num_queries
):
    entries(500)
    with django_assert_max_num_queries(40):
        sealing.seal()


def test_r012_what_was_rolled_back_is_never_sealed(sealed):
    with transaction.atomic():
        gone = entries(2)
        DonorFactory(code="DN-0666")
        transaction.set_rollback(True)
    kept = entries()
    sealing.seal()
    assert not Leaf.objects.filter(entry_id=gone.pk, index__lt=sealed.size).exists()
    assert bytes(gone.leaf_hash) not in leaf_hashes()
    assert bytes(kept.leaf_hash) in leaf_hashes()
    assert_whole()


def test_the_command_prints_the_newest_note(sealed, capsys):
    call_command("seal")
    assert capsys.readouterr().out.strip() == sealed.note.strip()


@pytest.mark.django_db
def test_the_command_says_when_there_is_nothing(capsys):
    call_command("seal")
    assert capsys.readouterr().out.strip() == "There are no entries yet."


# --- the key -------------------------------------------------------------------------------------


def test_r088_missing_key_stops_sealing_in_words_and_never_writing(sealed):
    elsewhere = keys.key_path().rename(keys.folder() / "elsewhere")
    last = entries(2)
    assert str(stopped("Put it back")).startswith(f"The signing key is not at {keys.key_path()}.")
    assert sealing.unsealed()[0] == 2
    with pytest.raises(CommandError, match="is not at"):
        call_command("seal")
    with pytest.raises(SealingStopped, match="is not at"):
        sealing.cover(last.pk, patience_s=0)
    elsewhere.rename(keys.key_path())
    sealing.seal()
    assert_whole()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage\n",
        b"\xff\xfe\x00",
        b"PRIVATE+KEY+exoledger/x+00000000+AAAA\n",
        b"PRIVATE+KEY+exoledger/x+00000000+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n",
    ],
)
def test_r088_a_key_file_that_holds_no_key_stops_sealing_in_words(sealed, text):
    good = keys.key_path().read_bytes()
    keys.key_path().write_bytes(text)
    entries()
    stopped("holds no usable signing key")
    keys.key_path().write_bytes(good)
    sealing.seal()
    assert_whole()


def test_r088_a_folder_in_the_place_of_the_key_stops_sealing_in_words(sealed):
    keys.key_path().unlink()
    keys.key_path().mkdir()
    entries()
    stopped("can't be read")


def test_r088_the_key_of_another_log_stops_sealing_in_words(sealed):
    keys.key_path().unlink()
    keys.make(keys.new_origin())
    entries()
    stopped("is not that of epoch 1 .* begin a new epoch")
    assert sealing.newest() == sealed


def test_r088_a_new_key_under_the_old_name_stops_sealing_in_words(sealed):
    origin = keys.load().name
    keys.key_path().unlink()
    keys.make(origin)
    entries()
    stopped("is not that of epoch 1")


@pytest.mark.django_db
def test_r088_a_folder_that_can_not_be_made_stops_sealing_in_words(settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.LEDGER_DIR = tmp_path / "file" / "ledger"
    entries()
    stopped("can't be kept")
    assert not Checkpoint.objects.exists() and not Epoch.objects.exists()


def test_a_key_that_is_there_is_never_overwritten(sealed):
    before = keys.key_path().read_bytes()
    with pytest.raises(FileExistsError):
        keys.make(keys.new_origin())
    assert keys.key_path().read_bytes() == before
    assert [path.name for path in keys.folder().glob("*.half")] == []


@pytest.mark.django_db
def test_a_key_that_was_there_before_the_first_entry_is_used():
    key = keys.make("exoledger/prepared")
    entries()
    sealing.seal()
    assert Epoch.objects.get().public_key == str(key.public)
    assert_whole()


# --- what was signed before ----------------------------------------------------------------------


def test_r083_a_database_older_than_its_last_checkpoint_is_not_signed(sealed):
    later = Said(sealed.epoch.origin, sealed.size + 5, bytes(32))
    keys.keep_last_note(keys.load().signed(later.text()))
    entries(2)
    behind = stopped(
        f"holds {sealed.size} sealed entries, but checkpoint {sealed.size + 5} was signed before"
    )
    assert (type(behind), behind.last) == (LedgerBehind, later)
    assert sealing.newest() == sealed


def test_r083_a_checkpoint_with_another_root_is_not_followed_by_one_of_ours(sealed):
    keys.keep_last_note(keys.load().signed(Said(sealed.epoch.origin, sealed.size, bytes(32)).text()))
    entries()
    assert isinstance(stopped("was signed with another root"), LedgerBehind)


def test_r083_a_size_that_was_signed_but_is_no_checkpoint_here_is_refused(sealed):
    keys.keep_last_note(keys.load().signed(Said(sealed.epoch.origin, sealed.size - 1, bytes(32)).text()))
    entries()
    assert isinstance(stopped("was signed with another root"), LedgerBehind)


def test_r083_an_emptied_database_under_the_same_key_is_not_signed(sealed):
    owner_runs(*(f"DELETE FROM audit_{table}" for table in ("leaf", "checkpoint", "tile", "epoch")))
    assert isinstance(stopped(f"holds 0 sealed entries, but checkpoint {sealed.size}"), LedgerBehind)


@pytest.mark.parametrize("last", [b"garbage", b"\xff\xfe", b"exoledger/x\n1\nAAAA\n\n"])
def test_r088_a_last_checkpoint_that_can_not_be_read_stops_sealing_in_words(sealed, last):
    (keys.folder() / keys.LAST_FILE).write_bytes(last)
    entries()
    stopped("The last checkpoint in .* can't be (used|read)")
    assert sealing.newest() == sealed


def test_r088_a_last_checkpoint_signed_by_somebody_else_stops_sealing(sealed):
    keys.keep_last_note(
        SigningKey.make("exoledger/other").signed(Said("exoledger/other", 1, bytes(32)).text())
    )
    entries()
    stopped("not signed by a key of this ledger")


def test_r088_a_folder_in_the_place_of_the_last_checkpoint_stops_sealing_in_words(sealed):
    path = keys.folder() / keys.LAST_FILE
    path.unlink()
    path.mkdir()
    entries()
    stopped("can't be read")


def test_a_checkpoint_that_was_not_remembered_is_remembered_by_the_next_look(sealed):
    entries()
    (keys.folder() / keys.LAST_FILE).unlink()
    assert sealing.seal().note == keys.last_note()
    (keys.folder() / keys.LAST_FILE).unlink()
    assert sealing.seal().note == keys.last_note()
    assert_whole()


def test_an_older_checkpoint_is_never_remembered_over_a_later_one(sealed):
    entries()
    later = sealing.seal()
    sealing._remember(sealed.note)  # as a sealer does that was slow between commit and remembering
    assert keys.last_note() == later.note


def new_epoch(sealed):
    """The database goes back behind a checkpoint of size + 5; an epoch begins that states it."""
    ahead = Said(sealed.epoch.origin, sealed.size + 5, bytes(32))
    keys.keep_last_note(keys.load().signed(ahead.text()))
    call_command("new_epoch", reason="restored from a backup", stdout=StringIO())


def test_r083_the_first_checkpoint_of_an_epoch_is_remembered_by_the_next_look(sealed):
    new_epoch(sealed)
    before = keys.last_note()
    first = sealing.seal()
    assert (first.epoch.number, keys.last_note()) == (2, first.note)
    keys.keep_last_note(before)  # as after a kill between the commit and remembering
    sealing.seal()
    assert keys.last_note() == sealing.newest().note


def test_r083_a_checkpoint_of_a_later_epoch_is_not_forgotten_for_an_older_database(sealed):
    keys.set_aside()
    later = keys.make("exoledger/later")
    note = later.signed(Said(later.name, sealed.size - 1, bytes(32)).text())
    keys.keep_last_note(note)
    sealing.seal()
    assert keys.last_note() == note


def test_r074_a_tree_that_was_changed_is_not_signed_further(sealed):
    first = Leaf.objects.get(index=0).entry_id
    owner_runs(f"UPDATE audit_entry SET leaf_hash = (SELECT root FROM audit_checkpoint) WHERE id = {first}")
    entries()
    stopped(f"does not lead to checkpoint {sealed.size}: run manage.py verify")
    assert sealing.newest() == sealed


def test_no_half_written_file_is_left_when_the_disk_is_full(sealed, monkeypatch):
    monkeypatch.setattr(os, "fsync", no_space)
    entries()
    stopped("The last checkpoint can't be kept in .*No space left on device")
    monkeypatch.undo()
    assert sealing.seal().note == keys.last_note()
    assert [path.name for path in keys.folder().glob("*.half")] == []
    assert_whole()


def no_space(*_):
    raise OSError(28, "No space left on device")


# --- covering ------------------------------------------------------------------------------------


def test_cover_seals_an_entry_and_gives_the_newest_checkpoint(sealed):
    entry = entries()
    assert sealing.cover(entry.pk).size == sealed.size + 1
    assert sealing.cover(entry.pk).size == sealed.size + 1
    assert sealing.cover(entry.pk - 1) == sealing.newest()


def test_cover_gives_up_in_words_for_an_entry_that_does_not_exist(sealed):
    with pytest.raises(SealingStopped, match="has not come to this entry yet"):
        sealing.cover(10**9, patience_s=0)


def test_cover_waits_for_a_sealer_elsewhere_that_holds_the_key(transactional_db):
    entries()
    sealing.seal()
    entry = entries()
    elsewhere = keys.key_path().rename(keys.folder() / "elsewhere")

    def seal_elsewhere():
        elsewhere.rename(keys.key_path())
        sealing.seal()
        connection.close()

    sealer = threading.Timer(0.1, seal_elsewhere)
    sealer.start()
    assert sealing.cover(entry.pk, patience_s=10) == sealing.newest()
    sealer.join()
    assert_whole()


@on_postgresql
def test_a_slow_transaction_holds_up_what_came_after_it_and_is_sealed_when_it_ends(transactional_db):
    before = entries()
    slow = other_session()
    try:
        with slow.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_current_xact_id()")
        after = entries()
        assert sealing.cover(before.pk, patience_s=0) == sealing.newest()
        with pytest.raises(SealingStopped, match="a slow transaction holds it up"):
            sealing.cover(after.pk, patience_s=0)
        assert sealing.unsealed()[0] == 1
        with slow.cursor() as cursor:
            cursor.execute("COMMIT")
        sealing.cover(after.pk, patience_s=0)
    finally:
        slow.close()
    assert_whole()


@on_postgresql
def test_a_transaction_in_another_database_of_the_server_holds_up_nothing(transactional_db):
    with apart.to_postgresql("postgres") as elsewhere, elsewhere.transaction():
        elsewhere.execute("SELECT pg_current_xact_id()")
        entry = entries()
        sealing.cover(entry.pk, patience_s=0)
    assert_whole()


def test_sealing_is_refused_inside_a_transaction(transactional_db):
    entries()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        sealing.seal()


# --- a dump from another server ------------------------------------------------------------------


@on_postgresql
@pytest.mark.parametrize("number", [1, 10**12])
def test_entries_of_a_dump_are_sealed_whatever_their_server_counted(transactional_db, number):
    entries(3)
    sealing.seal()
    entries(2)
    owner_runs(f"UPDATE audit_entry SET transaction = {number}")
    owner_runs(f"UPDATE audit_checkpoint SET sealed_below = {number}")
    entries(2)
    sealing.seal()
    assert_whole()
    entries(1)
    sealing.seal()
    assert_whole()


@on_postgresql
@pytest.mark.parametrize("ahead", [1, 3, 5, 50])
def test_no_entry_is_skipped_while_the_counter_passes_that_of_a_dump(transactional_db, ahead):
    """The dump's server had counted a little further; entries here catch up before anything is sealed."""
    entries(3)
    sealing.seal()
    owner_runs(
        "UPDATE audit_checkpoint SET sealed_below = pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        f" + {ahead}"
    )
    for _ in range(8):
        entries()
    assert (sealing.unsealed()[0], lag.lag().waiting) == (8, 8)
    assert counted_anew.count().differences == []
    sealing.seal()
    assert_whole()


@on_postgresql
def test_transactions_that_run_while_a_dump_is_sealed_are_not_skipped(transactional_db):
    entries(3)
    owner_runs(f"UPDATE audit_entry SET transaction = {10**12}")
    slow, by = other_session(), system()
    try:
        with slow.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            number = cursor.fetchone()[0]
        sealing.seal()
        with transaction.atomic():
            entry = records.event(EntryAction.PRINTED, by=by)
        owner_runs(f"UPDATE audit_entry SET transaction = {number} WHERE id = {entry.pk}")
    finally:
        slow.close()
    sealing.seal()
    assert_whole()


# --- the database ---------------------------------------------------------------------------------


def test_r088_a_database_that_refuses_is_told_in_words(sealed):
    entries()

    def refuse(execute, sql, params, many, context):
        if "audit_tile" in sql or "INSERT INTO audit_leaf" in sql:
            raise DatabaseError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        stopped("The database refused the sealer: database or disk is full")
    assert sealing.newest() == sealed
    sealing.seal()
    assert_whole()


def test_root_is_written_in_base64_in_the_note(sealed):
    assert sealed.note.split("\n")[2] == base64.b64encode(bytes(sealed.root)).decode()

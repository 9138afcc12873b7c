"""A new epoch: for a lost or replaced key, and for a restored database that lacks what was sealed."""

import stat

import pytest
from django.core.management import CommandError, call_command

from audit.ledger import epochs, gaps, keys, sealing
from audit.ledger.models import Checkpoint, Epoch
from audit.ledger.notes import SigningKey, checkpoint_of
from audit.models import Entry
from audit.verifying import running
from tests.audit.writing import TYPING_ERROR, body_of, save

pytestmark = pytest.mark.django_db


def begin(*words, reason="The key was replaced."):
    call_command("new_epoch", "--reason", reason, *words)
    return Epoch.objects.latest("number")


def change(donor, operator, age):
    donor.age_years = age
    save(donor, operator, reason=TYPING_ERROR)


def sign_ahead(size, more=20):
    """A checkpoint that this installation's key signed over more entries than the database has."""
    note = keys.load().signed(
        gaps.Said(keys.load().name, size + more, bytes(range(32))).text(),
    )
    keys.keep_last_note(note)
    return note


def test_r083_replacing_the_key_begins_a_second_epoch(donor, operator):
    first = sealing.seal()
    old = keys.key_path().read_text(encoding="utf-8")
    epoch = begin()
    retired = list(keys.folder().glob("signing_key.*.retired"))
    assert (epoch.number, epoch.size, epoch.known_note) == (2, first.size, first.note)
    assert epoch.origin == f"{Epoch.objects.get(number=1).origin}/2"
    assert [path.read_text(encoding="utf-8") for path in retired] == [old]
    assert stat.S_IMODE(keys.key_path().stat().st_mode) == 0o600
    change(donor, operator, 43)
    second = sealing.seal()
    said = checkpoint_of(second.note, sealing.known_keys())
    assert (said.origin, second.epoch_id) == (epoch.origin, 2)


def test_r083_the_epoch_is_an_entry(donor):
    first = sealing.seal()
    epoch = begin()
    entry = Entry.objects.latest("pk")
    detail = body_of(entry)["detail"]
    assert (entry.action, entry.act, entry.actor_username) == ("epoch", "new_epoch", "command-line")
    assert (detail["number"], detail["public_key"]) == (2, epoch.public_key)
    assert (detail["sealed_before"], detail["entries_lost"]) == (first.size, 0)
    assert detail["reason"] == "The key was replaced."


def test_r083_a_lost_key_stops_sealing_until_an_epoch_begins(donor, operator):
    sealing.seal()
    keys.key_path().unlink()
    change(donor, operator, 43)
    with pytest.raises(sealing.SealingStopped, match="begin a new epoch"):
        sealing.seal()
    begin(reason="The key was lost.")
    assert sealing.seal().size == Entry.objects.count()


@pytest.mark.parametrize("content", ["garbage", "PRIVATE+KEY+a+b+c", ""])
def test_r083_a_garbled_key_is_kept_aside(donor, operator, content):
    sealing.seal()
    keys.key_path().write_text(content, encoding="utf-8")
    begin()
    (retired,) = keys.folder().glob("signing_key.*.retired")
    assert (retired.read_text(encoding="utf-8"), sealing.seal().epoch_id) == (content, 2)


def test_r083_a_database_behind_its_ledger_seals_only_under_a_new_epoch(donor, operator):
    first = sealing.seal()
    lost = sign_ahead(first.size)
    change(donor, operator, 43)
    with pytest.raises(sealing.LedgerBehind, match=f"checkpoint {first.size + 20} was signed before"):
        sealing.seal()
    epoch = begin(reason="Restored from the backup of Monday.")
    sealed = sealing.seal()
    assert (epoch.known_note, epoch.size, sealed.epoch_id) == (lost, first.size, 2)
    assert epoch.words == (
        "Restored from the backup of Monday. "
        f"Entries {first.size + 1} to {first.size + 20} of the ledger are missing (20 of them): checkpoint "
        f"{first.size + 20} was signed (remembered in {keys.folder()}/last_checkpoint), the database holds "
        f"{first.size}."
    )


def test_r083_a_checkpoint_of_the_lost_stretch_is_no_forgery(donor):
    first = sealing.seal()
    lost = gaps.Said.read(sign_ahead(first.size))
    begin(reason="Restored.")
    sealing.seal()
    words = epochs.lost_stretch(1, lost.size)
    lost_words = (
        f"checkpoint {lost.size} covers entries {first.size + 1} to {lost.size}, which were lost in a "
    )
    assert words.startswith(f"{lost_words}restore: stated in epoch 2, begun ")
    assert epochs.lost_stretch(1, lost.size + 1).endswith(f"epoch 2 states a loss up to {lost.size} only.")
    assert (epochs.lost_stretch(1, first.size), epochs.lost_stretch(2, lost.size)) == ("", "")


def test_r083_a_note_somebody_kept_is_newer_than_the_one_remembered(donor, operator, tmp_path):
    first = sealing.seal()
    kept = sign_ahead(first.size, 30)
    sign_ahead(first.size, 20)
    (tmp_path / "printed.txt").write_text(kept, encoding="utf-8")
    epoch = begin("--newest", str(tmp_path / "printed.txt"))
    assert (epoch.known_note, sealing.seal().epoch_id) == (kept, 2)


def test_r083_a_note_of_another_ledger_is_refused(donor, tmp_path):
    sealing.seal()
    foreign = SigningKey.make("exoledger/other")
    note = foreign.signed(gaps.Said("exoledger/other", 5, bytes(32)).text())
    (tmp_path / "foreign.txt").write_text(note, encoding="utf-8")
    with pytest.raises(CommandError, match=r"foreign\.txt: The note is not signed by a key of this ledger"):
        begin("--newest", str(tmp_path / "foreign.txt"))
    assert (Epoch.objects.count(), Entry.objects.filter(action="epoch").count()) == (1, 0)


def test_r083_a_garbled_memory_is_stated_and_kept_aside(donor, operator):
    first = sealing.seal()
    (keys.folder() / keys.LAST_FILE).write_text("garbage", encoding="utf-8")
    change(donor, operator, 43)
    with pytest.raises(sealing.SealingStopped, match=r"The last checkpoint in .* can't be used"):
        sealing.seal()
    epoch = begin()
    assert "The last checkpoint can't be used" in epoch.words
    assert (epoch.known_note, sealing.seal().epoch_id) == (first.note, 2)
    assert len(list(keys.folder().glob("last_checkpoint.*.unreadable"))) == 1


def test_r083_a_lost_second_epoch_is_never_begun_again(donor, operator):
    """A database of epoch 1 comes back after epoch 2 had begun: the next is epoch 3."""
    sealing.seal()
    keys.set_aside()
    key = keys.make(f"{Epoch.objects.get().origin}/2")
    note = key.signed(gaps.Said(key.name, 50, bytes(32)).text())
    keys.keep_last_note(note)
    epoch = begin(reason="Restored.")
    change(donor, operator, 43)
    assert (epoch.number, epoch.origin.endswith("/3"), epoch.known_note) == (3, True, note)
    assert sealing.seal().epoch_id == 3
    assert list(Epoch.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    report = running.verify()
    assert (report.outcome, report.differences) == ("in_order", [])


def test_r083_an_epoch_that_fails_leaves_the_key(donor, operator):
    sealing.seal()
    before = keys.key_path().read_text(encoding="utf-8")
    planned = epochs.plan()
    broken = epochs.Plan(1, planned.origin, planned.known, planned.gap, "")  # epoch 1 is there already
    with pytest.raises(Exception, match=r"(?i)unique|refused"):
        epochs.begin(broken, by=operator, reason="x")
    assert keys.key_path().read_text(encoding="utf-8") == before
    assert list(keys.folder().glob("*.retired")) == []


def test_r083_there_is_no_second_epoch_before_the_first(operator):
    with pytest.raises(CommandError, match="There is no epoch yet"):
        begin()
    assert Entry.objects.filter(actor_username="command-line").count() == 0


def test_r083_an_epoch_needs_a_reason(donor):
    sealing.seal()
    with pytest.raises(CommandError, match="Say why"):
        begin(reason="  ")


def test_r083_the_folder_of_keys_is_no_folder(donor, settings, tmp_path):
    sealing.seal()
    settings.LEDGER_DIR = tmp_path / "file"
    settings.LEDGER_DIR.write_text("", encoding="utf-8")
    with pytest.raises(CommandError):
        begin()
    assert Epoch.objects.count() == 1


def test_r083_one_tree_has_checkpoints_of_both_epochs(donor, operator):
    sealing.seal()
    begin()
    sealing.seal()
    assert list(Checkpoint.objects.order_by("size").values_list("epoch_id", flat=True)) == [1, 2]

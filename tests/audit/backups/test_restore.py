"""Restoring a backup: what comes back, what is noticed to be missing, and what is done about it."""

import json
import re
import shutil

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def reimported(yard, story):
    return story.restored(yard)


@pytest.fixture(scope="module")
def behind(yard, story):
    return story.restored(yard, copy=False)


def reports_of(installation):
    return sorted(path.name.rpartition(".")[2] for path in installation.data.glob("restored-*"))


def report_of(installation):
    (path,) = installation.data.glob("restored-*.json")
    return json.loads(path.read_text(encoding="utf-8"))


# --- with a second copy -------------------------------------------------------------------------


def test_r083_lost_entries_come_back_from_the_second_copy(story, reimported):
    installation, ended = reimported
    first, last = story.old[0] + 1, story.new[0]
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"Entries {first} to {last} of the ledger are missing ({last - first + 1} of them)" in ended.stdout
    assert f"Entries {first} to {last} came back from the second copy" in ended.stdout
    assert re.search(r"These people need a new password: operator1, person\d+, qa9\.", ended.stdout)
    assert ended.stdout.rstrip().endswith("Everything fits.")
    assert reports_of(installation) == ["json", "txt"]


def test_r081_everything_is_as_it_was(story, reimported):
    installation, _ = reimported
    there = installation.asked(
        f"tell(everything=everything({story.last}), at=[c.note for c in Checkpoint.objects.order_by('size')])"
    )
    assert there["at"][-1] == story.new[1]
    # The command line became a system actor after the backup had been made of it: same rows, all of them.
    assert {name: len(rows) for name, rows in there["everything"].items()} == {
        name: len(rows) for name, rows in story.everything.items()
    }
    assert there["everything"] == story.everything


def test_r083_sealing_goes_on_in_the_same_epoch(story, reimported):
    installation, _ = reimported
    told = installation.asked(
        """
from audit.ledger import copies
DonorFactory(code="DN-0002")
call_command("seal")
tell(epochs=Epoch.objects.count(), size=newest()[0], entries=Entry.objects.count(), lag=copies.lag())
"""
    )
    assert (told["epochs"], told["size"], told["lag"]) == (1, told["entries"], [0, ""])
    assert told["size"] > story.new[0]


def test_r083_a_restore_is_an_entry(story, reimported):
    installation, _ = reimported
    told = installation.asked(
        """
entry = Entry.objects.get(action="restored")
tell(detail=json.loads(entry.body)["detail"], actor=entry.actor_username, act=entry.act)
"""
    )
    detail = told["detail"]
    assert (told["actor"], told["act"]) == ("command-line", "restore")
    assert (detail["backup"], detail["checkpoint"]) == (story.backup.name, story.old[0])
    assert (detail["lost_entries"], detail["is_whole"], detail["problems"]) == (0, True, [])
    assert detail["rows_in_backup"] == detail["rows_restored"]


def test_r082_a_password_set_in_the_lost_stretch_is_no_longer_known(reimported):
    installation, _ = reimported
    told = installation.asked("tell(hashes={u.username: u.password for u in User.objects.all()})")
    assert (told["hashes"]["operator1"], told["hashes"]["qa9"]) == ("!", "!")
    assert told["hashes"]["admin1"].startswith("argon2")


def test_r083_an_epoch_comes_back_and_a_copy_that_lags_leaves_a_smaller_gap(yard):
    """Backed up in epoch 1; epoch 2 began; the last range never reached the second copy."""
    folder = yard.folder / "lagging"
    (folder / "copy").mkdir(parents=True)
    lab = yard.made(EXOLEDGER_COPY_DIR=str(folder / "copy"))
    told = lab.asked(
        f"""
first_days()
made = backup(Path({str(folder / "backups")!r}))
old = newest()[0]
call_command("new_epoch", "--reason", "The key was replaced.")
later_days()
tell(backup=str(made), old=old, new=newest()[0])
"""
    )
    last, before = sorted((folder / "copy").glob("epoch-2/checkpoints/*"))[:-3:-1]
    last.unlink()
    sorted((folder / "copy").glob("epoch-2/ranges/*"))[-1].unlink()
    shipped = int(before.stem)
    fresh = yard.empty(EXOLEDGER_COPY_DIR=str(folder / "copy"))
    shutil.copytree(lab.ledger, fresh.ledger)
    ended = fresh.run("restore", told["backup"])
    refused = fresh.run("seal")
    began = fresh.run("new_epoch", "--reason", "The rest is lost.")
    after = fresh.asked(
        """
from audit.verifying import running
call_command("seal")
epochs = list(Epoch.objects.order_by("number").values_list("number", flat=True))
tell(epochs=epochs, words=running.verify().words)
"""
    )
    assert ended.returncode == 1
    assert f"Entries {told['old'] + 1} to {shipped} came back from the second copy" in ended.stdout
    assert "Epoch 2 came back with them." in ended.stdout
    assert f"Entries {shipped + 1} to {told['new']} of the ledger are missing" in ended.stdout
    assert (refused.returncode, began.returncode, began.stderr) == (1, 0, "")
    assert (after["epochs"], after["words"]) == ([1, 2, 3], "Everything is in order.")


# --- without ------------------------------------------------------------------------------------


def test_r083_a_gap_is_named_where_no_copy_fills_it(story, behind):
    installation, ended = behind
    first, last = story.old[0] + 1, story.new[0]
    assert ended.returncode == 1
    assert f"Entries {first} to {last} of the ledger are missing" in ended.stdout
    assert "Begin a new epoch that states it: manage.py new_epoch." in ended.stdout
    assert report_of(installation)["lost_entries"] == last - first + 1


def test_r083_nothing_is_signed_against_an_older_checkpoint(story, behind):
    installation, _ = behind
    refused = installation.run("seal")
    began = installation.run("new_epoch", "--reason", "Restored after the disk broke.")
    told = installation.asked(
        f"""
from audit.ledger import gaps
from audit.verifying import running
call_command("seal")
kept = Path({str(installation.data)!r}, "printed.txt")
kept.write_text({story.new[1]!r}, encoding="utf-8")
report = running.verify(against=[str(kept)])
tell(words=report.words, wrong=report.wrong, epoch=sealing.newest().epoch_id, gap=gaps.find() is None)
"""
    )
    assert refused.returncode == 1
    assert f"checkpoint {story.new[0]} was signed before: it is older than its ledger" in refused.stderr
    assert (began.returncode, began.stderr) == (0, "")
    assert (told["epoch"], told["gap"]) == (2, True)
    assert (told["wrong"], told["words"].partition(", begun")[0]) == (
        1,
        f"Copy printed.txt: checkpoint {story.new[0]} covers entries {story.old[0] + 1} to {story.new[0]}, "
        "which were lost in a restore: stated in epoch 2",
    )


def test_r083_without_memory_only_a_kept_checkpoint_tells(yard, story, tmp_path):
    """A new machine, the ledger's folder lost: nobody knows of a gap unless somebody kept a checkpoint."""
    kept = tmp_path / "printed.txt"
    kept.write_text(story.new[1], encoding="utf-8")
    installation, ended = story.restored(yard, "--newest", kept, copy=False, ledger=False)
    assert (ended.returncode, report_of(installation)["lost_entries"]) == (1, story.new[0] - story.old[0])
    sealed = installation.run("seal")
    assert "The signing key is not at" in sealed.stderr


def test_r083_entries_written_after_the_restore_stand_in_the_way(yard, story):
    installation, _ = story.restored(yard, copy=False)
    installation.environment["EXOLEDGER_COPY_DIR"] = str(story.folder / "copy")
    before = installation.asked("tell(count=Entry.objects.count())")
    refused = installation.run("reimport")
    epoch = installation.run("new_epoch", "--reason", "x")
    after = installation.asked("tell(count=Entry.objects.count())")
    assert refused.returncode == 1
    assert "was written here after the restore, and the second copy holds another" in refused.stderr
    assert "Bring them back with manage.py reimport, or give them up with --leave-out." in epoch.stderr
    assert before == after


def test_r083_a_changed_copy_is_refused_as_a_whole(yard, story):
    copy = yard.folder / "changed-copy"
    shutil.copytree(story.folder / "copy", copy)
    path = sorted(copy.glob("epoch-1/ranges/*"))[-1]
    path.write_text(path.read_text(encoding="utf-8").replace("qa9", "qa8"), encoding="utf-8")
    fresh = yard.empty(EXOLEDGER_COPY_DIR=str(copy))
    shutil.copytree(story.lab.ledger, fresh.ledger)
    ended = fresh.run("restore", story.backup)
    told = fresh.asked("tell(size=newest()[0])")
    assert ended.returncode == 1
    assert "in the second copy was changed: its hash is another." in ended.stdout
    assert told["size"] == story.old[0]


# --- refused ------------------------------------------------------------------------------------


def test_r082_a_restore_needs_an_empty_installation(story):
    ended = story.lab.run("restore", story.backup)
    assert ended.returncode == 1
    assert "is not empty. A backup is restored into an empty installation only" in ended.stderr


def damaged(story, tmp_path, how):
    copy = tmp_path / story.backup.name
    shutil.copytree(story.backup, copy)
    how(copy)
    return copy


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


DAMAGE = {
    "a flipped bit in the database": (
        lambda folder: flip(next(folder.glob("database.*"))),
        "in the backup was changed or damaged. Nothing was restored.",
    ),
    "a missing file": (
        lambda folder: (folder / "ledger/newest.txt").unlink(),
        "The backup is not whole: ledger/newest.txt is missing.",
    ),
    "a file more": (
        lambda folder: (folder / "more.txt").write_text("x"),
        "more.txt in the backup is not named by its manifest.",
    ),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "is no backup: there is no manifest"),
    "garbage": (lambda folder: (folder / "manifest.json").write_text("{}"), "manifest.json can't be read"),
    "another format": (
        lambda folder: (folder / "manifest.json").write_text('{"format": "other/9"}'),
        "is of the format other/9; this version reads exoledger-backup/1.",
    ),
}


@pytest.fixture(scope="module")
def never_filled(yard):
    return yard.empty()


@pytest.mark.parametrize("case", DAMAGE)
def test_r084_a_damaged_backup_restores_nothing(never_filled, story, tmp_path, case):
    how, words = DAMAGE[case]
    ended = never_filled.run("restore", damaged(story, tmp_path, how))
    assert ended.returncode == 1
    assert words in " ".join(ended.stderr.split())
    assert list(never_filled.data.glob("restored-*")) == []


def test_r081_a_backup_of_a_newer_version_is_refused(never_filled, story, tmp_path):
    def newer(folder):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["migrations"].append(["audit", "0999_later"])
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    ended = never_filled.run("restore", damaged(story, tmp_path, newer))
    assert "was made by a newer version" in ended.stderr
    assert "does not know audit.0999_later" in ended.stderr

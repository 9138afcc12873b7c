"""Backups: what is in one, what is not, and that it is whole or not there at all."""

import hashlib
import json
import os
import resource
import stat

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def lab(yard):
    made = yard.made()
    ended = made.python("first_days()")
    assert ended.returncode == 0, ended.stderr
    return made


def backups_in(folder):
    return sorted(path for path in folder.iterdir())


def manifest_of(backup):
    return json.loads((backup / "manifest.json").read_text(encoding="utf-8"))


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_r082_a_backup_holds_database_originals_and_ledger(lab, story):
    manifest = manifest_of(story.backup)
    sha256 = hashlib.sha256(b"first original").hexdigest()
    (database,) = (name for name in manifest["files"] if name.startswith("database."))
    assert files_in(story.backup) == sorted(
        [
            database,
            "ledger/checkpoints.jsonl",
            "ledger/epochs.json",
            "ledger/newest.txt",
            "manifest.json",
            f"originals/{sha256[:2]}/{sha256}",
        ]
    )
    found = {
        name: hashlib.sha256((story.backup / name).read_bytes()).hexdigest() for name in manifest["files"]
    }
    assert {name: known["sha256"] for name, known in manifest["files"].items()} == found
    assert stat.S_IMODE(story.backup.stat().st_mode) == 0o700


def test_r082_the_manifest_says_what_is_inside(story):
    manifest = manifest_of(story.backup)
    newest = (story.backup / "ledger/newest.txt").read_text(encoding="utf-8")
    notes = (story.backup / "ledger/checkpoints.jsonl").read_text(encoding="utf-8").splitlines()
    assert (manifest["checkpoint"]["size"], manifest["checkpoint"]["note"]) == (story.old[0], newest)
    assert (newest, json.loads(notes[-1])["note"]) == (story.old[1], newest)
    assert (manifest["counts"]["audit_leaf"], manifest["counts"]["audit_entry"]) == (
        story.old[0],
        story.old[0],
    )
    assert (manifest["product"], manifest["format"]) == ("ExoLedger 0.1.0", "exoledger-backup/1")
    assert ["audit", "0002_ledger"] in manifest["migrations"]


def test_r082_the_signing_key_is_in_no_backup(story):
    secret = (story.lab.ledger / "signing_key").read_bytes().strip()
    inside = [name for name in files_in(story.backup) if secret in (story.backup / name).read_bytes()]
    assert (len(secret) > 60, inside) == (True, [])


def test_r082_a_backup_is_an_entry(story):
    told = story.lab.asked(
        """
entry = Entry.objects.get(action="backed_up")
tell(detail=json.loads(entry.body)["detail"], actor=entry.actor_username)
"""
    )
    manifest = (story.backup / "manifest.json").read_bytes()
    assert told["actor"] == "command-line"
    assert told["detail"] == {
        "folder": story.backup.name,
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        "checkpoint": story.old[0],
        "rows": sum(json.loads(manifest)["counts"].values()),
        "files": len(json.loads(manifest)["files"]),
        "troubles": [],
    }


def test_r082_an_original_is_stored_once_for_all_backups(lab, tmp_path):
    first, second = (lab.asked(f"tell(at=str(backup(Path({str(tmp_path)!r}))))")["at"] for _ in range(2))
    sha256 = hashlib.sha256(b"first original").hexdigest()
    names = [f"{backup}/originals/{sha256[:2]}/{sha256}" for backup in (first, second)]
    assert (first < second, os.stat(names[0]).st_ino) == (True, os.stat(names[1]).st_ino)


def test_r082_damage_in_an_older_backup_is_not_handed_on(lab, tmp_path):
    first = lab.asked(f"tell(at=str(backup(Path({str(tmp_path)!r}))))")["at"]
    sha256 = hashlib.sha256(b"first original").hexdigest()
    with open(f"{first}/originals/{sha256[:2]}/{sha256}", "r+b") as file:
        file.write(b"F")
    second = lab.asked(f"tell(at=str(backup(Path({str(tmp_path)!r}))))")["at"]
    with open(f"{second}/originals/{sha256[:2]}/{sha256}", "rb") as file:
        assert file.read() == b"first original"


def test_r082_the_key_is_written_apart(lab, tmp_path):
    ended = lab.run("backup", tmp_path / "backups", "--key-to", tmp_path / "safe")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert files_in(tmp_path / "safe") == ["last_checkpoint", "signing_key"]
    assert (tmp_path / "safe/signing_key").read_bytes() == (lab.ledger / "signing_key").read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "safe").iterdir()} == {0o600}


@pytest.mark.parametrize("apart", ["backups", "backups/keys", "."])
def test_r082_the_key_never_lies_beside_the_backups(lab, tmp_path, apart):
    ended = lab.run("backup", tmp_path / "backups", "--key-to", tmp_path / apart)
    assert "The key is kept apart from the backups" in ended.stderr
    assert files_in(tmp_path) == []


def test_r082_another_key_is_not_overwritten(lab, tmp_path):
    (tmp_path / "safe").mkdir()
    (tmp_path / "safe/signing_key").write_text("another", encoding="utf-8")
    ended = lab.run("backup", tmp_path / "backups", "--key-to", tmp_path / "safe")
    assert "holds another key. It is not overwritten" in ended.stderr
    assert (tmp_path / "safe/signing_key").read_text(encoding="utf-8") == "another"


def test_r082_a_missing_original_is_told_and_the_rest_is_kept(lab, tmp_path):
    told = lab.asked(
        f"""
from batches.record import files
from batches.record.models import Batch
attachment = attach(Batch.objects.last(), b"soon gone")
Path(files.default_storage.path(files.path_of(attachment.sha256))).unlink()
tell(at=str(backup(Path({str(tmp_path)!r}))), sha256=attachment.sha256)
"""
    )
    manifest = json.loads((tmp_path / told["at"] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["troubles"] == [f"The original file {told['sha256']} is not in the store."]
    assert len([name for name in manifest["files"] if name.startswith("originals/")]) == 1


def test_r082_a_full_disk_leaves_no_half_backup(lab, tmp_path):
    """No file may grow beyond 64 KiB: the database can't be written."""
    ended = lab._start("manage.py", "backup", str(tmp_path), preexec_fn=_small_files)
    assert (ended.returncode, backups_in(tmp_path)) == (1, [])
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("CommandError: ")


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))


def test_r082_a_folder_that_is_a_file_is_told(lab, tmp_path):
    (tmp_path / "backups").write_text("", encoding="utf-8")
    ended = lab.run("backup", tmp_path / "backups")
    assert ended.stderr.startswith("CommandError: The backup can't be written to ")
    assert "Nothing is left of it." in ended.stderr

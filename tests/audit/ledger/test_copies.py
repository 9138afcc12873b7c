"""The second copy: what arrives there, what never does, and what happens when it can't be written."""

import hashlib
import json
from pathlib import Path

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import models
from moto import mock_aws

from accounts.models import User
from audit.ledger import copies, copy_files, gaps, keys, merkle, notes, sealing
from audit.ledger.models import Checkpoint, Epoch, Leaf, Shipment
from audit.models import Entry
from batches.record import files
from batches.record.models import Batch
from tests.audit.tampering import as_owner
from tests.audit.writing import TYPING_ERROR, save
from tests.factories import BatchFactory, PersonFactory
from tests.factories.evidence import attach

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    made = tmp_path / "copy"
    made.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "ledger_copy": {
            "BACKEND": "audit.ledger.copy_storage.CopyDirectory",
            "OPTIONS": {"location": str(made)},
        },
    }
    return made


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def range_in(folder):
    """The lines of the only range in the folder."""
    (path,) = folder.glob("epoch-1/ranges/*")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_r087_every_sealed_range_arrives_with_note_and_epoch(folder, donor, operator):
    first = sealing.seal()
    shipped = copies.ship()
    donor.age_years = 43
    save(donor, operator, reason=TYPING_ERROR)
    second = sealing.seal()
    assert (shipped, copies.ship(), copies.lag()) == ("", "", (0, ""))
    assert files_in(folder) == [
        f"epoch-1/checkpoints/{first.size:012}.txt",
        f"epoch-1/checkpoints/{second.size:012}.txt",
        "epoch-1/epoch.json",
        f"epoch-1/ranges/{0:012}-{first.size - 1:012}.jsonl",
        f"epoch-1/ranges/{first.size:012}-{second.size - 1:012}.jsonl",
    ]
    note = (folder / f"epoch-1/checkpoints/{second.size:012}.txt").read_text(encoding="utf-8")
    epoch = json.loads((folder / "epoch-1/epoch.json").read_text(encoding="utf-8"))
    assert (note, epoch["public_key"]) == (second.note, Epoch.objects.get().public_key)
    assert [s.first for s in Shipment.objects.order_by("first")] == [0, first.size]


def test_r087_lines_hold_entry_history_and_checkpoint(folder, donor):
    checkpoint = sealing.seal()
    copies.ship()
    *leaves, last = range_in(folder)
    row = next(line["history"] for line in leaves if line["entry"]["kind"] == "batches.donor")
    hashes = [merkle.leaf_hash(line["entry"]["body"].encode()) for line in leaves]
    assert [line["leaf"] for line in leaves] == list(range(checkpoint.size))
    assert merkle.root_of(hashes) == bytes(Checkpoint.objects.get().root)
    assert (row["code"], row["age_years"], row["revision"]) == ("DN-0001", 34, 1)
    assert (last["checkpoint"]["size"], last["checkpoint"]["note"]) == (checkpoint.size, checkpoint.note)


def test_r087_no_password_is_in_any_copy(folder, operator):
    PersonFactory(username="qa9")
    sealing.seal()
    copies.ship()
    secrets = set(User.objects.values_list("password", flat=True)) - {"!"}
    everything = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    assert [secret for secret in secrets if secret in everything] == []
    assert (len(secrets) > 0, '"password":' in everything) == (True, False)


def test_r087_fields_beside_the_history_arrive(folder):
    batch = BatchFactory()
    sealing.seal()
    copies.ship()
    beside = [line["beside"] for line in range_in(folder) if line.get("beside")]
    assert {"search_text": batch.search_text} in beside


def test_r079_originals_arrive_under_their_hash(folder):
    attached = attach(BatchFactory(), b"original bytes")
    sealing.seal()
    copies.ship()
    sha256 = hashlib.sha256(b"original bytes").hexdigest()
    assert attached.sha256 == sha256
    assert (folder / copy_files.original_path(sha256)).read_bytes() == b"original bytes"


def test_r079_a_missing_original_is_told_and_holds_nothing_up(folder):
    attached = attach(BatchFactory(), b"soon gone")
    Path(files.default_storage.path(files.path_of(attached.sha256))).unlink()
    sealing.seal()
    assert copies.ship() == f"The original file {attached.sha256} is not in the store."
    assert copies.lag().waiting == 0


def test_r087_a_damaged_original_is_told(folder):
    attached = attach(BatchFactory(), b"soon other bytes")
    path = Path(files.default_storage.path(files.path_of(attached.sha256)))
    path.chmod(0o640)
    path.write_bytes(b"other bytes")
    sealing.seal()
    assert copies.ship() == f"The original file {attached.sha256} has other bytes than its name says."


def test_r087_shipping_again_after_an_end_in_the_middle(folder, donor):
    """The process ended after the file had arrived and before that was noted."""
    checkpoint = sealing.seal()
    copies.ship()
    with as_owner():
        models.QuerySet(Shipment)._raw_delete("default")
    before = files_in(folder)
    assert (copies.lag().waiting, copies.ship(), files_in(folder)) == (checkpoint.size, "", before)
    assert Shipment.objects.get().checkpoint_id == checkpoint.size


def test_r087_what_stands_beside_the_history_may_have_moved_on(folder):
    batch = BatchFactory()
    sealing.seal()
    copies.ship()
    before = range_in(folder)
    models.QuerySet(Batch).filter(pk=batch.pk).update(search_text="found otherwise")
    assert (copies.ship(again=True), range_in(folder)) == ("", before)


def test_r087_an_interrupted_shipment_is_made_again_with_more_in_it(folder, donor, operator):
    first = sealing.seal()
    copies.ship()
    path = folder / f"epoch-1/ranges/{0:012}-{first.size - 1:012}.jsonl"
    longer = path.read_text(encoding="utf-8")
    donor.age_years = 43
    save(donor, operator, reason=TYPING_ERROR)
    second = sealing.seal()
    copies.ship(again=True)  # one range over both, beside the first
    read = list(copy_files.lines(copies.store(), 0))
    assert path.read_text(encoding="utf-8") == longer
    assert [line.leaf for line in read if line.leaf is not None] == list(range(second.size))
    assert [line.held["checkpoint"]["size"] for line in read if line.leaf is None] == [
        first.size,
        second.size,
    ]


def test_r087_a_foreign_file_is_never_overwritten(folder, donor):
    checkpoint = sealing.seal()
    name = f"epoch-1/ranges/{0:012}-{checkpoint.size - 1:012}.jsonl"
    (folder / "epoch-1/ranges").mkdir(parents=True)
    (folder / name).write_text("something else\n", encoding="utf-8")
    words = copies.ship()
    assert words.startswith(f"The second copy holds another file {name} than this ledger would write.")
    assert ((folder / name).read_text(encoding="utf-8"), copies.lag()) == (
        "something else\n",
        (checkpoint.size, words),
    )


def test_r087_the_copy_of_another_ledger_is_refused(folder, donor):
    (folder / "epoch-1").mkdir()
    (folder / "epoch-1/epoch.json").write_text('{"number": 1, "origin": "exoledger/other"}', encoding="utf-8")
    sealing.seal()
    assert copies.ship().startswith("The second copy holds another file epoch-1/epoch.json")


def test_r088_a_missing_folder_is_told_and_made_good_later(folder, donor, operator):
    folder.rename(folder.with_name("unmounted"))
    sealed = sealing.seal()
    words = copies.ship()
    assert words.startswith("The second copy can't be written: [Errno 2] The folder of the second copy")
    assert (folder.exists(), copies.lag()) == (False, (sealed.size, words))
    donor.age_years = 43
    assert save(donor, operator, reason=TYPING_ERROR).pk
    later = sealing.seal()
    folder.with_name("unmounted").rename(folder)
    assert (copies.ship(), copies.lag(), later.size) == ("", (0, ""), sealed.size + 1)


def test_r088_a_store_that_refuses_files_is_told(folder, donor):
    (folder / "epoch-1").write_text("a file where a folder should be", encoding="utf-8")
    sealed = sealing.seal()
    assert copies.ship().startswith("The second copy can't be written:")
    assert copies.lag().waiting == sealed.size


def test_r087_an_empty_disk_in_place_of_the_copy_is_noticed(folder, donor, operator):
    sealing.seal()
    copies.ship()
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    donor.age_years = 43
    save(donor, operator, reason=TYPING_ERROR)
    sealing.seal()
    assert copies.ship().startswith("The second copy lacks epoch-1/epoch.json, which was shipped before")
    with pytest.raises(CommandError, match="which was shipped before"):
        call_command("ship")
    call_command("ship", "--again")
    assert (
        len(list(copy_files.lines(copies.store(), 0))) == Entry.objects.count() + Checkpoint.objects.count()
    )


def test_r087_without_a_copy_nothing_is_shipped(donor):
    sealing.seal()
    assert (copies.is_set(), copies.ship(), copies.lag()) == (False, "", (0, ""))
    with pytest.raises(CommandError, match="has no second copy"):
        call_command("ship")


def test_r087_the_sealer_ships_by_itself(folder, donor):
    call_command("seal")
    assert copies.lag() == (0, "")
    assert Leaf.objects.count() == len(range_in(folder)) - 1


def test_r088_the_trouble_stays_readable_without_a_ledger_folder(folder, donor, settings, tmp_path):
    sealing.seal()
    folder.rmdir()
    settings.LEDGER_DIR = tmp_path / "a-file"
    settings.LEDGER_DIR.write_text("", encoding="utf-8")
    assert copies.ship().startswith("The second copy can't be written")
    assert copies.lag().trouble == ""


@pytest.fixture
def bucket(settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        made = boto3.resource("s3").create_bucket(
            Bucket="ledger", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        settings.STORAGES = {
            **settings.STORAGES,
            "ledger_copy": {
                "BACKEND": "storages.backends.s3.S3Storage",
                "OPTIONS": {"bucket_name": "ledger", "file_overwrite": False},
            },
        }
        yield made


def test_r087_a_bucket_receives_the_same(bucket):
    attached = attach(BatchFactory(), b"original bytes")
    checkpoint = sealing.seal()
    assert copies.ship() == ""
    assert sorted(one.key for one in bucket.objects.all()) == [
        f"epoch-1/checkpoints/{checkpoint.size:012}.txt",
        "epoch-1/epoch.json",
        f"epoch-1/ranges/{0:012}-{checkpoint.size - 1:012}.jsonl",
        copy_files.original_path(attached.sha256),
    ]
    assert copy_files.newest_note(copies.store()) == checkpoint.note
    assert len(list(copy_files.lines(copies.store(), 0))) == checkpoint.size + 1


def test_r083_a_copy_that_can_not_be_read_is_told_when_gaps_are_looked_for(folder, donor):
    sealing.seal()
    copies.ship()
    assert gaps.find() is None
    folder.rename(folder.with_name("unmounted"))
    with pytest.raises(copy_files.CopyTrouble, match=r"^The second copy can't be read: .Errno 2. The folder"):
        gaps.find()
    with pytest.raises(CommandError, match=r"^Nothing was changed. The second copy can't be read"):
        call_command("reimport")


def test_r083_a_bucket_that_is_gone_is_told_when_gaps_are_looked_for(bucket, donor):
    sealing.seal()
    copies.ship()
    assert gaps.find() is None
    bucket.objects.all().delete()
    bucket.delete()
    with pytest.raises(copy_files.CopyTrouble, match=r"^The second copy can't be read: .*NoSuchBucket"):
        gaps.find()


def test_r083_without_a_gap_nothing_is_brought_back(folder, donor, capsys):
    sealing.seal()
    copies.ship()
    before = Entry.objects.count()
    call_command("reimport")
    assert (capsys.readouterr().out, Entry.objects.count()) == (
        "Nothing is missing: no newer checkpoint is known.\n",
        before,
    )


@pytest.mark.parametrize("garbage", [b"\xff\xfe", b"garbage"])
def test_r083_a_garbled_memory_is_told_when_gaps_are_looked_for(folder, donor, garbage):
    sealing.seal()
    (keys.folder() / keys.LAST_FILE).write_bytes(garbage)
    with pytest.raises(notes.NoteWrong, match=r"^remembered in .*last_checkpoint: "):
        gaps.find()


def test_r087_a_bucket_is_never_overwritten(bucket, donor):
    checkpoint = sealing.seal()
    name = f"epoch-1/checkpoints/{checkpoint.size:012}.txt"
    bucket.put_object(Key=name, Body=b"another note")
    assert copies.ship().startswith(f"The second copy holds another file {name}")
    assert bucket.Object(name).get()["Body"].read() == b"another note"


def test_r088_a_bucket_that_is_not_there_is_told(bucket, donor):
    bucket.delete()
    sealed = sealing.seal()
    words = copies.ship()
    assert (words.startswith("The second copy can't be written:"), copies.lag().waiting) == (
        True,
        sealed.size,
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{]\n", "Line 1 of epoch-1/ranges/{name} in the second copy can't be read."),
        (b"[]\n", "Line 1 of epoch-1/ranges/{name} in the second copy is no leaf and no checkpoint."),
    ],
)
def test_r081_a_broken_line_is_named(folder, donor, content, words):
    sealing.seal()
    copies.ship()
    (path,) = folder.glob("epoch-1/ranges/*")
    path.write_bytes(content)
    with pytest.raises(copy_files.CopyTrouble) as raised:
        list(copy_files.lines(copies.store(), 0))
    assert str(raised.value) == words.format(name=path.name)


def test_r081_reading_stops_at_a_hole(folder, donor, operator):
    first = sealing.seal()
    copies.ship()
    for age in (43, 44):
        donor.age_years = age
        save(donor, operator, reason=TYPING_ERROR)
        sealing.seal()
        copies.ship()
    sorted(folder.glob("epoch-1/ranges/*"))[1].unlink()
    assert len(list(copy_files.lines(copies.store(), 0))) == first.size + 1


def test_files_come_whole_or_not_at_all(folder):
    class Breaking(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        copies.store().save("epoch-1/ranges/x.jsonl", Breaking(b"half and more"))
    assert files_in(folder) == []


def test_a_taken_name_is_refused(folder):
    copies.store().save("a.txt", ContentFile(b"first"))
    with pytest.raises(FileExistsError):
        copies.store().save("a.txt", ContentFile(b"second"))
    assert ((folder / "a.txt").read_bytes(), files_in(folder)) == (b"first", ["a.txt"])

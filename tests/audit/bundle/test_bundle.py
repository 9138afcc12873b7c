"""What a bundle holds, and that the verifier proves it without us."""

import ast
import base64
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import pytest

from audit.bundle import making, proof, record
from audit.bundle.making import VERIFIER, Wanted, make, sizes_of
from audit.ledger import epochs, merkle, sealing
from audit.ledger.handing_out import covering, hand_out_checkpoint
from audit.ledger.models import Epoch, TimeStamp
from audit.ledger.notes import SigningKey
from audit.models import Entry
from audit.refusal import Reason
from batches.record import files
from batches.record.actions import correct_notes
from batches.record.models import Attachment
from qc.signatures.models import Manifest
from tests.audit.bundle.conftest import OTHER_NOTES, forge, verified
from tests.factories import BatchFactory, DonorFactory
from tests.way import harvested, nanosight, tracked

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = {"since": date.today(), "until": date.today()}


def members(path):
    with zipfile.ZipFile(path) as bundle:
        return {one.filename: bundle.read(one) for one in bundle.infolist()}


# --- what it holds ------------------------------------------------------------------------------


def test_r074_r075_a_batch_is_proved_without_us(approved, other, bundled):
    code, said = verified(bundled(batch=approved.number))
    key = Epoch.objects.get().public_key
    assert (code, said) == (
        0,
        f"OK. All entries of batch {approved.number} are here, unchanged; files: 3.\n"
        f"They stand in a log of {bundled.made.checkpoint.size} entries; others that fit it: 3.\n"
        f"It is signed with {key} (compare that with a print you have)\n",
    )


def test_r077_a_bundle_holds_record_trail_signatures_and_files(approved, bundled):
    held = members(bundled(batch=approved.number))
    attachment = Attachment.objects.get()
    assert [name for name in held if not name.startswith("proof/older/")] == [
        "verify.py",
        "verify_signatures.py",
        "README.txt",
        "record.html",
        "approvals.json",
        f"files/{approved.plan.sha256}",
        "deviations.json",
        "review.json",
        "signatures.json",
        *(f"files/{one.sha256}" for one in Manifest.objects.order_by("number")),
        "epochs.json",
        "public-key.txt",
        "proof/checkpoint.txt",
        "proof/tree.txt",
        "proof/entries.txt",
        "proof/beside.json",
        f"files/{attachment.sha256}",
        "contents.json",
    ]
    entries = Entry.objects.filter(batch_number=approved.number).order_by("number_in_batch")
    assert held["proof/entries.txt"].decode().splitlines() == list(entries.values_list("body", flat=True))
    signatures = json.loads(held["signatures.json"])
    assert [(one["meaning"], one["printed_name"], one["validity"]) for one in signatures] == [
        ("Audit trail reviewed", "Reviewer One", "valid"),
        ("Reviewed by QC: approved", "Reviewer One", "valid"),
    ]


def test_r079_an_original_goes_along_byte_for_byte(approved, bundled):
    held = members(bundled(batch=approved.number))
    attachment = Attachment.objects.get()
    with files.open_original(attachment) as original:
        assert held[f"files/{attachment.sha256}"] == original.read()


def test_contents_names_every_file_with_its_size_and_hash(approved, bundled):
    held = members(bundled(batch=approved.number))
    contents = json.loads(held.pop("contents.json"))
    assert contents["files"] == {
        name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in held.items()
    }
    assert contents["about"] == {
        "v": "exoledger-bundle/1",
        "batch": approved.number,
        "asked": {},
        "product": "ExoLedger 0.1.0",
    }


def test_r008_the_making_is_the_last_entry_of_the_batch_and_names_the_files(approved, bundled):
    held = members(bundled(batch=approved.number))
    made = json.loads(held["proof/entries.txt"].decode().splitlines()[-1])
    originals = {f"files/{Attachment.objects.get().sha256}", "contents.json"}
    people = {name for name in held if not name.startswith("proof/")} - originals
    assert (made["action"], made["act"], made["batch"]["number"]) == (
        "exported",
        "make_bundle",
        approved.number,
    )
    assert made["detail"]["contents"] == {name: hashlib.sha256(held[name]).hexdigest() for name in people}


def test_nothing_of_other_batches_can_be_read(approved, other, bundled):
    everything = b"\n".join(members(bundled(batch=approved.number)).values())
    words = (other.number, OTHER_NOTES, "stranger1", "Stranger One", other.source_lot.code)
    assert [word for word in words if word.encode() in everything] == []


def test_the_same_content_makes_the_same_bytes(operator, auditor, monkeypatch):
    batch = BatchFactory(by=operator)
    first, second = io.BytesIO(), io.BytesIO()
    make(Wanted(batch=batch.number), first, by=auditor)
    make(Wanted(batch=batch.number), second, by=auditor)
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        fixed = [[(m.date_time, m.external_attr, m.create_system) for m in z.infolist()] for z in (one, two)]
        names = [[m.filename for m in z.infolist() if "older" not in m.filename] for z in (one, two)]
    assert ({place for places in fixed for place in places}, names[0]) == (
        {((1980, 1, 1, 0, 0, 0), 0o644 << 16, 3)},
        names[1],
    )


def test_record_for_people_has_no_script_and_fetches_nothing(approved, bundled):
    page = members(bundled(batch=approved.number))["record.html"].decode()
    assert [word for word in ("<script", "src=", "href=", "url(", "@import", "<iframe") if word in page] == []
    shown = ("Reviewed by QC: approved", "Reviewer One", "Volume in", "480", "EXO-ExperimentSummary.csv")
    assert [word for word in shown if word not in page] == []


def test_r060_record_for_people_marks_what_was_changed(operator, bundled):
    batch = BatchFactory(by=operator)
    correct_notes(
        batch=batch, notes="<b>Better</b> notes", by=operator, reason=Reason("other", "for the test")
    )
    page = members(bundled(batch=batch.number))["record.html"].decode()
    assert page.count("changed after first entry") == 1
    assert "&lt;b&gt;Better&lt;/b&gt; notes" in page


def test_r080_record_for_people_names_every_time_in_utc(approved, bundled, settings):
    settings.TIME_ZONE = "Pacific/Kiritimati"  # fourteen hours ahead of UTC
    page = members(bundled(batch=approved.number))["record.html"].decode()
    opened = approved.opened_at
    assert f"{opened.day} {opened:%b %Y %H:%M:%S}" in page


def test_r051_record_for_people_carries_the_checkpoint_before_it(operator, bundled):
    batch = BatchFactory(by=operator)
    held = members(bundled(batch=batch.number))
    older = [data.decode() for name, data in held.items() if name.startswith("proof/older/")]
    assert [note.strip() in held["record.html"].decode() for note in older] == [True]


# --- days and entries ---------------------------------------------------------------------------


def test_r075_days_are_proved_without_us(approved, bundled):
    path = bundled(**TODAY)
    last = bundled.made.checkpoint.size
    code, said = verified(path)
    assert (code, said.splitlines()[:2]) == (
        0,
        [
            f"OK. All entries of the log from number 1 to {last - 2} are here, unchanged; files: 0.",
            f"They stand in a log of {last} entries; others that fit it: 3.",
        ],
    )


@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 9), (5, 37), (8, 16), (16, 17)])
def test_a_range_anywhere_in_the_log_is_proved(operator, bundled, first, last):
    for _ in range(3):
        BatchFactory(by=operator)
    ids = list(Entry.objects.order_by("id").values_list("id", flat=True))
    code, said = verified(bundled(entries=(ids[first - 1], ids[last - 1])))
    assert (code, f"from number {first} to {last} are here" in said) == (0, True)


def test_a_range_with_many_entries_shows_people_a_summary(operator, bundled, monkeypatch):
    monkeypatch.setattr(record, "MOST_LINES", 5)
    BatchFactory(by=operator)
    page = members(bundled(**TODAY))["record.html"].decode()
    assert "more than the 5 that anybody reads on one page" in page


def test_a_range_with_an_entry_left_out_is_found(operator, bundled, auditor, monkeypatch):
    """A house that hides an entry in the middle gives its hash instead: the range has a gap then."""
    BatchFactory(by=operator)
    whole = making._ranges

    def hiding(wanted, span, entry):
        first, *rest = whole(wanted, span, entry)
        return [proof.Range(0, 5), proof.Range(6, first.end), *rest]

    monkeypatch.setattr(making, "_ranges", hiding)
    assert verified(bundled(**TODAY)) == (1, "WRONG. Entries in the middle of the range are left out.\n")


# --- checkpoints kept elsewhere -----------------------------------------------------------------


def test_r075_a_checkpoint_kept_elsewhere_fits(approved, other, bundled, auditor, tmp_path):
    kept = hand_out_checkpoint(by=auditor)
    BatchFactory(by=approved.opened_by)
    path = bundled(batch=approved.number)
    (tmp_path / "print.txt").write_bytes(kept.note.replace("\n", "\r\n").encode())
    root = kept.note.split("\n")[2]
    assert [verified(path, given)[0] for given in (tmp_path / "print.txt", f"{kept.size} {root}")] == [0, 0]


def test_one_of_another_log_does_not_fit(approved, bundled, auditor, tmp_path):
    kept = hand_out_checkpoint(by=auditor)
    path = bundled(batch=approved.number)
    root = kept.note.split("\n")[2]
    turned = root[::-1].lstrip("=") + "="
    code, said = verified(path, f"{kept.size} {turned}")
    assert (code, said) == (
        1,
        "WRONG. Your checkpoint does not fit: entries before it were changed, left out, added.\n",
    )
    stranger = SigningKey.make("exoledger/ffffffffffffffff")
    (tmp_path / "other.txt").write_text(stranger.signed(kept.note.split("\n\n")[0] + "\n"), "utf-8")
    code, said = verified(path, tmp_path / "other.txt")
    assert (code, said.startswith("WRONG. Your checkpoint is not signed with a key of this log")) == (1, True)


def test_one_that_is_newer_says_so(approved, bundled, auditor):
    path = bundled(batch=approved.number)
    kept = hand_out_checkpoint(by=auditor)
    code, said = verified(path, f"{kept.size} {kept.note.split()[2]}")
    assert (code, said) == (
        1,
        "WRONG. Your checkpoint is newer than the bundle: compare it with a newer bundle.\n",
    )


def test_one_without_proof_asks_for_a_bundle_made_against_it(approved, bundled, auditor):
    # An odd place among entries of others: no cut of the batch's own proof falls there.
    while (kept := sealing.seal()).size % 2 == 0 or kept.size < 75:
        DonorFactory()
    DonorFactory()
    given = f"{kept.size} {kept.note.split()[2]}"
    assert verified(bundled(batch=approved.number), given) == (
        1,
        "WRONG. Your checkpoint can't be compared with this bundle: ask for one made --against it.\n",
    )
    path = bundled(name="again.zip", batch=approved.number, against=sizes_of([kept.note]))
    assert verified(path, given)[0] == 0


def test_a_range_proves_any_checkpoint_inside_it(approved, bundled):
    kept = sealing.seal()
    path = bundled(**TODAY)
    held = members(path)["proof/entries.txt"].splitlines()
    for size in (1, 2, 7, 20, kept.size - 1):
        root = merkle.root_of([merkle.leaf_hash(line) for line in held[:size]])
        assert verified(path, f"{size} {base64.b64encode(root).decode()}")[0] == 0


def test_r075_a_rewritten_log_with_the_stolen_key_is_found_by_the_print_only(
    approved, bundled, auditor, tmp_path
):
    """With the key anybody can write another log; the print that was kept shows that it is another."""
    kept = hand_out_checkpoint(by=auditor)
    entry = Entry.objects.get(batch_number=approved.number, number_in_batch=3)
    forge(entry, entry.body.replace("Operator One", "Operator Uno"))
    path = bundled(batch=approved.number)
    assert verified(path, f"{kept.size} {kept.note.split()[2]}")[0] == 1


# --- keys and epochs ----------------------------------------------------------------------------


def test_the_key_that_the_auditor_knows_is_used(approved, bundled):
    path = bundled(batch=approved.number)
    key = Epoch.objects.get().public_key
    code, said = verified(path, "--key", key)
    assert (code, said.splitlines()[-1].strip()) == (0, f"It is signed with {key}")
    stranger = SigningKey.make(key.split("+")[0]).public
    assert verified(path, "--key", str(stranger)) == (
        1,
        "WRONG. proof/checkpoint.txt was changed, or signed with another key: its signature does not fit.\n",
    )
    other = SigningKey.make("exoledger/ffffffffffffffff").public
    assert verified(path, "--key", str(other))[1] == (
        "WRONG. proof/checkpoint.txt is not signed with a key of this log, or not with the one you gave.\n"
    )


@pytest.fixture
def second_epoch(approved, auditor):
    """A checkpoint of the first epoch, and the installation in its second: another key and origin."""
    kept = hand_out_checkpoint(by=auditor)
    epochs.begin(epochs.plan(), by=auditor, reason="The key is replaced.")
    return kept


def test_r083_a_bundle_over_two_epochs_is_proved(approved, second_epoch, bundled, tmp_path):
    path = bundled(batch=approved.number)
    (tmp_path / "print.txt").write_text(second_epoch.note, "utf-8")
    first, second = (epoch.public_key for epoch in Epoch.objects.order_by("number"))
    assert verified(path, tmp_path / "print.txt")[0] == 0
    assert verified(path, "--key", second)[0] == 0
    # The older key alone says nothing about what the newer one signed.
    assert verified(path, "--key", first)[0] == 1


# --- files that are gone, stamps ----------------------------------------------------------------


def test_r079_an_original_that_is_gone_or_changed_is_named(operator, bundled):
    # A file that no other test has: tests that run at the same time share the folder of originals.
    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    tracked(batch, operator, upload=nanosight(mode_nm=101.5))
    attachment = Attachment.objects.get()
    path = Path(files.open_original(attachment).name)
    path.chmod(0o600)
    path.write_bytes(b"other bytes")
    named = f"WRONG. files/{attachment.sha256} is missing, changed or added: the entries name other bytes.\n"
    assert verified(bundled(batch=batch.number)) == (1, named)
    path.unlink()
    assert verified(bundled(batch=batch.number)) == (1, named)
    assert bundled.made.missing == [f"EXO-ExperimentSummary.csv (SHA-256 {attachment.sha256})"]


def test_time_stamps_go_along_with_the_notes_that_they_are_over(approved, bundled, auditor):
    kept = hand_out_checkpoint(by=auditor)
    stamp = TimeStamp(checkpoint=kept, authority="http://127.0.0.1/", moment=kept.at, token=b"token")
    stamp.save()
    held = members(bundled(batch=approved.number))
    assert held[f"proof/time-stamps/{kept.size}-{stamp.pk}.tsr"] == b"token"
    assert held[f"proof/older/{kept.size}.txt"].decode() == kept.note


# --- the verifier itself ------------------------------------------------------------------------


def test_verifier_is_one_short_file_of_the_standard_library_for_python_3_8():
    text = VERIFIER.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported == {
        "base64",
        "functools",
        "hashlib",
        "itertools",
        "json",
        "pathlib",
        "re",
        "sys",
        "zipfile",
    }
    assert (text.count("\n") <= 150, max(len(line) for line in text.splitlines()) <= 110) == (True, True)


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_verifier_runs_on_older_and_newer_python(operator, bundled, version):
    pythons = [*Path.home().glob(f".pyenv/versions/{version}.*/bin/python"), shutil.which(f"python{version}")]
    works = [
        one for one in pythons if one and subprocess.run([one, "-V"], capture_output=True).returncode == 0
    ]
    if not works:
        pytest.skip(f"Python {version} is not installed")
    batch = BatchFactory(by=operator)
    assert verified(bundled(batch=batch.number), python=works[0])[0] == 0


def test_verifier_checks_the_folder_that_it_lies_in(approved, bundled, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundled(batch=approved.number)) as bundle:
        bundle.extractall(folder)
    assert [verified(folder)[0], verified(verifier=folder / "verify.py")[0]] == [0, 0]


def test_covering_is_the_first_checkpoint_that_covers_an_entry(operator):
    BatchFactory(by=operator)
    entry = Entry.objects.latest("id")
    first = sealing.seal()
    BatchFactory(by=operator)
    assert (sealing.seal().size > first.size, covering(entry).size) == (True, first.size)

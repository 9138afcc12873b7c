"""A verifier in another language agrees with ours on good bundles and on broken ones."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from audit.ledger import keys
from audit.models import Entry
from tests.audit.bundle.conftest import verified

NODE = shutil.which("node")
SECOND = Path(__file__).with_name("second_verifier.mjs")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(NODE is None, reason="Node.js is not on this machine"),
]


def second(folder, *key):
    """(exit code, what it said) of the second verifier."""
    done = subprocess.run([NODE, str(SECOND), str(folder), *key], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def unpacked(path, folder):
    with zipfile.ZipFile(path) as bundle:
        bundle.extractall(folder)
    return folder


def change(folder, name, old, new):
    """Change a file and have contents.json name its new bytes, as a forger would."""
    path = folder / name
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    relisted(folder, name)


def relisted(folder, name):
    data = (folder / name).read_bytes()
    contents = json.loads((folder / "contents.json").read_bytes())
    contents["files"][name] = [len(data), hashlib.sha256(data).hexdigest()]
    text = json.dumps(contents, sort_keys=True, separators=(",", ":"))
    (folder / "contents.json").write_text(text)


def lines_turned(folder):
    path = folder / "proof/entries.txt"
    first, other, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([other, first, *rest]))
    relisted(folder, "proof/entries.txt")


def entry_left_out(folder):
    path = folder / "proof/entries.txt"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    relisted(folder, "proof/entries.txt")


def signed_by_another(folder):
    """The checkpoint, honestly signed by a key that nobody knows."""
    from audit.ledger.notes import Checkpoint, SigningKey

    note = (folder / "proof/checkpoint.txt").read_text()
    said = Checkpoint.read(note)
    (folder / "proof/checkpoint.txt").write_text(SigningKey.make(said.origin).signed(said.text()))
    relisted(folder, "proof/checkpoint.txt")


BROKEN = {
    "a letter of an entry": lambda f: change(f, "proof/entries.txt", b"Operator One", b"Operator Ona"),
    "a number of an entry": lambda f: change(f, "proof/entries.txt", b'"new":"480"', b'"new":"481"'),
    "two entries turned": lines_turned,
    "an entry left out": entry_left_out,
    "the size that was signed": lambda f: change(f, "proof/checkpoint.txt", b"\n", b"\n1"),
    "signed by another key": signed_by_another,
    "the page for people": lambda f: change(f, "record.html", b"</html>", b"<!-- --></html>"),
    "a file without listing it": lambda f: (f / "record.html").write_text("another"),
    "a file taken away": lambda f: (f / "record.html").unlink(),
}


@pytest.fixture
def folder(approved, other, bundled, tmp_path):
    """A batch's bundle, unpacked; another batch lies in the same log."""
    return unpacked(bundled(batch=approved.number), tmp_path / "unpacked")


def test_r075_a_second_verifier_finds_a_batch_whole(folder):
    entries = len((folder / "proof/entries.txt").read_bytes().splitlines())
    assert verified(folder)[0] == 0
    assert second(folder) == (0, f"OK {Entry.objects.count()} {entries}\n")
    assert second(folder, str(keys.load().public))[0] == 0


def test_r075_a_second_verifier_finds_a_range_whole(approved, other, bundled, tmp_path):
    numbers = sorted(Entry.objects.values_list("pk", flat=True))[2:-2]
    folder = unpacked(bundled(entries=(numbers[0], numbers[-1])), tmp_path / "range")
    assert verified(folder)[0] == 0
    # The entry of the bundle's making goes along.
    assert second(folder) == (0, f"OK {Entry.objects.count()} {len(numbers) + 1}\n")


def test_r074_both_verifiers_refuse_what_was_broken(folder, tmp_path):
    for what, broken in BROKEN.items():
        copy = shutil.copytree(folder, tmp_path / what)
        broken(copy)
        ours, theirs = verified(copy), second(copy)
        assert (what, ours[0], theirs[0]) == (what, 1, 1)
        assert (ours[1][:6], theirs[1][:6]) == ("WRONG.", "WRONG ")


def test_r075_both_verifiers_refuse_another_key_than_the_one_given(folder):
    keys.set_aside()
    stranger = str(keys.make(keys.new_origin()).public)
    assert (verified(folder, "--key", stranger)[0], second(folder, stranger)[0]) == (1, 1)

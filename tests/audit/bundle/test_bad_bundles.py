"""Broken and forged bundles: every one ends in a sentence and exit 1, never in a traceback.

One exception is meant: bits of the zip's own frame (its dates, its attributes) that change neither a name nor
a byte of any file. The verifier proves what is in the bundle, not how it is wrapped.
"""

import base64
import contextlib
import hashlib
import importlib.util
import io
import json
import random
import zipfile
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.bundle.making import VERIFIER
from audit.bundle.zipping import canonical
from audit.ledger.notes import Checkpoint, SigningKey
from tests.audit.bundle.conftest import verified
from tests.factories import BatchFactory

spec = importlib.util.spec_from_file_location("verifier", VERIFIER)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)

database = pytest.mark.django_db(transaction=True)
RANDOM = random.Random(3)


def said(path, keys=(), printed=()):
    """What the verifier says of a bundle; "OK" where it finds nothing wrong."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            verifier.check(Path(path), list(keys), list(printed))
    except SystemExit as wrong:
        return str(wrong)
    return "OK"


def is_refused(path):
    """Whether it is refused, by its words or (in the program around it) as damaged."""
    try:
        return said(path).startswith("WRONG. ")
    except Exception:
        return True


@pytest.fixture
def small(operator, bundled):
    """A bundle of a batch that was only opened."""
    BatchFactory(by=operator)
    return bundled(batch=BatchFactory(by=operator).number)


def members(path):
    with zipfile.ZipFile(path) as bundle:
        return {one.filename: bundle.read(one) for one in bundle.infolist()}


def rewritten(path, held, name="forged.zip"):
    """Another zip with these files."""
    forged = path.with_name(name)
    with zipfile.ZipFile(forged, "w", zipfile.ZIP_DEFLATED) as bundle:
        for member, data in held.items():
            bundle.writestr(member, data)
    return forged


def mended(held):
    """The same files, with a contents.json that fits them: what a forger does."""
    contents = json.loads(held["contents.json"])
    contents["files"] = {
        name: [len(data), hashlib.sha256(data).hexdigest()]
        for name, data in held.items()
        if name != "contents.json"
    }
    return {**held, "contents.json": canonical(contents)}


# --- flipped bits -------------------------------------------------------------------------------


@database
def test_r074_a_flipped_bit_anywhere_in_the_zip_is_refused(small):
    whole, good, flipped = small.read_bytes(), members(small), small.with_name("flipped.zip")
    places = [RANDOM.randrange(len(whole)) for _ in range(250)]
    places += [RANDOM.randrange(len(whole) - 1200, len(whole)) for _ in range(150)]
    slipped = []
    for place in places:
        data = bytearray(whole)
        data[place] ^= 1 << RANDOM.randrange(8)
        flipped.write_bytes(data)
        if not is_refused(flipped) and members(flipped) != good:
            slipped.append(place)
    assert slipped == []


@database
def test_r074_a_flipped_bit_in_any_unpacked_file_is_refused(small, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(small) as bundle:
        bundle.extractall(folder)
    slipped = []
    for name, good in members(small).items():
        for place in {RANDOM.randrange(len(good)) for _ in range(25)}:
            data = bytearray(good)
            data[place] ^= 1 << RANDOM.randrange(8)
            (folder / name).write_bytes(data)
            slipped += [] if is_refused(folder) else [(name, place)]
        (folder / name).write_bytes(good)
    assert (slipped, said(folder)) == ([], "OK")


@database
def test_a_flipped_bit_ends_in_a_sentence_of_the_program(small):
    whole, flipped = small.read_bytes(), small.with_name("flipped.zip")
    for place in [0, 30, 60, len(whole) // 2, len(whole) - 700, len(whole) - 20]:
        data = bytearray(whole)
        data[place] ^= 0x10
        flipped.write_bytes(data)
        code, words = verified(flipped)
        assert (
            code,
            words.startswith(("WRONG. ", "OK. ")),
            words.count("\n") <= 3,
            "Traceback" in words,
        ) == (
            int(words.startswith("WRONG")),
            True,
            True,
            False,
        )


# --- what a forger would do ---------------------------------------------------------------------


@database
@pytest.mark.parametrize(
    "name", ["record.html", "README.txt", "verify.py", "signatures.json", "public-key.txt", "epochs.json"]
)
def test_r036_a_forged_file_is_refused_though_contents_json_fits(small, name):
    held = members(small)
    held[name] += b" "
    assert said(rewritten(small, mended(held))) == (
        f"WRONG. {name} is missing, changed or added: the entries name other bytes."
    )


@database
def test_r074_a_forged_entry_is_named(small):
    held = members(small)
    lines = held["proof/entries.txt"].split(b"\n")
    lines[2] = lines[2].replace(b"Operator One", b"Operator Two")
    held["proof/entries.txt"] = b"\n".join(lines)
    number = json.loads(lines[2])["batch"]["number"]
    assert said(rewritten(small, mended(held))) == (
        f"WRONG. Entry 4 of batch {number} is missing, or the one before it was changed."
    )


@database
def test_r074_an_entry_left_out_swapped_or_added_is_refused(small):
    held = members(small)
    lines = held["proof/entries.txt"].decode().splitlines(keepends=True)
    orders = {
        "first left out": lines[1:],
        "middle left out": lines[:2] + lines[3:],
        "last left out": lines[:-1],
        "twice": [*lines, lines[-1]],
        "swapped": [lines[1], lines[0], *lines[2:]],
        "none": [],
        "no end": [*lines[:-1], lines[-1].rstrip("\n")],
    }
    kept = []
    for what, order in orders.items():
        held["proof/entries.txt"] = "".join(order).encode()
        kept += [] if is_refused(rewritten(small, mended(held))) else [what]
    assert kept == []


@database
def test_r036_a_signed_note_of_another_log_is_refused(small):
    held = members(small)
    text = held["proof/checkpoint.txt"].decode()
    origin, size, root = text.split("\n")[:3]
    stranger = SigningKey.make(origin)
    note = stranger.signed(Checkpoint(origin, int(size), base64.b64decode(root)).text())
    held["proof/checkpoint.txt"] = note.encode()
    assert said(rewritten(small, mended(held))) == (
        "WRONG. proof/checkpoint.txt was changed, or signed with another key: its signature does not fit."
    )
    # With the stranger's key in the bundle as well, the entry of the making names other bytes.
    held["epochs.json"] = json.dumps([{"public_key": str(stranger.public)}]).encode()
    held = {name: data for name, data in held.items() if not name.startswith("proof/older/")}
    assert said(rewritten(small, mended(held))).startswith("WRONG. epochs.json is missing, changed or added")


@database
def test_files_missing_and_files_added_are_named(small):
    held = members(small)
    for name in held:
        fewer = {one: data for one, data in held.items() if one != name}
        words = "no bundle of ExoLedger" if name == "contents.json" else f"'{name}' is missing."
        assert words in verified(rewritten(small, fewer))[1]
    for name in ("extra.txt", "../outside.txt", "/etc/passwd", "proof/older/..", "a\\b", "files/ü", "C:x"):
        code, words = verified(rewritten(small, {**held, name: b"x"}))
        assert (code, words.endswith(" does not belong to the bundle.\n")) == (1, True)


@database
def test_path_tricks_are_refused_though_contents_json_lists_them(small):
    for name in ("../outside.txt", "/etc/passwd", "proof/../x", ".hidden"):
        held = mended({**members(small), name: b"x"})
        assert verified(rewritten(small, held))[0] == 1


@database
def test_two_files_of_one_name_are_refused(small):
    with zipfile.ZipFile(small, "a") as bundle, pytest.warns(UserWarning, match="Duplicate name"):
        bundle.writestr("record.html", "another")
    assert verified(small) == (1, "WRONG. Two files in the zip have the same name.\n")


@database
def test_what_unpacks_to_far_more_than_it_takes_is_not_unpacked(small):
    held = {**members(small), "record.html": b"\0" * 50_000_000}
    assert verified(rewritten(small, held)) == (
        1,
        "WRONG. A file in the zip is implausibly large for the room it takes; nothing is unpacked.\n",
    )


@pytest.mark.parametrize("data", [b"", b"PK", b"hello", b"PK\x05\x06" + b"\0" * 18, b"\0" * 100_000])
def test_what_is_no_bundle_ends_in_a_sentence(tmp_path, data):
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    code, words = verified(path)
    assert (code, words.startswith("WRONG. This is no bundle of ExoLedger, or it is damaged: ")) == (1, True)


def test_a_bundle_that_is_not_there_ends_in_a_sentence(tmp_path):
    assert [verified(tmp_path / "none.zip")[0], verified(tmp_path)[0], verified()[0]] == [1, 1, 1]


@database
@pytest.mark.parametrize("given", ["88412", "x y", "", "5 !!!", "— — —", "99999999999999999999999 AAAA"])
def test_a_checkpoint_that_can_not_be_read_ends_in_a_sentence(small, given):
    code, words = verified(small, given)
    assert (code, words.startswith("WRONG. "), "Traceback" in words) == (1, True, False)


# --- its Ed25519 --------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_its_ed25519_agrees_with_a_public_implementation(seed, text):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(text)
    assert verifier.has_signed(public, text, signature)
    assert not verifier.has_signed(public, text + b"x", signature)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 95), st.integers(0, 7))
def test_its_ed25519_refuses_what_a_public_implementation_refuses(place, bit):
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    parts = bytearray(key.public_key().public_bytes_raw() + key.sign(b"text"))
    parts[place] ^= 1 << bit
    public, signature = bytes(parts[:32]), bytes(parts[32:])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, b"text")
        theirs = True
    except (InvalidSignature, ValueError):
        theirs = False
    try:
        ours = verifier.has_signed(public, b"text", signature)
    except SystemExit:
        ours = False
    assert ours == theirs


def test_rfc_8032_test_vectors():
    """Section 7.1, tests 2 and 3: key, message, signature."""
    vectors = [
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ]
    assert [verifier.has_signed(*(bytes.fromhex(part) for part in vector)) for vector in vectors] == [
        True,
        True,
    ]

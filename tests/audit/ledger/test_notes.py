"""Signed notes and checkpoints against notes that other programs signed, and against garbage."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.ledger import notes
from audit.ledger.notes import Checkpoint, NoteWrong, PublicKey, SigningKey

# The example of Go's golang.org/x/mod/sumdb/note (its documentation and example_test.go).
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6R"
    "yyBwJnAM=\n"
)
# The second signer of the same example.
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1R"
    "vMc+QQ=\n"
)
PETER_NOTE = f"{PETER_TEXT}\n{PETER_LINE}"
# Go's checksum database: its public key (cmd/go, modfetch/key.go) and two checkpoints that it published.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTES = [
    (
        "go.sum database tree\n30055305\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n\n"
        "— sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3E"
        "JlDCrQ+y3A8=\n",
        30_055_305,
        "9977e045c2746c6d23dc23dd2b08065ad5330546d7ebbb1a64646616e2461ac3",
    ),
    (
        "go.sum database tree\n65664258\nWVVNVD2qx+fTq31zkj6UAqxT5X6HvGphGM+o8Thnbsg=\n\n"
        "— sum.golang.org Az3grligJmgX7KGyGPKybykNTh3VgsbLvUuvOwrM5zLVlulmFp2wdvbxOw74/gcNxURShXEpb7RXcs3+"
        "BYflYN+w0gQ=\n",
        65_664_258,
        "59554d543daac7e7d3ab7d73923e9402ac53e57e87bc6a6118cfa8f138676ec8",
    ),
]
# Keys whose ids other implementations computed: C2SP signed-note's example, and one with a plus sign in its
# base64 (transparency-dev/formats, note_cosigv1_test.go).
OTHER_KEYS = [
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
]


@pytest.fixture(scope="module")
def signer():
    return SigningKey.make("exoledger/0123456789abcdef")


@pytest.fixture(scope="module")
def checkpoint(signer):
    return Checkpoint(signer.name, 88_412, bytes(range(32)))


@pytest.fixture(scope="module")
def note(signer, checkpoint):
    return signer.signed(checkpoint.text())


# --- what other programs made --------------------------------------------------------------------


def test_r075_note_of_the_go_example_is_opened_and_signed_the_same():
    assert notes.opened(PETER_NOTE, [PublicKey.read(PETER_KEY)]) == PETER_TEXT
    # Ed25519 signs the same text the same way always, so our note is theirs to the byte.
    assert SigningKey.read(PETER_SECRET).signed(PETER_TEXT) == PETER_NOTE


def test_r075_keys_of_the_go_example_are_read_and_written_the_same():
    secret = SigningKey.read(PETER_SECRET)
    assert (str(secret.public), secret.secret_text()) == (PETER_KEY, PETER_SECRET)


@pytest.mark.parametrize("text", [PETER_KEY, ENOCH_KEY, SUMDB_KEY, *OTHER_KEYS])
def test_r075_ids_of_public_keys_are_those_of_other_programs(text):
    assert str(PublicKey.read(text)) == text


@pytest.mark.parametrize(("note", "size", "root"), SUMDB_NOTES)
def test_r075_checkpoints_of_the_go_checksum_database_are_read(note, size, root):
    said = notes.checkpoint_of(note, [PublicKey.read(SUMDB_KEY)])
    assert (said.origin, said.size, said.root.hex()) == ("go.sum database tree", size, root)
    assert note.startswith(said.text())


@pytest.mark.parametrize("keys", [[PETER_KEY], [ENOCH_KEY], [PETER_KEY, ENOCH_KEY], [ENOCH_KEY, SUMDB_KEY]])
def test_a_note_that_two_signed_is_opened_with_either_key(keys):
    both = PETER_NOTE + ENOCH_LINE
    assert notes.opened(both, [PublicKey.read(key) for key in keys]) == PETER_TEXT


# --- how notes arrive ----------------------------------------------------------------------------


def test_a_note_that_went_by_mail_is_opened(note, signer, checkpoint):
    arrived = [note.replace("\n", "\r\n"), note + "\n\n", f"{note}\r\n", note.rstrip("\n")]
    assert [notes.checkpoint_of(one, [signer.public]) for one in arrived] == [checkpoint] * 4


def test_lines_behind_the_root_are_allowed_and_signed(signer, checkpoint):
    longer = signer.signed(checkpoint.text() + "a remark\n")
    assert notes.checkpoint_of(longer, [signer.public]) == checkpoint
    with pytest.raises(NoteWrong, match="does not belong to this text"):
        notes.checkpoint_of(longer.replace("remark", "remork"), [signer.public])


def refused(note, keys, words):
    with pytest.raises(NoteWrong, match=words):
        notes.checkpoint_of(note, keys)


def test_r074_note_with_a_key_of_somebody_else_is_refused(note):
    other = SigningKey.make("exoledger/other")
    refused(note, [other.public], "not signed by a key of this ledger")
    refused(note, [], "not signed by a key of this ledger")


def test_r074_note_signed_by_another_key_under_our_name_is_refused(signer, checkpoint):
    namesake = SigningKey.make(signer.name)
    refused(namesake.signed(checkpoint.text()), [signer.public], "not signed by a key of this ledger")
    # With our key id written over theirs, the signature itself is looked at.
    signature = base64.b64encode(signer.public.identity + namesake.key.sign(checkpoint.text().encode()))
    forged = f"{checkpoint.text()}\n— {signer.name} {signature.decode()}\n"
    refused(forged, [signer.public], "does not belong to this text")


@pytest.mark.parametrize("number", range(4))
def test_r074_any_changed_line_is_refused(note, signer, number):
    lines = note.split("\n")
    lines[number] = lines[number].replace(lines[number][:1], "x", 1) if lines[number] else "x"
    with pytest.raises(NoteWrong):
        notes.checkpoint_of("\n".join(lines), [signer.public])


def test_r074_truncated_notes_are_refused(note, signer):
    # Without its last newline it is still whole; everything shorter is not.
    for length in range(len(note) - 1):
        with pytest.raises(NoteWrong):
            notes.checkpoint_of(note[:length], [signer.public])


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        ("", "no signature under it"),
        ("nothing of the kind", "no signature under it"),
        ("origin\n1\nroot\n", "no signature under it"),
        ("origin\n1\nroot\n\n", "no signature under it"),
        ("\n\n— a b\n", "no signature under it"),
        ("text\n\n- a AAAAAAAA\n", "is no signature"),
        ("text\n\n— a AAAA\n", "is no signature"),
        ("text\n\n— a AAAAA\n", "not written in base64"),
        ("text\n\n— a AAAAAAAA\n", "not signed by a key of this ledger"),
        ("x" * 20_001, "too long"),
    ],
)
def test_r074_what_is_no_note_is_refused_in_words(signer, spoiled, words):
    refused(spoiled, [signer.public], words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("only one line\n", "no checkpoint"),
        ("\n1\nAAAA\n", "no checkpoint"),
        ("origin\n-1\nAAAA\n", "no checkpoint"),
        ("origin\n01\nAAAA\n", "no checkpoint"),
        ("origin\n1.5\nAAAA\n", "no checkpoint"),
        ("origin\n١\nAAAA\n", "no checkpoint"),
        (f"origin\n{'9' * 20}\nAAAA\n", "no checkpoint"),
        ("origin\n1\nAAAA\n", "not the length of a SHA-256"),
        ("origin\n1\nroot!\n", "not written in base64"),
    ],
)
def test_r074_a_signed_text_that_is_no_checkpoint_is_refused(signer, text, words):
    refused(signer.signed(text), [signer.public], words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+id",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PETER_KEY[:-1],
        PETER_KEY.replace("c74f20a3", "c74f20a4"),
        PETER_KEY.replace("Neumann", "Newmann"),
        PETER_KEY.replace("+ARpc", "+AhPc"),
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "\ud800" + PETER_KEY,
    ],
)
def test_key_texts_that_were_copied_wrongly_are_refused(text):
    with pytest.raises(NoteWrong):
        PublicKey.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PETER_KEY,
        PETER_SECRET[:-4],
        PETER_SECRET.replace("c74f20a3", "c74f20a4"),
        PETER_SECRET.replace("PeterNeumann", "Peter Neumann"),
        "PRIVATE+KEY+\ud800+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    ],
)
def test_r020_signing_keys_that_are_wrong_are_refused_without_quoting_them(text):
    with pytest.raises(NoteWrong) as refusal:
        SigningKey.read(text)
    assert "AYEKFALVFGyN" not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "x" * 201, "line\nfeed", "\ud800"])
def test_names_that_notes_can_not_hold_are_refused(name):
    with pytest.raises(NoteWrong):
        SigningKey.make(name)


# --- garbage -------------------------------------------------------------------------------------

# Every code point, lone surrogates too: JSON files can hold them.
ANY_TEXT = st.text(st.characters())
PIECES = st.lists(
    st.sampled_from(
        [PETER_TEXT, PETER_LINE, ENOCH_LINE, "\n", "\n\n", "\r\n", "— ", "+", "PeterNeumann", "="]
    )
    | ANY_TEXT,
    max_size=8,
).map("".join)


def only_in_words(read, *given_texts):
    """Whatever is wrong is told as NoteWrong; nothing else is raised."""
    try:
        return read(*given_texts)
    except NoteWrong:
        return None


@settings(max_examples=400, deadline=None, derandomize=True)
@given(ANY_TEXT | PIECES)
def test_garbage_is_refused_in_words_and_never_taken_for_a_checkpoint(text):
    keys = [PublicKey.read(PETER_KEY), PublicKey.read(ENOCH_KEY)]
    assert only_in_words(notes.checkpoint_of, text, keys) is None
    assert only_in_words(notes.opened, text, keys) in (None, PETER_TEXT)
    for read in (PublicKey.read, SigningKey.read, Checkpoint.read):
        only_in_words(read, text)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(place=st.integers(0, len(PETER_NOTE.encode()) - 1), bit=st.integers(0, 7))
def test_r074_one_flipped_bit_anywhere_is_refused(place, bit):
    wrong = bytearray(PETER_NOTE.encode())
    wrong[place] ^= 1 << bit
    text = wrong.decode("utf-8", "surrogateescape")
    assert only_in_words(notes.opened, text, [PublicKey.read(PETER_KEY)]) is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(size=st.integers(0, 10**18), root=st.binary(min_size=32, max_size=32))
def test_any_checkpoint_reads_back_as_it_was_signed(size, root):
    key = SigningKey.read(PETER_SECRET)
    said = Checkpoint("exoledger/any", size, root)
    assert notes.checkpoint_of(key.signed(said.text()), [key.public]) == said

"""Signed notes and checkpoints in the C2SP formats (signed-note, tlog-checkpoint), signed with Ed25519.

A checkpoint's text is three lines: origin, number of leaves, root in base64. A signed note adds an empty
line and one line a signature: an em dash, the key's name, base64 of key id and signature. Public keys
are written `name+id+base64`, private ones `PRIVATE+KEY+name+id+base64`, as other tools write them.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
LARGEST_NOTE = 20_000
# No lone surrogates: nothing could be hashed or written with them.
NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]{1,200}")
SIGNATURE_LINE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+=*)")


class NoteWrong(Exception):
    """A note, checkpoint or key that can't be read or is not signed as it should be; says why."""


def key_id(name: str, public: bytes) -> bytes:
    """First four bytes of SHA-256 over name, newline, algorithm and public key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


@dataclass(frozen=True)
class PublicKey:
    """A key that notes are checked with."""

    name: str
    public: bytes

    @classmethod
    def read(cls, text: str) -> "PublicKey":
        """From `name+id+base64`. Raises NoteWrong."""
        name, _, rest = text.strip().partition("+")
        identity, _, encoded = rest.partition("+")
        data = _unpacked(encoded, "The public key")
        if not NAME.fullmatch(name) or len(data) != 33 or data[:1] != ED25519:
            raise NoteWrong("That is no Ed25519 public key of the form name+id+base64.")
        key = cls(name, data[1:])
        if identity != key.identity.hex():
            raise NoteWrong("The public key's id does not belong to it: it was copied wrongly.")
        return key

    @property
    def identity(self) -> bytes:
        return key_id(self.name, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.identity.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether that is this key's signature over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """The key that checkpoints are signed with; its secret is in no text but `secret_text`."""

    name: str
    key: Ed25519PrivateKey

    @classmethod
    def make(cls, name: str) -> "SigningKey":
        """A new key of that name."""
        if not NAME.fullmatch(name):
            raise NoteWrong("A key's name has no spaces and no plus sign.")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, text: str) -> "SigningKey":
        """From `PRIVATE+KEY+name+id+base64`. Raises NoteWrong without quoting what it read."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise NoteWrong("That is no signing key of the form PRIVATE+KEY+name+id+base64.")
        data = _unpacked(parts[4], "The signing key")
        if len(data) != 33 or data[:1] != ED25519 or not NAME.fullmatch(parts[2]):
            raise NoteWrong("That is no Ed25519 signing key.")
        key = cls(parts[2], Ed25519PrivateKey.from_private_bytes(data[1:]))
        if key.public.identity.hex() != parts[3]:
            raise NoteWrong("The signing key's id does not belong to it: it was copied wrongly.")
        return key

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self.key.public_key().public_bytes_raw())

    def secret_text(self) -> str:
        """How the key stands in its file."""
        encoded = base64.b64encode(ED25519 + self.key.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self.public.identity.hex()}+{encoded}"

    def signed(self, text: str) -> str:
        """The text as a signed note. The text must end in a newline."""
        signature = base64.b64encode(self.public.identity + self.key.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """From its lines; extension lines after the third are allowed. Raises NoteWrong."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise NoteWrong("That is no checkpoint: origin, number of entries and root are not there.")
        root = _unpacked(lines[2], "The checkpoint's root")
        if len(root) != 32:
            raise NoteWrong("The checkpoint's root has not the length of a SHA-256.")
        return cls(lines[0], int(lines[1]), root)


def opened(note: str, keys: Iterable[PublicKey]) -> str:
    """The text of a signed note that one of the keys signed. Raises NoteWrong."""
    if len(note) > LARGEST_NOTE:
        raise NoteWrong("That is too long for a checkpoint.")
    # Mail programs turn line ends and leave empty lines behind; a note ends in one newline.
    text, blank, signatures = note.replace("\r\n", "\n").rstrip("\n").rpartition("\n\n")
    if not blank or not text:
        raise NoteWrong("That is no signed note: there is no signature under it.")
    text += "\n"
    known = {(key.name, key.identity): key for key in keys}
    found = False
    for line in signatures.split("\n"):
        name, signature = _signature(line)
        key = known.get((name, signature[:4]))
        if key is None:
            continue  # signatures of others, such as witnesses, are none of our business
        if not key.has_signed(text, signature[4:]):
            raise NoteWrong(f"The signature of {name} does not belong to this text.")
        found = True
    if not found:
        raise NoteWrong("The note is not signed by a key of this ledger.")
    return text


def checkpoint_of(note: str, keys: Iterable[PublicKey]) -> Checkpoint:
    """What a checkpoint signed by one of the keys says. Raises NoteWrong."""
    return Checkpoint.read(opened(note, keys))


def _signature(line: str) -> tuple[str, bytes]:
    match = SIGNATURE_LINE.fullmatch(line)
    signature = _unpacked(match.group(2), "A signature") if match else b""
    if match is None or len(signature) < 5:
        raise NoteWrong("A line under the note is no signature.")
    return match.group(1), signature


def _unpacked(encoded: str, what: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteWrong(f"{what} is not written in base64.") from error

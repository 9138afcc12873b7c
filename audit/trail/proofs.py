"""One entry's proof: that its text, at its place, is what the newest checkpoint was signed over."""

from dataclasses import dataclass
from typing import Any

from audit import canonical
from audit.ledger import merkle, sealing
from audit.ledger.models import Checkpoint, Leaf
from audit.ledger.notes import NoteWrong, checkpoint_of
from audit.ledger.tree import StoredTree
from audit.models import Entry
from audit.words import grouped

FORMAT = "exoledger-proof/1"
HOW = (
    "The SHA-256 of one zero byte and the body (UTF-8) is the leaf hash. With the inclusion path it leads to "
    "the root as RFC 9162, section 2.1.3.2 says. The checkpoint is a C2SP signed note: its third line is "
    "that root in base64, signed with Ed25519 by the key named; compare it with a checkpoint kept elsewhere."
)


@dataclass(frozen=True)
class Proof:
    """Where an entry stands in the tree, the hashes that lead from it to the root, and what came of it."""

    index: int
    first_covered_by: int
    checkpoint: Checkpoint
    leaf: bytes
    path: list[bytes]
    trouble: str

    @property
    def is_good(self) -> bool:
        return not self.trouble

    @property
    def hashes(self) -> list[str]:
        return [one.hex() for one in self.path]

    @property
    def words(self) -> str:
        """What was worked out, as a sentence."""
        return self.trouble or (
            f"Worked out anew just now: from this entry's text, {len(self.path)} hashes lead to the root "
            f"that checkpoint {grouped(self.checkpoint.size)} is signed with."
        )


def proof_of(entry: Entry) -> Proof | None:
    """The proof towards the newest checkpoint; None while the entry waits for the sealer."""
    leaf = Leaf.objects.filter(entry_id=entry.pk).first()
    newest = sealing.newest() if leaf else None
    if leaf is None or newest is None or leaf.index >= newest.size:
        return None
    hashed = canonical.leaf_hash(entry.body)
    path = StoredTree(newest.size).inclusion_path(leaf.index)
    return Proof(
        leaf.index, leaf.checkpoint_id, newest, hashed, path, _trouble(leaf.index, newest, hashed, path)
    )


def _trouble(index: int, newest: Checkpoint, hashed: bytes, path: list[bytes]) -> str:
    """What does not fit, in words; empty when all does."""
    try:
        signed = checkpoint_of(newest.note, sealing.known_keys())
        root = merkle.root_from_inclusion(hashed, index, newest.size, path)
    except (NoteWrong, merkle.ProofWrong) as error:
        return f"Checkpoint {grouped(newest.size)} can't be used: {error}"
    if (signed.size, signed.root) == (newest.size, root):
        return ""
    return (
        f"From this entry's text the hashes do not lead to the root of checkpoint {grouped(newest.size)}: "
        "its text, its place or the tree was changed after it was sealed. Run manage.py verify."
    )


def as_file(entry: Entry, proof: Proof) -> dict[str, Any]:
    """The proof for somebody who has nothing of us but this."""
    return {
        "format": FORMAT,
        "entry": entry.pk,
        "body": entry.body,
        "leaf_index": proof.index,
        "leaf_hash": proof.leaf.hex(),
        "tree_size": proof.checkpoint.size,
        "inclusion_path": proof.hashes,
        "checkpoint": proof.checkpoint.note,
        "public_keys": sorted({str(key) for key in sealing.known_keys()}),
        "how_to_check": HOW,
    }

"""Whether a record's entries are the ones that were sealed: asked before anything is put back from them."""

from django.db import connection

from audit import canonical
from audit.ledger import merkle
from audit.ledger.models import Checkpoint, Leaf
from audit.ledger.notes import NoteWrong, PublicKey
from audit.ledger.tree import StoredTree
from audit.refusal import ActionRefused
from audit.verifying.checkpoints import note_wrong
from audit.verifying.records import Beside

LEAF_ALONE = """
SELECT 1 FROM audit_leaf AS l LEFT JOIN audit_entry AS e ON e.id = l.entry_id WHERE e.id IS NULL LIMIT 1
"""
UNPROVEN = (
    "Entry {number} is not what was sealed, so nothing is taken from it. Note what was found, and restore "
    "the ledger from a backup."
)


def demand_proven(beside: Beside) -> None:
    """Refuse unless every entry of the record leads to the root that was signed last.

    Else an attacker who changed an entry could have the record put back to what he wrote there; or, with
    the last entry gone, to what was recorded before it.
    """
    if _entries_are_gone():
        raise ActionRefused(
            "Sealed entries are gone, so nothing is put back from those that are left. Note it."
        )
    newest = Checkpoint.objects.select_related("epoch").order_by("-size").first()
    if newest is None:
        raise ActionRefused("Nothing is sealed yet, so nothing proves the entries.")
    try:
        wrong = note_wrong(newest, PublicKey.read(newest.epoch.public_key))
    except NoteWrong as error:
        wrong = str(error)
    if wrong:
        raise ActionRefused(f"The newest checkpoint proves nothing: {wrong}")
    tree, root = StoredTree(newest.size), bytes(newest.root)
    places = dict(Leaf.objects.filter(entry__in=beside.writing).values_list("entry_id", "index"))
    for entry in beside.writing:
        if not _leads_to(root, tree, canonical.leaf_hash(entry.body), places.get(entry.pk)):
            raise ActionRefused(UNPROVEN.format(number=entry.pk))


def _entries_are_gone() -> bool:
    """Whether a leaf stands without its entry."""
    with connection.cursor() as cursor:
        cursor.execute(LEAF_ALONE)
        return cursor.fetchone() is not None


def _leads_to(root: bytes, tree: StoredTree, leaf: bytes, index: int | None) -> bool:
    if index is None or index >= tree.size:
        return False
    path = tree.inclusion_path(index)
    return merkle.root_from_inclusion(leaf, index, tree.size, path) == root

"""Whether a record's entries are the ones that were sealed: asked before anything is put back from them."""

from audit import canonical
from audit.ledger import merkle
from audit.ledger.models import Checkpoint, Leaf
from audit.ledger.notes import NoteWrong, PublicKey
from audit.ledger.tree import StoredTree
from audit.refusal import ActionRefused
from audit.verifying.checkpoints import note_wrong
from audit.verifying.records import Beside

UNPROVEN = (
    "Entry {number} is not what was sealed, so nothing is taken from it. Note what was found, and restore "
    "the ledger from a backup."
)


def demand_proven(beside: Beside) -> None:
    """Refuse unless every entry of the record leads to the root that was signed last.

    Else an attacker who changed an entry could have the record put back to what he wrote there.
    """
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


def _leads_to(root: bytes, tree: StoredTree, leaf: bytes, index: int | None) -> bool:
    if index is None or index >= tree.size:
        return False
    path = tree.inclusion_path(index)
    return merkle.root_from_inclusion(leaf, index, tree.size, path) == root

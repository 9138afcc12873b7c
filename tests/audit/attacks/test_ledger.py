"""The ledger itself: rewritten, set back, signed with other keys."""

from audit.ledger import keys, sealing
from audit.ledger.models import Leaf
from audit.ledger.notes import Checkpoint as Said
from tests.audit.attacks.attacking import (
    OFFLINE,
    ONLINE,
    PREVENTED,
    UNSEEN,
    attack,
    forget_last_checkpoint,
    owner_does,
    unseal,
)
from tests.audit.attacks.test_entries import change_everywhere, entry_of_volume
from tests.audit.ledger.ledgering import entries
from tests.audit.tampering import as_owner, run

LEDGER = "Edit the ledger"
STOLEN = "Rewrite everything and sign with the stolen key"
OTHER = "Rewrite everything and sign with a key of one's own"
BACKUP = "Restore an old backup"
UNREMEMBERED = "the last checkpoint, remembered outside the database, covers more"
OUTSIDE = "an older checkpoint kept elsewhere no longer fits"


@attack(LEDGER, "a checkpoint, guards in place", PREVENTED, "guard: the ledger is append-only")
def test_r011_checkpoints_are_guarded(scene):
    scene.carry_out(lambda: run("UPDATE audit_checkpoint SET note = ''"), "ExoLedger keeps every version")


@attack(LEDGER, "a checkpoint's root, guards off", ONLINE, "its note is signed over another root")
def test_r075_a_changed_root_is_shown(scene):
    root = bytes(32)
    scene.carry_out(lambda: owner_does("UPDATE audit_checkpoint SET root = %s", root), "[Cc]heckpoint")


@attack(LEDGER, "a checkpoint's note, guards off", ONLINE, "the signature no longer fits")
def test_r075_a_changed_note_is_shown(scene):
    note = sealing.newest().note.replace("\n— ", "\n\n— ", 1).replace("exoledger/", "exoledger/0", 1)
    scene.carry_out(lambda: owner_does("UPDATE audit_checkpoint SET note = %s", note), "[Cc]heckpoint")


@attack(LEDGER, "a full tile of hashes, guards off", ONLINE, "tiles are counted anew from the entries")
def test_r075_a_changed_tile_is_shown(scene):
    entries(300)
    sealing.seal()
    root = bytes(32)
    scene.carry_out(lambda: owner_does("UPDATE audit_tile SET root = %s", root), "Tile")


@attack(
    LEDGER,
    "an entry's hash taken out of the tree (its leaf deleted), guards off",
    ONLINE,
    "leaves have a gap",
)
def test_r075_a_deleted_leaf_is_shown(scene):
    scene.carry_out(lambda: owner_does('DELETE FROM audit_leaf WHERE "index" = 3'), "leaves 3 to 3 are gone")


# --- everything at once --------------------------------------------------------------------------


def rewrite_all():
    """Another volume in value, history, entry and chain; the whole ledger sealed and signed anew."""
    change_everywhere()
    with as_owner():
        unseal()
    forget_last_checkpoint()


@attack(
    STOLEN,
    "value, history, entries and chain changed, sealed anew; nobody holds an older checkpoint",
    UNSEEN,
    "nothing is left to compare with: keep checkpoints outside (see below)",
)
def test_r075_a_rewrite_with_the_stolen_key_passes_where_nobody_holds_an_older_checkpoint(committed_scene):
    scene = committed_scene
    scene.hold_no_copy()
    scene.carry_out(rewrite_all, then=sealing.seal)
    assert '"new":"999"' in entry_of_volume().body


@attack(STOLEN, "the same; an older checkpoint is held elsewhere", OFFLINE, OUTSIDE)
def test_r075_a_rewrite_with_the_stolen_key_does_not_fit_an_older_checkpoint(committed_scene):
    scene = committed_scene
    scene.carry_out(rewrite_all, "does not fit any more.*something is not what it was", then=sealing.seal)
    assert scene.check_bundle()[1].startswith("WRONG. Your checkpoint does not fit")
    # Without the copy, the bundle's verifier can't know.
    assert scene.check_bundle(with_copy=False) == (None, "")


@attack(
    STOLEN,
    "the same, and what is remembered outside the database kept as it was",
    ONLINE,
    "the sealer's own memory of its last checkpoint",
)
def test_r075_a_rewrite_beside_the_remembered_checkpoint_is_shown(committed_scene):
    scene = committed_scene

    def act():
        change_everywhere()
        with as_owner():
            unseal()

    scene.carry_out(act, "older than its ledger")


def rewrite_with_another_key():
    """The whole ledger anew, with a key of the attacker's own in its place."""
    rewrite_all()
    origin = keys.load().name
    keys.set_aside()
    key = keys.make(origin)
    with as_owner():
        run("UPDATE audit_epoch SET public_key = %s", str(key.public))


@attack(
    OTHER,
    "key file and epoch replaced, sealed anew; the public key is known elsewhere, no checkpoint is",
    OFFLINE,
    "the bundle is signed with another key than the one that was handed out (`verify.py --key`)",
)
def test_r075_a_rewrite_with_another_key_does_not_fit_the_printed_one(committed_scene):
    scene = committed_scene
    scene.hold_no_copy()
    scene.hold_key()

    scene.carry_out(
        rewrite_with_another_key,
        "signed with another key|not signed with a key of this log",
        then=sealing.seal,
    )
    assert scene.check_bundle(with_copy=False, with_key=False) == (None, "")


@attack(
    OTHER,
    "the same; an older checkpoint is held elsewhere",
    OFFLINE,
    "it is signed by a key that is not known here",
)
def test_r075_a_rewrite_with_another_key_does_not_fit_an_older_checkpoint(committed_scene):
    scene = committed_scene

    scene.carry_out(rewrite_with_another_key, "Copy checkpoint.txt", then=sealing.seal)


@attack(
    OTHER,
    "a checkpoint signed by another key written into the ledger, guards off",
    ONLINE,
    "it is not signed by the key of its epoch",
)
def test_r075_a_checkpoint_of_another_key_is_shown(scene):
    from audit.ledger.notes import SigningKey

    newest = sealing.newest()
    said = Said(newest.epoch.origin, newest.size, bytes(newest.root))
    note = SigningKey.make(newest.epoch.origin).signed(said.text())
    scene.carry_out(lambda: owner_does("UPDATE audit_checkpoint SET note = %s", note), "[Cc]heckpoint")


# --- set back ------------------------------------------------------------------------------------


def go_on(scene):
    """Entries and a checkpoint behind the one that a backup holds; the auditor gets the newer one."""
    size = sealing.newest().size
    entries(4)
    scene.hand_out()
    return size


def set_back(size):
    """The database as its backup had it: nothing of what came later."""
    with as_owner():
        kept = list(Leaf.objects.filter(index__lt=size).values_list("entry_id", flat=True))
        unseal(size)
        run("DELETE FROM audit_entry WHERE id > %s", max(kept))


@attack(BACKUP, "the database alone", ONLINE, UNREMEMBERED)
def test_r083_an_old_database_is_shown(scene):
    size = go_on(scene)
    scene.carry_out(lambda: set_back(size), "is older than its ledger")


@attack(
    BACKUP,
    "the database alone, and sealed on",
    ONLINE,
    "the sealer refuses to sign behind what it signed before",
)
def test_r083_an_old_database_is_not_sealed_on(scene):
    size = go_on(scene)

    def seal_on():
        entries(6)
        try:
            sealing.seal()
        except sealing.LedgerBehind:
            return
        raise AssertionError("sealed")

    scene.carry_out(lambda: set_back(size), "is older than its ledger", then=seal_on)


@attack(
    BACKUP,
    "database and the sealer's memory; a later checkpoint is held elsewhere",
    OFFLINE,
    "the copy covers more than the database holds",
)
def test_r083_an_old_installation_is_shown_by_a_copy(scene):
    note = sealing.newest().note
    size = go_on(scene)

    def act():
        set_back(size)
        keys.keep_last_note(note)

    scene.carry_out(act, "covers more entries than.*older than the copy")


@attack(
    BACKUP,
    "the same, and sealed on beyond the size of the copy",
    OFFLINE,
    OUTSIDE,
)
def test_r083_an_old_installation_that_went_on_is_shown_by_a_copy(scene):
    note = sealing.newest().note
    size = go_on(scene)

    def act():
        set_back(size)
        keys.keep_last_note(note)

    def seal_on():
        entries(6)
        sealing.seal()

    scene.carry_out(act, "does not fit any more", then=seal_on)


@attack(
    BACKUP,
    "database and the sealer's memory; nobody holds a later checkpoint",
    UNSEEN,
    "the machine is as it was then: only what left it later could tell",
)
def test_r083_an_old_installation_passes_where_nobody_holds_a_later_checkpoint(scene):
    note = sealing.newest().note
    size = go_on(scene)
    scene.hold_no_copy()

    def act():
        set_back(size)
        keys.keep_last_note(note)

    scene.carry_out(act)

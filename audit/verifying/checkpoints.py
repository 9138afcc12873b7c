"""Checkpoints and epochs by themselves: signatures, keys, gaps that epochs state, words for the ledger."""

import contextlib
from dataclasses import dataclass, field

from audit.ledger.models import Checkpoint, Epoch
from audit.ledger.notes import NoteWrong, PublicKey, checkpoint_of
from audit.models import Entry
from audit.verifying.differences import Difference, What
from audit.words import grouped


@dataclass
class Counted:
    """What one pass over the ledger found; `roots` at the sizes that were asked for."""

    size: int = 0
    checkpoints: int = 0
    roots: dict[int, bytes] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def about_entry(entry: Entry, name: str, words: str, recorded: str, standing: str) -> Difference:
    """A difference of the ledger that lies at one entry."""
    about = f" ({entry.object_label})" if entry.object_label else ""
    return Difference(
        words=words,
        what=What.LEDGER,
        record_kind=Entry._meta.label_lower,
        record_id=entry.pk,
        record_label=f"Entry {entry.pk}{about}"[:300],
        batch_number=entry.batch_number,
        field=name,
        label=name.replace("_", " "),
        recorded=recorded,
        standing=standing,
        entry=entry.pk,
        recorded_by=entry.actor_username,
    )


def about_place(
    kind: str, key: int, label: str, name: str, words: str, recorded: str = "", standing: str = ""
) -> Difference:
    """A difference at a leaf, tile or checkpoint of the ledger itself."""
    return Difference(
        words=words,
        what=What.LEDGER,
        record_kind=f"audit.{kind}",
        record_id=key,
        record_label=label,
        field=name,
        label=name.replace("_", " "),
        recorded=recorded,
        standing=standing,
    )


def newest_wrong(one: Checkpoint, root: bytes) -> list[Difference]:
    """What is wrong with the newest checkpoint by itself; `root` is what tiles and last leaves give."""
    key = None
    with contextlib.suppress(NoteWrong):
        key = PublicKey.read(one.epoch.public_key)
    label, found = f"Checkpoint {grouped(one.size)}", []
    wrong = note_wrong(one, key)
    if wrong:
        found.append(about_place("checkpoint", one.size, label, "note", wrong))
    if root != bytes(one.root):
        words = "it was signed over other entries than stand there now. Run manage.py verify to find which."
        signed, counted = f"root {bytes(one.root).hex()}", f"root {root.hex()}"
        found.append(about_place("checkpoint", one.size, label, "root", words, signed, counted))
    return found


def note_wrong(one: Checkpoint, key: PublicKey | None) -> str:
    """What is wrong with a checkpoint's note: signed by its epoch's key, and saying what the columns say."""
    if key is None:
        return f"its epoch {one.epoch_id} has no readable public key."
    try:
        said = checkpoint_of(one.note, [key])
    except NoteWrong as error:
        return f"its note is not what was signed: {error}"
    if (said.origin, said.size, said.root) != (key.name, one.size, bytes(one.root)):
        return "its signed note says another origin, size or root than stands beside it."
    return ""


def epoch_keys(found: Counted) -> dict[int, PublicKey]:
    """The key of each epoch; what is wrong with epochs goes to `found`."""
    keys: dict[int, PublicKey] = {}
    for expected, epoch in enumerate(Epoch.objects.order_by("number"), start=1):
        try:
            key = PublicKey.read(epoch.public_key)
        except NoteWrong as error:
            words = f"Epoch {epoch.number}: its public key can't be read: {error}"
            found.differences.append(Difference(words))
            continue
        if epoch.number != expected or key.name != epoch.origin:
            found.differences.append(
                Difference(f"Epoch {epoch.number} is not in order: its key is of {key.name}.")
            )
        keys[epoch.number] = key
        _tell_gap(epoch, [key for number, key in keys.items() if number < epoch.number], found)
    return keys


def signed_size(keys: dict[int, PublicKey]) -> int:
    """How many leaves the largest checkpoint covers that one of these keys signed."""
    for one in Checkpoint.objects.order_by("-size").iterator(chunk_size=10):
        if not note_wrong(one, keys.get(one.epoch_id)):
            return one.size
    return 0


def _tell_gap(epoch: Epoch, before: list[PublicKey], found: Counted) -> None:
    """Say which entries an epoch states as lost."""
    if not epoch.known_note or not before:
        return
    with contextlib.suppress(NoteWrong):
        known = checkpoint_of(epoch.known_note, before)
        if known.size > epoch.size:
            lost = f"entries {grouped(epoch.size + 1)} to {grouped(known.size)}"
            found.notes.append(f"Epoch {epoch.number} states that {lost} were lost: {epoch.words}")
        return
    found.differences.append(Difference(f"Epoch {epoch.number} names a last checkpoint that no key signed."))

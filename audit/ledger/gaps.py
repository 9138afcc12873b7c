"""A database that is older than its ledger: noticed by a newer checkpoint kept elsewhere, and named.

Checkpoints are looked for in the ledger's folder (the last one signed), in the second copy and in files
that somebody kept. One of a later epoch is newer whatever its size; one of an earlier epoch is none,
because the epoch behind it states what was lost.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from audit.ledger import copies, copy_files, keys
from audit.ledger.models import Checkpoint, Epoch
from audit.ledger.notes import Checkpoint as Said
from audit.ledger.notes import NoteWrong, PublicKey, checkpoint_of
from audit.ledger.sealing import known_keys
from audit.words import grouped

NUMBER_BEHIND_ORIGIN = re.compile(r"/([1-9]\d{0,8})")
BATCHES_NAMED = 12


@dataclass(frozen=True)
class Lost:
    """What the second copy tells of a lost stretch."""

    entries: int
    first_at: str
    last_at: str
    batches: tuple[str, ...]

    def words(self) -> str:
        if not self.entries:
            return "The second copy does not hold them."
        named = ", ".join(self.batches[:BATCHES_NAMED]) or "none"
        more = len(self.batches) - BATCHES_NAMED
        return (
            f"The second copy holds {grouped(self.entries)} of them, written {self.first_at} to "
            f"{self.last_at}; batches: {named}{f' and {more} more' if more > 0 else ''}."
        )


@dataclass(frozen=True)
class Gap:
    """What a database lacks: it holds `held` sealed entries, and `newest` was signed over more."""

    held: int
    newest: Said
    note: str
    where: str
    lost: Lost | None = None

    @property
    def entries(self) -> int:
        return max(self.newest.size - self.held, 0)

    def words(self) -> str:
        """The gap in a sentence or two, for people."""
        held, newest = grouped(self.held), grouped(self.newest.size)
        if not self.entries:
            return (
                f"Checkpoint {newest} of {self.newest.origin} ({self.where}) is newer than anything in this "
                f"database and does not belong to its {held} sealed entries."
            )
        first, missing = grouped(self.held + 1), grouped(self.entries)
        told = (
            f"Entries {first} to {newest} of the ledger are missing ({missing} of them): checkpoint "
            f"{newest} was signed ({self.where}), the database holds {held}."
        )
        return f"{told} {self.lost.words()}" if self.lost else told


@dataclass
class Kept:
    """A note kept outside the database, and where."""

    note: str
    where: str
    said: Said = field(init=False)

    def read(self, known: Iterable[PublicKey]) -> Said:
        """What it says. Raises NoteWrong with where it is kept."""
        try:
            self.said = checkpoint_of(self.note, known)
        except NoteWrong as error:
            raise NoteWrong(f"{self.where}: {error}") from error
        return self.said


def find(kept: Iterable[Kept] = (), *, remembered: bool = True) -> Gap | None:
    """The gap between this database and the newest checkpoint known anywhere; None when there is none.

    Raises NoteWrong for a note of no key that is known, CopyTrouble for a copy that can't be read.
    """
    newest = newest_known(kept, remembered=remembered)
    if newest is None:
        return None
    held = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    here = Epoch.objects.order_by("-number").values_list("number", flat=True).first() or 0
    there = epoch_number(newest.said.origin)
    if there < here or (there == here and newest.said.size <= held):
        return None
    lost = _lost(held, newest.said.size) if copies.is_set() else None
    return Gap(held, newest.said, newest.note, newest.where, lost)


def newest_known(kept: Iterable[Kept] = (), *, remembered: bool = True) -> Kept | None:
    """The newest checkpoint among those given, the second copy's and the one remembered (unless not)."""
    notes = [*kept, *_in_copy(), *(_remembered() if remembered else ())]
    known = [*known_keys(), *_keys_of_copy()]
    for one in notes:
        one.read(known)
    return max(notes, key=lambda one: (epoch_number(one.said.origin), one.said.size), default=None)


def epoch_number(origin: str) -> int:
    """The number of the epoch that signs under this origin: as stored, else as its name ends, else 1."""
    stored = Epoch.objects.filter(origin=origin).values_list("number", flat=True).first()
    if stored is not None:
        return stored
    base = Epoch.objects.order_by("number").values_list("origin", flat=True).first() or ""
    named = NUMBER_BEHIND_ORIGIN.fullmatch(origin.removeprefix(base)) if base else None
    return int(named[1]) if named else 1


def remembered_trouble() -> str:
    """Why the checkpoint remembered in the ledger's folder can't be used; empty when it can, or is none."""
    try:
        for one in _remembered():
            one.read([*known_keys(), *_keys_of_copy()])
    except NoteWrong as error:
        return f"The last checkpoint can't be used: {error}"
    return ""


def _remembered() -> list[Kept]:
    where = f"remembered in {keys.folder() / keys.LAST_FILE}"
    try:
        note = keys.last_note()
    except (OSError, UnicodeDecodeError) as error:
        raise NoteWrong(f"{where}: {error}") from error
    return [Kept(note, where)] if note else []


def _in_copy() -> list[Kept]:
    note = copy_files.newest_note(copies.store()) if copies.is_set() else ""
    return [Kept(note, "in the second copy")] if note else []


def keys_elsewhere() -> list[PublicKey]:
    """Public keys known outside the database: of the key at hand, and in the second copy."""
    known = _keys_of_copy()
    with suppress(keys.KeyUnusable):
        known.append(keys.load().public)
    return known


def _keys_of_copy() -> list[PublicKey]:
    if not copies.is_set():
        return []
    return [PublicKey.read(epoch["public_key"]) for epoch in copy_files.epochs(copies.store())]


def _lost(held: int, size: int) -> Lost:
    """What the second copy tells of the entries behind the first `held`."""
    count, first, last = 0, "", ""
    batches: dict[str, bool] = {}
    for line in copy_files.lines(copies.store(), held):
        if line.leaf is None or line.leaf >= size:
            continue
        count += 1
        at = line.held["entry"]["at"]
        first, last = min(first or at, at), max(last, at)
        batches[line.held["entry"]["batch_number"]] = True
    return Lost(count, _minute(first), _minute(last), tuple(name for name in batches if name))


def _minute(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else ""

"""The ledger counted anew: leaves, tiles, roots and signatures, in one pass over all leaves.

The tree is made again from the leaf hashes of the entries. At the size of every checkpoint, and of every
copy that is kept elsewhere, its root must be the one that was signed; that is the strongest form of the
proof that each is the beginning of the next.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from audit.ledger.models import Checkpoint, Leaf, Tile
from audit.ledger.sealing import SEALED_BELOW
from audit.ledger.tree import split
from audit.models import Entry
from audit.verifying.checkpoints import Counted, about_entry, about_place, epoch_keys, note_wrong, signed_size
from audit.verifying.counting import CountedTree
from audit.verifying.differences import Difference
from audit.words import grouped, moment_words

CHUNK = 5_000
# Clocks of one installation may differ a little, and a slow transaction is sealed after quicker ones.
CLOCK_TOLERANCE = dt.timedelta(seconds=30)
NO_HASH = bytes(32)
LEAVES = """
SELECT l."index", l.entry_id, l.checkpoint_id, e.leaf_hash, e.at
FROM audit_leaf AS l LEFT JOIN audit_entry AS e ON e.id = l.entry_id
WHERE l."index" >= %s ORDER BY l."index" LIMIT %s
"""
NEVER_SEALED = {
    "sqlite": """
SELECT e.id FROM audit_entry AS e LEFT JOIN audit_leaf AS l ON l.entry_id = e.id
WHERE l."index" IS NULL AND e.id < (SELECT entry_id FROM audit_leaf ORDER BY "index" DESC LIMIT 1)
ORDER BY e.id
""",
    "postgresql": f"""
SELECT e.id FROM audit_entry AS e LEFT JOIN audit_leaf AS l ON l.entry_id = e.id
WHERE l."index" IS NULL AND e.transaction < {SEALED_BELOW}
ORDER BY e.id
""",  # noqa: S608 (a constant)
}


class Sealed(NamedTuple):
    """A leaf beside its entry; hash and time are None when the entry is gone."""

    place: int
    entry_id: int
    checkpoint_id: int
    leaf_hash: bytes | None
    at: Any


def count(sizes: Iterable[int] = (), tell: Callable[[int], None] = lambda rows: None) -> Counted:
    """Count the whole ledger anew; `sizes` are those of outside copies whose roots are wanted."""
    return _Pass({*sizes}, tell).run()


class _Pass:
    """One pass over all leaves, with checkpoints and tiles read alongside."""

    def __init__(self, sizes: set[int], tell: Callable[[int], None]):
        self.tree, self.found, self.tell, self.sizes = CountedTree(), Counted(), tell, sizes
        self.keys = epoch_keys(self.found)
        self.signed = signed_size(self.keys)
        self.checkpoints = Checkpoint.objects.order_by("size").iterator(chunk_size=CHUNK)
        self.next = next(self.checkpoints, None)
        self.tiles: list[Iterator[Tile]] = []
        # Tiles and leaves that disagree; the next signed root says which of them is right.
        self.unlike: list[tuple[int, int, bytes, bytes]] = []
        self.last_good, self.wrong_roots = 0, 0
        self.newest_at: dt.datetime | None = None
        self.back: list[tuple[Sealed, dt.timedelta]] = []

    def run(self) -> Counted:
        if 0 in self.sizes:
            self.found.roots[0] = self.tree.root()
        for leaf in _leaves():
            self._take(leaf)
        while self.next is not None:
            self._beyond(self.next)
            self.next = next(self.checkpoints, None)
        self._never_sealed()
        self._clock_words()
        if self.wrong_roots > 1:
            self.found.notes.append(
                f"{grouped(self.wrong_roots - 1)} later checkpoints follow the same error."
            )
        self.found.size = self.tree.size
        return self.found

    # --- leaf by leaf ---------------------------------------------------------------------------

    def _take(self, leaf: Sealed) -> None:
        if leaf.place != self.tree.size:
            self._gap(leaf)
        if leaf.leaf_hash is None:
            words = f"entry {leaf.entry_id} was sealed as leaf {leaf.place}, but it is gone."
            self._add(leaf, "entry", words, f"entry {leaf.entry_id}", "nothing")
        else:
            self._clock(leaf)
        self.tree.append(
            bytes(leaf.leaf_hash) if leaf.leaf_hash is not None else self._sealed_hash(leaf.place)
        )
        if self.tree.finished:
            self._compare_tiles()
        covering = self.next.size if self.next is not None else None
        if leaf.checkpoint_id != covering:
            words = (
                f"it names checkpoint {leaf.checkpoint_id}; the first that covers it is {covering or 'none'}."
            )
            self._add(leaf, "checkpoint", words, str(covering), str(leaf.checkpoint_id))
        self._at_size()

    def _gap(self, leaf: Sealed) -> None:
        words = f"leaves {self.tree.size} to {leaf.place - 1} are gone."
        self._add(leaf, "index", words, f"leaf {self.tree.size}", f"leaf {leaf.place}")
        # Behind the last signed root no place matters, and one that was put in may lie anywhere.
        while self.tree.size < min(leaf.place, self.signed):
            self.tree.append(self._sealed_hash(self.tree.size))
            self._at_size()

    def _sealed_hash(self, index: int) -> bytes:
        """The hash that a tile keeps of a leaf that is gone, so that only this one counts as wrong."""
        tile = Tile.objects.filter(level=0, index=index // 256).first()
        hashes = split(bytes(tile.hashes)) if tile is not None else []
        return hashes[index % 256] if len(hashes) == 256 else NO_HASH

    def _at_size(self) -> None:
        size = self.tree.size
        if size in self.sizes:
            self.found.roots[size] = self.tree.root()
        while self.next is not None and self.next.size <= size:
            self._checkpoint(self.next)
            self.next = next(self.checkpoints, None)
        if size % CHUNK == 0:
            self.tell(CHUNK)

    def _clock(self, leaf: Sealed) -> None:
        at = leaf.at
        if self.newest_at is None or at >= self.newest_at:
            self.newest_at = at
        elif self.newest_at - at > CLOCK_TOLERANCE:
            self.back.append((leaf, self.newest_at - at))
            self.newest_at = at  # told once, where it went back

    # --- tiles ----------------------------------------------------------------------------------

    def _compare_tiles(self) -> None:
        for level, index, hashes, root in self.tree.finished:
            while len(self.tiles) <= level:
                stored = Tile.objects.filter(level=len(self.tiles)).order_by("index")
                self.tiles.append(stored.iterator(chunk_size=64))
            tile = next(self.tiles[level], None)
            same = tile is not None and (tile.index, bytes(tile.hashes), bytes(tile.root)) == (
                index,
                hashes,
                root,
            )
            if not same:
                self.unlike.append((level, index, hashes, bytes(tile.hashes) if tile is not None else b""))
        self.tree.finished.clear()

    def _settle_tiles(self, *, leaves_are_right: bool) -> None:
        """Say of tiles and leaves that disagree which is wrong, now that a signed root has spoken."""
        for level, index, counted, stored in self.unlike:
            if leaves_are_right:
                words = "it does not hold the hashes that the entries give."
                self._add_place("tile", index, f"Tile {level}/{index}", f"level {level}", words)
            elif level == 0:
                self._altered_leaves(index, split(counted), split(stored))
        self.unlike.clear()

    def _altered_leaves(self, tile: int, counted: Sequence[bytes], stored: Sequence[bytes]) -> None:
        for place, (now, then) in enumerate(zip(counted, stored, strict=False)):
            if now != then:
                leaf = Leaf.objects.filter(index=tile * 256 + place).first()
                if leaf is not None:
                    words = "it is not the text that was sealed: text and hash were changed together."
                    self._add(leaf, "leaf_hash", words, f"leaf {then.hex()}", f"leaf {now.hex()}")

    # --- checkpoints ----------------------------------------------------------------------------

    def _checkpoint(self, one: Checkpoint) -> None:
        self.found.checkpoints += 1
        is_right = one.size == self.tree.size and bytes(one.root) == self.tree.root()
        self._settle_tiles(leaves_are_right=is_right)
        if is_right:
            self.last_good = one.size
        else:
            self.wrong_roots += 1
            if self.wrong_roots == 1:
                self._wrong_root(one)
        wrong = note_wrong(one, self.keys.get(one.epoch_id))
        if wrong:
            self._add_place("checkpoint", one.size, f"Checkpoint {grouped(one.size)}", "note", wrong)

    def _wrong_root(self, one: Checkpoint) -> None:
        first, last = grouped(self.last_good + 1), grouped(one.size)
        words = (
            f"it was signed over other entries than stand there now: something among the sealed entries "
            f"number {first} to {last} was changed, taken away or put in"
        )
        until = Checkpoint.objects.filter(size=self.last_good).values_list("at", flat=True).first()
        words += f"; all before were in order ({moment_words(until)})." if until else "."
        signed, counted = bytes(one.root).hex(), self.tree.root().hex()
        label = f"Checkpoint {last}"
        self._add_place("checkpoint", one.size, label, "root", words, f"root {signed}", f"root {counted}")

    def _beyond(self, one: Checkpoint) -> None:
        """A checkpoint of a size that the leaves do not reach."""
        self.found.checkpoints += 1
        words = f"it covers {grouped(one.size)} entries, but only {grouped(self.tree.size)} leaves are there."
        self._add_place("checkpoint", one.size, f"Checkpoint {grouped(one.size)}", "size", words)

    # --- entries that were never sealed ---------------------------------------------------------

    def _never_sealed(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(NEVER_SEALED[connection.vendor])
            ids = [one for (one,) in cursor.fetchmany(CHUNK)]
        for entry in Entry.objects.filter(pk__in=ids[:100]).order_by("pk"):
            words = "it is older than entries that are sealed, but is not sealed itself: it was put in later."
            self.found.differences.append(about_entry(entry, "leaf", words, "no entry here", "an entry"))
        if len(ids) > 100:
            self.found.notes.append(f"{len(ids) - 100} or more other entries were put in later, too.")

    def _clock_words(self) -> None:
        if not self.back:
            return
        leaf, by = self.back[0]
        more = f" ({len(self.back)} times in all)" if len(self.back) > 1 else ""
        words = (
            f"Entry {leaf.entry_id} says {moment_words(leaf.at)}, {int(by.total_seconds())} s before an "
            f"entry that was sealed earlier: the clock was set back, or it was not made at that time{more}."
        )
        self.found.differences.append(Difference(words, is_warning=True))

    # --- words ----------------------------------------------------------------------------------

    def _add(self, leaf: Sealed | Leaf, *told: str) -> None:
        entry = Entry.objects.filter(pk=leaf.entry_id).first()
        if entry is not None:
            self.found.differences.append(about_entry(entry, *told))
        else:
            place = leaf.place if isinstance(leaf, Sealed) else leaf.index
            self._add_place("leaf", place, f"Ledger, leaf {place}", *told)

    def _add_place(self, kind: str, key: int, label: str, *told: str) -> None:
        self.found.differences.append(about_place(kind, key, label, *told))


def _leaves() -> Iterator[Sealed]:
    """All leaves in their order, each beside its entry."""
    start = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(LEAVES, [start, CHUNK])
            rows = cursor.fetchall()
        for place, entry_id, checkpoint_id, leaf_hash, at in rows:
            # SQLite gives a moment without its zone, which is UTC.
            moment = at if at is None or at.tzinfo else at.replace(tzinfo=dt.UTC)
            yield Sealed(place, entry_id, checkpoint_id, leaf_hash, moment)
        if len(rows) < CHUNK:
            return
        start = rows[-1][0] + 1

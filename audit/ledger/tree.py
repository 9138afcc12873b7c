"""The tree as it is stored: tiles of 256 hashes, and behind the last full one the leaves themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from audit.ledger import merkle
from audit.ledger.merkle import root_of
from audit.ledger.models import Leaf, Tile

WIDTH = 256
TILE_LEVELS = 8  # 256 = 2^8: a tile's root stands eight levels above its hashes


@dataclass
class StoredTree:
    """The first `size` leaves, read tile by tile as proofs ask for them."""

    size: int
    _read: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def node(self, level: int, index: int) -> bytes:
        """Hash over the 2^level leaves from index × 2^level on (see merkle.Node)."""
        tile_level, above = divmod(level, TILE_LEVELS)
        first = index << above
        hashes = self._tile(tile_level, first // WIDTH)
        return root_of(hashes[first % WIDTH : first % WIDTH + (1 << above)])

    def root(self) -> bytes:
        return merkle.range_root(self.node, 0, self.size)

    def inclusion_path(self, index: int) -> list[bytes]:
        """Proof that leaf `index` is in this tree."""
        return merkle.inclusion_path(self.node, index, self.size)

    def consistency_path(self, old: int) -> list[bytes]:
        """Proof that this tree begins with that of the first `old` leaves."""
        return merkle.consistency_path(self.node, old, self.size)

    def _tile(self, level: int, index: int) -> list[bytes]:
        if (level, index) not in self._read:
            self._read[level, index] = self._fetch(level, index)
        return self._read[level, index]

    def _fetch(self, level: int, index: int) -> list[bytes]:
        first = index * WIDTH
        there = min(WIDTH, (self.size >> TILE_LEVELS * level) - first)
        if there == WIDTH:
            full = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
            if full is not None:
                return split(bytes(full))
        return stored_hashes(level, first, there)


def stored_hashes(level: int, first: int, count: int) -> list[bytes]:
    """Hashes of one tile level that may not be in a full tile yet; one query."""
    if count <= 0:
        return []
    found = (
        Leaf.objects.filter(index__gte=first, index__lt=first + count)
        .order_by("index")
        .values_list("entry__leaf_hash", flat=True)
        if level == 0
        else Tile.objects.filter(level=level - 1, index__gte=first, index__lt=first + count)
        .order_by("index")
        .values_list("root", flat=True)
    )
    return [bytes(one) for one in found]


def split(hashes: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [hashes[start : start + 32] for start in range(0, len(hashes), 32)]


class GrowingTree:
    """The right edge of the stored tree: what the sealer appends to. `finished` are the new full tiles."""

    def __init__(self, size: int):
        self.size = size
        self.edges: list[list[bytes]] = []
        self.finished: list[tuple[int, int, bytes, bytes]] = []
        self._tiles: list[int] = []  # how many tiles of each level are full
        level = 0
        while size >> TILE_LEVELS * level:
            whole = size >> TILE_LEVELS * level
            first = whole // WIDTH * WIDTH
            self.edges.append(stored_hashes(level, first, whole - first))
            self._tiles.append(whole // WIDTH)
            level += 1

    def append(self, leaf: bytes) -> None:
        """Add one leaf."""
        self.extend([leaf])

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaves; a tile that they fill moves to `finished`, its root one level up."""
        self.size += len(leaves)
        self._extend(0, leaves)

    def _extend(self, level: int, hashes: Sequence[bytes]) -> None:
        if level == len(self.edges):
            self.edges.append([])
            self._tiles.append(0)
        edge, start, roots = self.edges[level], 0, []
        while start < len(hashes):
            part = hashes[start : start + WIDTH - len(edge)]
            edge.extend(part)
            start += len(part)
            if len(edge) == WIDTH:
                roots.append(self._finish(level))
        if roots:
            self._extend(level + 1, roots)

    def _finish(self, level: int) -> bytes:
        """Move the full edge of a level to `finished`. Returns its root."""
        edge = self.edges[level]
        root = root_of(edge)
        self.finished.append((level, self._tiles[level], b"".join(edge), root))
        self._tiles[level] += 1
        edge.clear()
        return root

    def root(self) -> bytes:
        """Root over all leaves so far."""
        found: bytes | None = None
        for edge in self.edges:
            for node in reversed(_whole_subtrees(edge)):
                found = node if found is None else merkle.node_hash(node, found)
        return merkle.EMPTY_ROOT if found is None else found


def _whole_subtrees(hashes: list[bytes]) -> list[bytes]:
    """Roots of the whole subtrees that a run of hashes is made of, largest first."""
    roots, start = [], 0
    for bit in range(len(hashes).bit_length() - 1, -1, -1):
        if len(hashes) >> bit & 1:
            roots.append(root_of(hashes[start : start + (1 << bit)]))
            start += 1 << bit
    return roots

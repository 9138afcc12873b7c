"""The tree counted anew, leaf by leaf, with a root at any size for the price of a few hashes."""

from audit.ledger.merkle import EMPTY_ROOT, node_hash
from audit.ledger.tree import TILE_LEVELS

Finished = tuple[int, int, bytes, bytes]


class CountedTree:
    """Roots of whole subtrees, largest first, and the hashes of tiles that are not full yet.

    `finished` are the tiles that the last leaf filled, as the sealer stores them: level, index, hashes,
    root.
    """

    def __init__(self) -> None:
        self.size = 0
        self.finished: list[Finished] = []
        self._whole: list[bytes] = []
        self._edges: list[list[bytes]] = [[]]

    def append(self, leaf: bytes) -> None:
        self._edges[0].append(leaf)
        node, bits, height = leaf, self.size, 0
        while bits & 1:
            node = node_hash(self._whole.pop(), node)
            bits, height = bits >> 1, height + 1
            if height % TILE_LEVELS == 0:
                self._finish(height // TILE_LEVELS - 1, node)
        self._whole.append(node)
        self.size += 1

    def _finish(self, level: int, root: bytes) -> None:
        edge = self._edges[level]
        self.finished.append((level, self.size >> TILE_LEVELS * (level + 1), b"".join(edge), root))
        edge.clear()
        if level + 1 == len(self._edges):
            self._edges.append([])
        self._edges[level + 1].append(root)

    def root(self) -> bytes:
        """RFC 6962 root over the leaves so far."""
        if not self._whole:
            return EMPTY_ROOT
        *larger, found = self._whole
        for node in reversed(larger):
            found = node_hash(node, found)
        return found

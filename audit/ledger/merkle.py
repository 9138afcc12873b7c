"""RFC 6962 (RFC 9162) Merkle trees: roots, inclusion proofs, consistency proofs. No Django, no storage.

Leaf = SHA-256(0x00 ‖ body), node = SHA-256(0x01 ‖ left ‖ right); the root of no leaves is SHA-256("").
A tree is read through `node(level, index)`: the hash over the 2^level leaves from index × 2^level on,
asked for whole subtrees only. So one set of functions serves lists in memory and tiles in a database.
"""

import hashlib
from collections.abc import Callable, Sequence

Node = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProofWrong(Exception):
    """A proof that does not lead to the root it should lead to."""


def leaf_hash(body: bytes) -> bytes:
    """Hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes (or over the roots of equally high whole subtrees)."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        # An odd one out moves up as it is: RFC 6962 splits at the largest power of two.
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def nodes_of(hashes: Sequence[bytes]) -> Node:
    """A tree in memory, by its leaf hashes."""

    def node(level: int, index: int) -> bytes:
        return root_of(hashes[index << level : (index + 1) << level])

    return node


def _split(width: int) -> int:
    """The largest power of two below `width`: where RFC 6962 cuts a tree in two."""
    return 1 << (width - 1).bit_length() - 1


def range_root(node: Node, start: int, end: int) -> bytes:
    """Root over the leaves from `start` up to before `end`, a range that RFC 6962's cuts lead to."""
    width = end - start
    if width == 0:
        return EMPTY_ROOT
    if width & (width - 1) == 0:
        return node(width.bit_length() - 1, start // width)
    cut = start + _split(width)
    return node_hash(range_root(node, start, cut), range_root(node, cut, end))


def inclusion_path(node: Node, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"Leaf {index} is not among {size}.")
    path, start, end = [], 0, size
    while end - start > 1:
        cut = start + _split(end - start)
        if index < cut:
            path.append(range_root(node, cut, end))
            end = cut
        else:
            path.append(range_root(node, start, cut))
            start = cut
    return path[::-1]


def consistency_path(node: Node, old: int, new: int) -> list[bytes]:
    """The hashes that show the first `old` leaves to be the beginning of `new` (RFC 9162 §2.1.4.1)."""
    if not 0 <= old <= new:
        raise ValueError(f"{old} leaves are not the beginning of {new}.")
    if old in (0, new):
        return []
    path, start, end, whole = [], 0, new, True
    while end - start != old - start:
        cut = start + _split(end - start)
        if old <= cut:
            path.append(range_root(node, cut, end))
            end = cut
        else:
            path.append(range_root(node, start, cut))
            start, whole = cut, False
    return [*([] if whole else [range_root(node, start, end)]), *path[::-1]]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 §2.1.3.2). Raises ProofWrong for a wrong length."""
    if not 0 <= index < size:
        raise ProofWrong(f"Leaf {index} is not among {size}.")
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofWrong("The proof is too long.")
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofWrong("The proof is too short.")
    return root


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raise ProofWrong unless the tree of `new` leaves begins with that of `old` (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new:
        raise ProofWrong(f"{old} leaves are not the beginning of {new}.")
    if old in (0, new):
        if path or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise ProofWrong("Two trees of one size with different roots.")
        return
    _check_path(old, old_root, new, new_root, path)


def _check_path(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not hashes:
        raise ProofWrong("The proof is empty.")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first, second = hashes[0], hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofWrong("The proof is too long.")
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise ProofWrong("The proof does not lead to both roots.")

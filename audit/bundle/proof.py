"""The proof in a bundle: the tree cut into whole subtrees, entries here and hashes everywhere else.

`proof/tree.txt` walks the tree from left to right. A line is a whole subtree of RFC 6962: its width and its
root, or its width alone where its entries stand in `proof/entries.txt`. Whoever adds them up gets the root
of every checkpoint that the cuts fall on. One such list is the inclusion proof of all entries and the
consistency proof of all checkpoints at once; it is smaller than a path for each, and takes one page to check.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from audit.ledger.models import Leaf
from audit.ledger.tree import StoredTree

WIDEST = 1024  # entries a line: what the verifier holds in memory at once
A_FETCH = 2000


@dataclass(frozen=True)
class Range:
    """Neighbouring leaves: from `first` up to before `end`."""

    first: int
    end: int


def tree_lines(size: int, ranges: Iterable[Range], cuts: Iterable[int]) -> Iterator[str]:
    """The lines of proof/tree.txt for a tree of that size, whose entries in `ranges` go along."""
    tree, shown, stops = StoredTree(size), _Shown(ranges), sorted({*cuts, size})
    todo = [(size.bit_length(), 0)]
    while todo:
        level, index = todo.pop()
        start, end = index << level, (index + 1) << level
        if start >= size:
            continue
        part = shown.part_of(start, end)
        stop = bisect_right(stops, start)
        is_cut = stop < len(stops) and stops[stop] < end
        if is_cut or part == "some" or (part == "all" and end - start > WIDEST):
            todo += [(level - 1, 2 * index + 1), (level - 1, 2 * index)]
        elif part == "all":
            yield f"{end - start}\n"
        else:
            yield f"{end - start} {tree.node(level, index).hex()}\n"


class _Shown:
    """Which leaves go along."""

    def __init__(self, ranges: Iterable[Range]):
        joined: list[Range] = []
        for one in sorted(ranges, key=lambda one: one.first):
            if joined and joined[-1].end == one.first:
                one = Range(joined.pop().first, one.end)
            joined.append(one)
        self.firsts, self.ends = [one.first for one in joined], [one.end for one in joined]

    def part_of(self, start: int, end: int) -> str:
        """How many of these leaves go along: none, some or all."""
        at = bisect_left(self.ends, start + 1)
        if at == len(self.ends) or self.firsts[at] >= end:
            return "none"
        return "all" if self.firsts[at] <= start and self.ends[at] >= end else "some"


def bodies(ranges: Iterable[Range]) -> Iterator[bytes]:
    """The lines of proof/entries.txt: each entry's exact text, in the order of the tree."""
    for one in ranges:
        for start in range(one.first, one.end, A_FETCH):
            found = Leaf.objects.filter(index__gte=start, index__lt=min(start + A_FETCH, one.end))
            texts = found.order_by("index").values_list("entry__body", flat=True)
            yield "".join(f"{text}\n" for text in texts).encode()


def beside(size: int, entries: Iterable[int]) -> bytes:
    """proof/beside.json: entries that stand in no batch, each with its place in the log and the path from
    there to the root of a tree of that size.
    """
    tree = StoredTree(size)
    leaves = Leaf.objects.filter(entry__in=set(entries)).order_by("index").values_list("index", "entry__body")
    found = [
        {"index": index, "body": body, "path": [node.hex() for node in tree.inclusion_path(index)]}
        for index, body in leaves
    ]
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def ranges_of(indexes: Iterable[int]) -> list[Range]:
    """Single leaves as ranges, in their order."""
    found: list[Range] = []
    for index in sorted(indexes):
        if found and found[-1].end == index:
            found[-1] = Range(found[-1].first, index + 1)
        else:
            found.append(Range(index, index + 1))
    return found

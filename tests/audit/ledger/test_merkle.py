"""The Merkle tree against public test vectors and against an independent package.

pymerkle (GPL) is a development dependency: it judges our tree here and is imported nowhere else.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from audit.ledger import merkle
from audit.ledger.merkle import ProofWrong

# Leaves, nodes and roots of the reference tree of Certificate Transparency, as published in
# transparency-dev/merkle (testonly/constants.go); the proofs follow from its reference_test.go.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(root)
    for root in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
NODE_0_0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
NODE_0_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
NODE_0_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NODE_1_0 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
NODE_1_1 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
NODE_1_2 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NODE_1_3 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
NODE_2_0 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
NODE_2_1 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSIONS = [  # leaf, size, path
    (0, 1, []),
    (0, 2, [NODE_0_1]),
    (1, 2, [NODE_0_0]),
    (2, 3, [NODE_1_0]),
    (1, 5, [NODE_0_0, NODE_1_1, NODE_0_4]),
    (0, 8, [NODE_0_1, NODE_1_1, NODE_2_1]),
    (5, 8, [NODE_0_4, NODE_1_3, NODE_2_0]),
]
CONSISTENCIES = [  # old, new, path
    (1, 1, []),
    (1, 8, [NODE_0_1, NODE_1_1, NODE_2_1]),
    (2, 5, [NODE_1_1, NODE_0_4]),
    (6, 8, [NODE_1_2, NODE_1_3, NODE_2_0]),
]


def in_hex(path):
    return [one.hex() for one in path]


def reference(size):
    return merkle.nodes_of([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]])


@pytest.mark.parametrize("size", range(9))
def test_r075_root_is_that_of_the_public_reference_tree(size):
    assert merkle.range_root(reference(size), 0, size) == ROOTS[size]
    assert merkle.root_of([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]) == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_r075_inclusion_path_is_that_of_the_public_reference_tree(index, size, path):
    found = merkle.inclusion_path(reference(size), index, size)
    assert in_hex(found) == path
    leaf = merkle.leaf_hash(LEAVES[index])
    assert merkle.root_from_inclusion(leaf, index, size, found) == ROOTS[size]


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCIES)
def test_r075_consistency_path_is_that_of_the_public_reference_tree(old, new, path):
    found = merkle.consistency_path(reference(new), old, new)
    assert in_hex(found) == path
    merkle.check_consistency(old, ROOTS[old], new, ROOTS[new], found)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_small_trees_leads_where_it_should(size):
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]
    node, root = merkle.nodes_of(leaves), merkle.root_of(leaves)
    for index in range(size):
        path = merkle.inclusion_path(node, index, size)
        assert merkle.root_from_inclusion(leaves[index], index, size, path) == root
    for old in range(size + 1):
        path = merkle.consistency_path(node, old, size)
        merkle.check_consistency(old, merkle.root_of(leaves[:old]), size, root, path)


# --- an independent package ----------------------------------------------------------------------


class Judged:
    """One tree made by us and by pymerkle (whose leaves count from one)."""

    def __init__(self, size, seed):
        bodies = [random.Random(seed + n).randbytes(12) for n in range(size)]
        self.size = size
        self.theirs = InmemoryTree.init_from_entries(bodies, algorithm="sha256")
        self.leaves = [merkle.leaf_hash(body) for body in bodies]
        self.node = merkle.nodes_of(self.leaves)
        self.root = merkle.root_of(self.leaves)


# Sizes around powers of two are where the cuts differ.
SIZES = st.integers(1, 130) | st.sampled_from([255, 256, 257, 300])


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(size=SIZES, seed=st.integers(0, 2**32), data=st.data())
def test_r075_a_thousand_trees_agree_with_an_independent_package(size, seed, data):
    tree = Judged(size, seed)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    old_root = merkle.root_of(tree.leaves[:old])
    assert (tree.theirs.get_root(), tree.theirs.get_root(old)) == (tree.root, old_root)
    their_inclusion = tree.theirs.prove_inclusion(index + 1)
    our_inclusion = merkle.inclusion_path(tree.node, index, size)
    assert [tree.leaves[index], *our_inclusion] == their_inclusion.path
    assert merkle.root_from_inclusion(tree.leaves[index], index, size, their_inclusion.path[1:]) == tree.root
    their_inclusion.path = [tree.leaves[index], *our_inclusion]
    verify_inclusion(tree.leaves[index], tree.root, their_inclusion, index=index + 1, size=size)
    judge_consistency(tree, old, old_root)


def judge_consistency(tree, old, old_root):
    """Both proofs are accepted by their own side, and theirs, written as RFC 9162 writes it, is ours."""
    theirs = tree.theirs.prove_consistency(old)
    ours = merkle.consistency_path(tree.node, old, tree.size)
    verify_consistency(old_root, tree.root, theirs, prior_size=old, later_size=tree.size)
    merkle.check_consistency(old, old_root, tree.size, tree.root, ours)
    assert as_rfc_9162(theirs, old) == ours


def as_rfc_9162(theirs, old):
    """pymerkle's proof of consistency as the RFC has it.

    It goes down to a single leaf behind the old tree where the RFC names the whole subtree that begins
    there, and it repeats the old root where the old tree is a whole subtree.
    """
    last = theirs.subset.index(1)
    behind = theirs.path[:1] if last else []
    for side, sibling in zip(theirs.rule[: max(last - 1, 0)], theirs.path[1:last], strict=True):
        pair = (sibling, behind[0]) if side else (behind[0], sibling)
        behind = [merkle.node_hash(*pair)]
    known = old & (old - 1) == 0 or old == theirs.size
    return [*([] if known else [theirs.path[last]]), *behind, *theirs.path[last + 1 :]][
        : 0 if old == theirs.size else None
    ]


# --- proofs that are wrong -----------------------------------------------------------------------


def one_bit_flipped(path, data):
    place = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 255))
    wrong = bytearray(path[place])
    wrong[bit // 8] ^= 1 << bit % 8
    return [*path[:place], bytes(wrong), *path[place + 1 :]]


def spoiled(path, data):
    """The path with one bit flipped, cut short, lengthened or turned round."""
    ways = {
        "cut at the end": lambda: path[:-1],
        "cut at the beginning": lambda: path[1:],
        "longer": lambda: [*path, bytes(32)],
        "longer at the beginning": lambda: [bytes(32), *path],
        "doubled": lambda: [*path, path[-1]],
        "flipped": lambda: one_bit_flipped(path, data),
    }
    return ways[data.draw(st.sampled_from(sorted(ways)))]()


def leads_to(root, leaf, index, size, path):
    """Whether the proof leads to the root (a proof of the wrong length raises ProofWrong)."""
    try:
        return merkle.root_from_inclusion(leaf, index, size, path) == root
    except ProofWrong:
        return False


@settings(max_examples=300, deadline=None, derandomize=True)
@given(size=st.integers(2, 130), seed=st.integers(0, 2**32), data=st.data())
def test_r074_a_wrong_inclusion_proof_does_not_lead_to_the_root(size, seed, data):
    tree = Judged(size, seed)
    index = data.draw(st.integers(0, size - 1))
    leaf, path = tree.leaves[index], merkle.inclusion_path(tree.node, index, size)
    assert leads_to(tree.root, leaf, index, size, path)
    assert not leads_to(tree.root, leaf, index, size, spoiled(path, data))
    other = data.draw(st.integers(-1, size + 1).filter(lambda n: n != index))
    assert not leads_to(tree.root, leaf, other, size, path)
    assert not leads_to(tree.root, merkle.leaf_hash(b"other"), index, size, path)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(new=st.integers(2, 130), seed=st.integers(0, 2**32), data=st.data())
def test_r074_a_wrong_consistency_proof_is_refused(new, seed, data):
    tree = Judged(new, seed)
    old = data.draw(st.integers(1, new - 1))
    old_root, path = merkle.root_of(tree.leaves[:old]), merkle.consistency_path(tree.node, old, new)
    other = merkle.leaf_hash(b"other")
    wrong = [
        (old, old_root, new, tree.root, spoiled(path, data)),
        (old, other, new, tree.root, path),
        (old, old_root, new, other, path),
        (old, old_root, new, tree.root, []),
        (new, tree.root, old, old_root, path),
        (old, old_root, old, tree.root, []),
        (0, old_root, new, tree.root, []),
        (-1, old_root, new, tree.root, path),
        (-1, old_root, -1, old_root, []),
    ]
    for claim in wrong:
        with pytest.raises(ProofWrong):
            merkle.check_consistency(*claim)


def test_the_empty_tree_is_the_beginning_of_every_tree_without_proof():
    merkle.check_consistency(0, merkle.EMPTY_ROOT, 0, merkle.EMPTY_ROOT, [])
    merkle.check_consistency(0, merkle.EMPTY_ROOT, 8, ROOTS[8], [])
    with pytest.raises(ProofWrong):
        merkle.check_consistency(0, merkle.EMPTY_ROOT, 8, ROOTS[8], [bytes(32)])


@pytest.mark.parametrize(("index", "size"), [(-1, 8), (8, 8), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(ValueError, match=f"Leaf {index} is not among {size}"):
        merkle.inclusion_path(reference(8), index, size)
    with pytest.raises(ProofWrong, match=f"Leaf {index} is not among {size}"):
        merkle.root_from_inclusion(bytes(32), index, size, [])


@pytest.mark.parametrize(("old", "new"), [(9, 8), (-1, 8)])
def test_trees_that_do_not_follow_each_other_have_no_proof(old, new):
    with pytest.raises(ValueError, match=f"{old} leaves are not the beginning of {new}"):
        merkle.consistency_path(reference(8), old, new)

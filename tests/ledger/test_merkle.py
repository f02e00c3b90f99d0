"""Merkle roots and proofs against RFC 9162, every size up to 64 and every lie about them."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(64)]
ROOTS = [root(LEAVES[:size]) for size in range(65)]


def by_levels(leaves: list[bytes]) -> bytes:
    """The root computed another way: level by level, an odd last node rising unchanged."""
    while len(leaves) > 1:
        joined = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in list(pairwise(leaves))[::2]]
        leaves = joined + leaves[len(joined) * 2 :]
    return leaves[0]


def test_known_roots() -> None:
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    two = hashlib.sha256(b"\x01" + leaf_hash(b"a") + leaf_hash(b"b")).digest()
    assert root([leaf_hash(b"a"), leaf_hash(b"b")]) == two


@pytest.mark.parametrize("size", range(1, 65))
def test_the_root_is_the_one_computed_level_by_level(size: int) -> None:
    assert ROOTS[size] == by_levels(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, 65))
def test_every_leaf_is_proven_and_at_its_own_place_only(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(LEAVES[:size], index)
        for claimed in range(size + 1):
            held = verify_inclusion(
                leaf=LEAVES[index], index=claimed, size=size, proof=proof, expected_root=ROOTS[size]
            )
            assert held == (claimed == index)


@pytest.mark.parametrize("second", range(65))
def test_every_earlier_tree_is_proven_and_no_other(second: int) -> None:
    for first in range(second + 1):
        proof = consistency_proof(LEAVES[:second], first)
        for claimed in range(65):
            held = verify_consistency(
                first=first, second=second, first_root=ROOTS[claimed], second_root=ROOTS[second], proof=proof
            )
            assert held == (claimed == first)


@pytest.mark.parametrize(("size", "index"), [(0, 0), (3, 3), (3, -1)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(size: int, index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:size], index)
    with pytest.raises(IndexError):
        consistency_proof(LEAVES[:size], size + 1)


def test_a_proof_longer_than_its_tree_proves_nothing() -> None:
    """An inner node passed off as a leaf, and a tree passed off as a smaller one."""
    assert not verify_inclusion(leaf=LEAVES[1], index=0, size=1, proof=LEAVES[:1], expected_root=ROOTS[2])
    proof = consistency_proof(LEAVES[:8], 7)
    assert not verify_consistency(first=3, second=4, first_root=ROOTS[7], second_root=ROOTS[8], proof=proof)


def test_a_proof_shorter_than_its_tree_proves_nothing() -> None:
    proof = consistency_proof(LEAVES[:4], 3)
    assert not verify_consistency(first=3, second=8, first_root=ROOTS[3], second_root=ROOTS[4], proof=proof)
    assert not verify_consistency(first=3, second=8, first_root=ROOTS[3], second_root=ROOTS[8], proof=[])


def test_hashes_of_other_lengths_prove_nothing() -> None:
    """One byte moved from the leaf to its sibling leaves what is hashed the same."""
    leaf, sibling = LEAVES[0][:31], LEAVES[0][31:] + LEAVES[1]
    assert not verify_inclusion(leaf=leaf, index=0, size=2, proof=[sibling], expected_root=ROOTS[2])


@given(st.integers(1, 64), st.data())
def test_a_changed_proof_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(LEAVES[:size], index))
    change = data.draw(st.sampled_from(["flip", "drop", "add", "cut"]))
    changed = _changed(proof, change, data)
    held = verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=changed, expected_root=ROOTS[size])
    assert held == (changed == proof)


@given(st.integers(2, 64), st.data())
def test_a_rewritten_history_is_not_consistent(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second - 1))
    rewritten = list(LEAVES[:second])
    rewritten[data.draw(st.integers(0, first - 1))] = leaf_hash(b"rewritten")
    proof = consistency_proof(rewritten, first)
    assert not verify_consistency(
        first=first, second=second, first_root=ROOTS[first], second_root=root(rewritten), proof=proof
    )
    changed = _changed(list(proof), data.draw(st.sampled_from(["flip", "drop", "add", "cut"])), data)
    assert not verify_consistency(
        first=first, second=second, first_root=ROOTS[first], second_root=root(rewritten), proof=changed
    )


def _changed(proof: list[bytes], change: str, data: st.DataObject) -> list[bytes]:
    place = data.draw(st.integers(0, len(proof)))
    if change == "add":
        return [*proof[:place], leaf_hash(b"added"), *proof[place:]]
    if place == len(proof):
        return proof
    if change == "drop":
        return [*proof[:place], *proof[place + 1 :]]
    element = proof[place]
    new = element[:-1] if change == "cut" else bytes([element[0] ^ 1]) + element[1:]
    return [*proof[:place], new, *proof[place + 1 :]]

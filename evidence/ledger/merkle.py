"""The Merkle tree over the ledger: roots, and proofs that an auditor checks without the ledger (RFC 9162, section 2.1).

Not here: signing or publishing a root. Invariant: pure; a leaf and an inner node can never have the same hash, because
each is hashed behind its own prefix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: for the ledger, of an entry's file bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes in order; of no leaves, the hash of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return _node(root(leaves[:middle]), root(leaves[middle:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Sibling hashes from the leaf at an index (from 0) up to the root; IndexError where there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    return tuple(_path(leaves, index))


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[bytes, ...]:
    """Hashes that prove the tree over the first leaves to be the beginning of this one; IndexError out of range."""
    if not 0 <= first <= len(leaves):
        raise IndexError(f"no tree of {first} leaves within {len(leaves)}")
    if first in {0, len(leaves)}:
        return ()
    return tuple(_subproof(leaves, first, known=True))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether the leaf hash stands at the index of the tree with this size and root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or not _well_formed(proof):
        return False
    position, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            computed = _node(sibling, computed)
            position, last = _climb(position, last)
        else:
            computed = _node(computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and computed == expected_root


def verify_consistency(
    *, first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of the first size is the beginning of the second (RFC 9162, section 2.1.4.2).

    The empty tree is the beginning of every tree.
    """
    if not 0 <= first <= second or not _well_formed(proof):
        return False
    if first in {0, second}:
        old = root([]) if first == 0 else second_root
        return not proof and first_root == old
    hashes = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not hashes:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = _node(sibling, old), _node(sibling, new)
            position, last = _climb(position, last)
        else:
            new = _node(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below a size of two or more."""
    return 1 << ((size - 1).bit_length() - 1)


def _path(leaves: Sequence[bytes], index: int) -> Iterator[bytes]:
    if len(leaves) == 1:
        return
    middle = _split(len(leaves))
    if index < middle:
        yield from _path(leaves[:middle], index)
        yield root(leaves[middle:])
    else:
        yield from _path(leaves[middle:], index - middle)
        yield root(leaves[:middle])


def _subproof(leaves: Sequence[bytes], first: int, *, known: bool) -> Iterator[bytes]:
    """SUBPROOF of the RFC; `known` where the verifier holds the root of the first leaves already."""
    if first == len(leaves):
        if not known:
            yield root(leaves)
        return
    middle = _split(len(leaves))
    if first <= middle:
        yield from _subproof(leaves[:middle], first, known=known)
        yield root(leaves[middle:])
    else:
        yield from _subproof(leaves[middle:], first - middle, known=False)
        yield root(leaves[:middle])


def _climb(position: int, last: int) -> tuple[int, int]:
    """Go up past the levels at which a last node without sibling rises unchanged."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _well_formed(proof: Sequence[bytes]) -> bool:
    return all(len(element) == HASH_BYTES for element in proof)

"""Proofs handed to those who hold a checkpoint: they hold for their root, and for nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import IntegrityError
from evidence.ledger import Ledger, LedgerEntry
from evidence.ledger.merkle import leaf_hash, root
from evidence.ledger.proofs import (
    prove_consistency,
    prove_inclusion,
    read_consistency,
    read_inclusion,
    root_at,
    sides,
)
from tests.ledger.drafts import night_sealed, opened
from tests.ledger.memory import Memory

# Leaves and roots that implementations of Certificate Transparency are checked against (RFC 6962 and 9162 agree on them).
VECTORS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def entries(count: int = 12) -> list[LedgerEntry]:
    ledger = opened(Ledger(Memory()))
    for number in range(count - 1):
        ledger.append(night_sealed(date(2026, 11, 1) + timedelta(days=number), f"run-{number}"))
    return list(ledger.entries())


ALL = entries()


def test_the_roots_that_everybody_has() -> None:
    leaves = [leaf_hash(bytes.fromhex(one)) for one in VECTORS]
    assert [root(leaves[: size + 1]).hex() for size in range(8)] == ROOTS


@pytest.mark.parametrize("size", range(1, 13))
def test_every_entry_is_proven_in_every_tree_that_holds_it(size: int) -> None:
    for entry in ALL[:size]:
        proof = prove_inclusion(ALL, size, [entry], entry.subject, "sealed")
        found = read_inclusion(proof, "proof")
        assert found.entries == (entry,)
        assert found.checkpoint == root_at(ALL, size)


def test_an_entry_behind_the_checkpoint_cannot_be_proven() -> None:
    with pytest.raises(IndexError):
        prove_inclusion(ALL, 5, [ALL[5]], "x", "sealed")


@pytest.mark.parametrize("second", range(1, 13))
def test_every_earlier_tree_is_proven(second: int) -> None:
    for first in range(1, second + 1):
        found = read_consistency(prove_consistency(ALL, first, second), "proof")
        assert (found.first, found.second) == (root_at(ALL, first), root_at(ALL, second))


def changed(proof: bytes, path: tuple[object, ...], value: object) -> bytes:
    content = orjson.loads(proof)
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return rfc8785.dumps(content)


INCLUSION_LIES: list[tuple[tuple[object, ...], object]] = [
    # Sizes whose trees have the same way up are told apart by the checkpoint alone, whose size is signed.
    (("checkpoint", "size"), 8),
    (("checkpoint", "size"), 2),
    (("checkpoint", "root_sha256"), "0" * 64),
    (("entries", 0, "sequence"), 4),
    (("entries", 0, "path"), []),
    (("entries", 0, "path", 0), "left " + "0" * 64),
    (("entries", 0, "path", 0), "0" * 64),
    (("entries", 0, "path", 0), 5),
    (("entries", 0, "entry"), ALL[3].to_bytes().decode()),
    (("entries", 0, "entry"), "{}"),
    (("entries",), []),
    (("entries",), {}),
    (("state",), "fine"),
    (("kind",), "consistency"),
    (("v",), 2),
    (("format",), "another"),
    (("more",), 1),
]


@pytest.mark.parametrize(("path", "value"), INCLUSION_LIES)
def test_a_changed_inclusion_proof_is_refused(path: tuple[object, ...], value: object) -> None:
    proof = prove_inclusion(ALL, 12, [ALL[4]], "night", "sealed")
    with pytest.raises(IntegrityError):
        read_inclusion(changed(proof, path, value), "proof")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("first", "size"), 4),
        (("first", "size"), 0),
        (("first", "root_sha256"), "0" * 64),
        (("second", "root_sha256"), "0" * 64),
        (("second", "size"), 7),
        (("path",), []),
        (("path", 0), "0" * 64),
        (("path", 0), "zz"),
        (("kind",), "inclusion"),
    ],
)
def test_a_changed_consistency_proof_is_refused(path: tuple[object, ...], value: object) -> None:
    with pytest.raises(IntegrityError):
        read_consistency(changed(prove_consistency(ALL, 5, 12), path, value), "proof")


def test_another_spelling_of_the_same_proof_is_refused() -> None:
    proof = prove_inclusion(ALL, 12, [ALL[4]], "night", "sealed")
    for other in (proof + b"\n", b" " + proof, orjson.dumps(orjson.loads(proof), option=orjson.OPT_INDENT_2)):
        with pytest.raises(IntegrityError):
            read_inclusion(other, "proof")


@given(st.binary(max_size=200))
def test_bytes_of_chance_are_no_proof(data: bytes) -> None:
    for read in (read_inclusion, read_consistency):
        with pytest.raises(IntegrityError):
            read(data, "proof")


@given(st.integers(1, 300), st.data())
def test_the_side_of_each_hash_is_that_of_the_tree(size: int, data: st.DataObject) -> None:
    """Walked from the top: a leaf in the left half of a tree has its sibling on the right."""
    index = data.draw(st.integers(0, size - 1))
    expected, place, width = [], index, size
    while width > 1:
        middle = 1 << ((width - 1).bit_length() - 1)
        expected.append("right" if place < middle else "left")
        place, width = (place, middle) if place < middle else (place - middle, width - middle)
    assert sides(index, size) == expected[::-1]

"""Proofs for those who hold a checkpoint and not the ledger: that entries stand in it, and that one goes on from another.

Not here: checkpoints, whose root a proof is worth nothing without. Invariants: a proof has one spelling (RFC 8785), and one
that can be read holds for the root that it names; whether that root is a checkpoint's, its reader must compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.errors import IntegrityError
from evidence.ledger.checkpoints import leaves_of
from evidence.ledger.entries import LedgerEntry, canonical, parse
from evidence.ledger.fields import Fields, read_json
from evidence.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

FORMAT = "backup-evidence-proof"
VERSION = 1
_HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Root:
    """The root of a ledger at a size."""

    size: int
    root_sha256: str


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Entries that stand in the ledger of a root."""

    subject: str
    """What they are about, such as `pack/all-night-internal-2026-11-21-r0001`."""
    state: str
    """`sealed`, `disposed` or `lost`: what the store said of the objects when the proof was made."""
    checkpoint: Root
    entries: tuple[LedgerEntry, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """Two roots of one ledger, the later one going on from the earlier one."""

    first: Root
    second: Root


def root_at(entries: Sequence[LedgerEntry], size: int) -> Root:
    """The root over the first entries."""
    return Root(size, root(leaves_of(entries[:size])).hex())


def prove_inclusion(
    entries: Sequence[LedgerEntry], size: int, wanted: Sequence[LedgerEntry], subject: str, state: str
) -> bytes:
    """File of a proof that the wanted entries stand among the first `size`; IndexError where one does not."""
    leaves = leaves_of(entries[:size])
    content = {
        "format": FORMAT,
        "v": VERSION,
        "kind": "inclusion",
        "subject": subject,
        "state": state,
        "checkpoint": {"size": size, "root_sha256": root(leaves).hex()},
        "entries": [
            {
                "sequence": entry.sequence,
                "entry": entry.to_bytes().decode(),
                "path": _path(entry.sequence - 1, size, inclusion_proof(leaves, entry.sequence - 1)),
            }
            for entry in wanted
        ],
    }
    return canonical(content)


def _path(index: int, size: int, proof: Sequence[bytes]) -> list[str]:
    """The sibling hashes from the leaf up, each with the side it stands on, for those who check by hand."""
    return [f"{side} {sibling.hex()}" for side, sibling in zip(sides(index, size), proof, strict=True)]


def sides(index: int, size: int) -> list[str]:
    """On which side each sibling of the way up stands (RFC 9162, section 2.1.3.2): a function of place and size."""
    found, position, last = [], index, size - 1
    while last:
        if position & 1 or position == last:
            found.append("left")
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            found.append("right")
        position, last = position >> 1, last >> 1
    return found


def read_inclusion(data: bytes, where: str) -> InclusionProof:
    """The proof in a file; raises IntegrityError where it is not of this form or does not hold for its root."""
    fields = _read(data, where, "inclusion", {"subject", "state", "checkpoint", "entries"})
    if fields.text("state") not in {"sealed", "disposed", "lost"}:
        fields.refuse("its state is unknown")
    checkpoint = _root(fields, "checkpoint")
    entries = tuple(_entry(one, checkpoint) for one in fields.elements("entries"))
    if not entries:
        fields.refuse("it proves nothing")
    return InclusionProof(fields.text("subject"), fields.text("state"), checkpoint, entries)


def _entry(fields: Fields, checkpoint: Root) -> LedgerEntry:
    fields.check_keys(frozenset({"sequence", "entry", "path"}))
    data, sequence = fields.text("entry").encode(), fields.whole("sequence")
    entry = parse(data, fields.where)
    if entry.sequence != sequence or not 1 <= sequence <= checkpoint.size:
        fields.refuse("its number is not that of its entry, or lies outside the checkpoint")
    told = fields.texts("path")
    expected = sides(sequence - 1, checkpoint.size)
    if [one.partition(" ")[0] for one in told] != expected:
        fields.refuse("its hashes do not stand where they must in a tree of this size")
    proof = [_hash(fields, one.partition(" ")[2]) for one in told]
    if not verify_inclusion(
        leaf=leaf_hash(data),
        index=sequence - 1,
        size=checkpoint.size,
        proof=proof,
        expected_root=bytes.fromhex(checkpoint.root_sha256),
    ):
        raise IntegrityError(
            f"{fields.where} does not lead to the root that it names.",
            cause="The entry, or the proof, was changed.",
        )
    return entry


def prove_consistency(entries: Sequence[LedgerEntry], first: int, second: int) -> bytes:
    """File of a proof that the ledger of the second size goes on from that of the first; IndexError out of range."""
    leaves = leaves_of(entries[:second])
    content = {
        "format": FORMAT,
        "v": VERSION,
        "kind": "consistency",
        "first": {"size": first, "root_sha256": root(leaves[:first]).hex()},
        "second": {"size": second, "root_sha256": root(leaves).hex()},
        "path": [one.hex() for one in consistency_proof(leaves, first)],
    }
    return canonical(content)


def read_consistency(data: bytes, where: str) -> ConsistencyProof:
    """The proof in a file; raises IntegrityError where it is not of this form or does not hold."""
    fields = _read(data, where, "consistency", {"first", "second", "path"})
    first, second = _root(fields, "first"), _root(fields, "second")
    check_consistency(first, second, fields.hashes("path"), where)
    return ConsistencyProof(first, second)


def check_consistency(first: Root, second: Root, path: Sequence[bytes], where: str) -> None:
    """Raise IntegrityError where the second root does not go on from the first."""
    if first.size < 1 or not verify_consistency(
        first=first.size,
        second=second.size,
        first_root=bytes.fromhex(first.root_sha256),
        second_root=bytes.fromhex(second.root_sha256),
        proof=path,
    ):
        raise IntegrityError(
            f"{where} does not show that the ledger of {second.size} entries goes on from that of {first.size}.",
            cause="Either the proof was changed, or what the earlier root covers was.",
        )


def _read(data: bytes, where: str, kind: str, keys: set[str]) -> Fields:
    fields = read_json(data, where)
    if fields.values.get("format") != FORMAT or fields.values.get("kind") != kind:
        fields.refuse(f"it is no {kind} proof")
    if fields.whole("v") != VERSION:
        fields.refuse(f"its format is version {fields.whole('v')}, and this program reads version {VERSION}")
    fields.check_keys(frozenset({"format", "v", "kind", *keys}))
    if canonical(fields.values) != data:
        fields.refuse("its bytes are not the one spelling of what it says")
    return fields


def _root(fields: Fields, key: str) -> Root:
    inner = Fields(f"{key} of {fields.where}", fields.mapping(key))
    inner.check_keys(frozenset({"size", "root_sha256"}))
    return Root(inner.whole("size"), inner.sha256("root_sha256"))


def _hash(fields: Fields, digits: str) -> bytes:
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        found = b""
    if len(digits) != _HASH_DIGITS or found.hex() != digits:
        fields.refuse("its path holds something else than SHA-256 in lower-case hex")
    return found

"""What a pack carries of the ledger: the newest checkpoint, and the proofs that it covers the packs before this one.

Whoever holds the next pack can so prove that the one before stood in the ledger by then, without asking us. Not here: checking it
(`verification.carried`). Invariants: the bytes follow from the store alone; a pack tells of its own scope and audience only, and one
for externals, whose entries would tell names, carries nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evidence.ledger.checkpoints import FILE, SIGNATURE, STAMP, refuse_rewritten
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, packs
from evidence.ledger.proofs import prove_consistency
from evidence.ledger.publications import MadeCheckpoint, checkpoints
from evidence.packs.checkpoints.prove import prove_in
from evidence.packs.checkpoints.renewal import checkpoint_files
from evidence.packs.statement import Place
from evidence.packs.verification.carried import CONSISTENCY, FOLDER, proof_path
from evidence.runs.parts import Parts

INTERNAL = "internal"
LEDGER_SIZE = "ledger_size"
"""Payload key of a sealed pack: the size of the ledger when it was built."""


def carried_files(parts: Parts, place: Place) -> Mapping[str, bytes]:
    """The files by their path in the pack; none where no checkpoint covers an earlier pack, or the pack is for externals.

    Raises IntegrityError where the ledger was rewritten since its newest checkpoint, StoreError.
    """
    entries = parts.ledger.entries()[: place.head.size]
    made = checkpoints(entries)
    if place.series.audience != INTERNAL or not made:
        return {}
    newest = made[-1]
    wanted = _wanted(entries, place, made)
    if not wanted:
        return {}
    refuse_rewritten(entries, newest.name, newest.size, newest.root_sha256)
    document, signature, stamp = checkpoint_files(parts, newest)
    proofs = {
        proof_path(pack.pack_id): prove_in(parts, entries, f"pack/{pack.pack_id}", [pack.entry], newest).proof
        for pack in wanted
    }
    files = {
        FOLDER + FILE: document,
        FOLDER + SIGNATURE: signature,
        FOLDER + STAMP: stamp,
        CONSISTENCY: prove_consistency(entries, newest.size, place.head.size),
        **proofs,
    }
    return {path: data for path, data in files.items() if data is not None}


def _wanted(entries: Sequence[LedgerEntry], place: Place, made: Sequence[MadeCheckpoint]) -> Sequence[SealedPack]:
    """Packs that the newest checkpoint covers: the one before, the superseded one, and those that none could carry yet.

    The last are of any series of this scope and audience.
    """
    newest = made[-1].size
    kin = sorted(_kin(entries, place), key=lambda pack: pack.entry.sequence)
    carried = _carried_before(kin[-1], made) if kin else 0
    found = {
        pack.pack_id: pack
        for pack in (place.previous, place.superseded, *(one for one in kin if one.entry.sequence > carried))
        if pack is not None and pack.entry.sequence <= newest
    }
    return sorted(found.values(), key=lambda pack: pack.entry.sequence)


def _kin(entries: Sequence[LedgerEntry], place: Place) -> Iterator[SealedPack]:
    for series, found in packs(entries).items():
        if (series.scope, series.audience) == (place.series.scope, place.series.audience):
            yield from found


def _carried_before(last: SealedPack, made: Sequence[MadeCheckpoint]) -> int:
    """How far the checkpoint reaches that the last pack could carry; entries of packs before this version do not tell."""
    told = last.entry.payload.get(LEDGER_SIZE)
    known = told if isinstance(told, int) else last.entry.sequence - 1
    return max((one.size for one in made if one.entry.sequence <= known), default=0)

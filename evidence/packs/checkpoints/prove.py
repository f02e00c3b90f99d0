"""Proofs for auditors: that the ledger names a pack or a night, and what became of it since.

Not here: checking them (`verification`). Invariant: what was never sealed, what was disposed of and what is lost are three
answers: nothing to prove; proof with its tombstone; proof, and an alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.ledger.proofs import prove_consistency, prove_inclusion
from evidence.ledger.publications import MadeCheckpoint, checkpoints
from evidence.runs.parts import Parts
from evidence.runs.retention.book import tombstones

SEALED, DISPOSED, LOST, MISSING = "sealed", "disposed", "lost", "missing"


@dataclass(frozen=True, slots=True)
class Proven:
    """What can be said of a pack or a night."""

    subject: str
    state: str
    """`sealed`, `disposed`, `lost` (named, and neither there nor disposed of) or `missing` (never sealed)."""
    checkpoint: MadeCheckpoint | None
    """The one that the proof leads to; None where there is nothing to prove."""
    proof: bytes | None
    absent: tuple[str, ...] = ()
    """Objects that the entry names and the store does not hold."""


def prove_pack(parts: Parts, pack_id: str, size: int | None = None) -> Proven:
    """The proof for a pack; raises ConfigurationError for an unknown pack, RefusedError before the next checkpoint."""
    entries = parts.ledger.entries()
    subject = f"pack/{pack_id}"
    found = [entry for entry in entries if entry.kind is EntryKind.PACK_SEALED and entry.subject == subject]
    if not found:
        raise ConfigurationError(f"There is no pack {pack_id}.", next_step="backup-evidence pack list")
    return _prove(parts, entries, subject, found, size)


def prove_night(parts: Parts, night: date, size: int | None = None) -> Proven:
    """The proof for every run sealed for a night; `missing` where none was."""
    entries = parts.ledger.entries()
    runs = sealed_nights(entries).get(night, ())
    subject = f"night/{night}"
    if not runs:
        return Proven(subject, MISSING, None, None)
    return _prove(parts, entries, subject, [run.entry for run in runs], size)


def _prove(
    parts: Parts, entries: Sequence[LedgerEntry], subject: str, sealed: Sequence[LedgerEntry], size: int | None
) -> Proven:
    checkpoint = _covering(entries, _wanted(entries, sealed)[-1].sequence, size)
    return prove_in(parts, entries, subject, sealed, checkpoint)


def prove_in(
    parts: Parts,
    entries: Sequence[LedgerEntry],
    subject: str,
    sealed: Sequence[LedgerEntry],
    checkpoint: MadeCheckpoint,
) -> Proven:
    """The proof that a checkpoint covers sealing entries, with the tombstones of what they name that it covers too."""
    stones = tombstones(entries)
    paths = [named.path for entry in sealed for named in entry.objects]
    absent = tuple(path for path in paths if parts.store.stat(path) is None)
    state = SEALED if not absent else DISPOSED if all(path in stones for path in absent) else LOST
    covered = [entry for entry in _wanted(entries, sealed) if entry.sequence <= checkpoint.size]
    proof = prove_inclusion(entries, checkpoint.size, covered, subject, state)
    return Proven(subject, state, checkpoint, proof, absent)


def _wanted(entries: Sequence[LedgerEntry], sealed: Sequence[LedgerEntry]) -> Sequence[LedgerEntry]:
    """The entries and the tombstones of what they name, in order."""
    stones = tombstones(entries)
    buried = [stones[named.path] for entry in sealed for named in entry.objects if named.path in stones]
    return sorted({entry.sequence: entry for entry in (*sealed, *buried)}.values(), key=lambda one: one.sequence)


def _covering(entries: Sequence[LedgerEntry], sequence: int, size: int | None) -> MadeCheckpoint:
    """The checkpoint of a size, else the newest; it must cover the entry."""
    made = checkpoint_of(entries, size) if size is not None else next(iter(reversed(checkpoints(entries))), None)
    if made is None or made.size < sequence:
        raise RefusedError(
            f"No checkpoint covers entry {sequence} yet."
            if size is None
            else f"Checkpoint {size} does not cover {sequence}.",
            next_step="backup-evidence checkpoint make",
        )
    return made


def checkpoint_of(entries: Sequence[LedgerEntry], size: int) -> MadeCheckpoint:
    """The newest checkpoint over so many entries; raises ConfigurationError where there is none."""
    found = [one for one in checkpoints(entries) if one.size == size]
    if not found:
        raise ConfigurationError(
            f"There is no checkpoint over {size} entries.", next_step="backup-evidence checkpoint list"
        )
    return found[-1]


def prove_between(parts: Parts, first: int, second: int) -> bytes:
    """The proof that the checkpoint of the second size goes on from that of the first; raises ConfigurationError."""
    entries = parts.ledger.entries()
    older, newer = checkpoint_of(entries, first), checkpoint_of(entries, second)
    if older.size > newer.size:
        raise ConfigurationError(
            "The older checkpoint comes first.", next_step=f"checkpoint consistency {second} {first}"
        )
    return prove_consistency(entries, older.size, newer.size)

"""Checks every checkpoint of a store again: its files, its seals, and its root against the ledger as it is now.

Not here: checks by strangers, who have no store (`verification`). Invariant: a checkpoint passes only if the ledger still
has its root, and each goes on from the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.errors import EvidenceError, IntegrityError
from evidence.ledger.checkpoints import extent_of, leaves_of
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.merkle import root
from evidence.ledger.publications import MadeCheckpoint, checkpoints
from evidence.packs.checkpoints.renewal import checkpoint_files
from evidence.packs.handing_over import read_named
from evidence.packs.verification import Trust
from evidence.packs.verification.checkpoint import Sealed, verify_sealed
from evidence.runs.parts import Parts


@dataclass(frozen=True, slots=True)
class Audited:
    """How a checkpoint stands."""

    checkpoint: MadeCheckpoint
    problem: str | None
    """Why it does not hold; None where it does."""


def audit(parts: Parts, trust: Trust | None = None) -> Iterator[Audited]:
    """Each checkpoint of the ledger in order; without trust, the signer that its entry names is taken for the right one."""
    entries = parts.ledger.entries()
    leaves = leaves_of(entries)
    for made in checkpoints(entries):
        yield Audited(made, _problem(parts, made, leaves, entries, trust))


def _problem(
    parts: Parts, made: MadeCheckpoint, leaves: Sequence[bytes], entries: Sequence[LedgerEntry], trust: Trust | None
) -> str | None:
    try:
        _check(parts, made, leaves, entries, trust or Trust(signer_fingerprint=made.signer_fingerprint_sha256))
    except EvidenceError as error:
        return " ".join(error.diagnostics())
    return None


def _check(
    parts: Parts, made: MadeCheckpoint, leaves: Sequence[bytes], entries: Sequence[LedgerEntry], trust: Trust
) -> None:
    for named in made.entry.objects:
        read_named(parts.store, named)
    sealed = Sealed(*checkpoint_files(parts, made))
    result = verify_sealed(sealed, trust, made.name)
    failed = [f"{one.name}: {one.detail}" for one in result.checks if one.failed]
    if failed:
        raise IntegrityError("Its seals do not hold.", cause="; ".join(failed))
    extent = sealed.read(made.name).extent
    if (extent.size, extent.root_sha256) != (made.size, made.root_sha256):
        raise IntegrityError("It says another size or root than its entry.")
    if extent.size >= made.entry.sequence or root(leaves[: extent.size]).hex() != extent.root_sha256:
        raise IntegrityError("The ledger does not have its root: entries that it covers were changed.")
    if extent_of(entries[: extent.size], leaves[: extent.size]) != extent:
        raise IntegrityError("What it says of nights, packs and disposals is not what the entries it covers say.")

"""Sends checkpoints outside, to stores that others keep: what lies there can show that our history was not rewritten.

Not here: mail and webhooks. Invariants: the copies there are create-only and read back; before anything is sent, what lies
there already is held against our ledger, and a contradiction stops everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.errors import IntegrityError, ObjectExistsError
from evidence.ledger.checkpoints import FILE, leaves_of, parse_checkpoint
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.merkle import root
from evidence.ledger.publications import MadeCheckpoint, Publication, publication, publications, subject_of
from evidence.packs.handing_over import read_named
from evidence.runs.parts import Parts
from evidence.stores.interface import EvidenceStore

PREFIX = "checkpoints/"


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere outside where checkpoints are kept."""

    name: str
    store: EvidenceStore


@dataclass(frozen=True, slots=True)
class Sent:
    """A checkpoint that lies outside."""

    publication: Publication
    new: bool
    """Whether it was sent now; False where it was there and recorded already."""


def publish(parts: Parts, checkpoint: MadeCheckpoint, target: Target) -> Sent:
    """Send a checkpoint's files to a target and record that they were read back there.

    Raises IntegrityError where a checkpoint that lies there contradicts the ledger, or a file there is another one;
    ObjectMissingError, StoreError.
    """
    entries = parts.ledger.entries()
    check_against(entries, target)
    document = _document(checkpoint)
    for told in publications(entries).get(target.name, ()):
        if told.checkpoint_sha256 == document.sha256:
            _read_back(target, checkpoint.entry.objects)
            return Sent(told, new=False)
    for named in checkpoint.entry.objects:
        _send(target, named, read_named(parts.store, named))
    _read_back(target, checkpoint.entry.objects)
    return Sent(_record(parts, checkpoint, document, target), new=True)


def check_against(entries: Sequence[LedgerEntry], target: Target) -> int:
    """How many checkpoints lie at a target, each of which this ledger goes on from; raises IntegrityError for another.

    A checkpoint of more entries than the ledger has shows that the newest were dropped.
    """
    leaves, found = leaves_of(entries), 0
    for listed in target.store.list(PREFIX):
        if not listed.path.endswith(f"/{FILE}"):
            continue
        extent = parse_checkpoint(target.store.read(listed.path), f"{listed.path} at {target.name}").extent
        if entries and extent.tenant != str(entries[0].payload["tenant"]):
            continue
        if extent.size > len(leaves) or root(leaves[: extent.size]).hex() != extent.root_sha256:
            raise IntegrityError(
                f"The ledger contradicts the checkpoint over {extent.size} entries that lies at {target.name}.",
                cause=f"{listed.path} there has root {extent.root_sha256}; "
                + ("the ledger has fewer entries." if extent.size > len(leaves) else "the ledger has another."),
                next_step="Keep both as they are, and find out who changed the ledger: it was rewritten or cut off.",
            )
        found += 1
    return found


def _document(checkpoint: MadeCheckpoint) -> LedgerObject:
    return next(one for one in checkpoint.entry.objects if one.path.endswith(f"/{FILE}"))


def _send(target: Target, named: LedgerObject, data: bytes) -> None:
    try:
        target.store.create(named.path, data)
    except ObjectExistsError:
        # From an earlier try; whether it is the same is read back.
        return


def _read_back(target: Target, objects: Sequence[LedgerObject]) -> None:
    for named in objects:
        read_named(target.store, named)


def _record(parts: Parts, checkpoint: MadeCheckpoint, document: LedgerObject, target: Target) -> Publication:
    enforced = target.store.enforcement(document.path)
    draft = Draft(
        kind=EntryKind.CHECKPOINT_PUBLISHED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=subject_of(checkpoint.size),
        payload={
            "size": checkpoint.size,
            "root_sha256": checkpoint.root_sha256,
            "target": target.name,
            "place": f"{target.store.description}: {document.path}",
            "checkpoint_sha256": document.sha256,
            "files": [
                {
                    "path": one.path,
                    "bytes": one.bytes,
                    "sha256": hashlib.sha256(target.store.read(one.path)).hexdigest(),
                }
                for one in checkpoint.entry.objects
            ],
            "enforcement": enforced.state,
            "enforcement_detail": enforced.detail,
            "attempt": parts.new_id(),
        },
    )
    return publication(parts.ledger.append(draft))

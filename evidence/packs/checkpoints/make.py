"""Makes a checkpoint: the ledger's root, signed and time-stamped, kept, and only then named by an entry.

Not here: what a checkpoint says (`ledger.checkpoints`), sending it elsewhere (`publish`). Invariants: each goes on from the
one before, which is proven inside it; one that would not verify is not kept; one whose authority was down says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evidence.errors import IntegrityError, RefusedError, TimestampError
from evidence.ledger.checkpoints import (
    FILE,
    SIGNATURE,
    STAMP,
    Circumstances,
    Extent,
    extent_of,
    previous_of,
    refuse_rewritten,
    to_bytes,
)
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.ledger import Guard
from evidence.ledger.publications import (
    STORE,
    MadeCheckpoint,
    Purpose,
    checkpoints,
    made_checkpoint,
    standing_checkpoint,
    subject_of,
)
from evidence.packs.checkpoints.certificates import used_certificates
from evidence.packs.checkpoints.renewal import Renewal
from evidence.packs.verification import Trust
from evidence.packs.verification.checkpoint import Sealed, verify_sealed
from evidence.runs.parts import Parts, told
from evidence.seals.interface import Signer, TimestampAuthority
from evidence.stores.layout import checkpoint_folder


class _MadeMeanwhileError(RefusedError):
    """Another process recorded a checkpoint that covers as much."""


@dataclass(frozen=True, slots=True)
class Made:
    """The checkpoint that stands."""

    checkpoint: MadeCheckpoint
    new: bool
    """Whether it was made now; False where nothing was recorded since."""


def make_checkpoint(
    parts: Parts, signer: Signer, authority: TimestampAuthority | None, renewal: Renewal | None = None
) -> Made:
    """Make a checkpoint over all entries, unless the newest one covers all but checkpoints; a renewal is always made.

    Where that one has no stamp because the authority was down, one more is made as soon as the authority gives one.

    Raises RefusedError for an empty ledger or a certificate that is not valid, IntegrityError where an earlier
    checkpoint does not fit the ledger, SealError, StoreError.
    """
    entries = parts.ledger.entries()
    if not entries:
        raise RefusedError(
            "The store is empty, so there is nothing to make a checkpoint of.",
            next_step="backup-evidence run --night …",
        )
    standing = standing_checkpoint(entries)
    if standing is not None and renewal is None and (standing.stamped or authority is None):
        return Made(standing, new=False)
    extent = extent_of(entries)
    sealed = _seal(parts, signer, authority, extent, _before(entries), renewal)
    if standing is not None and renewal is None and sealed.stamp is None:
        # Still down: a second one without a stamp would show no more than the first.
        return Made(standing, new=False)
    try:
        return Made(_record(parts, extent, sealed, renewal), new=True)
    except _MadeMeanwhileError:
        # The other one covers what this one does; what was written here is left as orphans.
        return Made(checkpoints(parts.ledger.entries())[-1], new=False)


def _before(entries: Sequence[LedgerEntry]) -> Mapping[str, object] | None:
    """The checkpoint before, whose root the ledger must still have at its size."""
    made = checkpoints(entries)
    if not made:
        return None
    refuse_rewritten(entries, made[-1].name, made[-1].size, made[-1].root_sha256)
    return previous_of(entries, made[-1].size)


def _seal(
    parts: Parts,
    signer: Signer,
    authority: TimestampAuthority | None,
    extent: Extent,
    previous: Mapping[str, object] | None,
    renewal: Renewal | None,
) -> Sealed:
    identity = signer.identity
    about = Circumstances(
        purpose=Purpose.NIGHT if renewal is None else Purpose.RENEWAL,
        made_at=parts.clock.now(),
        signer={
            "subject": identity.subject,
            "fingerprint_sha256": identity.fingerprint_sha256,
            "development": identity.development,
        },
        time_stamp={"state": "none", "authority": None, "reason": "no time-stamp authority is configured"},
        previous=previous,
        renewal=None if renewal is None else renewal.told(),
    )
    if authority is None:
        return _checked(_signed(signer, None, extent, about))
    stamped = replace(about, time_stamp={"state": "inside", "authority": authority.url, "reason": None})
    try:
        return _checked(_signed(signer, authority, extent, stamped))
    except TimestampError as error:
        reason = " ".join(f"{error.message} {error.cause}".split())
        failed = replace(about, time_stamp={"state": "none", "authority": authority.url, "reason": reason})
        return _checked(_signed(signer, None, extent, failed))


def _signed(signer: Signer, authority: TimestampAuthority | None, extent: Extent, about: Circumstances) -> Sealed:
    document = to_bytes(extent, about)
    signature = signer.sign_detached(document, about.made_at, authority)
    return Sealed(document, signature, authority.stamp(document) if authority else None)


def _checked(sealed: Sealed) -> Sealed:
    """Verify it as an auditor would, before anything names it."""
    about = sealed.read("the checkpoint just made").about
    result = verify_sealed(sealed, Trust(signer_fingerprint=str(about.signer["fingerprint_sha256"])), "checkpoint")
    if not result.ok:
        failed = "; ".join(f"{check.name}: {check.detail}" for check in result.checks if check.failed)
        raise IntegrityError("The checkpoint was made but does not verify, so it was not kept.", cause=failed)
    return sealed


def _record(parts: Parts, extent: Extent, sealed: Sealed, renewal: Renewal | None) -> MadeCheckpoint:
    attempt = parts.new_id()
    folder = checkpoint_folder(extent.size, attempt)
    files = {FILE: sealed.document, SIGNATURE: sealed.signature}
    if sealed.stamp is not None:
        files[STAMP] = sealed.stamp
    if renewal is not None:
        files |= renewal.files
    objects = tuple(_kept(parts, f"{folder}{name}", data) for name, data in files.items())
    about = sealed.read(folder).about
    draft = Draft(
        kind=EntryKind.CHECKPOINT_PUBLISHED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=subject_of(extent.size),
        payload={
            "size": extent.size,
            "root_sha256": extent.root_sha256,
            "target": STORE,
            "purpose": str(about.purpose),
            "time_stamp": about.time_stamp["state"],
            "time_stamp_reason": about.time_stamp["reason"],
            "signer_fingerprint_sha256": about.signer["fingerprint_sha256"],
            "certificates": [
                {"sha256": one.sha256, "subject": one.subject, "not_after": told(one.not_after)}
                for one in used_certificates(sealed)
            ],
            "attempt": attempt,
        },
        objects=objects,
    )
    # A renewal may cover what the newest one covers; no checkpoint covers less than one before it.
    guard = _not_covered(extent.size + (renewal is not None))
    return made_checkpoint(parts.ledger.append(draft, (guard,)))


def _kept(parts: Parts, path: str, data: bytes) -> LedgerObject:
    parts.store.create(path, data)
    if parts.store.read(path) != data:
        raise IntegrityError(f"{path} reads back otherwise than it was written.")
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _not_covered(size: int) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        made = checkpoints(entries)
        if made and made[-1].size >= size:
            raise _MadeMeanwhileError(f"{made[-1].name} was made by another process meanwhile.")

    return guard

"""Gives a pack that was sealed without a time stamp one afterwards: a file beside it, and an entry that names the file.

Not here: the pack itself, which stays as it was sealed and goes on saying that it was not stamped. Invariants: what is
stamped is the signature that the ledger's own pack holds; a pack is given one later stamp, however often it is asked for.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from evidence.errors import IntegrityError, RefusedError, TimestampError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import LaterStamp, SealedPack, later_stamps
from evidence.ledger.ledger import Guard
from evidence.ledger.payloads import later_stamp
from evidence.packs import bag
from evidence.packs.fetch import fetch_pack
from evidence.runs.parts import Parts, told
from evidence.seals.envelope import Seal, read_detached
from evidence.seals.interface import TimestampAuthority
from evidence.seals.reading import reading
from evidence.seals.stamps import TimeStamp, check_imprint, read_response
from evidence.stores.layout import later_stamp_file

CLOCK_ERROR = timedelta(minutes=5)
"""How far the authority's clock and ours may lie apart."""


class _StampedMeanwhileError(RefusedError):
    """Another process recorded a stamp of the pack."""


@dataclass(frozen=True, slots=True)
class GivenStamp:
    """A pack's later time stamp."""

    stamp: LaterStamp
    sealed_at: datetime
    new: bool
    """Whether it was made now; False where the pack had it already."""

    @property
    def delay(self) -> timedelta:
        """From the sealing that the pack claims to the stamp."""
        return self.stamp.stamped_at - self.sealed_at


def stamp_later(parts: Parts, authority: TimestampAuthority, pack: SealedPack) -> GivenStamp:
    """Ask the authority for a stamp of the pack's signature now, keep it and record it; one that is there is given.

    Raises RefusedError for a pack that was stamped when it was sealed, TimestampError where the authority gives no
    stamp of this moment, IntegrityError where the store's pack is not what was sealed, StoreError.
    """
    if pack.entry.payload.get("time_stamp") != "none":
        raise RefusedError(
            f"{pack.pack_id} was time-stamped when it was sealed.", next_step="backup-evidence timestamp retry --all"
        )
    signature, seal = _signature(parts, pack)
    standing = later_stamps(parts.ledger.entries()).get(pack.pack_id)
    if standing:
        return GivenStamp(standing[0], seal.claimed_at, new=False)
    response, stamp = _ask(parts, authority, signature, seal)
    try:
        return GivenStamp(_record(parts, authority, pack, signature, response, stamp), seal.claimed_at, new=True)
    except _StampedMeanwhileError:
        found = later_stamps(parts.ledger.entries())[pack.pack_id][0]
        return GivenStamp(found, seal.claimed_at, new=False)


def _signature(parts: Parts, pack: SealedPack) -> tuple[bytes, Seal]:
    """The pack's signature, proven to be the one that was sealed."""
    with tempfile.TemporaryDirectory(prefix="backup-evidence-stamp-") as folder:
        file = fetch_pack(parts.store, pack, Path(folder)).path
        with reading(f"{pack.pack_id}"), zipfile.ZipFile(file) as archive:
            manifest = archive.read(f"{pack.pack_id}/{bag.TAG_MANIFEST}")
            signature = archive.read(f"{pack.pack_id}/{bag.SIGNATURE}")
    if hashlib.sha256(manifest).hexdigest() != pack.tagmanifest_sha256:
        raise IntegrityError(f"{pack.pack_id} does not hold the list of files that its ledger entry names.")
    return signature, read_detached(signature, manifest)


def _ask(parts: Parts, authority: TimestampAuthority, signature: bytes, seal: Seal) -> tuple[bytes, TimeStamp]:
    """A stamp of this very moment, as far as our clock can tell."""
    before = parts.clock.now()
    response = authority.stamp(signature)
    after = parts.clock.now()
    try:
        stamp = read_response(response)
        check_imprint(stamp, signature)
    except IntegrityError as error:
        raise TimestampError(
            f"The answer of {authority.url} is no valid time stamp.", cause=" ".join(error.diagnostics())
        ) from error
    if not before - CLOCK_ERROR <= stamp.at <= after + CLOCK_ERROR:
        raise TimestampError(
            f"{authority.url} says that it is {stamp.at.isoformat()}; here it is {after.isoformat()}.",
            cause="One of the two clocks is wrong, so the stamp would not say when it was made.",
            next_step="Set this machine's clock, or configure another authority.",
        )
    if stamp.at < seal.claimed_at - CLOCK_ERROR:
        raise TimestampError(
            f"The stamp of {stamp.at.isoformat()} is from before the pack was sealed, {seal.claimed_at.isoformat()}.",
            cause="The clock was ahead when the pack was sealed, or is behind now.",
        )
    return response, stamp


def _record(
    parts: Parts,
    authority: TimestampAuthority,
    pack: SealedPack,
    signature: bytes,
    response: bytes,
    stamp: TimeStamp,
) -> LaterStamp:
    attempt = parts.new_id()
    path = later_stamp_file(pack.pack_id, attempt)
    parts.store.create(path, response)
    if parts.store.read(path) != response:
        raise IntegrityError(f"{path} reads back otherwise than it was written.")
    draft = Draft(
        kind=EntryKind.TIME_STAMPED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"pack/{pack.pack_id}",
        payload={
            "pack_id": pack.pack_id,
            "tagmanifest_sha256": pack.tagmanifest_sha256,
            "stamped_file": bag.SIGNATURE,
            "stamped_sha256": hashlib.sha256(signature).hexdigest(),
            "stamped_at": told(stamp.at),
            "authority": authority.url,
            "attempt": attempt,
        },
        objects=(LedgerObject(path, len(response), hashlib.sha256(response).hexdigest()),),
    )
    return later_stamp(parts.ledger.append(draft, (_not_stamped(pack.pack_id),)))


def _not_stamped(pack_id: str) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        if pack_id in later_stamps(entries):
            raise _StampedMeanwhileError(f"{pack_id} was time-stamped by another process meanwhile.")

    return guard

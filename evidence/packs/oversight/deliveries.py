"""Hands a sealed pack to a person: copied out of the store, hashed, verified, and only then recorded as delivered.

Not here: what the ledger's entry says (`evidence.ledger.deliveries`). Invariants: what does not verify is not handed out, and nothing
that is there is overwritten; the file's own time names the copy, so that a run that stopped before its entry records the same delivery
when it is run again, and one that did not stop records none twice.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.deliveries import Delivery, delivery, told_delivery
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.folds import SealedPack
from evidence.ledger.persons import Account, checked_name, checked_text
from evidence.packs.fetch import FetchedPack, fetch_pack
from evidence.packs.verification import Finding, Trust, verify_pack
from evidence.runs.parts import Parts, told
from evidence.stores.interface import EvidenceStore

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What file systems without hard links, as on many sticks, answer."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """For whom a pack is fetched, and by whom."""

    name: str
    purpose: str | None
    by: Account

    @classmethod
    def checked(cls, name: str, purpose: str | None, by: Account) -> Receiver:
        """Names that can be recorded; raises ConfigurationError."""
        because = None if purpose is None else checked_text(purpose, "--purpose")
        return cls(checked_name(name, "--for"), because, by)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A verified copy outside the store."""

    file: FetchedPack
    checks: int
    """Checks that held."""
    delivery: Delivery | None
    """As recorded; None where nobody was named."""
    new: bool
    """Whether the entry was made now."""


def hand_out(parts: Parts, pack: SealedPack, folder: Path, receiver: Receiver | None) -> HandedOut:
    """Copy a pack's ZIP into a folder, verify it, and record for whom; the same file that is there is verified as it is.

    Raises ConfigurationError where another file has its name or the folder cannot be written, IntegrityError where the
    store's bytes are not the ledger's or the pack does not verify (nothing is left in the folder then), StoreError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-evidence-", dir=folder) as work:
            file, checks = _verified_copy(parts, pack, folder, Path(work))
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written.", cause=error.strerror or str(error)) from error
    if receiver is None:
        return HandedOut(file, checks, None, new=False)
    before = len(parts.ledger.entries())
    recorded = _record(parts, pack, file, receiver)
    return HandedOut(file, checks, recorded, new=recorded.entry.sequence > before)


def _verified_copy(parts: Parts, pack: SealedPack, folder: Path, work: Path) -> tuple[FetchedPack, int]:
    name = _zip_name(pack)
    if (folder / name).exists():
        standing = fetch_pack(parts.store, pack, folder)
        return standing, verified(pack, standing.path)
    copy = fetch_pack(parts.store, pack, work)
    checks = verified(pack, copy.path)
    moment = _whole(parts.clock.now())
    os.utime(copy.path, ns=(moment, moment))
    _give_name(copy.path, folder / name)
    # Somebody may have put a file there meanwhile: what stands under the name is looked at, whoever wrote it.
    return fetch_pack(parts.store, pack, folder), checks


def _zip_name(pack: SealedPack) -> str:
    return pack.archive.path.rpartition("/")[2]


def _whole(moment: datetime) -> int:
    """Nanoseconds since 1970, of whole microseconds."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _give_name(copy: Path, target: Path) -> None:
    try:
        os.link(copy, target)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _copy_new(copy, target)


def _copy_new(copy: Path, target: Path) -> None:
    """Without hard links: a new file, removed again where it cannot be written whole."""
    try:
        with copy.open("rb") as source, target.open("xb") as written:
            try:
                shutil.copyfileobj(source, written)
            except OSError:
                target.unlink()
                raise
    except FileExistsError:
        return
    shutil.copystat(copy, target)


def verified(pack: SealedPack, file: Path) -> int:
    """Verify a copy against the ledger's signer; gives the checks that held, raises IntegrityError naming each that did not."""
    fingerprint = pack.entry.payload.get("signer_fingerprint_sha256")
    trust = Trust(signer_fingerprint=fingerprint if isinstance(fingerprint, str) else None)
    result = verify_pack(file, trust)
    if not result.ok:
        wrong = "; ".join(f"{one.name}: {one.detail}" for one in result.checks if one.failed)
        raise IntegrityError(
            f"{pack.pack_id} does not verify, so it was not handed out.",
            cause=wrong,
            next_step="Compare the store with a copy, and find out who changed what.",
        )
    return sum(one.finding is Finding.OK for one in result.checks)


def verified_copy(store: EvidenceStore, pack: SealedPack, work: Path) -> Path:
    """A verified copy in a folder of ours, to look at; raises as `hand_out`."""
    copy = fetch_pack(store, pack, work).path
    verified(pack, copy)
    return copy


def _record(parts: Parts, pack: SealedPack, file: FetchedPack, receiver: Receiver) -> Delivery:
    copied_at = _EPOCH + timedelta(microseconds=file.path.stat().st_mtime_ns // 1000)
    draft = Draft(
        kind=EntryKind.PACK_DELIVERED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"pack/{pack.pack_id}",
        payload=told_delivery(
            pack=(pack.pack_id, pack.tagmanifest_sha256),
            copy=(file.sha256, file.bytes),
            receiver=receiver.name,
            purpose=receiver.purpose,
            by=receiver.by,
            copied_at=told(copied_at),
        ),
    )
    return delivery(parts.ledger.append(draft))

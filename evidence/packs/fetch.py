"""Copies a sealed pack out of the store for whoever is to have it.

Not here: verifying it (`verification`). Invariant: what is handed out is byte for byte what the ledger names, and no
file that is there is overwritten.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import ConfigurationError, IntegrityError, RefusedError
from evidence.ledger.entries import LedgerObject
from evidence.ledger.folds import SealedPack
from evidence.runs.sealed import saying_disposed
from evidence.stores.interface import EvidenceStore


@dataclass(frozen=True, slots=True)
class FetchedPack:
    """A pack's ZIP, or that of its calls, outside the store."""

    path: Path
    bytes: int
    sha256: str


def fetch_pack(store: EvidenceStore, pack: SealedPack, folder: Path) -> FetchedPack:
    """Copy a pack's ZIP into a folder; the same file that is there already is left as it is.

    Raises ConfigurationError where another file has its name or the folder cannot be written, IntegrityError where the
    store holds other bytes than the ledger names, DisposedError, ObjectMissingError, StoreError.
    """
    return _fetched(store, pack.archive, folder / f"{pack.pack_id}.zip")


def fetch_calls(store: EvidenceStore, pack: SealedPack, folder: Path) -> FetchedPack:
    """The same of the calls beside a pack, under the pack's name; raises RefusedError where it was sealed without."""
    if pack.calls is None:
        raise RefusedError(
            f"{pack.pack_id} was sealed without calls.",
            cause="calls.zip is sealed by the same entry as its pack, so it cannot be added later.",
            next_step="Supersede it by one with calls: pack build --with-calls --again --reason TEXT",
        )
    return _fetched(store, pack.calls, folder / f"{pack.pack_id}.calls.zip")


def _fetched(store: EvidenceStore, named: LedgerObject, target: Path) -> FetchedPack:
    wanted = FetchedPack(target, named.bytes, named.sha256)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            with saying_disposed(store, named.path):
                store.fetch(named.path, target)
            _check(target, named.sha256, f"{named.path} in {store.description}")
            return wanted
        standing = _sha256(target)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written.", cause=error.strerror or str(error)) from error
    if standing != named.sha256:
        raise ConfigurationError(
            f"{target} is there already, and is not the file that the ledger names.",
            cause=f"It has SHA-256 {standing}, that of the ledger {named.sha256}.",
            next_step="Name another folder with --to; nothing is overwritten.",
        )
    return wanted


def _check(copy: Path, sha256: str, what: str) -> None:
    found = _sha256(copy)
    if found != sha256:
        copy.unlink()
        raise IntegrityError(
            f"{what} does not have the SHA-256 that the ledger names, so it was not handed out.",
            cause=f"It has {found}; the ledger names {sha256}.",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Copies a sealed pack out of the store for whoever is to have it.

Not here: verifying it (`verification`). Invariant: what is handed out is byte for byte what the ledger names, and no
file that is there is overwritten.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.folds import SealedPack
from evidence.stores.interface import EvidenceStore


@dataclass(frozen=True, slots=True)
class FetchedPack:
    """A pack's ZIP outside the store."""

    path: Path
    bytes: int
    sha256: str


def fetch_pack(store: EvidenceStore, pack: SealedPack, folder: Path) -> FetchedPack:
    """Copy a pack's ZIP into a folder; the same file that is there already is left as it is.

    Raises ConfigurationError where another file has its name or the folder cannot be written, IntegrityError where the
    store holds other bytes than the ledger names, ObjectMissingError, StoreError.
    """
    named = pack.archive
    target = folder / named.path.rpartition("/")[2]
    wanted = FetchedPack(target, named.bytes, named.sha256)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            store.fetch(named.path, target)
            _check(target, named.sha256, f"{named.path} in {store.description}")
            return wanted
        standing = _sha256(target)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written.", cause=error.strerror or str(error)) from error
    if standing != named.sha256:
        raise ConfigurationError(
            f"{target} is there already, and is not the pack that the ledger names.",
            cause=f"It has SHA-256 {standing}, the pack {named.sha256}.",
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

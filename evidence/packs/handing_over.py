"""Copies small objects out of the store for whoever is to have them, hashed against the ledger.

Not here: packs (`fetch`). Invariant: what is handed out is byte for byte what the ledger names, and no file that is there
is overwritten.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.entries import LedgerObject
from evidence.runs.sealed import saying_disposed
from evidence.stores.interface import EvidenceStore


def read_named(store: EvidenceStore, named: LedgerObject) -> bytes:
    """An object's bytes; raises IntegrityError where they are not those that the ledger names, ObjectMissingError."""
    with saying_disposed(store, named.path):
        data = store.read(named.path)
    if (len(data), hashlib.sha256(data).hexdigest()) != (named.bytes, named.sha256):
        raise IntegrityError(
            f"{named.path} in {store.description} is not what the ledger names.",
            cause=f"The ledger names {named.bytes} bytes with SHA-256 {named.sha256}.",
            next_step="Compare it with a copy, and find out who changed it.",
        )
    return data


def hand_over(store: EvidenceStore, named: LedgerObject, target: Path) -> Path:
    """Write an object to a new file; the same file that is there already is left as it is.

    Raises ConfigurationError where another file is there or the folder cannot be written, and as `read_named`.
    """
    return write_new(target, read_named(store, named))


def write_new(target: Path, data: bytes) -> Path:
    """Write a new file, or leave the same one; raises ConfigurationError for another that is there."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if target.read_bytes() == data:
                return target
            raise ConfigurationError(
                f"{target} is there already, and is another file.",
                next_step="Name another folder with --to; nothing is overwritten.",
            )
        with target.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written.", cause=error.strerror or str(error)) from error
    return target

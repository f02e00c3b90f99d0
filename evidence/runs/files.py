"""Keeps one file of calls of a run, or takes over the one that is there already: what was created first stands.

Two processes may work on one run, for a run that stands still looks like one that was killed. Not here: whether a run can be taken over
(`resume`). Invariant: what is named of a file is the hash of what the store holds, never of what this process would have written.
"""

from __future__ import annotations

import hashlib

from evidence.errors import IntegrityError, ObjectExistsError
from evidence.ledger.entries import LedgerObject
from evidence.records import Vault
from evidence.runs.plain import WrittenFile
from evidence.sources.interface import vault_key
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import configuration_file
from evidence.tables.captures import capture_from_parquet


def key_of(vault: Vault) -> str:
    """A vault's name in paths and ids."""
    return vault_key(vault.vault_id, vault.name)


def keep(store: EvidenceStore, path: str, data: bytes, capture_id: str) -> WrittenFile:
    """Write a file of calls, or take over the one that another process wrote; raises IntegrityError where that is none of this run."""
    try:
        store.create(path, data)
    except ObjectExistsError:
        return taken_over(store, path, capture_id)
    return WrittenFile(path, len(data), hashlib.sha256(data).hexdigest())


def kept_configuration(store: EvidenceStore, raw: bytes) -> LedgerObject:
    """A file that people wrote, as an entry names it: kept under its hash, once."""
    sha256 = hashlib.sha256(raw).hexdigest()
    path = configuration_file(sha256)
    try:
        store.create(path, raw)
    except ObjectExistsError:
        if store.read(path) != raw:
            raise
    return LedgerObject(path, len(raw), sha256)


def taken_over(store: EvidenceStore, path: str, capture_id: str, vault: Vault | None = None) -> WrittenFile:
    """A file of calls that is there: read and verified, body by body.

    Raises IntegrityError for one that is torn, changed, or of another capture, ObjectMissingError where none is there.
    """
    data = store.read(path)
    capture = capture_from_parquet(data)
    if capture.capture_id != capture_id or (vault is not None and capture.vault != vault):
        raise IntegrityError(f"{path} holds capture {capture.capture_id}, not {capture_id}.")
    return WrittenFile(path, len(data), hashlib.sha256(data).hexdigest())

"""The settings of a store to the store: a folder, or a container of Azure Blob Storage.

Not here: stores themselves. Invariant: a key that is missing is an error here, before anything is asked or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from evidence.errors import ConfigurationError
from evidence.settings.stores import AzureBlobStoreSettings, LocalStore
from evidence.stores.interface import EvidenceStore

KEY_VARIABLE = "BACKUP_EVIDENCE_STORE_KEY"


def open_store(settings: LocalStore | AzureBlobStoreSettings, resolve: Callable[[Path], Path]) -> EvidenceStore:
    """The store; paths are made absolute by `resolve`. Raises ConfigurationError."""
    if isinstance(settings, AzureBlobStoreSettings):
        return _azure_blob(settings)
    from evidence.stores.directory import DirectoryStore

    return DirectoryStore(resolve(settings.path))


def _azure_blob(settings: AzureBlobStoreSettings) -> EvidenceStore:
    from evidence.stores.azure_blob import open_azure_blob
    from evidence.stores.credentials import account_key, identity_credential

    key = os.environ.get(KEY_VARIABLE)
    if settings.credential == "shared_key":
        if not key:
            raise ConfigurationError(f"The store's key is missing: set {KEY_VARIABLE}.")
        named = account_key(settings.account_url, key)
        return open_azure_blob(settings.account_url, settings.container, named, create_container=True)
    identity = identity_credential(settings.credential)
    return open_azure_blob(settings.account_url, settings.container, identity, create_container=False)

"""The settings of a store to the store: a folder, or a container of Azure Blob Storage.

Not here: stores themselves. Invariant: a key that is missing is an error here, before anything is asked or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from evidence.errors import ConfigurationError
from evidence.settings.stores import AzureBlobStoreSettings, LocalStore
from evidence.stores.grounds import Grounds, unread
from evidence.stores.keeping import KeepingStore

KEY_VARIABLE = "BACKUP_EVIDENCE_STORE_KEY"
TOKEN_VARIABLE = "BACKUP_EVIDENCE_TOKEN"  # noqa: S105 - the name of a variable, not its value


def open_store(settings: LocalStore | AzureBlobStoreSettings, resolve: Callable[[Path], Path]) -> KeepingStore:
    """The store; paths are made absolute by `resolve`. Raises ConfigurationError."""
    if isinstance(settings, AzureBlobStoreSettings):
        return _azure_blob(settings)
    from evidence.stores.directory_keeping import KeepingDirectoryStore

    return KeepingDirectoryStore(resolve(settings.path))


def _azure_blob(settings: AzureBlobStoreSettings) -> KeepingStore:
    from evidence.stores.azure_blob_keeping import open_keeping_azure_blob
    from evidence.stores.credentials import account_key, identity_credential

    key = os.environ.get(KEY_VARIABLE)
    if settings.credential == "shared_key":
        if not key:
            raise ConfigurationError(f"The store's key is missing: set {KEY_VARIABLE}.")
        named = account_key(settings.account_url, key)
        return open_keeping_azure_blob(settings.account_url, settings.container, named, create_container=True)
    identity = identity_credential(settings.credential)
    return open_keeping_azure_blob(settings.account_url, settings.container, identity, create_container=False)


def read_account(settings: LocalStore | AzureBlobStoreSettings, *, endpoint: str | None, cloud: str) -> Grounds | None:
    """What the account is set to do with what it holds, as the control plane tells it now; None where nothing names an account.

    Raises ConfigurationError for a fixed token that would leave this machine.
    """
    if not isinstance(settings, AzureBlobStoreSettings) or settings.account_id is None:
        return None
    from evidence.stores.azure_blob_account import AccountAddress, by_identity, by_token
    from evidence.stores.credentials import identity_credential

    address = AccountAddress(settings.account_id, settings.container)
    if settings.credential != "shared_key":
        return by_identity(address, identity_credential(settings.credential), endpoint=endpoint, cloud=cloud)
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        return unread(f"the control plane takes no account key, and {TOKEN_VARIABLE} is not set")
    return by_token(address, token, endpoint)

"""The configuration file, read and validated: each mistake with its line, unknown keys refused, never a secret inside.

Not here: what is made of it (`evidence.compose`). Invariant: a setting that this version cannot honour is refused, not ignored.
"""

from __future__ import annotations

from evidence.settings.azure import AzureSettings
from evidence.settings.checkpoints import PublishSettings
from evidence.settings.model import Settings
from evidence.settings.reading import Configuration, load_configuration, parse_settings
from evidence.settings.signing import FileSigning, KeyVaultSigning, Pkcs12Signing
from evidence.settings.stores import AzureBlobStoreSettings, LocalStore, StoreSettings

__all__ = [
    "AzureBlobStoreSettings",
    "AzureSettings",
    "Configuration",
    "FileSigning",
    "KeyVaultSigning",
    "LocalStore",
    "Pkcs12Signing",
    "PublishSettings",
    "Settings",
    "StoreSettings",
    "load_configuration",
    "parse_settings",
]

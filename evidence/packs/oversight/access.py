"""Who could write the store or use the key, as far as it can be read where packs are built: owner, group and mode of a folder and a file.

Not here: the table (`oversight`). Invariant: rights in Azure are asked for by no call, so of an account or a vault it is said that they were
not read and how to read them; never that nobody holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evidence.packs.oversight.reading import KEY, STORE, Access
from evidence.settings import AzureBlobStoreSettings, FileSigning, StoreSettings
from evidence.settings.signing import KeyVaultSigning, Pkcs12Signing
from evidence.stores.owners import Holder, not_read, readers, writers

MEANS = "role assignments in Azure"
_HOW = "no call of a night asks for role assignments; read them with `az role assignment list --scope … --include-inherited`"


def access_of(
    store: StoreSettings, signing: FileSigning | Pkcs12Signing | KeyVaultSigning, resolve: Callable[[Path], Path]
) -> Access:
    """Looks when it is called; `resolve` makes paths of the configuration absolute."""

    def look() -> Mapping[str, Sequence[Holder]]:
        return {STORE: _of_store(store, resolve), KEY: _of_key(signing, resolve)}

    return look


def _of_store(store: StoreSettings, resolve: Callable[[Path], Path]) -> Sequence[Holder]:
    if isinstance(store, AzureBlobStoreSettings):
        return (not_read(MEANS, f"container {store.container} of {store.account_url}: {_HOW}"),)
    return writers(resolve(store.path))


def _of_key(
    signing: FileSigning | Pkcs12Signing | KeyVaultSigning, resolve: Callable[[Path], Path]
) -> Sequence[Holder]:
    if isinstance(signing, KeyVaultSigning):
        return (not_read(MEANS, f"key {signing.key_id}: {_HOW}"),)
    held = readers(resolve(signing.file if isinstance(signing, Pkcs12Signing) else signing.key))
    # Whoever reads the passphrase too can use the key; that file is looked at like the key's own.
    return held if signing.passphrase_file is None else (*held, *_of_passphrase(resolve(signing.passphrase_file)))


def _of_passphrase(file: Path) -> Sequence[Holder]:
    return tuple(Holder(one.name, f"passphrase file: {one.means}", one.finding, one.detail) for one in readers(file))

"""Whether two stores are different places: a copy beside the original in the same place is none.

Not here: copying (`evidence.runs.retention.replicating`). Invariant: nothing is written to find out.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from evidence.stores.directory import DirectoryStore
from evidence.stores.interface import EvidenceStore


def why_together(one: EvidenceStore, other: EvidenceStore) -> str:
    """Why two stores are no two places; empty where they are, as far as it can be told."""
    if isinstance(one, DirectoryStore) and isinstance(other, DirectoryStore):
        return _of_folders(one.root, other.root)
    addresses = [_address(store) for store in (one, other)]
    told = addresses if None not in addresses else [one.description, other.description]
    return "It is the store itself." if told[0] == told[1] else ""


def _of_folders(one: Path, other: Path) -> str:
    if one == other or (one.exists() and other.exists() and one.samefile(other)):
        return "It is the store itself."
    if one in other.parents:
        return "It lies inside the store, and would be lost with it."
    return "The store lies inside it, and both would be lost together." if other in one.parents else ""


def _address(store: EvidenceStore) -> tuple[str, int | None, str] | None:
    """Host, port and path of a container; None for a store without one."""
    from evidence.stores.azure_blob import AzureBlobStore

    if not isinstance(store, AzureBlobStore):
        return None
    url = urlsplit(store.address)
    return url.hostname or "", url.port, url.path.rstrip("/")

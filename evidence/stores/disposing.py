"""The border of deletion: taking one object out of a store, and telling what is left of it.

Not here: whether an object may go (`evidence.runs.retention.disposing`, the one module that may import this). Invariants: a store that refuses is obeyed and
its word passed on; an object counts as gone only where a listing tells so, and what a listing cannot tell is said.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from evidence.errors import ConfigurationError, ObjectMissingError
from evidence.stores.directory import DirectoryStore
from evidence.stores.files import translated
from evidence.stores.interface import EvidenceStore


@dataclass(frozen=True, slots=True)
class Remains:
    """What a store still holds of some paths."""

    left: Mapping[str, str] = field(default_factory=dict)
    """By path, in words: `still there`, `soft-deleted, gone on 2027-12-01`, `2 older versions` …"""
    looked_at: tuple[str, ...] = ("objects",)
    """What the listing told of: `objects`, `older versions`, `soft-deleted objects`, `snapshots`."""
    untold: tuple[str, ...] = ()
    """What it cannot tell of, in words."""


class Removal(Protocol):
    """Takes objects out of a store."""

    def remove(self, path: str) -> None:
        """Delete an object with all that the store keeps of it.

        Raises RefusedError where the store forbids it (immutability, legal hold), ObjectMissingError where nothing is there, StoreError.
        """
        ...

    def finish(self, path: str) -> None:
        """Delete what a removal that stopped halfway left behind a name under which nothing stands any more.

        Raises RefusedError where the store forbids it, StoreError.
        """
        ...

    def remains(self, paths: Collection[str]) -> Remains:
        """What is left of some paths, by a listing made now; raises StoreError, SignInError."""
        ...


class DirectoryRemoval:
    """Deletes files of a local folder."""

    def __init__(self, store: DirectoryStore) -> None:
        """Use the folder of a store."""
        self._store = store

    def remove(self, path: str) -> None:
        """Delete a file, known to be off the disk; raises ObjectMissingError, StoreError."""
        if self._store.stat(path) is None:
            raise ObjectMissingError(f"{path} is not in {self._store.description}.")
        file = self._store._inside(path)  # noqa: SLF001 - the store itself promises to remove nothing
        with translated("delete", path, self._store.description):
            file.unlink()
            folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def finish(self, path: str) -> None:
        """A file is deleted in one step: nothing is left behind its name."""

    def remains(self, paths: Collection[str]) -> Remains:
        """What is left: the file, or nothing that a folder tells of."""
        wanted = frozenset(paths)
        left = {found.path: "still there" for found in self._store.list("") if found.path in wanted}
        return Remains(left, untold=("copies that the file system or its backups keep",))


def removal_of(store: EvidenceStore) -> Removal:
    """What deletes from a store; raises ConfigurationError for a store that this version deletes nothing from."""
    if isinstance(store, DirectoryStore):
        return DirectoryRemoval(store)
    from evidence.stores.azure_blob import AzureBlobStore
    from evidence.stores.azure_blob_disposing import AzureBlobRemoval

    if isinstance(store, AzureBlobStore):
        return AzureBlobRemoval(store)
    raise ConfigurationError(f"Nothing is deleted from {store.description}: this version does not know how.")

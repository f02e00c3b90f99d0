"""The store's border: create-only writes, reads, listings, and what the store really enforces.

Not here: what is written (ledger, runs, packs). Invariant: nothing that was written is ever overwritten or removed
through this port.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object in the store."""

    path: str
    """Slash-separated, relative, as in DESIGN section 4."""
    bytes: int
    sha256: str | None
    """Lower-case hex as told by the store's metadata; None where a listing does not tell it."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What keeps an object from being changed, as read back from the store."""

    state: str
    """`locked`, `unlocked`, `container` or `none`."""
    until: str | None
    """ISO 8601 moment, where a policy is set."""
    detail: str
    """One sentence for people, such as why nothing is enforced."""


class EvidenceStore(Protocol):
    """Keeps objects by path, create-only."""

    @property
    def description(self) -> str:
        """Where it is, for people; never holds a secret."""
        ...

    def create(self, path: str, data: bytes) -> StoredObject:
        """Write a new object durably; returns after it can be read back.

        A write whose own answer was lost counts as done. Raises ObjectExistsError where the path holds another
        object, StoreError where the store fails, ConfigurationError for a path that leaves the store.
        """
        ...

    def create_from(self, path: str, source: Path) -> StoredObject:
        """The same from a file, without holding it in memory."""
        ...

    def read(self, path: str) -> bytes:
        """The whole object; raises ObjectMissingError, StoreError."""
        ...

    def fetch(self, path: str, target: Path) -> None:
        """Copy an object to a new local file; raises ObjectMissingError, StoreError."""
        ...

    def stat(self, path: str) -> StoredObject | None:
        """What is at a path, or None."""
        ...

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Objects whose path begins with a prefix, sorted by path."""
        ...

    def enforcement(self, path: str) -> Enforcement:
        """What protects the object, as read back now; raises ObjectMissingError."""
        ...

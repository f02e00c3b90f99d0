"""A store in memory that tests may look into, spoil and stop at any write; implements `EvidenceStore`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from evidence.errors import ObjectExistsError, ObjectMissingError
from evidence.stores.interface import Enforcement, StoredObject
from evidence.stores.paths import checked_path, checked_prefix


class Stopped(Exception):  # noqa: N818 - the machine stops here; nothing of the product may catch it
    """The process ends in the middle of its work."""


class MemoryStore:
    """Keeps objects in a dictionary; `stop_at` counts writes down to the one that never returns."""

    description = "memory"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.reads: list[str] = []
        self.stop_before: int | None = None
        """Writes left until the machine stops, nothing of that write being kept."""
        self.stop_after: int | None = None
        """The same, but that write is kept and only its answer is lost."""
        self.writes = 0

    def create(self, path: str, data: bytes) -> StoredObject:
        """Write a new object; raises ObjectExistsError."""
        self.writes += 1
        if self.stop_before is not None and self.writes > self.stop_before:
            raise Stopped(path)
        if checked_path(path) in self.files:
            raise ObjectExistsError(f"{path} exists")
        self.files[path] = bytes(data)
        if self.stop_after is not None and self.writes > self.stop_after:
            raise Stopped(path)
        return self._told(path)

    def create_from(self, path: str, source: Path) -> StoredObject:
        """Write a new object from a file."""
        return self.create(path, source.read_bytes())

    def read(self, path: str) -> bytes:
        """The whole object; raises ObjectMissingError."""
        self.reads.append(path)
        if path not in self.files:
            raise ObjectMissingError(f"{path} is missing")
        return self.files[path]

    def fetch(self, path: str, target: Path) -> None:
        """Copy an object to a file."""
        target.write_bytes(self.read(path))

    def stat(self, path: str) -> StoredObject | None:
        """What is at a path."""
        return self._told(path) if path in self.files else None

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Objects whose path begins with a prefix."""
        checked_prefix(prefix)
        return iter([self._told(path) for path in sorted(self.files) if path.startswith(prefix)])

    def enforcement(self, path: str) -> Enforcement:
        """Memory keeps nothing."""
        self.read(path)
        return Enforcement("none", None, "Memory enforces nothing.")

    def run_on(self) -> None:
        """The machine is started again."""
        self.stop_before = self.stop_after = None
        self.writes = 0

    def _told(self, path: str) -> StoredObject:
        return StoredObject(path, len(self.files[path]), hashlib.sha256(self.files[path]).hexdigest())


class Between(MemoryStore):
    """Another process writes first, once, just before this one's entry."""

    def __init__(self) -> None:
        super().__init__()
        self.first: Callable[[], object] | None = None

    def create(self, path: str, data: bytes) -> StoredObject:
        if path.startswith("ledger/") and self.first is not None:
            other, self.first = self.first, None
            other()
        return super().create(path, data)

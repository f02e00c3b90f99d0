"""A store in memory that keeps objects under policies and holds, and that tests may spoil; implements `KeepingStore`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evidence.errors import StoreError
from evidence.stores.immutability import BlobProtection, enforcement_of
from evidence.stores.keeping import Mode, Surveyed
from tests.fakes.memory_store import MemoryStore


class KeepingMemoryStore(MemoryStore):
    """Memory that knows policies of single objects."""

    def __init__(self) -> None:
        super().__init__()
        self.policies: dict[str, tuple[str, datetime]] = {}
        """Mode and end."""
        self.holds: set[str] = set()
        self.made: dict[str, datetime] = {}
        self.versions: dict[str, int] = {}
        self.closed: dict[str, str] = {}
        """Why a path cannot be looked at."""
        self.writable: set[str] = set()
        self.noted: dict[str, str] = {}
        """Hashes that the metadata tells, where it tells any."""
        self.refuses: str = ""
        """Why policies are refused."""
        self.ignores = False
        self.listing_fails_after: int | None = None
        self.asked = 0
        """Calls that would set something."""

    def protect(self, path: str, until: datetime, mode: Mode) -> Surveyed:
        """Set a policy, never a shorter one."""
        self.asked += 1
        if self.refuses:
            raise StoreError(f"Could not protect {path}.", cause=self.refuses)
        self.writable.discard(path)
        before = self.policies.get(path)
        if mode is not Mode.OFF and not self.ignores:
            self.policies[path] = (mode.value, max(until, before[1]) if before else until)
        return self._surveyed(path)

    def hold(self, path: str, on: bool) -> Surveyed:
        """Set or clear a hold."""
        self.asked += 1
        if not self.ignores:
            (self.holds.add if on else self.holds.discard)(path)
        return self._surveyed(path)

    def survey(self, prefix: str) -> Iterator[Surveyed]:
        """Everything under a prefix."""
        told = sorted({path for path in (*self.files, *self.closed) if path.startswith(prefix)})
        for number, path in enumerate(told):
            if number == self.listing_fails_after:
                raise StoreError("Could not list.", cause="503 ServerBusy")
            yield self._surveyed(path)

    def read(self, path: str) -> bytes:
        """The whole object, where it is not closed."""
        if path in self.closed:
            raise StoreError(f"Could not read {path}.", cause=self.closed[path])
        return super().read(path)

    def spoil(self, path: str, data: bytes | None = None) -> None:
        """Write over an object past the store; by default one bit of it."""
        old = self.files[path]
        self.files[path] = data if data is not None else bytes([old[0] ^ 1]) + old[1:]

    def _surveyed(self, path: str) -> Surveyed:
        mode, until = self.policies.get(path, (None, None))
        told = enforcement_of(BlobProtection(mode, until, path in self.holds), None, "memory")
        return Surveyed(
            path,
            None if path in self.closed else len(self.files[path]),
            self.noted.get(path),
            told,
            until=until,
            legal_hold=path in self.holds,
            created_at=self.made.get(path),
            earlier_versions=self.versions.get(path, 0),
            writable=path in self.writable,
            trouble=self.closed.get(path, ""),
        )

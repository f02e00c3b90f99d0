"""Stores for the ledger's tests: one in memory, and one before another that fails where a test says.

Not here: a real store. Invariant: the memory refuses to overwrite, as every store does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from evidence.errors import ObjectExistsError, ObjectMissingError
from evidence.ledger.ledger import Listed, Objects

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """One listed object."""

    path: str


class Memory:
    """Keeps objects in a dictionary, which tests may tamper with."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.reads: list[str] = []

    def create(self, path: str, data: bytes) -> None:
        if path in self.files:
            raise ObjectExistsError(f"{path} exists")
        self.files[path] = data

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        if path not in self.files:
            raise ObjectMissingError(f"{path} is missing")
        return self.files[path]

    def list(self, prefix: str) -> Iterator[Found]:
        return iter([Found(path) for path in sorted(self.files) if path.startswith(prefix)])


class Fault(Exception):  # noqa: N818 - the machine stops here; nothing of the product may catch it
    """The process ends."""


class Faulty:
    """Passes on to another store, and ends the process before or after one of the operations."""

    def __init__(
        self, objects: Objects, at: int, *, after: bool, fault: Callable[[], Exception] = lambda: Fault("stopped")
    ) -> None:
        self._objects = objects
        self._at = at
        self._after = after
        self._fault = fault
        self.operations: list[str] = []

    def create(self, path: str, data: bytes) -> object:
        return self._do("create", lambda: self._objects.create(path, data))

    def read(self, path: str) -> bytes:
        return self._do("read", lambda: self._objects.read(path))

    def list(self, prefix: str) -> Iterator[Listed]:
        return self._do("list", lambda: iter(list(self._objects.list(prefix))))

    def _do(self, name: str, operation: Callable[[], T]) -> T:
        self.operations.append(name)
        now = len(self.operations) == self._at
        if now and not self._after:
            raise self._fault()
        try:
            return operation()
        finally:
            if now:
                raise self._fault()

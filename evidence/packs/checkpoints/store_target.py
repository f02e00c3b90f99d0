"""A store that others keep, as a target for checkpoints: what lies there can show that our history was not rewritten.

Invariants: the copies there are create-only and read back; what lies there already is held against our ledger, and a
contradiction stops everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from evidence.errors import IntegrityError, ObjectExistsError, ObjectMissingError, StoreError, TargetUnavailableError
from evidence.ledger.checkpoints import FILE, leaves_of, parse_checkpoint
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.merkle import root
from evidence.packs.checkpoints.target import Outgoing, Receipt
from evidence.stores.interface import EvidenceStore

PREFIX = "checkpoints/"


@dataclass(frozen=True, slots=True)
class StoreTarget:
    """A folder or a container outside."""

    name: str
    store: EvidenceStore

    @property
    def place(self) -> str:
        """What the store says that it is."""
        return self.store.description

    def check(self, entries: Sequence[LedgerEntry]) -> int:
        """How many checkpoints lie there, each of which this ledger goes on from; raises IntegrityError for another.

        A checkpoint of more entries than the ledger has shows that the newest were dropped.
        """
        leaves, found = leaves_of(entries), 0
        for listed in self.store.list(PREFIX):
            if not listed.path.endswith(f"/{FILE}"):
                continue
            extent = parse_checkpoint(self.store.read(listed.path), f"{listed.path} at {self.name}").extent
            if entries and extent.tenant != str(entries[0].payload["tenant"]):
                continue
            if extent.size > len(leaves) or root(leaves[: extent.size]).hex() != extent.root_sha256:
                raise IntegrityError(
                    f"The ledger contradicts the checkpoint over {extent.size} entries that lies at {self.name}.",
                    cause=f"{listed.path} there has root {extent.root_sha256}; "
                    + ("the ledger has fewer entries." if extent.size > len(leaves) else "the ledger has another."),
                    next_step="Keep both as they are, and find out who changed the ledger: it was rewritten or cut off.",
                )
            found += 1
        return found

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Write each file once, and read all back; see `target.Target`."""
        document = next(path for path in outgoing.files if path.endswith(f"/{FILE}"))
        with self._asking():
            for path, data in outgoing.files.items():
                self._send(path, data)
            enforced = self.store.enforcement(document)
        self.confirm(outgoing)
        files = [
            {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for path, data in sorted(outgoing.files.items())
        ]
        return Receipt(f"{self.place}: {document}", enforced.state, enforced.detail, {"files": files})

    def confirm(self, outgoing: Outgoing) -> None:
        """Read each file back; raises IntegrityError where one is missing or another, TargetUnavailableError."""
        with self._asking():
            for path, data in outgoing.files.items():
                self._read_back(path, data)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except ObjectMissingError as error:
            raise IntegrityError(f"What was sent to {self.name} is not there.", cause=error.message) from error
        except StoreError as error:
            raise TargetUnavailableError(error.message, cause=error.cause, next_step=error.next_step) from error

    def _send(self, path: str, data: bytes) -> None:
        try:
            self.store.create(path, data)
        except ObjectExistsError:
            # From an earlier try; whether it is the same is read back.
            return

    def _read_back(self, path: str, data: bytes) -> None:
        if self.store.read(path) != data:
            raise IntegrityError(
                f"{path} in {self.place} is not what the ledger names.",
                cause=f"The ledger names {len(data)} bytes with SHA-256 {hashlib.sha256(data).hexdigest()}.",
                next_step="Compare it with a copy, and find out who changed it.",
            )

"""The border to whoever keeps copies of checkpoints outside: what is sent, and what is known of it afterwards.

Not here: stores (`store_target`), mail (`mail`), webhooks (`webhook`), and the recording (`publish`). Invariant: a receipt says
what the other side answered, and claims nothing of what cannot be read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from evidence.ledger.entries import LedgerEntry

NOT_READ_BACK = "none"
"""Enforcement of what lies where we cannot look."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A checkpoint on its way out."""

    tenant: str
    size: int
    root_sha256: str
    checkpoint_sha256: str
    made_at: datetime
    stamped: bool
    files: Mapping[str, bytes]
    """By their path in the store; the checkpoint's own file, its seals, and what a renewal holds."""

    @property
    def by_name(self) -> Mapping[str, bytes]:
        """The files by name, without their folder."""
        return {path.rpartition("/")[2]: data for path, data in self.files.items()}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of a checkpoint after it was sent."""

    place: str
    """Where it lies, for people."""
    enforcement: str = NOT_READ_BACK
    """What keeps it from being changed there."""
    enforcement_detail: str = "what lies there cannot be read back: the answer is all that is known"
    details: Mapping[str, object] = field(default_factory=dict)
    """What the other side answered, for the ledger: texts, whole numbers, lists and objects of them."""


class Target(Protocol):
    """Somewhere outside that checkpoints are sent to."""

    @property
    def name(self) -> str:
        """As the configuration calls it."""
        ...

    @property
    def place(self) -> str:
        """Where it is, for people; no secret."""
        ...

    def check(self, entries: Sequence[LedgerEntry]) -> int | None:
        """How many checkpoints lie there that this ledger goes on from, None where nobody can look.

        Raises IntegrityError for one that contradicts the ledger, StoreError.
        """
        ...

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Send it, whether or not it was sent before; the other side can tell from what is in it.

        Raises TargetUnavailableError, DeliveryError for a refusal, IntegrityError for another file in its place.
        """
        ...

    def confirm(self, outgoing: Outgoing) -> None:
        """Look whether it lies there as it was sent; does nothing where nobody can look.

        Raises IntegrityError where it does not, TargetUnavailableError.
        """
        ...

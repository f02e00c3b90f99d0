"""What a store does to keep objects beyond create-only writes: set protection, read it back, and tell of everything it holds in one pass.

Not here: what is promised (`evidence.retention`), removing anything (`disposing`). Invariant: protection is only ever set or made longer through
this port, and what was not read back is told as `none`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from evidence.stores.interface import Enforcement, EvidenceStore


class Mode(StrEnum):
    """What kind of protection is set on an object."""

    LOCKED = "locked"
    """Nobody can take it back or shorten it."""
    UNLOCKED = "unlocked"
    """Who holds the right can."""
    OFF = "off"
    """None is set; what somebody else set is read all the same."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One object as a pass over the store found it."""

    path: str
    bytes: int | None
    """None where nothing stands under the name now."""
    sha256: str | None
    """Lower-case hex as the store's metadata tells it: it proves nothing of the content."""
    enforcement: Enforcement
    until: datetime | None = None
    """Of the object's own policy."""
    legal_hold: bool | None = None
    """None where the store knows no holds of objects."""
    created_at: datetime | None = None
    tier: str | None = None
    """What the store charges it by, such as `Hot` or `Archive`; None where it knows no tiers."""
    earlier_versions: int = 0
    """Other versions under the same name: something was written over it, or it was deleted and written again."""
    writable: bool = False
    """Whether the file's mode lets its owner write to it."""
    gone: str = ""
    """Why nothing stands under the name now, where the store tells: soft-deleted, or earlier versions alone."""
    trouble: str = ""
    """Why it could not be looked at; the other fields then say nothing."""

    @property
    def is_there(self) -> bool:
        """Whether something that can be read stands under the name."""
        return self.bytes is not None and not self.trouble


class KeepingStore(EvidenceStore, Protocol):
    """A store that tells and sets what keeps its objects."""

    def protect(self, path: str, until: datetime, mode: Mode) -> Surveyed:
        """Keep an object from change until a moment at least, and read back what does; of other versions nothing is told.

        Never shortens and never weakens what stands. Raises ObjectMissingError, StoreError, SignInError.
        """
        ...

    def hold(self, path: str, on: bool) -> Surveyed:
        """Set or clear the legal hold of an object, and read back what keeps it; raises as `protect`."""
        ...

    def survey(self, prefix: str) -> Iterator[Surveyed]:
        """Every name under a prefix, each once; what cannot be looked at says why. Raises StoreError, SignInError where nothing more can be told."""
        ...

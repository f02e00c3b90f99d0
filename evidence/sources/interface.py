"""The source's border: find vaults, then read each of them.

Invariant: a source never raises for one vault's failure; it says in that vault's coverage what was not reached and why.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Protocol

from evidence.records import Capture, CaptureRequest, Discovery, Vault
from evidence.sources.examination import Examination


class Source(Protocol):
    """Something that can be asked for backup facts."""

    @property
    def description(self) -> str:
        """What is asked, for people; never holds a secret."""
        ...

    def discover(self, request: CaptureRequest) -> Discovery:
        """The vaults in scope; raises SignInError where nothing at all may be asked."""
        ...

    def capture(self, vault: Vault, request: CaptureRequest) -> Capture:
        """All that one vault answers; every failure becomes coverage."""
        ...


class ExaminableSource(Source, Protocol):
    """A source that can also be asked what it lets us do."""

    def examine(self, request: CaptureRequest, progress: Callable[[str, int, int], None]) -> Examination:
        """Rights, privileges, clock and versions; keeps nothing. Raises SignInError where nothing at all may be asked."""
        ...


def vault_key(vault_id: str, name: str) -> str:
    """A vault's readable name in paths and ids: its letters, then ten hex digits of its lower-cased id's SHA-256."""
    letters = re.sub(r"[^a-z0-9-]+", "", name.lower()) or "vault"
    return f"{letters}-{hashlib.sha256(vault_id.lower().encode()).hexdigest()[:10]}"


def subscription_key(subscription_id: str) -> str:
    """The same for the calls above vaults; begins with `_`, which no vault's key does."""
    return f"_subscription-{subscription_id.lower()}"

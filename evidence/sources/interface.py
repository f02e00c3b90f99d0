"""The source's border: find vaults, then read each of them.

Invariant: a source never raises for one vault's failure; it says in that vault's coverage what was not reached and why.
"""

from __future__ import annotations

from typing import Protocol

from evidence.records import Capture, CaptureRequest, Discovery, Vault


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

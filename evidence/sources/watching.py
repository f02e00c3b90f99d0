"""The watch's border: what is asked of a vault between nights, and who can be asked so.

Not here: what is made of the answers (`runs.watch`). Invariant: as with nights, a source never raises for one vault's failure; what was not
reached is that vault's coverage, and never an empty list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from evidence.nights import Window
from evidence.records import Capture, Vault

FRESH: Final = ("Failed", "CompletedWithWarnings")
"""States that the watch looks for, as Azure writes them."""


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What one look asks of a vault."""

    night: date
    """The night that runs."""
    run_id: str
    window: Window
    """Jobs that began in it."""


class WatchedSource(Protocol):
    """A source that can be asked for fresh failures."""

    @property
    def description(self) -> str:
        """What is asked, for people; never holds a secret."""
        ...

    def watch(self, vault: Vault, request: WatchRequest) -> Capture:
        """Fresh failures of one vault, as coverage and calls of kind `jobs`."""
        ...

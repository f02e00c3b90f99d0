"""What a world is: something that answers ARM requests. The server knows no more of it.

Implementations: `generated` (a world made from a seed) and `recorded` (bodies that Azure really sent).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """One request as it arrived, path percent-decoded once."""

    method: str
    path: str
    query: Mapping[str, str]
    """Query parameters, names lower-cased (`api-version`, `$filter`, `$skiptoken`)."""
    base_url: str
    """Scheme, host and port that the caller used; a next link starts with it."""
    now: datetime
    """The simulator's clock, UTC."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class ArmResponse:
    """One answer, its body verbatim."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class World(Protocol):
    """A set of subscriptions and vaults that can be asked as ARM is asked."""

    def answer(self, request: ArmRequest) -> ArmResponse:
        """Answer one GET; an unknown resource is an ARM error body, never an exception."""
        ...

    def subscriptions(self) -> Sequence[str]:
        """Ids of all subscriptions that hold vaults."""
        ...

    def nights(self) -> Sequence[date]:
        """Backup nights (first day, UTC, cut-over 06:00) on which at least one job starts, oldest first."""
        ...

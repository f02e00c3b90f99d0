"""The border of signing in: what is registered, how the person is reached, and who it was.

Not here: protocols (`code_flow`, `device_flow`), checking tokens (`tokens`). Invariant: no token is part of any value here; what is kept of a sign-in are
claims that were checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Registration:
    """What this program is at the issuer, and whom it takes."""

    issuer: str
    """Pinned: compared exactly with the issuer's own document and with each token."""
    client_id: str
    tenant_id: str
    max_age: timedelta
    """How long ago the person may have proven who they are."""
    device_code: bool = False
    """Whether a sign-in on another device is allowed, which cannot be bound to this machine."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A person who signed in."""

    issuer: str
    tenant_id: str
    object_id: str
    auth_time: datetime
    """When they proved who they are, UTC."""
    amr: tuple[str, ...]
    """How, as RFC 8176 names it; empty where the issuer does not tell."""
    name: str | None
    username: str | None

    @property
    def shown(self) -> str:
        """What the person is called in records."""
        return self.name or self.username or self.object_id

    def claims(self) -> dict[str, object]:
        """What is kept, as JSON values without fractions."""
        return {
            "iss": self.issuer,
            "tid": self.tenant_id,
            "oid": self.object_id,
            "auth_time": int(self.auth_time.timestamp()),
            "amr": list(self.amr),
            "name": self.name,
            "preferred_username": self.username,
        }


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time, chance and the person: all that signing in takes from outside but the network."""

    now: Callable[[], datetime]
    """The present moment, UTC: what tokens are judged by."""
    entropy: Callable[[int], bytes]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    show: Callable[[str], None]
    """Tells the person a line."""
    open_browser: Callable[[str], None] | None = None
    """Opens an address for the person; None: they open what is shown themselves."""
    seconds: float = 300.0
    """How long the person has."""

"""Where the time comes from: the system, or a simulator that product, simulator and authority share.

Invariant: outside this module nothing of the product reads the time by itself; it is given a `Clock`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from evidence.errors import RefusedError


class Clock(Protocol):
    """Tells the time, UTC."""

    def now(self) -> datetime:
        """The present moment, UTC, aware."""
        ...

    def reach(self, moment: datetime) -> None:
        """Make sure that `moment` has come; raises RefusedError where it has not and cannot be made to."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    def reach(self, moment: datetime) -> None:
        """Refuse a moment that lies ahead: time is not ours to move."""
        now = self.now()
        if now < moment:
            raise RefusedError(
                f"It is {now:%Y-%m-%d %H:%M} UTC; this can be done from {moment:%Y-%m-%d %H:%M} UTC on.",
                cause="The night has not ended, so what it holds is not known yet.",
                next_step="Ask for an earlier night, or run again after that time.",
            )

"""The simulator's clock: set from outside, and running with real time in between.

No other module reads the time of day. The clock never goes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from simulator.errors import ClockError


class Clock:
    """A settable clock that advances with a monotonic counter."""

    def __init__(self, start: datetime, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._set_to = start.astimezone(UTC)
        self._monotonic = monotonic
        self._set_at = monotonic()

    def now(self) -> datetime:
        """The simulated moment, UTC."""
        return self._set_to + timedelta(seconds=self._monotonic() - self._set_at)

    def set(self, moment: datetime) -> None:
        """Move the clock forward to a moment.

        Raises ClockError for a moment before now: what was visible would vanish.
        """
        now = self.now()
        if moment < now:
            raise ClockError(
                f"The clock stands at {now.isoformat()} and cannot go back to {moment.isoformat()}. "
                "Start the simulator again with --clock."
            )
        self._set_to, self._set_at = moment.astimezone(UTC), self._monotonic()


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment; without a zone it is UTC. Raises ClockError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ClockError(f"{text!r} is not an ISO 8601 moment such as 2026-11-02T06:30:00Z.") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

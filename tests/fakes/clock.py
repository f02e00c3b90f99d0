"""A clock that tests set: it can be moved on, as a simulator's can, and ticks so that no two moments are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from evidence.errors import RefusedError


class FakeClock:
    """Tells a time of its own."""

    def __init__(
        self, now: datetime = datetime(2026, 11, 1, tzinfo=UTC), *, tick: timedelta = timedelta(milliseconds=1)
    ) -> None:
        self.moment = now
        self.tick = tick
        self.movable = True

    def now(self) -> datetime:
        """The present moment, a tick later each time."""
        self.moment += self.tick
        return self.moment

    def reach(self, moment: datetime) -> None:
        """Move on to a moment; a clock that is not movable refuses one that lies ahead."""
        if not self.movable and self.moment < moment:
            raise RefusedError(f"It is {self.moment}; {moment} has not come.")
        self.moment = max(self.moment, moment)

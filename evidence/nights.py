"""What a backup night is: `[day at cut-over, next day at cut-over)` in the configured zone, named by its first day.

Not here: what is expected of a night. Invariant: the windows of consecutive nights touch without gap or overlap, also
when clocks change (a night is then 23 or 25 hours long).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from evidence.errors import ConfigurationError

LONGEST_RANGE = 3660


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time `[start, end)`, both UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Calendar:
    """Divides time into nights."""

    time_zone: str = "UTC"
    starts_at: time = time(6, 0)

    def window(self, night: date) -> Window:
        """The UTC window of a night; length follows the zone's clock changes."""
        return Window(self._opening(night), self._opening(night + timedelta(days=1)))

    def night_of(self, moment: datetime) -> date:
        """The night that holds a moment; a moment without zone is refused."""
        if moment.tzinfo is None:
            raise ConfigurationError(f"A moment without time zone has no night: {moment.isoformat()}")
        guess = moment.astimezone(ZoneInfo(self.time_zone)).date()
        # Two days back: after a day that a country skipped, the night before it may still last (Apia, 31 December 2011, 00:10).
        for night in (guess + timedelta(days=ahead) for ahead in (1, 0, -1, -2)):
            if moment in self.window(night):
                return night
        raise ConfigurationError(f"No night holds {moment.isoformat()} in zone {self.time_zone}")

    def span(self, first: date, last: date) -> Window:
        """The UTC window from the opening of `first` to the end of `last`."""
        return Window(self._opening(first), self._opening(last + timedelta(days=1)))

    def _opening(self, day: date) -> datetime:
        # fold=0: of a cut-over that happens twice, the first; one that is skipped is read with the offset before the gap (PEP 495).
        return datetime.combine(day, self.starts_at, ZoneInfo(self.time_zone)).astimezone(UTC)


def nights_between(first: date, last: date) -> Iterator[date]:
    """All nights from first to last, both included; refuses a backward or absurdly long range."""
    count = (last - first).days + 1
    if count < 1:
        raise ConfigurationError(f"The last night {last} lies before the first {first}.")
    if count > LONGEST_RANGE:
        raise ConfigurationError(f"{count} nights are asked for; at most {LONGEST_RANGE} at once.")
    return (first + timedelta(days=n) for n in range(count))


def look_back(night: date, count: int) -> date:
    """First of `count` nights that end with `night`."""
    return night - timedelta(days=count - 1)

"""Working days of a team: when reminders go out, and how much working time has passed.

Not here: when somebody is on call. Invariant: pure over the calendar given; days are cut in the team's own time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Workdays:
    """A team's calendar."""

    time_zone: str = "UTC"
    days: frozenset[int] = frozenset(range(7))
    """0 is Monday."""
    holidays: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether it is a working day."""
        return day.weekday() in self.days and day not in self.holidays

    def works_at(self, moment: datetime) -> bool:
        """The same of the day that a moment lies in."""
        return self.works_on(moment.astimezone(ZoneInfo(self.time_zone)).date())

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Time between two moments that lies on working days."""
        zone, total, at = ZoneInfo(self.time_zone), timedelta(0), start
        while at < end:
            day = at.astimezone(zone).date()
            following = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(start.tzinfo)
            until = min(following, end)
            if self.works_on(day):
                total += until - at
            at = until
        return total


ALWAYS = Workdays()
"""Of a team without a calendar: every day."""

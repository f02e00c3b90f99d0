"""What can be planted in the shadow data set, and the few facts that all its parts share.

Not here: the data (`shadow_*`), the detectors (`nightly`). Invariant: names and ids say that they are a canary's, so that no reader can take
them for real ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from evidence.assess.about import About
from evidence.nights import Calendar, Window


class Plant(StrEnum):
    """Problems that can be planted, in words."""

    FAILED_JOB = "a job that failed"
    SILENCE = "a run that left neither job nor point"
    RECURRING = "the same error on two nights in a row"
    OUTBREAK = "one error on five items of a vault"
    GAP = "two nights without a point"
    RPO_BREACH = "a newest point three days old"
    LOG_BREAK = "six hours without log backups"
    CONSISTENCY = "a crash-consistent point after application-consistent ones"
    EXPIRY = "a point that expires after a week of thirty days promised"
    SLOW_JOB = "a job eight times as long as usual"
    EMPTY_JOB = "a job that moved nothing in no time"
    HEALTH = "an agent that needs action while jobs complete"
    GROWTH = "a vault that grew by half in a night"
    CROWD = "sixty jobs at once instead of ten"
    THINNED = "a daily policy made weekly"
    SHORTENED = "thirty days of retention made seven"
    REASSIGNED = "an item given another policy"
    STOPPED = "an item whose protection was stopped"
    VANISHED = "an item that is no longer listed"
    WEAKENED = "soft delete turned off"
    UNPROTECTED = "a new machine without backup"


VAULT = "canary/vault"
POLICY = f"{VAULT}/policies/daily"
WORD = "canary"
LEAD = timedelta(hours=16)
"""From the opening of a night to its backups."""
NIGHTS = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """The night that is played, and what was planted in it."""

    night: date
    calendar: Calendar
    plant: Plant | None = None
    """None: the healthy twin."""

    @property
    def window(self) -> Window:
        """The night's window."""
        return self.calendar.window(self.night)

    def nights(self, count: int = NIGHTS) -> list[date]:
        """So many nights that end with the one that is played."""
        return [self.night - timedelta(days=back) for back in reversed(range(count))]

    def due(self, night: date) -> datetime:
        """When a night's backup was due: the same time of day in UTC on each."""
        days = (night - self.night).days
        return self.window.start + LEAD + timedelta(days=days)

    def read_at(self, night: date) -> datetime:
        """When a night's lists were read."""
        return self.calendar.window(night).end + timedelta(minutes=10)


def canary(number: int = 0) -> About:
    """An item of the shadow data set."""
    return About(VAULT, f"{VAULT}/items/canary-{number:02}", f"canary-{number:02}", "VM", 0)

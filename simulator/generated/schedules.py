"""When a policy runs, in UTC, night by night.

A night is `[day 06:00, next day 06:00)` UTC. What happens in a run is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.generated.values import Policy

CUT_OVER = time(6, tzinfo=UTC)
_WINDOW_HOURS = 12
_ZONES = {"UTC": "UTC", "W. Europe Standard Time": "Europe/Berlin", "Eastern Standard Time": "America/New_York"}


@dataclass(frozen=True, slots=True)
class Run:
    """One backup that a policy asks for."""

    at: datetime
    kind: str


def night_start(night: date) -> datetime:
    """First moment of a night."""
    return datetime.combine(night, CUT_OVER)


def night_of(moment: datetime) -> date:
    """The night that a moment belongs to."""
    return (moment - timedelta(hours=CUT_OVER.hour)).date()


def runs(policy: Policy, night: date) -> list[Run]:
    """All runs of a policy that are due in a night, in order."""
    start = night_start(night)
    local = (run for day in (night - timedelta(days=1), night, night + timedelta(days=1)) for run in _day(policy, day))
    return sorted((run for run in local if start <= run.at < start + timedelta(days=1)), key=lambda run: run.at)


def _day(policy: Policy, day: date) -> Iterator[Run]:
    full = policy.weekday is None or day.weekday() == policy.weekday
    if not full and not policy.differential:
        return
    zone = ZoneInfo(_ZONES[policy.time_zone])
    for hours in range(0, _WINDOW_HOURS + 1, policy.every_hours or _WINDOW_HOURS + 1):
        local = datetime.combine(day, policy.run_at) + timedelta(hours=hours)
        yield Run(local.replace(tzinfo=zone).astimezone(UTC), "Full" if full else "Differential")

"""From a policy version to its schedules: at which times of which days it backs up what.

Not here: run times of a window (`times`). Invariant: a shape that cannot be read becomes an `Unreadable` with its reason; never no schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from evidence.assess.slots.values import Part, PolicyVersion


@dataclass(frozen=True, slots=True)
class Schedule:
    """One recurring run of a policy, in the policy's own time zone."""

    part: Part
    zone: str
    """IANA name."""
    times: tuple[time, ...] = ()
    weekdays: frozenset[int] | None = None
    """Monday is 0; None: every day."""
    anchor: datetime | None = None
    every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A schedule that cannot be read, and why."""

    reason: str


def read_schedules(version: PolicyVersion) -> tuple[Schedule | Unreadable, ...]:
    """The schedules of a policy version, at least one value."""
    raise NotImplementedError

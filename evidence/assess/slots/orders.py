"""Values that a policy's schedule is read to, and the reading of the JSON that tells it.

Not here: which shapes there are (`schedules`, `backup_rules`). Invariant: field names are found whatever their case, for the service changes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from evidence.assess.slots.keeping import Kept
from evidence.assess.slots.values import Part

Sent: TypeAlias = Mapping[str, object]
"""An object that Azure sent, its keys folded."""

_DIGITS = re.compile("[0-9]{1,9}")


class ScheduleError(ValueError):
    """A schedule that cannot be read; its text says why."""


@dataclass(frozen=True, slots=True)
class Repeating:
    """Runs that repeat from a first moment on, by ISO 8601 (`R/2026-01-01T21:00:00+00:00/P1D`)."""

    first: datetime
    months: int = 0
    days: int = 0
    elapsed: timedelta | None = None
    """Where the interval is told in hours or minutes: it is counted in elapsed time, whatever clocks do."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One recurring run of a policy: at local times of days, repeating from a moment on, or of logs."""

    part: Part
    zone: str | None
    """IANA name; None: the offset of `repeating.first`."""
    offsets: tuple[timedelta, ...] = ()
    """From local midnight of the day; 24 hours or more where an hourly window runs over midnight."""
    weekdays: frozenset[int] | None = None
    """Monday is 0; None: every day."""
    repeating: Repeating | None = None
    every: timedelta | None = None
    """Interval of runs within the day, and of log backups."""
    kept: Kept | None = None
    """Days of which the retention keeps points; None: of all."""
    vault_copy: bool = False
    parts_apart: bool = False
    doubt: str | None = None
    """Why it cannot be told whether its runs are due at these times."""


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """A policy that is readable and runs at no times: its backups are continuous, or made on demand."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A schedule that cannot be read, and why."""

    reason: str
    part: Part = Part.FULL


def read_json(text: str) -> object:
    """Parsed JSON with folded keys; raises ScheduleError."""
    try:
        return folded(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ScheduleError("the schedule is not readable JSON") from error


def folded(value: object) -> object:
    """The value with the keys of all objects in lower case."""
    if isinstance(value, dict):
        return {str(key).strip().casefold(): folded(inner) for key, inner in value.items()}
    return [folded(inner) for inner in value] if isinstance(value, list) else value


def inside(sent: Sent, name: str) -> Sent:
    """The object of a field; an empty one where there is none."""
    value = sent.get(name)
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Sequence[Sent]:
    """The objects of a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(sent: Sent, name: str) -> str | None:
    """The text of a field; None where it is empty, null or no text."""
    value = sent.get(name)
    return value.strip() or None if isinstance(value, str) else None


def whole(sent: Sent, name: str) -> int | None:
    """The whole number of a field, also written as text; None where there is none."""
    value = sent.get(name)
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

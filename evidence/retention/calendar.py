"""What leaves when: days against promises, and the months of an expiry calendar.

Not here: promises (`settled`). Invariant: an object may go on the first day after its promise, in UTC and in the store's zone, whichever is later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from evidence.retention.rules import add_months
from evidence.retention.values import Kind

EPOCH = date(1970, 1, 1)
NEVER = (date.max - EPOCH).days + 1
"""Day number of a promise without a day: after every other."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Objects whose promise ends in one span."""

    first: date
    """First day on which they may go."""
    last: date
    objects: int
    bytes: int
    by_kind: Mapping[Kind, tuple[int, int]]
    """Objects and bytes."""
    packs: tuple[str, ...]
    """Packs that leave, by id."""
    held: int
    """Of the objects, those that a hold keeps all the same."""


def day_of(moment: datetime, time_zone: str) -> date:
    """The day that it is everywhere that counts: the earlier of UTC's and the zone's."""
    return min(moment.astimezone(UTC).date(), moment.astimezone(ZoneInfo(time_zone)).date())


def may_go(until: date | None, today: date) -> bool:
    """Whether a promise is over on a day."""
    return until is not None and today > until


def number_of(day: date | None) -> int:
    """Days since 1970-01-01; a promise without a day comes after every other."""
    return NEVER if day is None else (day - EPOCH).days


def day_numbered(number: int) -> date | None:
    """The day of a number; None: never."""
    return None if number >= NEVER else EPOCH + timedelta(days=number)


def months_from(today: date, count: int) -> Sequence[tuple[date, date]]:
    """First and last day of so many months, beginning with that of a day."""
    first = today.replace(day=1)
    begins = [add_months(first, number) for number in range(count + 1)]
    return [(begin, end - timedelta(days=1)) for begin, end in pairwise(begins)]


def sums(told: Iterable[tuple[Kind, int, int]]) -> Mapping[Kind, tuple[int, int]]:
    """Objects and bytes by kind, in order of kinds; what is nothing is left out."""
    return {kind: (objects, size) for kind, objects, size in sorted(told) if objects}

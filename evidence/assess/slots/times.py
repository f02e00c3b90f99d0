"""The moments at which a schedule runs in a window.

Not here: of which item (`expected`). Invariants: an hour that comes twice gives one run, in its first pass; a time that a clock change skips
gives one run, as long after midnight as on other days (PEP 495 with fold 0); moments are sorted and distinct.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from evidence.assess.slots.orders import Repeating, Schedule
from evidence.assess.slots.zones import zone_info

_DAY = timedelta(days=1)
_SPREAD = timedelta(days=2)
"""Days before a window whose runs may lie in it: zones are at most 14 hours off, hourly windows run over midnight."""


@lru_cache(maxsize=4096)
def run_times(schedule: Schedule, start: datetime, end: datetime) -> tuple[tuple[datetime, date], ...]:
    """Runs in `[start, end)`: the moment in UTC, and the local day that the run belongs to."""
    runs = _repeated(schedule, start, end) if schedule.repeating else _daily(schedule, start, end)
    # A day that a zone left out ends where the next one begins: what both order at one moment is one run, of the earlier day.
    return tuple(sorted({at: day for at, day in sorted(runs, reverse=True) if start <= at < end}.items()))


def _daily(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[datetime, date]]:
    zone = zone_info(schedule.zone or "UTC")
    day, last = (start - _SPREAD).date(), (end + _DAY).date()
    while day <= last:
        if schedule.weekdays is None or day.weekday() in schedule.weekdays:
            midnight = datetime.combine(day, time())
            for offset in schedule.offsets:
                yield (midnight + offset).replace(tzinfo=zone).astimezone(UTC), day
        day += _DAY


def _repeated(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[datetime, date]]:
    repeating = schedule.repeating
    assert repeating is not None  # noqa: S101  # the caller asked
    zone: tzinfo | None = zone_info(schedule.zone) if schedule.zone else repeating.first.tzinfo
    if repeating.elapsed is not None:
        return _elapsed(repeating.first, repeating.elapsed, zone, start, end)
    return _on_calendar(repeating, zone, start, end)


def _elapsed(
    first: datetime, every: timedelta, zone: tzinfo | None, start: datetime, end: datetime
) -> Iterator[tuple[datetime, date]]:
    begin = first.astimezone(UTC)
    moment = begin if begin >= start else begin + -((begin - start) // every) * every
    while moment < end:
        yield moment, moment.astimezone(zone).date()
        moment += every


def _on_calendar(
    repeating: Repeating, zone: tzinfo | None, start: datetime, end: datetime
) -> Iterator[tuple[datetime, date]]:
    """By days, weeks or months of the wall clock."""
    first = repeating.first.astimezone(zone).replace(tzinfo=None)
    wanted = (start - _SPREAD).replace(tzinfo=None)
    count = max(0, _periods(repeating, first, wanted))
    while True:
        local = _after(repeating, first, count)
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment >= end:
            return
        yield moment, local.date()
        count += 1


def _periods(repeating: Repeating, first: datetime, until: datetime) -> int:
    """Whole periods from the first run that surely lie before a moment."""
    if repeating.days:
        return (until - first) // timedelta(days=repeating.days)
    return ((until.year - first.year) * 12 + until.month - first.month) // repeating.months - 1


def _after(repeating: Repeating, first: datetime, count: int) -> datetime:
    if repeating.days:
        return first + count * timedelta(days=repeating.days)
    months = first.month - 1 + count * repeating.months
    return first.replace(year=first.year + months // 12, month=months % 12 + 1)

"""What log backups cover: time ranges, broken where a night brought no backup.

Log backups have no jobs in Azure's list; the ranges are all that is seen of them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from simulator.generated.history import History
from simulator.generated.planned import Deviation
from simulator.generated.schedules import night_of, night_start
from simulator.generated.values import Item, Point

KEEP = timedelta(days=15)
_LEAD = timedelta(seconds=2)
"""A range starts so long before the point of its full backup, as recorded."""
_BREAK = timedelta(hours=14)
"""On a night without a backup the last log is from before 20:00 UTC."""

Range = tuple[datetime, datetime]


def log_ranges(history: History, item: Item, now: datetime) -> list[Range]:
    """Continuous log coverage of an item as it stands at a moment, newest first."""
    if item.policy.log_minutes is None:
        return []
    step = timedelta(minutes=item.policy.log_minutes)
    until = min(now, night_start(history.end))
    ranges: list[Range] = []
    start: datetime | None = None
    night = history.begin
    while night <= night_of(until):
        incident = history.plan.incident(item, night)
        if incident is not None and incident.deviation in (Deviation.MISSED, Deviation.FAILED):
            if start is not None:
                ranges.append(_range(start, min(until, night_start(night) + _BREAK), step))
            start = None
        elif start is None:
            full = _full(history, item, night, until)
            start = None if full is None else full.at - _LEAD
        night += timedelta(days=1)
    if start is not None:
        ranges.append(_range(start, until, step))
    kept = [(max(first, now - KEEP), last) for first, last in ranges if last > now - KEEP]
    return [(first, last) for first, last in reversed(kept) if last > first]


def _range(start: datetime, until: datetime, step: timedelta) -> Range:
    return start, start + (until - start) // step * step


def _full(history: History, item: Item, night: date, now: datetime) -> Point | None:
    points = [job.point for job in history.item_jobs(item, night) if job.point is not None and job.kind == "Full"]
    return next((point for point in points if point.visible_at <= now), None)

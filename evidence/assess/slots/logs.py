"""Log backups, judged by the time that they cover: they have no jobs in Azure's list (azure-backup.md section 0.8).

Not here: other backups (`outcome`), breaks over many nights (`evidence.assess.points`). Invariants: time after the last reading of the ranges
is neither covered nor missing; a night is whole only where no stretch longer than twice the interval is uncovered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from evidence.assess.slots.doubts import moment
from evidence.assess.slots.families import LOG_GAP_FAMILY
from evidence.assess.slots.rules import LOG_GAP
from evidence.assess.slots.values import Expected, Judged, Outcome, SlotPoint, Sources

Span = tuple[datetime, datetime]
_BASES = frozenset({"full", "copyonlyfull", "snapshotfull"})
_STEPS = frozenset({"differential", "incremental"})


def log_ranges(points: Iterable[SlotPoint]) -> list[Span]:
    """The ranges among the points, joined where they touch or overlap, in order."""
    spans = sorted(
        (point.range_start_at, point.range_end_at)
        for point in points
        if point.range_start_at is not None and point.range_end_at is not None
    )
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif end > start:
            joined.append((start, end))
    return joined


def holes(ranges: Sequence[Span], begin: datetime, end: datetime) -> list[Span]:
    """Stretches of `[begin, end)` that joined ranges leave uncovered, in order."""
    found: list[Span] = []
    at = begin
    for start, stop in ranges:
        if stop <= at:
            continue
        if start >= end:
            break
        if start > at:
            found.append((at, start))
        at = stop
    if at < end:
        found.append((at, end))
    return found


def recoverable_until(points: Sequence[SlotPoint], allowed: timedelta = timedelta()) -> datetime | None:
    """Until when a database can be restored without a break from its latest full backup; None without a full backup.

    A differential or incremental backup carries the chain on from its full one; logs carry it on from either, where holes are no longer than
    `allowed`.
    """
    fulls = [point.at for point in points if point.at is not None and _kind(point) in _BASES]
    if not fulls:
        return None
    reached = max(fulls)
    steps = [point.at for point in points if point.at is not None and _kind(point) in _STEPS and point.at > reached]
    reached = max([reached, *steps])
    for start, end in log_ranges(points):
        if start <= reached + allowed and end > reached:
            reached = end
    return reached


def judge_logs(slot: Expected, points: Sequence[SlotPoint], sources: Sources, as_of: datetime, night: date) -> Judged:
    """The outcome of a night of log backups as known at `as_of`."""
    begin = slot.from_at or slot.slot_at
    read_at = sources.points_read_at
    if read_at is None or read_at <= begin:
        return _unread(slot, sources, as_of, night)
    end = min(slot.window_end, read_at, as_of)
    points = [point for point in points if not point.never_kept]
    ranges = log_ranges(points)
    found = holes(ranges, begin, end)
    longest = max(((stop - start) for start, stop in found), default=timedelta())
    last = max((point for point in points if point.range_end_at is not None), key=_range_end, default=None)
    outcome, reason = _judge(slot, found, end, read_at, as_of)
    covering = last is not None and last.range_end_at is not None and last.range_end_at > begin
    bad = outcome in {Outcome.FAILED, Outcome.SILENT}
    return Judged(
        slot,
        outcome,
        reason,
        night,
        recovery_point_id=last.recovery_point_id if last is not None and covering else None,
        recovery_point_at=last.range_end_at if last is not None and covering else None,
        error_family=LOG_GAP_FAMILY if bad else None,
        gap_s=int(longest.total_seconds()),
    )


def _judge(
    slot: Expected, found: Sequence[Span], end: datetime, read_at: datetime, as_of: datetime
) -> tuple[Outcome, str]:
    allowed = LOG_GAP * (slot.every or timedelta())
    final = as_of >= slot.final_at
    whole = read_at >= slot.window_end
    gap = next((hole for hole in found if hole[1] - hole[0] > allowed), None)
    if gap is None:
        if whole:
            return Outcome.SUCCESS, "Logs cover the night; no stretch without them is longer than twice their interval."
        return _open(slot, final=final, why=f"logs were read until {moment(end)}, before the night's end")
    told = f"No log backup covers {moment(gap[0])} to {moment(gap[1])}, more than twice the interval"
    ends_open = gap[1] == end
    if ends_open and not (final and whole):
        return _open(slot, final=final, why=f"no log backup is told yet since {moment(gap[0])}")
    if slot.unsure:
        return Outcome.UNKNOWN, f"{told}; whether logs were due cannot be told: {slot.unsure}."
    if found == [(slot.from_at or slot.slot_at, end)]:
        return Outcome.SILENT, "No log backup covers any of the night."
    return Outcome.FAILED, f"{told}."


def _open(slot: Expected, *, final: bool, why: str) -> tuple[Outcome, str]:
    if final:
        return Outcome.UNKNOWN, f"Not told: {why}."
    doubt = f"; {slot.unsure}" if slot.unsure else ""
    return Outcome.PENDING, f"Not final: {why}{doubt}."


def _unread(slot: Expected, sources: Sources, as_of: datetime, night: date) -> Judged:
    if as_of <= (slot.from_at or slot.slot_at):
        return Judged(slot, Outcome.PENDING, "Not yet due.", night)
    why = sources.reason or "the ranges of log backups were not read since the night began"
    return Judged(slot, Outcome.UNKNOWN, f"Log backups were not read: {why}.", night)


def _range_end(point: SlotPoint) -> datetime:
    assert point.range_end_at is not None  # noqa: S101  # chosen so
    return point.range_end_at


def _kind(point: SlotPoint) -> str:
    return (point.point_type or "").casefold()

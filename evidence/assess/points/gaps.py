"""Holes between points, and between ranges of log backups (analytics 6.7).

Not here: whether the newest point is too old (`attainment`). Invariants: a hole is found only where all points within it are known; a weekly
policy is judged by its week; log backups are judged by their ranges, never by jobs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.assess.points.spans import Span, common, united, without
from evidence.assess.points.usable import TOLERANCE, recoverable, usable
from evidence.assess.points.values import Held, ItemPoints, Of, Wanted

INTERVALS = 1.5
"""Intervals of the policy that may lie between two points."""
LOG_INTERVALS = 2
"""Intervals of the log backups that may lie between two ranges."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a usable point."""

    start: datetime
    end: datetime
    """Of one that still lasts: the moment that is judged."""
    before: str | None
    """The point that it follows."""
    after: str | None
    lasts: bool
    """Whether no point has ended it."""
    limit: timedelta
    """How long it might have been."""

    @property
    def span(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def point_gaps(item: ItemPoints, wanted: Wanted, since: datetime, as_of: datetime) -> Iterator[Gap]:
    """Gaps between points that ended after `since`, and the one that lasts at `as_of`."""
    if wanted.interval is None:
        return
    limit = wanted.interval * INTERVALS + wanted.start_delay
    known = _known(item, Of.POINTS, as_of)
    points = [one for one in item.held if not one.logs and one.start <= as_of and usable(one, wanted.demand)]
    yield from _between(points, known, limit, since, as_of, item.counted_from)


def _between(
    points: Sequence[Held],
    known: Sequence[Span],
    limit: timedelta,
    since: datetime,
    as_of: datetime,
    counted_from: datetime | None,
) -> Iterator[Gap]:
    for place, one in enumerate(points):
        following = points[place + 1] if place + 1 < len(points) else None
        # Of the time before it was protected, or protected again, nothing is asked.
        start = one.end if counted_from is None else max(one.end, counted_from)
        end = as_of if following is None else following.start
        if end - start > limit and end > since and not without([(start, end)], known):
            after = None if following is None else following.recovery_point_id
            yield Gap(start, end, one.recovery_point_id, after, following is None, limit)


def log_breaks(item: ItemPoints, wanted: Wanted, since: datetime, as_of: datetime) -> Iterator[Gap]:
    """Holes between ranges of log backups that ended after `since`, and the one that lasts at `as_of`."""
    if wanted.log_every is None:
        return
    known = _known(item, Of.LOGS, as_of)
    ranges = [one for one in item.held if one.logs and one.start <= as_of]
    yield from _between(ranges, known, wanted.log_every * LOG_INTERVALS, since, as_of, item.counted_from)


def rootless(item: ItemPoints, wanted: Wanted, as_of: datetime) -> Held | None:
    """The newest range of logs, where it reaches back to no full backup although points and logs are known; else None."""
    ranges = [one for one in item.held if one.logs and one.start <= as_of]
    if wanted.log_every is None or not ranges:
        return None
    newest = ranges[-1]
    rooted = any(one.end == newest.end and one.end > one.start for one in recoverable(item.held, wanted))
    span = (newest.start - TOLERANCE, newest.end)
    unread = without([span], common(_known(item, Of.POINTS, as_of), _known(item, Of.LOGS, as_of)))
    # A full backup may have expired before the first look; logs are kept no longer than what they rest on.
    return None if rooted or unread else newest


def _known(item: ItemPoints, of: Of, as_of: datetime) -> list[Span]:
    """Time of which all points are known; a list that was read after the moment judged tells what was there before."""
    return united((one.since, min(one.read_at, as_of)) for one in item.readings if one.of is of)

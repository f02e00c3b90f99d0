"""From observations of points over many nights to the points themselves: what was there, from when, until when.

Not here: whether a point is usable (`usable`). Invariant: a point that any night saw stays known, also when Azure lists it no longer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from evidence.assess.points.usable import lost
from evidence.assess.points.values import Held, Observed, Of, Reading

SAME_POINT = timedelta(seconds=60)
"""By which the time of a point in a list of items may differ from that in the list of points."""


def merged(observed: Iterable[Observed], readings: Sequence[Reading], as_of: datetime) -> tuple[Held, ...]:
    """All points and log ranges told up to `as_of`, by start.

    A point is gone from the first of: its expiry as told last, the first observation that tells it deleted or in no tier that is valid, the
    first whole list of points after its last observation. Ranges of log backups that overlap are one.
    """
    by_point: dict[tuple[str, datetime], list[Observed]] = defaultdict(list)
    told_by_items: dict[datetime, Observed] = {}
    ranges: list[Observed] = []
    for one in observed:
        if one.observed_at > as_of:
            continue
        if one.at is None:
            ranges.append(one)
        elif one.recovery_point_id is None:
            first = told_by_items.get(one.at)
            if first is None or one.observed_at > first.observed_at:
                told_by_items[one.at] = one
        else:
            by_point[one.recovery_point_id, one.at].append(one)
    lists = sorted(one.read_at for one in readings if one.whole and one.of is Of.POINTS and one.read_at <= as_of)
    points = [_point(seen, lists) for seen in by_point.values()]
    points += _told_alone(told_by_items, sorted(one.start for one in points))
    found = (*points, *_logs(ranges))
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.recovery_point_id or "")))


def _point(seen: Sequence[Observed], lists: Sequence[datetime]) -> Held:
    ordered = sorted(seen, key=lambda one: one.observed_at) if len(seen) > 1 else seen
    last = ordered[-1]
    assert last.at is not None  # noqa: S101 - ranges are held apart
    standing, told_lost, expires, rule = last, None, last.expires_at, last.rule_name
    for one in ordered:
        if lost(one):
            told_lost = told_lost or one.observed_at
        else:
            # Its tiers as they stood while it was there: afterwards they tell nothing of what it was.
            standing = one
        expires, rule = one.expires_at or expires, one.rule_name or rule
    missed = bisect_right(lists, last.observed_at)
    left_out = lists[missed] if missed < len(lists) else None
    gone_at = min((moment for moment in (expires, told_lost, left_out) if moment is not None), default=None)
    early = gone_at is not None and expires is not None and gone_at < expires
    return Held(
        start=last.at,
        end=last.at,
        recovery_point_id=last.recovery_point_id,
        observed_at=last.observed_at,
        point_type=last.point_type,
        consistency=last.consistency,
        tiers=standing.tiers,
        expires_at=expires,
        rule_name=rule,
        gone_at=gone_at,
        deleted=early or told_lost is not None,
    )


def _told_alone(told: Mapping[datetime, Observed], known: Sequence[datetime]) -> list[Held]:
    """Points that no list of points told."""
    found = []
    for at, one in told.items():
        place = bisect_left(known, at - SAME_POINT)
        if place == len(known) or known[place] > at + SAME_POINT:
            found.append(Held(at, at, None, one.observed_at))
    return found


def _logs(ranges: Iterable[Observed]) -> list[Held]:
    """Ranges united, each with the id and the time of its last observation."""
    found: list[Held] = []
    spans = [
        (one.range_start_at, one.range_end_at, one)
        for one in ranges
        if one.range_start_at is not None and one.range_end_at is not None and one.range_start_at < one.range_end_at
    ]
    for start, end, one in sorted(spans, key=lambda span: (span[0], span[1], span[2].observed_at)):
        if found and start <= found[-1].end:
            last = found[-1]
            found[-1] = Held(
                last.start, max(end, last.end), one.recovery_point_id, max(one.observed_at, last.observed_at), "Log"
            )
        else:
            found.append(Held(start, end, one.recovery_point_id, one.observed_at, "Log"))
    return found

"""Which points can be recovered from: not deleted, held where the policy demands, and of a chain that reaches back to a full backup.

Not here: expiry, which is a matter of the moment asked (`Held.gone_at`). Invariants: where Azure tells no tier of a point, none is demanded
of it; a differential or a range of logs without a full backup before it counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from evidence.assess.points.values import Demand, Held, Observed, Wanted

VALID = frozenset({"valid", "rehydrated", "committed"})
"""States, folded, in which a tier or data store holds a point (azure-backup.md sections 4 and 6)."""
TOLERANCE = timedelta(minutes=5)
"""By which a range of logs may begin after the full backup that it builds upon: clocks of guests differ."""
_DEPENDENT = frozenset({"differential", "incremental"})
_IN_NONE: frozenset[str] = frozenset()
_COPY = "copyonly"
"""Begins the type of a copy-only backup: logs do not build upon one, but it can be restored."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Moments that can be recovered: one, or all of a range that reaches back to a full backup."""

    start: datetime
    end: datetime
    gone_at: datetime | None
    recovery_point_id: str | None


def lost(one: Observed) -> bool:
    """Whether an observation tells that the point is deleted, or that no tier holds it any more."""
    return one.soft_deleted or _valid(one.tiers) == _IN_NONE


def usable(point: Held, demand: Demand) -> bool:
    """Whether a point is held where the policy demands; elsewhere only as long as its copy may take."""
    valid = _valid(point.tiers)
    if valid is None:
        return True
    if not demand.tiers or valid & demand.tiers:
        return bool(valid)
    return bool(valid) and point.observed_at <= point.start + demand.within


@lru_cache(maxsize=4096)
def _valid(tiers: tuple[str, ...]) -> frozenset[str] | None:
    """Tiers, folded, that hold a point; None where none tells its state."""
    told = [(tier, state) for tier, _, state in (one.casefold().partition("=") for one in tiers) if state]
    return frozenset(tier for tier, state in told if state in VALID) if told else None


def recoverable(held: Sequence[Held], wanted: Wanted) -> list[Stretch]:
    """All moments that could be recovered at some time, by start; `held` by start."""
    points = [one for one in held if not one.logs and usable(one, wanted.demand)]
    if not wanted.demand.logs:
        return [Stretch(one.start, one.end, one.gone_at, one.recovery_point_id) for one in points]
    found = [Stretch(one.start, one.end, gone, one.recovery_point_id) for one, gone in _chained(points)]
    bases = [one for one in points if _is_base(one)]
    for logs in (one for one in held if one.logs):
        # Any full backup within a range carries what follows; the range lasts as long as one of them.
        mine = [one for one in bases if logs.start - TOLERANCE <= one.start <= logs.end]
        if mine:
            ends = [one.gone_at for one in mine]
            gone = None if None in ends else max(end for end in ends if end is not None)
            found.append(Stretch(max(mine[0].start, logs.start), logs.end, gone, logs.recovery_point_id))
    return sorted(found, key=lambda one: (one.start, one.end))


def _chained(points: Sequence[Held]) -> list[tuple[Held, datetime | None]]:
    """Points with the end of what they rest on: a differential goes with its full backup."""
    found: list[tuple[Held, datetime | None]] = []
    full: Held | None = None
    for one in points:
        kind = (one.point_type or "").casefold()
        if kind not in _DEPENDENT:
            full = full if kind.startswith(_COPY) else one
            found.append((one, one.gone_at))
        elif full is not None:
            ends = [end for end in (one.gone_at, full.gone_at) if end is not None]
            found.append((one, min(ends, default=None)))
    return found


def _is_base(one: Held) -> bool:
    kind = (one.point_type or "").casefold()
    return kind not in _DEPENDENT and not kind.startswith(_COPY)

"""Points and readings as tests write them: moments by day of November 2026 and hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from evidence.assess.about import About
from evidence.assess.points.merging import merged
from evidence.assess.points.values import Demand, ItemPoints, Observed, Of, Reading, Target, Wanted
from evidence.assess.points.wanted import BY_RULE

ABOUT = About("/v1", "/v1/items/vm1", "vm1", "VM", 0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY = Wanted(DAY, 2 * HOUR)
TARGET = Target(24 * HOUR, BY_RULE, 0)
LOGGED = Wanted(DAY, HOUR / 2, log_every=HOUR / 4, demand=Demand(logs=True))


def at(day: int, hour: float = 0) -> datetime:
    """A moment of November 2026, UTC; days beyond the month run on."""
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour)


def point(day: int, hour: float = 22, *, seen: datetime | None = None, **told: object) -> Observed:
    """A point, seen the morning after where nothing else is said."""
    moment = at(day, hour)
    told.setdefault("recovery_point_id", f"p{day}-{hour:g}")
    return Observed(observed_at=seen or at(day + 1, 6.2), at=moment, **told)  # type: ignore[arg-type]  # as the test says


def logs(start: datetime, end: datetime, *, seen: datetime | None = None) -> Observed:
    """A range of log backups."""
    return Observed("DefaultRangeRecoveryPoint", seen or end + HOUR, range_start_at=start, range_end_at=end)


def read(first: int, last: int, of: Of = Of.POINTS, *, back: timedelta = 7 * DAY) -> list[Reading]:
    """Whole lists, each morning from the night `first` to the night `last`, of points kept for a week."""
    return [Reading(at(day + 1, 6.2), at(day + 1, 6.2) - back, of) for day in range(first, last + 1)]


def item(observed: Sequence[Observed], readings: Sequence[Reading], **more: object) -> ItemPoints:
    """An item with what was told of its points."""
    held = merged(observed, readings, at(400))
    return ItemPoints(ABOUT, held, readings, **more)  # type: ignore[arg-type]  # as the test says

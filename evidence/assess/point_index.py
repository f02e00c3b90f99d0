"""All points ever observed of the items that restores are about, found by their second.

Not here: what a match means (`restore_links`). Invariant: a point once observed stays known, also when it was soft-deleted, has
expired or is listed no more; what is kept grows with points and answers, not with observations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

_COLUMNS = [
    "item_key",
    "recovery_point_id",
    "recovery_point_at",
    "range_start_at",
    "range_end_at",
    "point_type",
    "call_id",
    "observed_at",
]


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One recovery point of an item."""

    at: datetime
    point_id: str
    item_key: str
    point_type: str | None = field(compare=False, default=None)

    @property
    def resource_id(self) -> str:
        """Lower-cased ARM id: a point's own id names it only together with its item."""
        return f"{self.item_key}/recoverypoints/{self.point_id.lower()}"


@dataclass(frozen=True, slots=True, order=True)
class LogRange:
    """One range of log backups of an item, both ends included."""

    start: datetime
    end: datetime
    point_id: str


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last point of one type that one answer told of an item."""

    observed_at: datetime
    first: datetime
    last: datetime


@dataclass(slots=True)
class KnownPoints:
    """What is known of one item."""

    by_second: defaultdict[datetime, dict[str, Point]] = field(default_factory=lambda: defaultdict(dict))
    """By second, then by the point's id."""
    ranges: set[LogRange] = field(default_factory=set)
    spans: dict[tuple[str, str | None], Span] = field(default_factory=dict)
    """By call and point type."""

    def at(self, second: datetime) -> list[Point]:
        """Points made within a second, in a fixed order."""
        return sorted(self.by_second.get(second, {}).values())

    def before(self, second: datetime, reach: timedelta) -> list[Point]:
        """Points from `reach` before a second up to that second, in order of time."""
        seconds = (second - timedelta(seconds=back) for back in range(int(reach.total_seconds()) + 1))
        return sorted(point for one in seconds for point in self.by_second.get(one, {}).values())

    def ranges_around(self, second: datetime) -> list[LogRange]:
        """Ranges that hold a second; they begin and end in whole seconds as restores name them."""
        return sorted(one for one in self.ranges if whole_second(one.start) <= second <= one.end)

    def lacks(self, second: datetime, point_type: str | None, before: datetime) -> bool:
        """Whether an answer read before a moment proves that the item had no such point at a second.

        It does where it tells points of that type from before and from after the second: answers are whole and in order.
        """
        return any(
            span.first < second and second + timedelta(seconds=1) <= span.last and second < span.observed_at < before
            for (_, told_type), span in self.spans.items()
            if told_type == point_type
        )

    def count(self) -> int:
        """How many points are known."""
        return sum(len(points) for points in self.by_second.values())

    def bounds(self) -> tuple[datetime, datetime] | None:
        """First and last second of the known points; None where none is known."""
        return (min(self.by_second), max(self.by_second)) if self.by_second else None


class PointIndex:
    """Known points by item, built from tables of recovery points of any number of nights."""

    def __init__(self, tables: Iterable[pa.Table], item_keys: Collection[str]) -> None:
        self._known: dict[str, KnownPoints] = {key: KnownPoints() for key in item_keys}
        wanted = pa.array(sorted(item_keys), type=pa.string())
        for table in tables:
            of_items = table.select(_COLUMNS).filter(pc.is_in(table["item_key"], value_set=wanted))
            for batch in of_items.to_batches():
                for row in batch.to_pylist():
                    self._add(row)

    def of(self, item_key: str) -> KnownPoints:
        """What is known of an item; nothing for one that was not asked for."""
        return self._known.get(item_key) or KnownPoints()

    def _add(self, row: Mapping[str, object]) -> None:
        item_key, point_id = str(row["item_key"]), str(row["recovery_point_id"])
        known = self._known[item_key]
        at, start, end = row["recovery_point_at"], row["range_start_at"], row["range_end_at"]
        if isinstance(start, datetime) and isinstance(end, datetime):
            known.ranges.add(LogRange(start, end, point_id))
        if isinstance(at, datetime):
            told = row["point_type"]
            point = Point(at, point_id, item_key, told if isinstance(told, str) else None)
            known.by_second[whole_second(at)].setdefault(point_id, point)
            _widen(known, point, row)


def whole_second(moment: datetime) -> datetime:
    """The second that holds a moment: restores name points by it."""
    return moment.replace(microsecond=0)


def _widen(known: KnownPoints, point: Point, row: Mapping[str, object]) -> None:
    observed_at, key = row["observed_at"], (str(row["call_id"]), point.point_type)
    if not isinstance(observed_at, datetime):
        return
    span = known.spans.get(key)
    first = min(span.first, point.at) if span else point.at
    last = max(span.last, point.at) if span else point.at
    known.spans[key] = Span(observed_at, first, last)

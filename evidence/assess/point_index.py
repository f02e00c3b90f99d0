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

from evidence.records import Kind

POINT_COLUMNS = (
    "item_key",
    "recovery_point_id",
    "recovery_point_at",
    "range_start_at",
    "range_end_at",
    "call_id",
    "observed_at",
)
"""Columns of `recovery_points` that linking reads."""

CALL_COLUMNS = ("call_id", "kind", "outcome", "filter", "url", "next_link")
"""Columns of `calls` that linking reads."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One recovery point of an item."""

    at: datetime
    point_id: str
    item_key: str

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
class Reach:
    """How far one whole list of an item's points reached."""

    observed_at: datetime
    last: datetime
    """The latest point in it."""


@dataclass(slots=True)
class KnownPoints:
    """What is known of one item."""

    by_second: defaultdict[datetime, dict[str, Point]] = field(default_factory=lambda: defaultdict(dict))
    """By second, then by the point's id."""
    ranges: set[LogRange] = field(default_factory=set)
    lists: dict[str, Reach] = field(default_factory=dict)
    """Whole lists by their call."""

    def at(self, second: datetime) -> list[Point]:
        """Points made within a second, in a fixed order."""
        return sorted(self.by_second.get(second, {}).values())

    def named(self, point_id: str) -> Point | None:
        """The point of an id, compared without case; None where it was never seen."""
        wanted = point_id.casefold()
        found = (
            one for points in self.by_second.values() for one in points.values() if one.point_id.casefold() == wanted
        )
        return min(found, default=None)

    def before(self, second: datetime, reach: timedelta) -> list[Point]:
        """Points from `reach` before a second up to that second, in order of time."""
        seconds = (second - timedelta(seconds=back) for back in range(int(reach.total_seconds()) + 1))
        return sorted(point for one in seconds for point in self.by_second.get(one, {}).values())

    def ranges_around(self, second: datetime) -> list[LogRange]:
        """Ranges that hold a second; they begin and end in whole seconds as restores name them."""
        return sorted(one for one in self.ranges if whole_second(one.start) <= second <= one.end)

    def lacked(self, second: datetime, before: datetime) -> bool:
        """Whether a whole list, read before a moment, reached beyond a second; what it does not hold was not there then."""
        after = second + timedelta(seconds=1)
        return any(one.last >= after and after <= one.observed_at < before for one in self.lists.values())

    def count(self) -> int:
        """How many points are known."""
        return sum(len(points) for points in self.by_second.values())

    def bounds(self) -> tuple[datetime, datetime] | None:
        """First and last second of the known points; None where none is known."""
        return (min(self.by_second), max(self.by_second)) if self.by_second else None


class PointIndex:
    """Known points by item, built from tables of recovery points of any number of nights."""

    def __init__(
        self, tables: Iterable[pa.Table], item_keys: Collection[str], whole_lists: Collection[str] = frozenset()
    ) -> None:
        """Keep the points of some items; `whole_lists` are the calls that told all points of an item in one answer."""
        self._known: dict[str, KnownPoints] = {key: KnownPoints() for key in item_keys}
        self._whole_lists = whole_lists
        wanted = pa.array(sorted(item_keys), type=pa.string())
        for table in tables:
            of_items = table.select(list(POINT_COLUMNS)).filter(pc.is_in(table["item_key"], value_set=wanted))
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
            known.by_second[whole_second(at)].setdefault(point_id, Point(at, point_id, item_key))
            self._reach(known, at, row)

    def _reach(self, known: KnownPoints, at: datetime, row: Mapping[str, object]) -> None:
        call_id, observed_at = str(row["call_id"]), row["observed_at"]
        if call_id in self._whole_lists and isinstance(observed_at, datetime):
            told = known.lists.get(call_id)
            known.lists[call_id] = Reach(observed_at, max(told.last, at) if told else at)


def whole_lists(tables: Iterable[pa.Table]) -> set[str]:
    """Calls that told all points of an item in one answer: neither filtered nor continued nor a continuation.

    Answers are not in order of time throughout (recorded: two runs of falling times), so a page proves nothing.
    """
    found: set[str] = set()
    for table in tables:
        kind, outcome = pa.scalar(Kind.RECOVERY_POINTS.value), pa.scalar("ok")
        of_points = pc.and_(pc.equal(table["kind"], kind), pc.equal(table["outcome"], outcome))
        alone = pc.and_(pc.is_null(table["next_link"]), pc.is_null(table["filter"]))
        first = pc.invert(pc.match_substring(table["url"], "skiptoken", ignore_case=True))
        fitting = table.filter(pc.and_(pc.and_(of_points, alone), first))
        found.update(str(call_id) for call_id in fitting["call_id"].to_pylist())
    return found


def whole_second(moment: datetime) -> datetime:
    """The second that holds a moment: restores name points by it."""
    return moment.replace(microsecond=0)

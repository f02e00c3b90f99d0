"""Recovery points of the nights judged by item, and when each item's points were last read whole.

Not here: which slot a point answers (`assess.slots`), the plan of reading (`points_plan`). Invariants: of a point the last observation
counts, and whether any told it kept; of ranges that begin alike the longest; a list that ended early is none that was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.values import SlotPoint
from evidence.records import Kind
from evidence.runs.judging.columns import at_places, in_time, last_of, moments, numbered, texts, truths
from evidence.runs.points_plan import LOGS
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, RECOVERY_POINTS
from evidence.tables.columns import TEXT, TIME

_COLUMNS = [
    "item_key",
    "recovery_point_id",
    "recovery_point_at",
    "range_start_at",
    "range_end_at",
    "point_type",
    "consistency",
    "tiers",
    "expires_at",
    "soft_deleted",
    "observed_at",
    "call_id",
    "ordinal",
]
NEVER_KEPT = "never_kept"
"""Column of points that were soft-deleted whenever they were seen."""
_KEY = ("item_key", "recovery_point_id", "recovery_point_at", "range_start_at")
FULL = "Full"
_NO_LEAST = pa.table({"item": pa.array([], TEXT), "at_min": pa.array([], TIME), "full_min": pa.array([], TIME)})
_CALLS = ["capture_id", "subject", "kind", "filter", "outcome", "next_link", "observed_at"]


@dataclass(frozen=True, slots=True)
class PointsOfItems:
    """Points by item key, oldest first."""

    points: Mapping[str, Sequence[SlotPoint]] = field(default_factory=dict)
    earliest: Mapping[str, datetime] = field(default_factory=dict)
    """The oldest point of all that were listed."""
    earliest_full: Mapping[str, datetime] = field(default_factory=dict)
    """The oldest full backup of a database: logs build upon one."""


@dataclass(frozen=True, slots=True)
class PointRows:
    """The same as columns."""

    rows: pa.Table
    """Each point as last observed, in order of time."""
    least: pa.Table
    """By `item` the oldest of all its points, and its oldest full backup."""


def points_of_items(
    sealed: SealedRows, since: datetime, first: date, last: date, items: Collection[str] | None = None
) -> PointsOfItems:
    """Points made, and ranges ended, since a moment, as captured for nights from first to last; of some items, or of all."""
    return as_points(point_rows(sealed, since, first, last, items))


def point_rows(
    sealed: SealedRows, since: datetime, first: date, last: date, items: Collection[str] | None = None
) -> PointRows:
    """The same as columns."""
    oldest: list[pa.Table] = []
    keys = None if items is None else pa.array(sorted(items), pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        rows = rows if keys is None else rows.filter(pc.is_in(rows["item_key"], value_set=keys))
        at = rows["recovery_point_at"]
        full = pc.if_else(pc.equal(rows["point_type"], pa.scalar(FULL)), at, pa.scalar(None, at.type))
        told = rows.select(["item_key"]).rename_columns(["item"]).append_column("at", at).append_column("full", full)
        oldest.append(told.group_by(["item"]).aggregate([("at", "min"), ("full", "min")]))
        return rows.filter(pc.greater_equal(pc.coalesce(at, rows["range_end_at"]), pa.scalar(since, at.type)))

    rows = sealed.of_azure().rows(RECOVERY_POINTS, first=first, last=last, columns=_COLUMNS, where=wanted)
    least = pa.concat_tables([_NO_LEAST, *oldest], promote_options="default")
    least = least.group_by(["item"]).aggregate([("at_min", "min"), ("full_min", "min")])
    points = numbered(rows, _KEY)
    kept = np.bincount(points, ~truths(rows["soft_deleted"])) > 0
    places = last_of(points, in_time(rows))
    rows = at_places(rows, places).append_column(NEVER_KEPT, pa.array(~kept[points[places]]))
    order = pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in (_KEY[2], _KEY[3], _KEY[1])])
    return PointRows(rows.take(order), least)


def as_points(of: PointRows, but: pa.Array[Any] | None = None) -> PointsOfItems:
    """Columns of points as values by item, without some items."""
    rows, least = of.rows, of.least
    if but is not None:
        rows = rows.filter(pc.invert(pc.is_in(rows["item_key"], value_set=but)))
        least = least.filter(pc.invert(pc.is_in(least["item"], value_set=but)))
    return PointsOfItems(_points(rows), _by_item(least, "at_min_min"), _by_item(least, "full_min_min"))


def _points(rows: pa.Table) -> Mapping[str, Sequence[SlotPoint]]:
    found: dict[str, list[SlotPoint]] = defaultdict(list)
    columns: list[Sequence[Any]] = [
        texts(rows["recovery_point_id"]),
        *(moments(rows[name]) for name in ("recovery_point_at", "range_start_at", "range_end_at")),
        texts(rows["point_type"]),
        texts(rows["consistency"]),
        [tuple(told or ()) for told in rows["tiers"].to_pylist()],
        moments(rows["expires_at"]),
        [bool(told) for told in rows["soft_deleted"].to_pylist()],
        rows[NEVER_KEPT].to_pylist(),
    ]
    for item, point in zip(texts(rows["item_key"]), map(SlotPoint, *columns), strict=True):
        found[str(item)].append(point)
    return found


def _by_item(rows: pa.Table, column: str) -> Mapping[str, datetime]:
    told = zip(texts(rows["item"]), moments(rows[column]), strict=True)
    return {str(item): at for item, at in told if at is not None}


@dataclass(frozen=True, slots=True)
class PointsRead:
    """When the points of items were last read whole, by lower-cased item id."""

    points: Mapping[str, datetime] = field(default_factory=dict)
    logs: Mapping[str, datetime] = field(default_factory=dict)
    """The same of log ranges: a list without filter tells them too, unless one of ranges alone was asked for beside it."""


def points_read(sealed: SealedRows, first: date, last: date) -> PointsRead:
    """What the calls captured for nights from first to last tell."""
    of_points = pa.scalar(str(Kind.RECOVERY_POINTS))

    def wanted(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.and_(pc.equal(rows["kind"], of_points), pc.is_valid(rows["subject"])))

    rows = sealed.of_azure().rows(CALLS, first=first, last=last, columns=_CALLS, where=wanted)
    if not rows.num_rows:
        return PointsRead()
    logs = pc.if_else(pc.is_valid(rows["filter"]), pc.match_substring(rows["filter"], LOGS), pa.scalar(False))
    rows = rows.append_column("item", pc.utf8_lower(rows["subject"])).append_column("logs", logs)
    rows = rows.append_column("failed", pc.not_equal(rows["outcome"], pa.scalar("ok")))
    rows = rows.append_column("final", pc.is_null(rows["next_link"]))
    lists = rows.group_by(["capture_id", "item", "logs"]).aggregate(
        [("failed", "max"), ("final", "max"), ("observed_at", "max")]
    )
    whole = pc.and_(pc.invert(lists["failed_max"]), lists["final_max"])
    lists = lists.append_column("whole", whole)
    return PointsRead(_newest(lists.filter(pc.invert(lists["logs"]))), _newest(_of_logs(lists)))


def _of_logs(lists: pa.Table) -> pa.Table:
    """Each capture's lists of an item as one: whole where all of them are."""
    both = lists.group_by(["capture_id", "item"]).aggregate([("whole", "min"), ("observed_at_max", "min")])
    return both.rename_columns(["capture_id", "item", "whole", "observed_at_max"])


def _newest(lists: pa.Table) -> Mapping[str, datetime]:
    read = lists.filter(lists["whole"]).group_by(["item"]).aggregate([("observed_at_max", "max")])
    return _by_item(read, "observed_at_max_max")

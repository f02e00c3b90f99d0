"""All that sealed nights tell of the runs of a night, read once: as columns, and from them as values of the items that are judged one by one.

Not here: reading each kind of row (the modules beside), judging (`judging.night`, `judging.swept`). Invariant: what is made values of is what the
columns hold of those items, whichever others are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from evidence.assess.slots.values import PolicyVersion, SlotPoint
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar, look_back
from evidence.runs.judging.carried import Carried
from evidence.runs.judging.columns import Numbers
from evidence.runs.judging.items import ItemRows, SeenItem, as_items, as_last_points, item_rows, last_point_rows
from evidence.runs.judging.jobs import JobsOfItems, as_jobs, job_rows
from evidence.runs.judging.lists import ItemLists, item_lists
from evidence.runs.judging.points import PointRows, PointsOfItems, PointsRead, as_points, point_rows, points_read
from evidence.runs.judging.policies import policy_versions
from evidence.runs.judging.sources import Read, jobs_read
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import NIGHTS_CARRIED

NIGHTS_BEFORE = 14
"""Nights before the first one judged whose lists tell what items and policies were."""
BEFORE_A_SLOT = timedelta(hours=1)
"""Jobs and points are read from so long before a night or slot on: clocks differ."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the items that are judged one by one."""

    lists: ItemLists
    items: Sequence[SeenItem]
    policies: Mapping[str, Sequence[PolicyVersion]]
    jobs: JobsOfItems
    points: PointsOfItems
    told: Mapping[str, Sequence[SlotPoint]]
    """Points that the lists of items tell, by item key."""
    read: PointsRead
    jobs_read: Mapping[str, Read] = field(default_factory=dict)
    """By vault."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What sealed rows tell of a night, as columns."""

    lists: ItemLists
    items: ItemRows
    policies: Mapping[str, Sequence[PolicyVersion]]
    jobs: pa.Table
    """Jobs in their last state, in order of their begin."""
    points: PointRows
    told: pa.Table
    """Moments of points that the lists of items tell, by `item_key`."""
    read: PointsRead
    jobs_read: Mapping[str, Read]

    def known_but(self, numbers: Numbers, swept: pa.Array[Any]) -> Known:
        """As values, without the items of some numbers and keys: what was told of those is judged already."""
        return Known(
            lists=self.lists,
            items=as_items(self.items.but(numbers)),
            policies=self.policies,
            jobs=as_jobs(self.jobs, swept),
            points=as_points(self.points, swept),
            told=as_last_points(self.told, swept),
            read=self.read,
            jobs_read=self.jobs_read,
        )


def observe(
    sealed: SealedRows, entries: Sequence[LedgerEntry], calendar: Calendar, night: date, carried: Carried
) -> Observed:
    """Read what is needed to judge a night, each table once."""
    first = min([night, *carried.nights])
    last, before = night + timedelta(days=NIGHTS_CARRIED), look_back(first, NIGHTS_BEFORE + 1)
    since: datetime = calendar.window(night).start - BEFORE_A_SLOT
    earliest = min(since, carried.since - BEFORE_A_SLOT) if carried.items else since
    lists = item_lists(sealed, entries, before, last)
    return Observed(
        lists=lists,
        items=item_rows(sealed, lists, before, last),
        policies=policy_versions(sealed, before, last, lists.late),
        jobs=job_rows(sealed, since, carried, first, last),
        points=point_rows(sealed, earliest, first, last),
        told=last_point_rows(sealed, lists, earliest, first, last),
        read=points_read(sealed, first, last),
        jobs_read=jobs_read(sealed, calendar, first, last),
    )

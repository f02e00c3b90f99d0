"""Which one job and which one point fit the one run of each item, by columns.

Not here: which items have one run (`judging.swept`), the same for an item alone (`assess.slots.matching`). Invariant: where two fit, or what fits is not
plainly good, none is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.matching import in_vault
from evidence.assess.slots.outcome import COMPLETED, LINKED
from evidence.assess.slots.rules import EARLY
from evidence.assess.slots.values import Expected, SlotPoint
from evidence.runs.judging.columns import Flags, Numbers, micros, places_among, texts, truths
from evidence.runs.judging.jobs import BACKUP
from evidence.runs.judging.points import NEVER_KEPT
from evidence.tables.columns import TEXT, TIME

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Fitting:
    """Items, and of each the run that jobs and points are to fit."""

    keys: pa.Array[Any]
    slots: Sequence[Expected]
    run: Numbers
    """Of each item the place of its run among `slots`; -1: none."""
    begin: Numbers = field(init=False)
    end: Numbers = field(init=False)

    def __post_init__(self) -> None:
        # The last window, of items without a run, is empty; the last item, for rows of no item, has none.
        for name, told in (
            ("begin", [one.slot_at - EARLY for one in self.slots]),
            ("end", [one.window_end - EARLY for one in self.slots]),
        ):
            object.__setattr__(self, name, np.append(micros(pa.array(told, TIME)), 0)[np.append(self.run, -1)])

    def places(self, items: pa.ChunkedArray[Any], at: Numbers) -> tuple[Numbers, Flags]:
        """Of rows of these items the item's place, -1 for others, and whether a moment of each lies in the item's run."""
        place = places_among(items, self.keys)
        return place, (self.begin[place] <= at) & (at < self.end[place])

    def one_each(self, place: Numbers, within: Flags) -> Numbers:
        """Of each item the only row within its run; -1 where there is none or more than one."""
        rows = np.flatnonzero(within)
        found = np.full(len(self.keys), -1, np.int64)
        found[place[rows]] = rows
        found[np.bincount(place[rows], minlength=len(self.keys)) != 1] = -1
        return found


def job_of_each(jobs: pa.Table, fitting: Fitting) -> Numbers:
    """Of each item the row of the one backup that fits its run; -1 unless it completed, is surely the item's, and no person's."""
    backup = truths(pc.equal(jobs["operation_kind"], pa.scalar(BACKUP)))
    place, within = fitting.places(jobs["item_key"], micros(jobs["started_at"]))
    begun = truths(pc.is_valid(jobs["started_at"]))
    found = fitting.one_each(place, within & backup & begun)
    completed = {word: (word or "").casefold() == COMPLETED for word in set(texts(jobs["status"]))}
    good = np.array([completed[word] for word in texts(jobs["status"])], np.bool_)
    good &= truths(pc.is_in(jobs["item_link"].cast(pa.string()), value_set=pa.array(sorted(LINKED), pa.string())))
    good &= ~truths(pc.fill_null(jobs["user_triggered"], pa.scalar(False)))
    return np.where((found >= 0) & np.append(good, False)[found], found, -1)


@dataclass(frozen=True, slots=True)
class PointOfEach:
    """Of each item the one point that fits its run."""

    found: Flags
    ids: pa.Array[Any]
    """Null where its moment alone is told."""
    moments: pa.Array[Any]


def point_of_each(listed: pa.Table, told: pa.Table, fitting: Fitting) -> PointOfEach:
    """The one point of each item, be it listed or told by the list of items; one that is both is one."""
    at = micros(listed["recovery_point_at"])
    place, within = fitting.places(listed["item_key"], at)
    within &= truths(pc.is_valid(listed["recovery_point_at"])) & ~truths(listed[NEVER_KEPT])
    of_list = fitting.one_each(place, within)
    told_at = micros(told["last_recovery_point_at"])
    told_place, told_within = fitting.places(told["item_key"], told_at)
    told_within &= ~_same_seconds(told_place, told_at, place, at)
    of_items = fitting.one_each(told_place, told_within)
    count = np.bincount(place[within], minlength=len(fitting.keys))
    count += np.bincount(told_place[told_within], minlength=len(fitting.keys))
    good = (of_list < 0) | np.append(_where_wanted(listed, place, fitting), True)[of_list]
    ids = listed["recovery_point_id"].cast(TEXT).take(_or_null(of_list))
    found_at: Any = pc.coalesce(
        listed["recovery_point_at"].take(_or_null(of_list)), told["last_recovery_point_at"].take(_or_null(of_items))
    )
    named: Any = pc.if_else(pc.equal(ids, pa.scalar("")), pa.scalar(None, TEXT), ids)
    return PointOfEach((count == 1) & good, named.combine_chunks(), found_at.combine_chunks())


def _same_seconds(place: Numbers, at: Numbers, of: Numbers, others: Numbers) -> Flags:
    """Which moments of items lie in the same second as another of the same item."""
    _, second = np.unique(np.concatenate([at, others]) // _SECOND, return_inverse=True)
    width = int(second.max(initial=0)) + 1
    found: Flags = np.isin(place * width + second[: len(at)], of * width + second[len(at) :])
    return found


def _where_wanted(listed: pa.Table, place: Numbers, fitting: Fitting) -> Flags:
    """Whether each listed point is where its run must leave it."""
    wanted = np.append(np.array([one.vault_copy for one in fitting.slots], np.bool_), False)[np.append(fitting.run, -1)]
    asked = np.flatnonzero(wanted[place])
    tiers = listed["tiers"].take(pa.array(asked, pa.int64())).to_pylist()
    found = np.ones(listed.num_rows, np.bool_)
    known = {told: in_vault(SlotPoint("", None, tiers=told)) for told in {tuple(one or ()) for one in tiers}}
    found[asked] = [known[tuple(one or ())] for one in tiers]
    return found


def _or_null(places: Numbers) -> pa.Array[Any]:
    return pa.array(places, pa.int64(), mask=places < 0)

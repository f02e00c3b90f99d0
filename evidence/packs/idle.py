"""Silence: items and nights without a backup job, a recovery point or a range of log backups. Pure over a selection.

Not here: whether a run was due. Invariant: an item is only called silent on a night on which it was seen, and on which its vault's
job list was read whole: where we could not look, silence is ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.columns import distinct
from evidence.packs.select import Selection, matching
from evidence.records import WHOLE, Kind

_EPOCH = date(1970, 1, 1)
_NO_NIGHT = 2**31 - 1
"""Stands for a night that nobody told: after all others."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Which items were silent, and how many pairs of item and night were looked at."""

    nights: Mapping[str, tuple[date, ...]]
    """Silent nights by item key; items that were never silent are absent."""
    looked_at: int

    @property
    def pairs(self) -> int:
        """Silent pairs of item and night."""
        return sum(len(found) for found in self.nights.values())


def silence(selection: Selection) -> Silence:
    """Look at every night on its own: items are numbers here, for a quarter has many more rows than items."""
    items = _Items(selection.presence)
    listed, ranges = _listed(selection), _ranges(selection)
    present, tried, made = _ByNight(selection.presence), items.tried(selection), items.made(selection)
    silent: dict[str, list[date]] = defaultdict(list)
    looked_at = 0
    for night in selection.period.nights():
        here = present.of(night)
        vaults = pa.array(sorted(listed[night]), pa.string())
        seen = items.mask(here.filter(pc.is_in(here["vault_id"], value_set=vaults))["item_key"])
        looked_at += int(seen.sum())
        idle = seen & ~tried.on(night) & ~made.on(night) & ~items.mask(_logged(selection, ranges, night))
        for number in np.flatnonzero(idle):
            silent[str(items.keys[int(number)])].append(night)
    return Silence({key: tuple(nights) for key, nights in sorted(silent.items())}, looked_at)


class _ByNight:
    """Rows in the order of their nights, so that those of one night stand together."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows.take(pc.sort_indices(rows["event_night"]))
        self._nights = self._rows["event_night"].cast(pa.int32()).fill_null(pa.scalar(_NO_NIGHT, pa.int32())).to_numpy()
        self._last = int(np.searchsorted(self._nights, _NO_NIGHT))

    def of(self, night: date) -> pa.Table:
        """The rows of a night."""
        begin, end = np.searchsorted(self._nights[: self._last], [_day(night), _day(night) + 1])
        return self._rows.slice(int(begin), int(end - begin))


class _Done:
    """Which items had something on which night."""

    def __init__(self, count: int, nights: npt.NDArray[np.int32], items: npt.NDArray[np.int64]) -> None:
        order = np.argsort(nights, kind="stable")
        self._count, self._nights, self._items = count, nights[order], items[order]

    def on(self, night: date) -> npt.NDArray[np.bool_]:
        """The items, as a mask."""
        begin, end = np.searchsorted(self._nights, [_day(night), _day(night) + 1])
        return _mask(self._count, self._items[begin:end])


class _Items:
    """Items that were seen, by number."""

    def __init__(self, presence: pa.Table) -> None:
        self.keys = distinct(presence["item_key"]).drop_null()

    def mask(self, keys: Any) -> npt.NDArray[np.bool_]:
        """Which items are among some keys."""
        return _mask(len(self.keys), self._numbers(keys))

    def tried(self, selection: Selection) -> _Done:
        """Items with a backup job of any outcome; of an ambiguous job every candidate, for it may be any of them."""
        jobs = selection.tables["jobs"].select(["operation_kind", "event_night", "item_key", "item_candidates"])
        backups = matching(jobs, "operation_kind", "backup")
        doubtful = backups.filter(pc.is_valid(backups["item_candidates"])).combine_chunks()
        named = doubtful["item_candidates"]
        nights = pc.take(doubtful["event_night"], pc.list_parent_indices(named))
        return self._done(
            # The type is said, for there may be no chunk at all to tell it.
            pa.chunked_array([*backups["event_night"].chunks, *nights.chunks], pa.date32()),
            np.concatenate([self._numbers(backups["item_key"]), self._numbers(pc.list_flatten(named))]),
        )

    def made(self, selection: Selection) -> _Done:
        """Items of which a point was made."""
        points = selection.tables["recovery_points"].select(["event_night", "item_key", "recovery_point_at"])
        points = points.filter(pc.is_valid(points["recovery_point_at"]))
        return self._done(points["event_night"], self._numbers(points["item_key"]))

    def _done(self, nights: pa.ChunkedArray[Any], items: npt.NDArray[np.int64]) -> _Done:
        days = nights.cast(pa.int32()).fill_null(pa.scalar(_NO_NIGHT, pa.int32())).to_numpy()
        return _Done(len(self.keys), days, items)

    def _numbers(self, keys: Any) -> npt.NDArray[np.int64]:
        """Numbers of keys; -1 of one that was never seen, or is not told."""
        chunks = keys.unify_dictionaries().chunks if isinstance(keys, pa.ChunkedArray) else [keys]
        numbers = [pc.fill_null(self._number(chunk), -1).to_numpy(zero_copy_only=False) for chunk in chunks]
        return np.concatenate([np.array([], np.int64), *numbers])

    def _number(self, keys: Any) -> Any:
        if not isinstance(keys, pa.DictionaryArray):
            return pc.index_in(keys, value_set=self.keys)
        # Arrow would write out each text of each row to look it up.
        return pc.index_in(keys.dictionary, value_set=self.keys).take(keys.indices)


def _mask(count: int, items: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(count, np.bool_)
    mask[items[items >= 0]] = True
    return mask


def _day(night: date) -> int:
    return (night - _EPOCH).days


def _listed(selection: Selection) -> Mapping[date, set[str]]:
    """Vaults whose job list was read whole, by night."""
    coverage = matching(selection.tables["coverage"], "kind", str(Kind.JOBS))
    whole = coverage.filter(pc.is_in(coverage["outcome"], value_set=pa.array(sorted(WHOLE))))
    listed: dict[date, set[str]] = defaultdict(set)
    for row in whole.select(["night", "vault_id"]).to_pylist():
        listed[row["night"]].add(row["vault_id"])
    return listed


def _logged(selection: Selection, ranges: pa.Table, night: date) -> Any:
    """Keys of items whose log backups reach into the night."""
    runs = selection.runs_of(night)
    if not runs or ranges.num_rows == 0:
        return pa.array([], pa.string())
    kind = ranges.schema.field("range_end_at").type
    begun = pc.less(ranges["range_start_at"], pa.scalar(runs[-1].window_end, kind))
    ended = pc.greater(ranges["range_end_at"], pa.scalar(runs[-1].window_start, kind))
    return ranges.filter(pc.and_(begun, ended))["item_key"]


def _ranges(selection: Selection) -> pa.Table:
    """Ranges among the packed points, and no others: whoever holds the pack must find the same silence."""
    points = selection.tables["recovery_points"].select(["item_key", "range_start_at", "range_end_at"])
    return points.filter(pc.is_valid(points["range_end_at"]))

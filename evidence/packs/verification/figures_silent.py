"""Counts silent pairs of item and night a second time, as whole numbers: a pair is item × nights + night.

Not here: other figures. Source: docs/pack-format.md, section Figures, F-09.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Calendar
from evidence.packs.verification.saying import Statement

Pairs = np.ndarray[Any, np.dtype[np.int64]]
Read = Callable[..., pa.Table]


@dataclass(frozen=True, slots=True)
class Silent:
    """How many pairs were silent, of how many, and of how many items."""

    pairs: int
    looked_at: int
    items: int


@dataclass(frozen=True, slots=True)
class _Grid:
    """Items by their place, nights by theirs."""

    keys: pa.Array[Any]
    first: date
    nights: int

    def pairs(self, keys: Any, nights: Any) -> Pairs:
        """Pairs of known items and nights of the period."""
        chunks = keys.chunks if isinstance(keys, pa.ChunkedArray) else [keys]
        items = np.concatenate([np.array([], np.int32), *map(self._places, chunks)])
        days = pc.fill_null(nights.cast(pa.int32()), -1).to_numpy(zero_copy_only=False)
        places = days.astype(np.int64) - (self.first - date(1970, 1, 1)).days
        inside = (items >= 0) & (places >= 0) & (places < self.nights)
        found: Pairs = items[inside].astype(np.int64) * self.nights + places[inside]
        return found

    def _places(self, keys: Any) -> Any:
        """Of each item its place, or -1; of texts held once each, each is looked up once."""
        if isinstance(keys, pa.DictionaryArray):
            known: Any = pc.index_in(keys.dictionary, value_set=self.keys)
            found = known.take(keys.indices)
        else:
            found = pc.index_in(keys, value_set=self.keys)
        return pc.fill_null(found, -1).to_numpy(zero_copy_only=False)


def silent(
    statement: Statement, calendar: Calendar, present: pa.Table, read: frozenset[tuple[date, str]], table: Read
) -> Silent:
    """Count; `present` are rows of presence, `read` pairs of night and vault whose job list was read whole."""
    if not present.num_rows:
        return Silent(0, 0, 0)
    grid = _Grid(present["item_key"].combine_chunks(), statement.nights[0], len(statement.nights))
    seen, quiet = (np.zeros(len(grid.keys) * grid.nights, dtype=bool) for _ in range(2))
    seen[_seen(grid, present, read)] = True
    quiet |= seen
    for heard in (_tried(grid, table), _made(grid, table), *_logged(grid, statement, calendar, table)):
        quiet[heard] = False
    return Silent(int(quiet.sum()), int(seen.sum()), int(quiet.reshape(-1, grid.nights).any(axis=1).sum()))


def _seen(grid: _Grid, present: pa.Table, read: frozenset[tuple[date, str]]) -> Pairs:
    """Pairs of item and night where the item was seen, and its vault's job list was read whole."""
    whole: dict[object, Any] = defaultdict(lambda: np.zeros(grid.nights, dtype=bool))
    for night, vault in read:
        whole[vault][(night - grid.first).days] = True
    found = [np.array([], dtype=np.int64)]
    for place, (home, spans) in enumerate(
        zip(present["vault_id"].to_pylist(), present["seen"].to_pylist(), strict=True)
    ):
        for span in spans or ():
            first, last = ((date.fromisoformat(str(day)) - grid.first).days for day in str(span).split("/"))
            found.append(np.flatnonzero(whole[home][first : last + 1]) + (place * grid.nights + first))
    return np.concatenate(found)


def _tried(grid: _Grid, table: Read) -> Pairs:
    jobs = table("jobs", "operation_kind", "item_key", "item_candidates", "event_night")
    backups = jobs.filter(pc.equal(jobs["operation_kind"], pa.scalar("backup")))
    lists = backups["item_candidates"].combine_chunks()
    nights = backups["event_night"].combine_chunks().take(pc.list_parent_indices(lists))
    return np.concatenate(
        [grid.pairs(backups["item_key"], backups["event_night"]), grid.pairs(pc.list_flatten(lists), nights)]
    )


def _made(grid: _Grid, table: Read) -> Pairs:
    points = table("recovery_points", "item_key", "event_night", "recovery_point_at")
    points = points.filter(pc.is_valid(points["recovery_point_at"]))
    return grid.pairs(points["item_key"], points["event_night"])


def _logged(grid: _Grid, statement: Statement, calendar: Calendar, table: Read) -> list[Pairs]:
    """Nights into which a range of log backups reaches, of those that were sealed."""
    ranges = table("recovery_points", "item_key", "range_start_at", "range_end_at")
    ranges = ranges.filter(pc.is_valid(ranges["range_end_at"]))
    found: list[Pairs] = []
    if not ranges.num_rows:
        return found
    for night in sorted(statement.sealed_nights):
        window = calendar.window(night)
        kind = ranges.schema.field("range_end_at").type
        begun = pc.less(ranges["range_start_at"], pa.scalar(window.end, kind))
        reaching = ranges.filter(pc.and_(begun, pc.greater(ranges["range_end_at"], pa.scalar(window.start, kind))))
        days = pa.repeat(pa.scalar(night, pa.date32()), reaching.num_rows)
        found.append(grid.pairs(reaching["item_key"], days))
    return found

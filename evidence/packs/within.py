"""Reads sealed tables within the period and the scope of a pack.

Not here: which tables a pack holds (`select`). Invariant: rows of events are taken from every run that was captured after the period
began, whatever night it was for: a run for an earlier night may have seen more, or seen it last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Window
from evidence.packs.keys import Contenders, gathered, keys_in, last_keys
from evidence.packs.observations import keys_of, last_observations, last_places, of_keys
from evidence.packs.period import Period
from evidence.packs.reading_ahead import read_ahead
from evidence.packs.rows import REPEATING, Gathering, encoded, joined
from evidence.records import LIST_OF
from evidence.runs.sealed import SealedRows, Where
from evidence.tables import (
    ACTIVITY,
    CALLS,
    COVERAGE,
    INVENTORY,
    JOBS,
    PROTECTED_ITEMS,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    Table,
    empty,
)

VAULT_LISTS = pa.array([str(kind) for kind in LIST_OF.values()], pa.string())
RANGE = ["item_key", "range_start_at", "range_end_at"]


@dataclass(frozen=True, slots=True)
class Within:
    """The part of the sealed tables that a pack is about."""

    sealed: SealedRows
    period: Period
    window: Window | None
    """Of the period's sealed nights; None where none is sealed."""
    subjects: pa.Array[Any]
    """Vaults in scope, and their subscriptions."""
    since: frozenset[str]
    """Runs captured after the period began."""
    late: pa.Array[Any]
    """Runs whose items, policies and settings are not those of their night: they serve for names and links only."""

    def table(self, table: Table) -> pa.Table:
        """The rows of one table that belong to the pack."""
        if table in (COVERAGE, CALLS, INVENTORY):
            return self._captured(table)
        if table is ACTIVITY:
            return last_observations(self._events(table, lambda rows: rows.filter(self._in_period(rows))), table)
        if table is RESTORE_JOBS:
            return self._jobs(table)
        return last_observations(self._observed_then(self._captured(table)), table)

    def keys(self, table: Table) -> pa.Table | None:
        """Keys of the rows of a table with very many that belong to the pack, in its order; None where there is none."""
        if table is JOBS:
            return last_keys(self._job_keys(), table, lambda rows: rows.filter(self._in_period(rows)))
        if table is RECOVERY_POINTS:
            pieces = (
                rows.filter(self._point_in_period(rows)) for _, rows in self._keys(table, self._event_paths(table))
            )
            return last_keys(gathered(table, pieces), table, _all)
        paths = self.sealed.paths(table, self.period.first, self.period.last)
        pieces = (self._observed_then(rows) for _, rows in self._keys(table, paths))
        return last_keys(gathered(table, pieces), table, _all)

    def point_keys_of(self, point_ids: pa.Array[Any]) -> pa.Table | None:
        """Keys of points with these ids, whenever they were made or seen."""
        found = [
            rows.filter(pc.is_in(rows["recovery_point_id"], value_set=point_ids))
            for rows in read_ahead(
                self.sealed.paths(RECOVERY_POINTS), lambda path: keys_in(self.sealed, RECOVERY_POINTS, path)
            )
        ]
        return joined(found) if found else None

    def presence(self) -> pa.Table:
        """Which items were seen on which night; ids as dictionaries."""
        columns = ["event_night", "vault_id", "item_key", "run_id"]
        paths = self.sealed.paths(PROTECTED_ITEMS, self.period.first, self.period.last)
        found = Gathering(encoded(empty(PROTECTED_ITEMS).select(columns)))
        for path in paths:
            rows = self.sealed.file(PROTECTED_ITEMS, path, columns, REPEATING)
            found.add(self._observed_then(self._in_scope(rows)))
        return found.all().select(columns[:3])

    def ranges(self) -> pa.Table:
        """All ranges of log backups seen since the period began; ids as dictionaries."""
        found = Gathering(encoded(empty(RECOVERY_POINTS).select(RANGE)))
        for path in self._event_paths(RECOVERY_POINTS):
            rows = self._in_scope(self.sealed.file(RECOVERY_POINTS, path, [*RANGE, "vault_id"], REPEATING))
            found.add(rows.filter(pc.is_valid(rows["range_end_at"])).select(RANGE))
        return found.all()

    def _event_paths(self, table: Table) -> Sequence[str]:
        return self.sealed.paths(table, runs=self.since)

    def _keys(self, table: Table, paths: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
        read = read_ahead(paths, lambda path: keys_in(self.sealed, table, path))
        return ((path, self._in_scope(rows)) for path, rows in zip(paths, read, strict=True))

    def _job_keys(self) -> pa.Table | None:
        """Observations of jobs of which one at least says that they began in the period."""
        found, others = Contenders(JOBS), []
        for path, rows in self._keys(JOBS, self._event_paths(JOBS)):
            inside = rows.filter(self._in_period(rows))
            found.add(inside)
            if inside.num_rows < rows.num_rows:
                others.append(path)
        begun = found.all()
        if begun is None:
            return None
        keys = keys_of(begun, JOBS)
        for _, rows in self._keys(JOBS, others):
            found.add(of_keys(rows.filter(self._beyond(rows)), keys, JOBS))
        return found.all()

    def _jobs(self, table: Table) -> pa.Table:
        """Jobs whose last observation says that they began in the period."""
        slim = self._events(
            table, lambda rows: rows.filter(self._in_period(rows)), ["vault_id", "job_id", "event_night"]
        )
        keys = keys_of(slim, table)
        found = self._events(table, lambda rows: of_keys(rows, keys, table))
        if found.num_rows == 0:
            return empty(table)
        places = last_places(found, table)
        kept = places.filter(self._in_period(found.select(["event_night"]).take(places)))
        return found.take(kept).select(list(table.names()))

    def _in_period(self, rows: pa.Table) -> pa.BooleanArray:
        night = rows["event_night"]
        first, last = (pa.scalar(day, pa.date32()) for day in (self.period.first, self.period.last))
        return pc.and_(pc.greater_equal(night, first), pc.less_equal(night, last))

    def _beyond(self, rows: pa.Table) -> pa.BooleanArray:
        """What `_in_period` does not hold, and what tells no night."""
        inside: Any = self._in_period(rows)
        beyond: pa.BooleanArray = pc.invert(pc.fill_null(inside, False))
        return beyond

    def _point_in_period(self, rows: pa.Table) -> pa.BooleanArray:
        """Points made in the period, and ranges that reach into it."""
        if self.window is None:
            return self._in_period(rows)
        kind = rows.schema.field("range_start_at").type
        begun = pc.less(rows["range_start_at"], pa.scalar(self.window.end, kind))
        ended = pc.greater(rows["range_end_at"], pa.scalar(self.window.start, kind))
        return pc.or_kleene(
            self._in_period(rows), pc.and_(begun, ended)
        )  # a point has no range: null, and dropped where it is not in the period

    def _observed_then(self, rows: pa.Table) -> pa.Table:
        """Without what a late run saw: an item of today must not be counted in a night before it existed.

        The vault list of a late run stays: it is what was asked.
        """
        late = pc.is_in(rows["run_id"], value_set=self.late)
        if "source_kind" in rows.schema.names:
            late = pc.and_(late, pc.invert(pc.is_in(rows["source_kind"], value_set=VAULT_LISTS)))
        return rows.filter(pc.invert(late))

    def _captured(self, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows captured for the period's nights."""
        first, last = self.period.first, self.period.last
        return self.sealed.rows(table, first=first, last=last, columns=columns, where=self._in_scope)

    def _events(self, table: Table, where: Where, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of runs since the period began."""
        return self.sealed.rows(table, runs=self.since, columns=columns, where=lambda rows: where(self._in_scope(rows)))

    def _in_scope(self, rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(rows["vault_id"], value_set=self.subjects))


def _all(rows: pa.Table) -> pa.Table:
    return rows

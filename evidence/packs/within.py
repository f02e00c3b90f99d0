"""Reads sealed tables within the period and the scope of a pack.

Not here: which tables a pack holds (`select`). Invariant: rows of events are taken from every run that was captured after the period
began, whatever night it was for: a run for an earlier night may have seen more, or seen it last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Window
from evidence.packs.observations import keys_of, last_observations, last_places, of_keys
from evidence.packs.period import Period
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
        if table in (JOBS, RESTORE_JOBS):
            return self._jobs(table)
        if table is RECOVERY_POINTS:
            return last_observations(self._events(table, lambda rows: rows.filter(self._point_in_period(rows))), table)
        return last_observations(self._observed_then(self._captured(table)), table)

    def points_of(self, point_ids: pa.Array[Any]) -> pa.Table:
        """Points with these ids, whenever they were made or seen."""
        return self.sealed.rows(
            RECOVERY_POINTS, where=lambda rows: rows.filter(pc.is_in(rows["recovery_point_id"], value_set=point_ids))
        )

    def presence(self) -> pa.Table:
        """Which items were seen on which night."""
        columns = ["event_night", "vault_id", "item_key", "run_id"]
        return self._observed_then(self._captured(PROTECTED_ITEMS, columns)).select(columns[:3])

    def ranges(self) -> pa.Table:
        """All ranges of log backups seen since the period began."""
        ranges = self._events(
            RECOVERY_POINTS, lambda rows: rows.filter(pc.is_valid(rows["range_end_at"])), [*RANGE, "vault_id"]
        )
        return ranges.select(RANGE)

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

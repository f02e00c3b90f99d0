"""Which rows a pack holds: sealed rows of its scope and period, each the last observation as known now.

Not here: judging completeness, rendering. Invariant: the population of jobs is by the night in which they began, so a
job counts once, in one night, in its last known state (DESIGN section 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.errors import RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import assessments, named_paths, sealed_nights
from evidence.packs.masking import mask
from evidence.packs.period import Period
from evidence.packs.scope import PackScope
from evidence.records import Kind, Vault
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.sealed import SealedRows, Where
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import assessment_file, run_file
from evidence.tables import (
    CALLS,
    COVERAGE,
    JOBS,
    POLICIES,
    PROTECTED_ITEMS,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    RESTORE_LINKS,
    VAULTS,
    Table,
    empty,
)

PACKED = (JOBS, RESTORE_JOBS, RESTORE_LINKS, PROTECTED_ITEMS, RECOVERY_POINTS, POLICIES, VAULTS, COVERAGE, CALLS)
"""Tables of a pack, in the order in which they are listed."""
STATE_KEYS = {
    PROTECTED_ITEMS.name: ("item_key",),
    POLICIES.name: ("policy_id", "content_sha256"),
    VAULTS.name: ("vault_id", "source_kind"),
}
"""What names a thing that lasts: its last observation in the period is packed."""
POINT_KEY = ("item_key", "recovery_point_id", "range_start_at")
"""What names a point, or a range of log backups."""
PAIR = ["item_key", "recovery_point_id"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a pack is made of."""

    period: Period
    scope: PackScope
    runs: tuple[RunManifest, ...]
    """Sealed runs of the period's nights, in order of sealing within a night."""
    vaults: tuple[Vault, ...]
    """In scope, seen in any night of the period."""
    tables: Mapping[str, pa.Table]
    presence: pa.Table
    """`event_night` and `item_key` of every item seen on each night."""
    ranges: pa.Table
    """`item_key, range_start_at, range_end_at` of all log ranges known."""

    def runs_of(self, night: date) -> tuple[RunManifest, ...]:
        """Sealed runs of one night."""
        return tuple(run for run in self.runs if run.night == night)


def select(store: EvidenceStore, entries: Sequence[LedgerEntry], period: Period, scope: PackScope) -> Selection:
    """All rows of a pack, as known at the last of `entries`; raises IntegrityError, StoreError."""
    sealed = SealedRows(store, named_paths(entries))
    runs = _runs(sealed, entries, period)
    vaults = scope.chosen({vault.vault_id: vault for run in runs for vault in run.vaults}.values())
    asked = {one for run in runs for one in run.subscriptions if scope.holds_subscription(one)}
    subjects = {vault.vault_id for vault in vaults} | asked
    late = pa.array(sorted(run.run_id for run in runs if run.late), pa.string())
    within = _Within(sealed, period, pa.array(sorted(subjects), pa.string()), late)
    tables = {table.name: within.table(table) for table in PACKED if table is not RESTORE_LINKS}
    tables[RESTORE_LINKS.name] = _links(sealed, entries, tables[RESTORE_JOBS.name])
    tables[RECOVERY_POINTS.name] = _with_linked_points(within, tables[RECOVERY_POINTS.name], tables[RESTORE_LINKS.name])
    masked = {name: mask(rows) for name, rows in tables.items()}
    return Selection(period, scope, runs, vaults, masked, within.presence(), within.ranges())


def _runs(sealed: SealedRows, entries: Sequence[LedgerEntry], period: Period) -> tuple[RunManifest, ...]:
    nights = sealed_nights(entries)
    return tuple(
        parse_run_manifest(sealed.content(run_file(night, run.run_id)))
        for night in period.nights()
        for run in nights.get(night, ())
    )


@dataclass(frozen=True, slots=True)
class _Within:
    """Reads tables within a period and a scope."""

    sealed: SealedRows
    period: Period
    subjects: pa.Array[Any]
    late: pa.Array[Any]
    """Runs whose items, policies and settings are not those of their night: they serve for names and links only."""

    def table(self, table: Table) -> pa.Table:
        """The rows of one table that belong to the pack."""
        if table in (COVERAGE, CALLS):
            return self._captured(table)
        if table in (JOBS, RESTORE_JOBS):
            # A restore's details tell more than a list; of two observations of one moment the detailed one counts.
            return last_observations(self._begun(table), ("vault_id", "job_id"), table)
        if table is RECOVERY_POINTS:
            return last_observations(self._begun(table), POINT_KEY, table)
        return last_observations(self._observed_then(self._captured(table)), STATE_KEYS[table.name], table)

    def points_of(self, point_ids: pa.Array[Any]) -> pa.Table:
        """Points with these ids, whenever they were made or seen."""
        return self.sealed.rows(
            RECOVERY_POINTS, where=lambda rows: rows.filter(pc.is_in(rows["recovery_point_id"], value_set=point_ids))
        )

    def presence(self) -> pa.Table:
        """Which items were seen on which night."""
        rows = self.sealed.rows(
            PROTECTED_ITEMS,
            first=self.period.first,
            last=self.period.last,
            columns=["event_night", "item_key", "vault_id", "run_id"],
            where=self._in_scope(),
        )
        return self._observed_then(rows).select(["event_night", "item_key"])

    def ranges(self) -> pa.Table:
        """All ranges of log backups seen in the period or later."""
        in_scope = self._in_scope()
        columns = ["item_key", "range_start_at", "range_end_at", "vault_id"]
        rows = self.sealed.rows(
            RECOVERY_POINTS,
            first=self.period.first,
            columns=columns,
            where=lambda found: in_scope(found.filter(pc.is_valid(found["range_end_at"]))),
        )
        return rows.select(columns[:3])

    def _observed_then(self, rows: pa.Table) -> pa.Table:
        """Without what a late run saw: an item of today must not be counted in a night before it existed.

        The vault list of a late run stays: it is what was asked.
        """
        late = pc.is_in(rows["run_id"], value_set=self.late)
        if "source_kind" in rows.schema.names:
            late = pc.and_(late, pc.not_equal(rows["source_kind"], pa.scalar(str(Kind.VAULTS))))
        return rows.filter(pc.invert(late))

    def _captured(self, table: Table) -> pa.Table:
        return self.sealed.rows(table, first=self.period.first, last=self.period.last, where=self._in_scope())

    def _begun(self, table: Table) -> pa.Table:
        """Rows of events in the period, observed in it or later."""
        in_scope = self._in_scope()
        first, last = pa.scalar(self.period.first, pa.date32()), pa.scalar(self.period.last, pa.date32())

        def where(rows: pa.Table) -> pa.Table:
            night = rows["event_night"]
            return in_scope(rows.filter(pc.and_(pc.greater_equal(night, first), pc.less_equal(night, last))))

        return self.sealed.rows(table, first=self.period.first, where=where)

    def _in_scope(self) -> Where:
        return lambda rows: rows.filter(pc.is_in(rows["vault_id"], value_set=self.subjects))


def last_observations(rows: pa.Table, key: Sequence[str], table: Table) -> pa.Table:
    """One row for each key: the last observed; of those the last by call and position."""
    if rows.num_rows == 0:
        return empty(table)
    detailed = pc.is_valid(rows["restore_type"]) if table is RESTORE_JOBS else pa.array([True] * rows.num_rows)
    ordered = rows.append_column("_detailed", detailed).sort_by(
        [(name, "ascending") for name in ("_detailed", "observed_at", "call_id", "ordinal")]
    )
    numbered = ordered.append_column("_place", pa.array(range(ordered.num_rows), pa.int64()))
    last = numbered.group_by(list(key)).aggregate([("_place", "max")])["_place_max"]
    return numbered.take(last.combine_chunks().sort()).select(list(table.names()))


def _links(sealed: SealedRows, entries: Sequence[LedgerEntry], restores: pa.Table) -> pa.Table:
    """The newest assessment's links of these restore jobs; raises RefusedError where one was not assessed."""
    if restores.num_rows == 0:
        return empty(RESTORE_LINKS)
    wanted = {(row["vault_id"], row["job_id"]) for row in restores.select(["vault_id", "job_id"]).to_pylist()}
    newest = max(
        (one for many in assessments(entries).values() for one in many),
        key=lambda one: one.entry.sequence,
        default=None,
    )
    rows = empty(RESTORE_LINKS)
    if newest is not None:
        rows = sealed.file(RESTORE_LINKS, assessment_file(RESTORE_LINKS.name, newest.night, newest.assessment_id))
    mask = [(row["vault_id"], row["job_id"]) in wanted for row in rows.select(["vault_id", "job_id"]).to_pylist()]
    found = rows.filter(pa.array(mask, pa.bool_()))
    if found.num_rows != len(wanted):
        raise RefusedError(
            f"{len(wanted) - found.num_rows} of {len(wanted)} restore jobs have not been assessed.",
            cause="A run stopped between sealing the night and assessing it.",
            next_step="Run the night again with `backup-evidence run --night …`; it continues where it stopped.",
        )
    return found


def _with_linked_points(within: _Within, points: pa.Table, links: pa.Table) -> pa.Table:
    """The points of the period, and those that its restores came from."""
    wanted = _pairs(links) - _pairs(points)
    wanted = {(item, point) for item, point in wanted if point is not None}
    if not wanted:
        return points
    found = within.points_of(pa.array(sorted({str(point) for _, point in wanted}), pa.string()))
    mask = [(row["item_key"], row["recovery_point_id"]) in wanted for row in found.select(PAIR).to_pylist()]
    more = last_observations(found.filter(pa.array(mask, pa.bool_())), POINT_KEY, RECOVERY_POINTS)
    return pa.concat_tables([points, more])


def _pairs(rows: pa.Table) -> set[tuple[object, object]]:
    return {(row["item_key"], row["recovery_point_id"]) for row in rows.select(PAIR).to_pylist()}


def matching(rows: pa.Table, column: str, value: str) -> pa.Table:
    """The rows whose column holds a value."""
    return rows.filter(pc.equal(rows[column], pa.scalar(value)))

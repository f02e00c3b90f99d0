"""Which rows a pack holds: sealed rows of its scope and period, each the last observation as known now.

Not here: judging completeness, rendering. Invariant: the population of jobs is by the night in which they began, so a
job counts once, in one night, in its last known state (DESIGN section 4).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from evidence.errors import IntegrityError, RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedNight, assessments, imports, named_paths, sealed_nights
from evidence.nights import Window
from evidence.packs.columns import plain
from evidence.packs.disclosure import Disclose, disclosed, whole
from evidence.packs.judged import detected_within, exceptions_within, slots_within
from evidence.packs.observations import keys_of, last_places, of_keys
from evidence.packs.period import Period
from evidence.packs.rows import PATH, ROW, VERBATIM, Held, Placed, Rows, encoded, in_order, joined
from evidence.packs.scope import PackScope
from evidence.packs.second_rows import Expectation, expectations, inventory, reconciliation
from evidence.packs.slim import Shelf, Shelving, give_back
from evidence.packs.unended import Restated
from evidence.packs.within import Within
from evidence.records import SUBSCRIPTION_LIST, Vault
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import assessment_file, run_file
from evidence.tables import (
    ACTIVITY,
    CALLS,
    CANARIES,
    CONTAINERS,
    COVERAGE,
    EXCEPTIONS,
    INVENTORY,
    JOBS,
    NOT_COMPARED,
    POLICIES,
    PROTECTED_ITEMS,
    RECONCILIATION,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    RESTORE_LINKS,
    SLOTS,
    VAULTS,
    Table,
    empty,
)

PACKED = (
    SLOTS,
    EXCEPTIONS,
    CANARIES,
    NOT_COMPARED,
    JOBS,
    RESTORE_JOBS,
    RESTORE_LINKS,
    PROTECTED_ITEMS,
    RECOVERY_POINTS,
    POLICIES,
    VAULTS,
    CONTAINERS,
    ACTIVITY,
    INVENTORY,
    RECONCILIATION,
    COVERAGE,
    CALLS,
)
"""Tables of a pack, in the order in which they are listed."""
MANY = (JOBS, RECOVERY_POINTS, PROTECTED_ITEMS, SLOTS)
"""Tables with a row or more for every item and night: their rows stay in their files until they are written."""
_OF_THEIR_OWN = (SLOTS, EXCEPTIONS, CANARIES, NOT_COMPARED, RESTORE_JOBS, RESTORE_LINKS, RECOVERY_POINTS, INVENTORY, RECONCILIATION)  # fmt: skip
"""Tables whose rows are not chosen one for one from sealed tables."""
Row = Mapping[str, object]
Keep = Callable[[Table, Iterator[pa.Table]], None]
"""Takes the whole rows of a table; texts of `rows.REPEATING` may come as dictionaries."""
_OF_LINK = ["item_key", "recovery_point_id", "recovery_point_at", "link"]
_OF_POINT = ["item_key", "recovery_point_id", "range_start_at", "range_end_at"]


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
    """The rows that are counted and printed: those of MANY without the columns of `rows.VERBATIM`, and with long texts that repeat as dictionaries
    (`columns.plain` undoes that, once the wanted rows and columns are chosen: dictionaries are compared, grouped and joined, but not sorted or searched)."""
    presence: pa.Table
    """`event_night`, `vault_id` and `item_key` of every item seen on each night."""
    ranges: pa.Table
    """`item_key, range_start_at, range_end_at` of all log ranges known."""
    restated: tuple[Restated, ...] | None = None
    """Jobs of earlier nights that this night saw in another state; None in a pack of another kind than `night`."""
    expectations: tuple[Expectation, ...] = ()
    """Lists of what should be there that nights were compared with."""

    def runs_of(self, night: date) -> tuple[RunManifest, ...]:
        """Sealed runs of one night."""
        return tuple(run for run in self.runs if run.night == night)


def select(
    store: EvidenceStore,
    entries: Sequence[LedgerEntry],
    period: Period,
    scope: PackScope,
    disclose: Disclose = whole,
    keep: Keep | None = None,
    shelf: Shelf | None = None,
) -> Selection:
    """All rows of a pack, as known at the last of `entries`, and as its audience may see them; raises IntegrityError, StoreError.

    `keep` is given the whole rows of every table, batch by batch in the table's order, and must take them all: they are read once. The slim rows
    lie on `shelf`.
    """
    sealed = SealedRows(store, named_paths(entries))
    runs = sealed_runs(sealed, entries, period)
    vaults = chosen_vaults(scope, runs)
    subjects = subjects_of(scope, runs)
    within = Within(
        sealed=sealed,
        period=period,
        window=Window(min(run.window_start for run in runs), max(run.window_end for run in runs)) if runs else None,
        subjects=pa.array(sorted(subjects), pa.string()),
        since=_runs_since(entries, runs, period),
        late=pa.array(sorted([*(run.run_id for run in runs if run.late), *_late_imports(entries)]), pa.string()),
    )
    found = {table.name: _rows(within, table) for table in PACKED if table not in _OF_THEIR_OWN}
    restores = within.table(RESTORE_JOBS)
    links = _links(sealed, entries, restores)
    found[RESTORE_JOBS.name], found[RESTORE_LINKS.name] = Held(RESTORE_JOBS, restores), Held(RESTORE_LINKS, links)
    inventories = inventory(within.table(INVENTORY), sealed, entries, scope, period)
    found[INVENTORY.name] = Held(INVENTORY, inventories)
    compared = reconciliation(sealed, entries, period, scope, subjects)
    found[RECONCILIATION.name] = Held(RECONCILIATION, compared)
    found[SLOTS.name] = slots_within(sealed, entries, period, within.subjects)
    found[EXCEPTIONS.name] = Held(EXCEPTIONS, exceptions_within(sealed, entries, period, within.subjects))
    tried, missed = detected_within(sealed, entries, period, within.subjects)
    found[CANARIES.name], found[NOT_COMPARED.name] = Held(CANARIES, tried), Held(NOT_COMPARED, missed)
    found[RECOVERY_POINTS.name] = _placed(within, RECOVERY_POINTS, _with_linked_points(within, links))
    on = shelf or Shelf()
    # What was shown is let go of: the calls of a quarter weigh as much as all that is held of its jobs.
    shown = {table.name: _shown(table, found.pop(table.name), disclose, keep, on) for table in PACKED}
    expected = expectations(entries, period)
    return Selection(period, scope, runs, vaults, shown, within.presence(), within.ranges(), expectations=expected)


def chosen_vaults(scope: PackScope, runs: Sequence[RunManifest]) -> tuple[Vault, ...]:
    """Vaults in scope that any of these runs saw."""
    return scope.chosen({vault.vault_id: vault for run in runs for vault in run.vaults}.values())


def subjects_of(scope: PackScope, runs: Sequence[RunManifest]) -> frozenset[str]:
    """Vaults and subscriptions in scope, and the list above them: what rows of a pack may be about."""
    asked = {one for run in runs for one in run.subscriptions if scope.holds_subscription(one)}
    return frozenset({vault.vault_id for vault in chosen_vaults(scope, runs)} | asked | {SUBSCRIPTION_LIST})


def sealed_runs(sealed: SealedRows, entries: Sequence[LedgerEntry], period: Period) -> tuple[RunManifest, ...]:
    """Sealed runs of the period's nights, in order of sealing within a night."""
    nights = sealed_nights(entries)
    return tuple(
        parse_run_manifest(sealed.content(run_file(night, run.run_id)))
        for night in period.nights()
        for run in nights.get(night, ())
    )


def _runs_since(entries: Sequence[LedgerEntry], runs: Sequence[RunManifest], period: Period) -> frozenset[str]:
    """Runs and imports that were captured after the period began; what began in it cannot have been seen before."""
    opened = [run.window_start for run in runs if run.night == period.first]
    # Without a run of its first night the period's begin is not told here: nights begin within a day of midnight UTC in every zone.
    begin = opened[0] if opened else datetime.combine(period.first, time(), UTC) - timedelta(days=1)
    sealed = (run for many in sealed_nights(entries).values() for run in many)
    uploaded = (one.import_id for one in imports(entries) if one.entry.at >= begin)
    return frozenset([*(run.run_id for run in sealed if _captured_at(run) >= begin), *uploaded])


def _late_imports(entries: Sequence[LedgerEntry]) -> list[str]:
    """Imports whose items nobody saw on the night that they are for."""
    return [one.import_id for one in imports(entries) if one.late]


def _captured_at(run: SealedNight) -> datetime:
    told = run.entry.payload.get("captured_at")
    if not isinstance(told, str):
        raise IntegrityError(f"{run.entry.name} does not say when its run was captured.")
    return datetime.fromisoformat(told)


def _links(sealed: SealedRows, entries: Sequence[LedgerEntry], restores: pa.Table) -> pa.Table:
    """The newest assessment's links of these restore jobs; raises RefusedError where one was not assessed."""
    if restores.num_rows == 0:
        return empty(RESTORE_LINKS)
    newest = max(
        (one for many in assessments(entries).values() for one in many),
        key=lambda one: one.entry.sequence,
        default=None,
    )
    rows = empty(RESTORE_LINKS)
    if newest is not None:
        rows = sealed.file(RESTORE_LINKS, assessment_file(RESTORE_LINKS.name, newest.night, newest.assessment_id))
    found = of_keys(rows, keys_of(restores, RESTORE_JOBS), RESTORE_JOBS)
    if found.num_rows != restores.num_rows:
        raise RefusedError(
            f"{restores.num_rows - found.num_rows} of {restores.num_rows} restore jobs have not been assessed.",
            cause="A run stopped between sealing the night and assessing it.",
            next_step="Run the night again with `backup-evidence run --night …`; it continues where it stopped.",
        )
    return found


def _rows(within: Within, table: Table) -> Rows:
    return _placed(within, table, within.keys(table)) if table in MANY else Held(table, within.table(table))


def _placed(within: Within, table: Table, keys: pa.Table | None) -> Rows:
    if keys is None:
        return Held(table, empty(table))
    return Placed(table, within.sealed, keys.select(["night", PATH, ROW]))


def _shown(table: Table, rows: Rows, disclose: Disclose, keep: Keep | None, shelf: Shelf) -> pa.Table:
    """The slim rows of a table, while `keep` takes the whole ones."""
    names = [name for name in table.names() if table not in MANY or name not in VERBATIM]
    slim = Shelving(_slim(table, empty(table)).select(names).schema)
    columns = table.names() if keep is not None else names
    give_back()  # which rows these are took much more memory to find out than it takes to hold

    def passing() -> Iterator[pa.Table]:
        for batch in rows.batches(columns):
            shown = disclosed(table, batch, disclose)
            slim.add(_slim(table, shown.select(names)))
            yield shown

    if keep is None:
        deque(passing(), maxlen=0)
    else:
        keep(table, passing())
    return shelf.shelve(slim)


def _slim(table: Table, rows: pa.Table) -> pa.Table:
    return encoded(rows) if table in MANY else plain(rows)


def _with_linked_points(within: Within, links: pa.Table) -> pa.Table | None:
    """Keys of the points of the period, and of those that its restores came from."""
    points = within.keys(RECOVERY_POINTS)
    told = links.filter(pc.is_valid(links["recovery_point_id"])).select(_OF_LINK).to_pylist()
    missing = _unmet(told, points)
    if not missing:
        return points
    found = within.point_keys_of(pa.array(sorted({str(link["recovery_point_id"]) for link in missing}), pa.string()))
    if found is None:
        return points
    named = [any(_names(link, row) for link in missing) for row in found.select(_OF_POINT).to_pylist()]
    linked = found.filter(pa.array(named, pa.bool_()))
    last = linked.take(last_places(linked, RECOVERY_POINTS)) if linked.num_rows else linked
    both = joined([last] if points is None else [points, last])
    return both.take(in_order(both, RECOVERY_POINTS))


def _unmet(links: Sequence[Row], points: pa.Table | None) -> list[Row]:
    if points is None:
        return list(links)
    ids = pa.array(sorted({str(link["recovery_point_id"]) for link in links}), pa.string())
    here = points.filter(pc.is_in(points["recovery_point_id"], value_set=ids)).select(_OF_POINT).to_pylist()
    return [link for link in links if not any(_names(link, row) for row in here)]


def _names(link: Row, point: Row) -> bool:
    """Whether a link names a point; of ranges, which share one id, the one that holds the moment restored."""
    if (link["item_key"], link["recovery_point_id"]) != (point["item_key"], point["recovery_point_id"]):
        return False
    if link["link"] != "range":
        return True
    at, start, end = link["recovery_point_at"], point["range_start_at"], point["range_end_at"]
    if not isinstance(at, datetime) or not isinstance(start, datetime) or not isinstance(end, datetime):
        return False
    return start.replace(microsecond=0) <= at <= end  # restores name whole seconds


def matching(rows: pa.Table, column: str, value: str) -> pa.Table:
    """The rows whose column holds a value; of wide tables select the columns wanted first."""
    return rows.filter(pc.equal(rows[column], pa.scalar(value)))

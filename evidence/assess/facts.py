"""From the sealed rows of one run to the two sides that are compared.

Not here: reading a store (`runs.assess`), comparing. Invariant: of many observations of one job the last counts; jobs of the
paired region are left out, for Resource Graph tells them of another place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.sides import ExpectedList, Facts, Read, Told
from evidence.nights import Window
from evidence.records import LIST_OF, SECOND_KINDS, Kind, Vault
from evidence.tables import CALLS, COVERAGE, INVENTORY, JOBS, PROTECTED_ITEMS, VAULTS, Table

Row = Mapping[str, object]
COLUMNS: Mapping[str, tuple[str, ...]] = {
    COVERAGE.name: ("vault_id", "kind", "outcome", "reason"),
    CALLS.name: ("call_id", "kind"),
    VAULTS.name: ("vault_id", "source_kind", "name"),
    PROTECTED_ITEMS.name: (
        "item_key", "vault_id", "friendly_name", "protection_state", "soft_deleted", "source_resource_id",
    ),
    JOBS.name: (
        "vault_id", "job_id", "entity_friendly_name", "status", "started_at", "event_night", "observed_at", "call_id",
        "ordinal",
    ),
    INVENTORY.name: (
        "source", "thing", "thing_key", "name", "of_vault_id", "of_resource_id", "resource_type", "status", "started_at",
        "event_night",
    ),
}  # fmt: skip
"""Columns of each table that reconciling reads, of one run."""
_LISTS = frozenset(str(kind) for kind in LIST_OF.values())
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RunOfFacts:
    """What the run itself says."""

    night: date
    jobs_window: Window
    subscriptions: tuple[str, ...]
    vaults: tuple[Vault, ...]


def gather(
    run: RunOfFacts, rows: Callable[[Table, Sequence[str]], pa.Table], expected: Iterable[ExpectedList] = ()
) -> Facts:
    """The facts of one run; `rows` gives some columns of one of its tables."""

    def read(table: Table) -> Sequence[Row]:
        found: Sequence[Row] = rows(table, COLUMNS[table.name]).to_pylist()
        return found

    graph = [row for row in read(INVENTORY) if row["source"] == "resource_graph"]
    crossed = {row["call_id"] for row in read(CALLS) if row["kind"] == Kind.CROSS_REGION_JOBS}
    told, lists = (
        Read({(str(one["vault_id"]), str(one["kind"])): _outcome(one) for one in read(COVERAGE)}),
        tuple(expected),
    )
    # Items and jobs are most of a night: they are read where somebody else speaks of them too.
    asked = {kind for _, kind in told.outcomes}
    items = read(PROTECTED_ITEMS) if lists or not asked.isdisjoint(map(str, SECOND_KINDS)) else ()
    jobs = _last_jobs(rows(JOBS, COLUMNS[JOBS.name]), crossed) if str(Kind.GRAPH_JOBS) in asked else ()
    return Facts(
        night=run.night,
        jobs_window=run.jobs_window,
        read=told,
        subscriptions=run.subscriptions,
        vaults=run.vaults,
        listed={one.key: one for row in read(VAULTS) if row["source_kind"] in _LISTS for one in [_listed(row)]},
        items={one.key: one for one in map(_item, items)},
        jobs=jobs,
        graph_vaults=_by_key(graph, "vault"),
        graph_items=_by_key(graph, "item"),
        graph_jobs=tuple(_told(row) for row in graph if row["thing"] == "job"),
        graph_resources=_by_key(graph, "resource"),
        expected=lists,
    )


def _outcome(row: Row) -> tuple[str, str | None]:
    reason = row["reason"]
    return str(row["outcome"]), reason if isinstance(reason, str) else None


def _by_key(rows: Iterable[Row], thing: str) -> Mapping[str, Told]:
    return {one.key: one for one in (_told(row) for row in rows if row["thing"] == thing)}


def _told(row: Row) -> Told:
    """A row of `inventory`."""
    return _typed(
        Told,
        key=str(row["thing_key"]).lower(),
        name=row["name"],
        vault_id=row["of_vault_id"],
        state=row["status"],
        started_at=row["started_at"],
        event_night=row["event_night"],
        of_resource_id=row["of_resource_id"],
        kind=row["resource_type"],
        wanted=row.get("to_be_protected"),
    )


def listed_things(rows: Iterable[Row], thing: str) -> Mapping[str, Told] | None:
    """What an imported list says of one sort of thing; None where it does not speak of any."""
    found = _by_key(rows, thing)
    return {key: replace(one, event_night=None) for key, one in found.items()} or None


def _listed(row: Row) -> Told:
    return _typed(Told, key=str(row["vault_id"]), name=row["name"], kind=row["source_kind"])


def _item(row: Row) -> Told:
    source = row["source_resource_id"]
    return _typed(
        Told,
        key=str(row["item_key"]),
        name=row["friendly_name"],
        vault_id=row["vault_id"],
        state=row["protection_state"],
        of_resource_id=source.lower() if isinstance(source, str) else None,
        inactive=bool(row["soft_deleted"]),
    )


def _last_jobs(rows: pa.Table, crossed: Collection[object]) -> tuple[Told, ...]:
    """The last row of each job: lists tell a job on several nights, so that columns are compared and few rows are read."""
    asked = rows.filter(
        pc.invert(pc.is_in(rows["call_id"], value_set=pa.array(sorted(map(str, crossed)), pa.string())))
    )
    place = asked.schema.get_field_index("ordinal")
    ordinal: Any = pc.fill_null(asked["ordinal"], pa.scalar(0))
    asked = asked.set_column(place, "ordinal", ordinal)
    keyed = asked.append_column("key", pc.utf8_lower(asked["job_id"]))
    keyed = keyed.append_column("place", pa.array(np.arange(keyed.num_rows)))
    ordered = keyed.sort_by([(name, "ascending") for name in ("observed_at", "call_id", "ordinal", "place")])
    last = ordered.append_column("last", pa.array(np.arange(ordered.num_rows)))
    last = ordered.take(last.group_by(["vault_id", "key"]).aggregate([("last", "max")])["last_max"])
    last = last.sort_by([("vault_id", "ascending"), ("key", "ascending")])
    return tuple(_job(str(row["key"]), row) for row in _plain(last).to_pylist())


def _plain(rows: pa.Table) -> pa.Table:
    """What a job is told by; moments without their zone, which would be asked of each."""
    place = rows.schema.get_field_index("started_at")
    rows = rows.set_column(place, "started_at", rows["started_at"].cast(pa.timestamp("us")))
    return rows.select(["key", "entity_friendly_name", "vault_id", "status", "started_at", "event_night"])


def _job(job_id: str, row: Row) -> Told:
    begun = row["started_at"]
    return _typed(
        Told,
        key=job_id,
        name=row["entity_friendly_name"],
        vault_id=row["vault_id"],
        state=row["status"],
        started_at=begun.replace(tzinfo=UTC) if isinstance(begun, datetime) else None,
        event_night=row["event_night"],
    )


def _typed(make: Callable[..., _T], **columns: object) -> _T:
    """The columns of a table are of the types that its schema says."""
    return make(**columns)

"""Jobs of the nights judged, each in its last known state, by the item that they are or may be of: backups, and what changed protection.

Not here: which slot a job answers (`assess.slots`). Invariants: only what Azure said counts (grade A); a job that may be of several items is
given to each of them as `ambiguous`, and proves nothing alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.history import Turn
from evidence.assess.slots.values import Part, SlotJob
from evidence.runs.judging.carried import Carried
from evidence.runs.judging.columns import Numbers, at_places, in_time, last_of, moments, numbered, texts
from evidence.runs.sealed import SealedRows
from evidence.tables import JOBS

_KEY = ("vault_id", "job_key")
_COLUMNS = [
    "vault_id",
    "job_id",
    "item_key",
    "item_link",
    "item_candidates",
    "operation",
    "operation_kind",
    "status",
    "started_at",
    "ended_at",
    "user_triggered",
    "error_codes",
    "error_titles",
    "recommendations",
    "event_night",
    "detailed",
    "observed_at",
    "call_id",
    "ordinal",
]
_REPEATING = frozenset({"vault_id", "item_key", "item_link", "operation", "operation_kind", "status"})
BACKUP, COMPLETED = "backup", "Completed"
_TURNS = pa.array(["configure", "disable", "delete", "undelete"])
_PARTS = {
    "full": Part.FULL,
    "differential": Part.DIFFERENTIAL,
    "incremental": Part.INCREMENTAL,
    "log": Part.LOG,
    "snapshot": Part.SNAPSHOT,
}


def part_of(operation: str | None) -> Part | None:
    """What a job backed up, where its operation tells: `Backup (Full)`."""
    _, opened, told = (operation or "").partition("(")
    return _PARTS.get(told.partition(")")[0].strip().casefold()) if opened else None


@dataclass(frozen=True, slots=True)
class JobsOfItems:
    """Jobs by item key, in order of their begin."""

    backups: Mapping[str, Sequence[SlotJob]] = field(default_factory=dict)
    turns: Mapping[str, Sequence[Turn]] = field(default_factory=dict)
    """What changed the protection of items for sure: jobs that completed, and name one item."""


def jobs_of_items(sealed: SealedRows, since: datetime, carried: Carried, first: date, last: date) -> JobsOfItems:
    """Jobs as captured for nights from first to last: backups that began since a moment, or since an earlier one of items whose slots are carried on."""
    return as_jobs(job_rows(sealed, since, carried, first, last))


def job_rows(sealed: SealedRows, since: datetime, carried: Carried, first: date, last: date) -> pa.Table:
    """The same as columns: jobs in their last state, in order of their begin."""
    keys = pa.array(sorted(carried.items), pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        kind = rows.schema.field("started_at").type
        begun = pc.or_(pc.is_null(rows["started_at"]), pc.greater_equal(rows["started_at"], pa.scalar(since, kind)))
        if carried.items:
            again = pc.and_(
                pc.is_in(rows["item_key"], value_set=keys),
                pc.greater_equal(rows["started_at"], pa.scalar(carried.since, kind)),
            )
            unsure = pc.and_(pc.is_null(rows["item_key"]), pc.is_valid(rows["item_candidates"]))
            begun = pc.or_kleene(begun, pc.or_kleene(again, unsure))
        backups = pc.and_kleene(pc.equal(rows["operation_kind"], pa.scalar(BACKUP)), begun)
        return rows.filter(pc.or_kleene(backups, pc.is_in(rows["operation_kind"], value_set=_TURNS)))

    rows = sealed.of_azure().rows(JOBS, first=first, last=last, columns=_COLUMNS, where=wanted, dictionaries=_REPEATING)
    rows = rows.append_column("job_key", pc.utf8_lower(rows["job_id"]))
    rows = at_places(rows, last_states(rows))
    return rows.take(pc.sort_indices(rows, sort_keys=[("started_at", "ascending"), ("job_key", "ascending")]))


def as_jobs(rows: pa.Table, but: pa.Array[Any] | None = None) -> JobsOfItems:
    """Columns of jobs as values by item, without those that are of some items for sure."""
    rows = rows if but is None else rows.filter(pc.invert(pc.is_in(rows["item_key"], value_set=but)))
    of_backups = pc.equal(rows["operation_kind"], pa.scalar(BACKUP))
    return JobsOfItems(_backups(rows.filter(of_backups)), _turns(rows.filter(pc.invert(of_backups))))


def _backups(rows: pa.Table) -> Mapping[str, Sequence[SlotJob]]:
    found: dict[str, list[SlotJob]] = defaultdict(list)
    candidates: list[list[str] | None] = rows["item_candidates"].to_pylist()
    for item, others, job in zip(texts(rows["item_key"]), candidates, _jobs(rows), strict=True):
        for key in (item,) if item is not None else others or ():
            found[key].append(job)
    return found


def _turns(rows: pa.Table) -> Mapping[str, Sequence[Turn]]:
    found: dict[str, list[Turn]] = defaultdict(list)
    sure = rows.filter(pc.and_(pc.equal(rows["status"], pa.scalar(COMPLETED)), pc.is_valid(rows["item_key"])))
    columns = (moments(pc.coalesce(sure["ended_at"], sure["started_at"])), texts(sure["operation_kind"]))
    for item, at, kind in zip(texts(sure["item_key"]), *columns, strict=True):
        if at is not None:
            found[str(item)].append(Turn(at, str(kind)))
    return {item: sorted(many, key=lambda one: one.at) for item, many in found.items()}


def last_states(rows: pa.Table) -> Numbers:
    """Places of the jobs' last states: of those that tell the last status the last with details, else the last."""
    jobs, rank = numbered(rows, _KEY), in_time(rows)
    states = numbered(rows, (*_KEY, "status"))
    detailed = rows["detailed"].to_numpy().astype(bool)
    told = np.isin(states, states[last_of(jobs, rank)])
    return last_of(jobs, np.where(told, rank + detailed * rows.num_rows, -1))


def _jobs(rows: pa.Table) -> list[SlotJob]:
    operations = texts(rows["operation"])
    columns = (
        texts(rows["job_id"]),
        texts(rows["item_link"]),
        texts(rows["status"]),
        operations,
        moments(rows["started_at"]),
        moments(rows["ended_at"]),
        rows["user_triggered"].to_pylist(),
        *([tuple(told or ()) for told in rows[name].to_pylist()] for name in _COLUMNS[11:14]),
        [part_of(one) for one in operations],
    )
    return [SlotJob(*row) for row in zip(*columns, strict=True)]

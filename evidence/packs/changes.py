"""What a new revision says otherwise than the one it supersedes: row by row, by what a row is about.

Not here: why it was made (the reason stands in the statement). Invariant: only what was observed is compared, not when
and by which call; calls and coverage are records of asking and are counted alone. Only rows that differ become Python objects.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.errors import IntegrityError
from evidence.ledger.folds import SealedPack
from evidence.packs.bag import digest
from evidence.packs.machine.descriptor import parquet_path
from evidence.packs.observations import POINT_KEY, STATE_KEYS
from evidence.packs.select import PACKED
from evidence.runs.sealed import saying_disposed
from evidence.stores.interface import EvidenceStore
from evidence.tables import (
    ACTIVITY,
    CALLS,
    CANARIES,
    COVERAGE,
    EXCEPTIONS,
    INVENTORY,
    JOBS,
    NOT_COMPARED,
    RECONCILIATION,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    RESTORE_LINKS,
    SLOTS,
    Table,
    empty,
    read_parquet,
)

KEYS: Mapping[str, tuple[str, ...]] = {
    **STATE_KEYS,
    JOBS.name: ("vault_id", "job_id"),
    RESTORE_JOBS.name: ("vault_id", "job_id"),
    RESTORE_LINKS.name: ("vault_id", "job_id"),
    RECOVERY_POINTS.name: POINT_KEY,
    ACTIVITY.name: ("vault_id", "event_id"),
    INVENTORY.name: ("source", "thing", "thing_key"),
    SLOTS.name: ("item_key", "part", "slot_at"),
    EXCEPTIONS.name: ("exception_key", "episode"),
    CANARIES.name: ("night", "detector", "planted"),
    NOT_COMPARED.name: ("night", "vault_id", "what", "reason"),
    RECONCILIATION.name: ("night", "event_night", "thing", "thing_key", "compared_with", "field"),
}
ASKING = frozenset({CALLS.name, COVERAGE.name})
OF_THE_OBSERVATION = frozenset(
    {
        "night",
        "run_id",
        "capture_id",
        "call_id",
        "observed_at",
        "ordinal",
        "element",
        "detailed",
        "assessment_id",
        "assessed_at",
    }
)
"""Columns that differ between two observations of the same fact."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One row that both revisions hold, with what they say differently."""

    key: tuple[object, ...]
    columns: tuple[str, ...]
    before: Mapping[str, object]
    after: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TableChange:
    """How one table differs."""

    table: str
    before: int
    """Rows of the superseded revision."""
    after: int
    added: int
    removed: int
    changed: tuple[Changed, ...]


def compare_tables(before: Mapping[str, pa.Table], after: Mapping[str, pa.Table]) -> tuple[TableChange, ...]:
    """Every packed table, in the order in which they are listed."""
    return tuple(_compare(table, before[table.name], after[table.name]) for table in PACKED)


def tables_of(store: EvidenceStore, pack: SealedPack) -> Mapping[str, pa.Table]:
    """The tables of a sealed pack; raises IntegrityError where the pack is not as sealed."""
    sealed = pack.archive
    with tempfile.TemporaryDirectory(prefix="backup-evidence-superseded-") as folder:
        copy = Path(folder) / "pack.zip"
        with saying_disposed(store, sealed.path):
            store.fetch(sealed.path, copy)
        if digest(copy).sha256 != sealed.sha256:
            raise IntegrityError(f"{sealed.path} does not have the SHA-256 that the ledger names.")
        with zipfile.ZipFile(copy) as archive:
            return {table.name: _table_of(archive, pack.pack_id, table) for table in PACKED}


def _table_of(archive: zipfile.ZipFile, pack_id: str, table: Table) -> pa.Table:
    """One table; empty where the pack was sealed before there was such a table."""
    name = f"{pack_id}/{parquet_path(table)}"
    return read_parquet(table, archive.read(name)) if name in archive.namelist() else empty(table)


def _compare(table: Table, before: pa.Table, after: pa.Table) -> TableChange:
    if table.name in ASKING:
        gone, come = max(before.num_rows - after.num_rows, 0), max(after.num_rows - before.num_rows, 0)
        return TableChange(table.name, before.num_rows, after.num_rows, come, gone, ())
    places = _places(KEYS[table.name], before, after)
    both = places.filter(pc.and_(pc.is_valid(places["_before"]), pc.is_valid(places["_after"])))
    added, removed = (places[side].null_count for side in ("_before", "_after"))
    changed = _changed(table, (before, both["_before"]), (after, both["_after"])) if both.num_rows else ()
    return TableChange(table.name, before.num_rows, after.num_rows, added, removed, changed)


def _places(key: Sequence[str], before: pa.Table, after: pa.Table) -> pa.Table:
    """Where each key stands in both tables, in the last of its rows; null where it does not."""
    names = list(key)
    numbers = [pa.array(np.arange(rows.num_rows)) for rows in (before, after)]
    none = [pa.nulls(rows.num_rows, pa.int64()) for rows in (before, after)]
    old = before.select(names).append_column("_before", numbers[0]).append_column("_after", none[0])
    new = after.select(names).append_column("_before", none[1]).append_column("_after", numbers[1])
    found = pa.concat_tables([old, new]).group_by(names).aggregate([("_before", "max"), ("_after", "max")])
    return found.rename_columns([name.removesuffix("_max") for name in found.column_names])


def _changed(table: Table, *sides: tuple[pa.Table, Any]) -> tuple[Changed, ...]:
    """Of rows and their places, before and after, those that differ; they alone become Python objects, and columns are moved one by one."""
    names = [name for name in table.names() if name not in OF_THE_OBSERVATION]
    differs: Any = np.zeros(len(sides[0][1]), dtype=bool)
    for name in names:
        differs |= _differs(*(rows[name].take(places) for rows, places in sides))
    where: Any = pa.array(np.flatnonzero(differs), pa.int64())
    found = []
    told = [rows.take(places.take(where)).to_pylist() for rows, places in sides]
    for old, new in zip(*told, strict=True):
        columns = tuple(name for name in names if old.get(name) != new[name])
        found.append(Changed(tuple(new[name] for name in KEYS[table.name]), columns, old, new))
    return tuple(sorted(found, key=lambda one: str(one.key)))


def _differs(before: Any, after: Any) -> Any:
    """Where a column says otherwise; null and nothing are alike."""
    if pa.types.is_list(after.type):
        # Arrow compares no lists; few rows hold one.
        told = pc.or_(pc.is_valid(before), pc.is_valid(after)).to_numpy()
        pairs = zip(before.filter(told).to_pylist(), after.filter(told).to_pylist(), strict=True)
        told[told] = [one != other for one, other in pairs]
        return told
    otherwise: Any = pc.fill_null(pc.not_equal(before, after), False)
    return pc.or_(otherwise, pc.xor(pc.is_null(before), pc.is_null(after))).to_numpy()

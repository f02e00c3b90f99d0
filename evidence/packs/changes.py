"""What a new revision says otherwise than the one it supersedes: row by row, by what a row is about.

Not here: why it was made (the reason stands in the statement). Invariant: only what was observed is compared, not when
and by which call; calls and coverage are records of asking and are counted alone.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from evidence.errors import IntegrityError
from evidence.ledger.folds import SealedPack
from evidence.packs.bag import digest
from evidence.packs.machine.descriptor import parquet_path
from evidence.packs.observations import POINT_KEY, STATE_KEYS
from evidence.packs.select import PACKED
from evidence.stores.interface import EvidenceStore
from evidence.tables import (
    ACTIVITY,
    CALLS,
    COVERAGE,
    INVENTORY,
    JOBS,
    RECONCILIATION,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    RESTORE_LINKS,
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

Rows = Mapping[tuple[object, ...], Mapping[str, object]]


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
    old, new = _rows(table, before), _rows(table, after)
    changed = tuple(
        found for key in sorted(old.keys() & new.keys(), key=str) if (found := _changed(key, old[key], new[key]))
    )
    return TableChange(
        table.name, before.num_rows, after.num_rows, len(new.keys() - old.keys()), len(old.keys() - new.keys()), changed
    )


def _rows(table: Table, rows: pa.Table) -> Rows:
    key = KEYS[table.name]
    return {tuple(row[name] for name in key): row for row in rows.to_pylist()}


def _changed(key: tuple[object, ...], before: Mapping[str, object], after: Mapping[str, object]) -> Changed | None:
    columns = _differing(before, after)
    return Changed(key, columns, before, after) if columns else None


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    names: Sequence[str] = [name for name in after if name not in OF_THE_OBSERVATION]
    return tuple(name for name in names if before.get(name) != after[name])

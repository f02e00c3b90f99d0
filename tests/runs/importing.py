"""What tests of imports share: a bench with a sealed night, and files saved beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence.ledger.folds import named_paths
from evidence.runs.import_context import ImportOrder
from evidence.runs.imports import ImportResult, import_files
from evidence.runs.sealed import SealedRows
from evidence.sources.saved.ids import vault_in
from evidence.stores.layout import findings_file
from evidence.tables import Table, read_parquet
from evidence.tables.imports import IMPORT_FINDINGS
from tests.fakes.bench import Bench, backup
from tests.fakes.bodies import FakeVault
from tests.fakes.saved import SAVED_AT

Row = Mapping[str, Any]


def opened() -> Bench:
    """A bench whose first night is sealed: one vault, one VM, one backup."""
    bench = Bench()
    backup(bench.vault())
    bench.run()
    return bench


def only_vault(bench: Bench) -> FakeVault:
    """The vault of a bench that has one."""
    (vault,) = bench.azure.vaults
    return vault


def save(folder: Path, data: bytes, name: str = "saved.json") -> Path:
    """A file as a person saved it."""
    path = folder / name
    path.write_bytes(data)
    return path


def bring(
    bench: Bench,
    kind: str,
    *paths: Path,
    vault: FakeVault | None = None,
    observed_at: datetime | None = SAVED_AT,
    **more: Any,
) -> ImportResult:
    """Import files; they were saved an hour after the night unless told otherwise."""
    named = vault_in(vault.arm_id) if vault else None
    bench.clock.reach(SAVED_AT)
    return import_files(bench.parts, ImportOrder(kind, paths, vault=named, observed_at=observed_at, **more))


def uploaded(bench: Bench, table: Table) -> Sequence[Row]:
    """Sealed rows of imports."""
    sealed = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    found: Sequence[Row] = sealed.uploaded().rows(table).to_pylist()
    return found


def findings(bench: Bench, result: ImportResult) -> Sequence[Row]:
    """The findings of an import as the store keeps them."""
    assert result.sealed is not None
    path = findings_file(result.sealed.night, result.sealed.import_id)
    found: Sequence[Row] = read_parquet(IMPORT_FINDINGS, bench.store.read(path)).to_pylist()
    return found

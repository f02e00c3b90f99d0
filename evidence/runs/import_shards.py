"""Collects the rows of an import and writes them in shards, as those of a run are.

Invariant: what is held is bounded by a shard a table; nothing is written for a table without rows.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from evidence.ledger.entries import LedgerObject
from evidence.normalize.results import Row
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import table_file
from evidence.tables import ALL, from_rows, to_parquet

ROWS_PER_SHARD = 50_000
ROWS_AS_DICTS = 2_000


@dataclass(slots=True)
class Shards:
    """The tables of one import, on their way into the store."""

    store: EvidenceStore
    night: date
    import_id: str
    rows: Counter[str] = field(default_factory=Counter)
    objects: list[LedgerObject] = field(default_factory=list)
    _waiting: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    _held: defaultdict[str, list[pa.Table]] = field(default_factory=lambda: defaultdict(list))
    _numbers: Counter[str] = field(default_factory=Counter)

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Take rows of one table; raises StoreError where a full shard cannot be written."""
        self.rows[table] += len(rows)
        waiting = self._waiting[table]
        waiting.extend(rows)
        if len(waiting) >= ROWS_AS_DICTS:
            self._to_columns(table)
        if sum(held.num_rows for held in self._held[table]) >= ROWS_PER_SHARD:
            self._write(table)

    def finish(self) -> None:
        """Write what is still held."""
        for table in sorted(self.rows):
            self._to_columns(table)
            if self._held[table]:
                self._write(table)

    def _to_columns(self, table: str) -> None:
        rows = self._waiting.pop(table, [])
        if rows:
            self._held[table].append(from_rows(ALL[table], rows))

    def _write(self, table: str) -> None:
        data = to_parquet(ALL[table], pa.concat_tables(self._held.pop(table)))
        path = table_file(table, self.night, self.import_id, self._numbers[table])
        self._numbers[table] += 1
        self.store.create(path, data)
        self.objects.append(LedgerObject(path, len(data), hashlib.sha256(data).hexdigest()))

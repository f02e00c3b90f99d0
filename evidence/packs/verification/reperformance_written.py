"""Keeps the rows that were made again, table by table, in files of ours, until they are compared.

Not here: making them, comparing them. Invariant: rows are written as they come, in the table's order, so memory is that of a batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from evidence.packs.columns import plain
from evidence.tables import Table, ordered
from evidence.tables.parquet import parquet_writer


@dataclass(frozen=True, slots=True)
class WrittenAgain:
    """Tables made again, as Parquet files in a folder of ours."""

    folder: Path

    def keep(self, table: Table, batches: Iterator[pa.Table]) -> None:
        """Take the rows of a table, which come in its order."""
        schema = table.schema()
        with self.path(table.name).open("xb") as sink, parquet_writer(table, sink) as writer:
            for rows in batches:
                typed = plain(rows).select(list(table.names())).cast(schema)
                writer.write_table(typed.replace_schema_metadata(schema.metadata))

    def hold(self, table: Table, rows: pa.Table) -> None:
        """Take the rows of a table that is in memory, in any order."""
        self.keep(table, iter([ordered(table, plain(rows))]))

    def path(self, name: str) -> Path:
        """Where a table's rows are."""
        return self.folder / f"{name}.parquet"

    def holds(self, name: str) -> bool:
        """Whether a table was made again."""
        return self.path(name).exists()

"""Rows to Parquet bytes and back: sorted, compressed, and the same for the same rows in any process.

Not here: where files rest. Invariant: a file of an unknown newer schema version is refused, one of an old version is read.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.tables.columns import SCHEMA_VERSION, Table

ROWS_PER_GROUP = 65_536


def from_rows(table: Table, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """An Arrow table of plain dicts; a key that is no column is an error, a missing one is null."""
    known = set(table.names())
    for row in rows:
        if not known.issuperset(row):
            raise IntegrityError(f"Table {table.name} has no column {sorted(set(row) - known)}.")
    return pa.Table.from_pylist([dict(row) for row in rows], schema=table.schema())


def empty(table: Table) -> pa.Table:
    """A table without rows."""
    return table.schema().empty_table()


def ordered(table: Table, data: pa.Table) -> pa.Table:
    """The rows in the table's order, by night and key, in its columns and types."""
    order: list[tuple[str, Literal["ascending", "descending"]]] = [
        (name, "ascending") for name in ("night", *table.key)
    ]
    return data.select(list(table.names())).cast(table.schema()).sort_by(order)


def to_parquet(table: Table, data: pa.Table) -> bytes:
    """Parquet bytes (zstd, statistics) of rows sorted by the table's key."""
    sink = io.BytesIO()
    pq.write_table(
        ordered(table, data).replace_schema_metadata(table.schema().metadata),
        sink,
        compression="zstd",
        version="2.6",
        write_statistics=True,
        row_group_size=ROWS_PER_GROUP,
        store_schema=True,
    )
    return sink.getvalue()


def read_parquet(table: Table, source: bytes | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Rows of a file in this version's columns; columns that an older file lacks are null.

    Raises IntegrityError for a file that is of another table, of a newer schema version, or not Parquet.
    """
    try:
        found = pq.read_table(io.BytesIO(source) if isinstance(source, bytes) else source)
    except (pa.ArrowInvalid, OSError) as error:
        raise IntegrityError(f"Not a readable Parquet file of {table.name}.", cause=str(error)) from error
    _check_version(table, found.schema.metadata or {})
    return _in_columns(table, found, columns)


def _check_version(table: Table, metadata: Mapping[bytes, bytes]) -> None:
    name = metadata.get(b"table", b"").decode()
    version = metadata.get(b"schema_version", b"0").decode()
    if name != table.name:
        raise IntegrityError(f"A file of table {table.name} says that it is of `{name}`.")
    if not version.isdigit() or not 1 <= int(version) <= SCHEMA_VERSION:
        raise IntegrityError(
            f"Table {table.name} has schema version {version}; this program reads 1 to {SCHEMA_VERSION}.",
            next_step="Use the newer program that wrote it.",
        )


def _in_columns(table: Table, found: pa.Table, columns: Sequence[str] | None) -> pa.Table:
    schema = table.schema()
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    present = set(found.schema.names)
    arrays = [
        found.column(field.name).cast(field.type) if field.name in present else pa.nulls(found.num_rows, field.type)
        for field in wanted
    ]
    return pa.Table.from_arrays(arrays, schema=wanted)

"""Tables as CSV: RFC 4180 with CRLF, UTF-8 without a byte order mark, one header line, never cut short.

Not here: how a value becomes a cell (`evidence.tables.cells`), which columns are left out. Invariant: memory is that of one
batch of rows, however long the table; equal tables give equal bytes, whatever the chunks of their columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from evidence.errors import ConfigurationError
from evidence.tables import Column, Table
from evidence.tables.cells import cell_field

BATCH_ROWS = 8192
LINE_END = "\r\n"
FEWEST_COLUMNS = 2
"""A line of one empty cell is an empty line, which readers skip."""


def csv_chunks(table: Table, data: pa.Table, left_out: frozenset[str] = frozenset()) -> Iterator[bytes]:
    """The file piece by piece: the header, then some thousand rows at a time.

    Raises ConfigurationError where `left_out` names no column of the table or leaves fewer than two.
    """
    columns = written_columns(table, left_out)
    yield _line([cell_field(column.name, _HEADER) for column in columns])
    chosen = data.select([column.name for column in columns])
    for batch in chosen.to_batches(max_chunksize=BATCH_ROWS):
        fields = [_fields(batch.column(index), column) for index, column in enumerate(columns)]
        yield b"".join(_line(row) for row in zip(*fields, strict=True))


def csv_bytes(table: Table, data: pa.Table, left_out: frozenset[str] = frozenset()) -> bytes:
    """The whole file."""
    return b"".join(csv_chunks(table, data, left_out))


def written_columns(table: Table, left_out: frozenset[str]) -> tuple[Column, ...]:
    """The table's columns in order, without those left out."""
    unknown = left_out.difference(table.names())
    if unknown:
        raise ConfigurationError(f"Table {table.name} has no column {sorted(unknown)} to leave out.")
    columns = tuple(column for column in table.columns if column.name not in left_out)
    if len(columns) < FEWEST_COLUMNS:
        raise ConfigurationError(f"A CSV of {table.name} needs at least {FEWEST_COLUMNS} columns.")
    return columns


_HEADER = Column("header", pa.string(), "", "Name of a column.")


def _line(fields: list[str] | tuple[str, ...]) -> bytes:
    return (",".join(fields) + LINE_END).encode("utf-8")


def _fields(values: pa.Array[Any], column: Column) -> list[str]:
    """Cells of one batch of a column; each different text is written once, for ids repeat in most rows."""
    if not pa.types.is_string(values.type):
        return [cell_field(value, column) for value in values.to_pylist()]
    encoded = values.dictionary_encode()
    written = [cell_field(value, column) for value in encoded.dictionary.to_pylist()]
    return ["" if index is None else written[index] for index in encoded.indices.to_pylist()]

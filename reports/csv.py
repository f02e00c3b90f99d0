"""Tables as CSV: RFC 4180 with CRLF, UTF-8 without a byte order mark, one header line, never cut short.

Not here: how values become lines (`evidence.tables.lines`), which columns are left out. Invariant: memory is that of one
batch of rows, however long the table; equal tables give equal bytes, whatever the chunks of their columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from evidence.errors import ConfigurationError
from evidence.tables import Column, Table
from evidence.tables.lines import header, lines

BATCH_ROWS = 8192
FEWEST_COLUMNS = 2
"""A line of one empty cell is an empty line, which readers skip."""


def csv_pieces(table: Table, batches: Iterable[pa.Table], left_out: frozenset[str] = frozenset()) -> Iterator[bytes]:
    """The file piece by piece: the header, then some thousand rows at a time.

    Raises ConfigurationError where `left_out` names no column of the table or leaves fewer than two.
    """
    columns = written_columns(table, left_out)
    yield header(columns)
    for rows in batches:
        for batch in rows.select([column.name for column in columns]).to_batches(max_chunksize=BATCH_ROWS):
            yield from map(bytes, lines(batch, columns))


def written_columns(table: Table, left_out: frozenset[str]) -> tuple[Column, ...]:
    """The table's columns in order, without those left out."""
    unknown = left_out.difference(table.names())
    if unknown:
        raise ConfigurationError(f"Table {table.name} has no column {sorted(unknown)} to leave out.")
    columns = tuple(column for column in table.columns if column.name not in left_out)
    if len(columns) < FEWEST_COLUMNS:
        raise ConfigurationError(f"A CSV of {table.name} needs at least {FEWEST_COLUMNS} columns.")
    return columns

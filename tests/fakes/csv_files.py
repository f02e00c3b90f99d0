"""CSV files of tables in memory, as the product writes them; the product itself never holds one whole."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from evidence.tables import Table
from reports.csv import csv_pieces


def csv_chunks(table: Table, data: pa.Table, left_out: frozenset[str] = frozenset()) -> Iterator[bytes]:
    """The file piece by piece."""
    return csv_pieces(table, [data], left_out)


def csv_bytes(table: Table, data: pa.Table, left_out: frozenset[str] = frozenset()) -> bytes:
    """The whole file."""
    return b"".join(csv_chunks(table, data, left_out))

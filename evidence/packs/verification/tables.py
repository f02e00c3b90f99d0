"""The tables: as many rows as the statement counts, and each CSV cell what the Parquet file holds.

Not here: what the rows mean (`coverage` judges completeness). Invariant: rows are compared batch by batch, so memory does
not grow with a pack.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.machine.descriptor import LEFT_OUT
from evidence.packs.rows import REPEATING
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.proven import NOTHING, Compared, Proven
from evidence.packs.verification.saying import Statement
from evidence.tables import ALL, SCHEMA_VERSION, Column, Table
from evidence.tables.cells import cell_field
from evidence.tables.lines import LINE_END, header, lines

ROWS = 16_384
_AT_ONCE = 2
"""Tables that are compared at the same time: nearly all of it is spent outside Python."""
_SHOWN = 120
"""Bytes of a line that are shown."""
REQUIRED = frozenset(
    [
        "jobs",
        "restore_jobs",
        "restore_links",
        "protected_items",
        "recovery_points",
        "policies",
        "vaults",
        "coverage",
        "calls",
    ]
)
"""Tables of version 1."""


def csv_of(table: str) -> str:
    """Path of a table's CSV."""
    return f"data/{table}.csv"


def parquet_of(table: str) -> str:
    """Path of a table's Parquet file."""
    return f"data/parquet/{table}.parquet"


def check_tables(pack: Opened, statement: Statement, checks: Checklist, proven: Proven = NOTHING) -> None:
    """Check that counts, CSV and Parquet tell the same; what is proven of the same bytes already is not compared again."""
    checks.examine("set of tables", bag.STATEMENT, lambda: _set(pack, statement))
    here = [
        name
        for name in sorted(statement.counts)
        if name in ALL and {csv_of(name), parquet_of(name)} <= set(pack.members)
    ]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tables") as pool:
        compared = {name: pool.submit(_rows, pack, ALL[name], statement.counts[name], proven) for name in here}
        for name, rows in compared.items():
            checks.examine("rows", csv_of(name), rows.result)


def _set(pack: Opened, statement: Statement) -> tuple[str, None]:
    counted = set(statement.counts)
    if not counted >= REQUIRED or not counted <= set(ALL):
        raise IntegrityError(f"The tables counted are not those of this version: {', '.join(sorted(counted))}.")
    expected = {path for name in counted for path in (csv_of(name), parquet_of(name))}
    found = {path for path in pack.members if path.endswith((".csv", ".parquet"))}
    if found != expected:
        raise IntegrityError(f"Tables without count, or counts without table: {', '.join(sorted(found ^ expected))}.")
    return f"{len(counted)} tables, each as CSV and Parquet", None


def _rows(pack: Opened, table: Table, count: int, proven: Proven) -> tuple[str, None]:
    csv, parquet = csv_of(table.name), parquet_of(table.name)
    known = Compared(table.name, pack.digest(csv).sha256, pack.digest(parquet).sha256, count)
    if known in proven.rows:
        return proven.rows[known], None
    return same_rows(table, pack.members[csv], pack.members[parquet], count)


def same_rows(table: Table, csv: Path, parquet: Path, count: int) -> tuple[str, None]:
    """Compare a table's two files, and their rows with the count; raises IntegrityError, and what else strange files make it."""
    with pq.ParquetFile(parquet) as file:
        columns = _columns(table, file.schema_arrow)
        if file.metadata.num_rows != count:
            raise IntegrityError(f"The Parquet file has {file.metadata.num_rows} rows, the statement counts {count}.")
    repeating = [column.name for column in columns if column.name in REPEATING and pa.types.is_string(column.type)]
    with pq.ParquetFile(parquet, read_dictionary=repeating) as file:
        _compare(file, columns, csv, count)
    return f"{count} rows, the same in CSV and Parquet", None


def _compare(file: pq.ParquetFile, columns: list[Column], csv: Path, count: int) -> None:
    with csv.open("rb") as source:
        first = header(columns)
        if (told := source.read(len(first))) != first:
            raise IntegrityError(f"The header of the CSV is not what the Parquet file holds: {told[:_SHOWN]!r}.")
        number = 0
        for batch in file.iter_batches(batch_size=ROWS, columns=[column.name for column in columns]):
            batch.validate(full=True)  # texts that are no UTF-8 would be compared as bytes
            _expect(source, batch, columns, number + 1)
            number += batch.num_rows
        if source.read(1):
            raise IntegrityError(f"The CSV has more rows than the Parquet file, which has {number}.")
    if number != count:
        raise IntegrityError(f"{number} rows could be read, the statement counts {count}.")


def _expect(source: BinaryIO, batch: pa.RecordBatch, columns: list[Column], number: int) -> None:
    """Compare the lines of some rows; where they differ, look for the first row that does."""
    begin = source.tell()
    if all(source.read(len(piece)) == piece for piece in lines(batch, columns)):
        return
    source.seek(begin)
    for row in range(batch.num_rows):
        cells = [cell_field(batch.column(column.name)[row].as_py(), column) for column in columns]
        line = (",".join(cells) + LINE_END).encode()
        if (told := source.read(len(line))) != line:
            raise IntegrityError(
                f"Row {number + row} of the CSV is not what the Parquet file holds: {told[:_SHOWN]!r}."
            )
    raise IntegrityError(f"The CSV differs from the Parquet file after row {number - 1}.")


def _columns(table: Table, schema: pa.Schema) -> list[Column]:
    """The columns of the CSV, as the Parquet file has them; raises IntegrityError for a file of another table."""
    metadata = schema.metadata or {}
    version = metadata.get(b"schema_version", b"").decode()
    if metadata.get(b"table", b"").decode() != table.name:
        raise IntegrityError(f"The Parquet file is not of table {table.name}.")
    if not version.isdigit() or not 1 <= int(version) <= SCHEMA_VERSION:
        raise IntegrityError(f"The schema has version {version}; this program reads 1 to {SCHEMA_VERSION}.")
    known = {column.name: column for column in table.columns}
    for field in schema:
        if field.name not in known or field.type != known[field.name].type:
            raise IntegrityError(f"Column {field.name} is not of table {table.name}, or of another type.")
    return [known[name] for name in schema.names if name not in LEFT_OUT]

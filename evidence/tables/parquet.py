"""Rows to Parquet bytes and back: sorted, compressed, and the same for the same rows in any process.

Not here: where files rest. Invariant: a file of an unknown newer schema version is refused, one of an old version is read.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.tables.columns import COUNT, NUMBER, SCHEMA_VERSION, TEXT, Table
from evidence.tables.repeated import MOST_BYTES, REPEATED, by_first_use, holds, repeated_in, tidied

ROWS_PER_GROUP = 65_536
DISTINCT = frozenset({"job_id", "activity_id", "recovery_point_id", "item_id", "properties", "envelope"})
"""Texts that hardly ever repeat within a file."""
ROWS_PER_CHUNK = 8_192
"""Rows that lie together in memory: few enough to be copied without asking the system for more."""
ROWS_PER_RUN = 500
"""Rows in their order, on average, from which on it is cheaper to take whole runs than single rows."""
_PLAIN = frozenset({COUNT, NUMBER})


def from_rows(table: Table, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """An Arrow table of plain dicts; a key that is no column is an error, a missing one is null."""
    known = set(table.names())
    for row in rows:
        if not known.issuperset(row):
            raise IntegrityError(f"Table {table.name} has no column {sorted(set(row) - known)}.")
    return pa.Table.from_pylist([dict(row) for row in rows], schema=table.schema())


def from_columns(table: Table, columns: Mapping[str, pa.Array[Any] | pa.ChunkedArray[Any]], rows: int) -> pa.Table:
    """An Arrow table of whole columns, texts plain or held once each; one that is no column is an error, a missing one is null."""
    schema = table.schema()
    if not columns.keys() <= set(schema.names):
        raise IntegrityError(f"Table {table.name} has no column {sorted(columns.keys() - set(schema.names))}.")
    arrays = [columns[field.name] if field.name in columns else pa.nulls(rows, field.type) for field in schema]
    held = [field.name for field, array in zip(schema, arrays, strict=True) if array.type == REPEATED]
    return pa.Table.from_arrays(arrays, schema=holds(table, held))


def empty(table: Table) -> pa.Table:
    """A table without rows."""
    return table.schema().empty_table()


def ordered(table: Table, data: pa.Table) -> pa.Table:
    """The rows in the table's order, by night and key, in its columns and types.

    Raises IntegrityError for a value that its column does not hold, or that is missing where one must be.
    """
    return _ordered(table, tidied(data, ()))


def _ordered(table: Table, data: pa.Table) -> pa.Table:
    leading = ("night",) if "night" in table.names() else ()
    order: list[tuple[str, Literal["ascending", "descending"]]] = [
        (name, "ascending") for name in dict.fromkeys((*leading, *table.key))
    ]
    try:
        typed = data.select(list(table.names())).cast(holds(table, repeated_in(data)))
    except ValueError as error:
        raise IntegrityError(f"Rows of table {table.name} are not what they must be.", cause=str(error)) from error
    keys = tidied(typed.select([name for name, _ in order]), ())
    return _taken(typed, pc.sort_indices(keys, sort_keys=order).to_numpy())


def _taken(data: pa.Table, places: npt.NDArray[np.uint64]) -> pa.Table:
    """The rows at some places, in chunks of one size; where most stand in order already, whole runs are taken, which copies little."""
    begins = np.concatenate(([0], np.flatnonzero(np.diff(places.astype(np.int64)) != 1) + 1))
    if len(places) < len(begins) * ROWS_PER_RUN:
        return _in_chunks(data.take(places))
    ends = np.concatenate((begins[1:], [len(places)]))
    runs = [data.slice(int(places[begin]), int(end - begin)) for begin, end in zip(begins, ends, strict=True)]
    return _in_chunks(pa.concat_tables(runs))


def _in_chunks(data: pa.Table) -> pa.Table:
    """The same rows, parted the same way however they came: where chunks end decides where Parquet ends its pages."""
    begins = range(0, max(data.num_rows, 1), ROWS_PER_CHUNK)
    return pa.concat_tables([data.slice(begin, ROWS_PER_CHUNK).combine_chunks() for begin in begins])


def to_parquet(table: Table, data: pa.Table) -> bytes:
    """Parquet bytes (zstd, statistics) of rows sorted by the table's key, the same however their texts are held."""
    sink = io.BytesIO()
    rows = _ordered(table, tidied(data, _repeating(table)))
    rows = rows.replace_schema_metadata(table.schema().metadata)
    with parquet_writer(table, sink, repeated_in(rows)) as writer:
        for begin in range(0, max(rows.num_rows, 1), ROWS_PER_GROUP):
            writer.write_table(by_first_use(rows.slice(begin, ROWS_PER_GROUP)), row_group_size=ROWS_PER_GROUP)
    return sink.getvalue()


def parquet_writer(
    table: Table, sink: BinaryIO | pa.NativeFile, dictionaries: Collection[str] = ()
) -> pq.ParquetWriter:
    """Takes rows of a table in its order, in its columns and types, and writes them as `to_parquet` does; close it to end the file.

    Texts of columns among `dictionaries` are taken as `dictionary<int32, string>`, all of a group of rows with one; the file says
    nothing of it, and its bytes are those of plain texts: a group of rows is one page of such a column, and so knows all its texts.
    """
    writer = pq.ParquetWriter(
        sink,
        holds(table, dictionaries),
        compression="zstd",
        use_dictionary=_repeating(table),  # type: ignore[arg-type]  # the stubs know all or none, pyarrow takes names too
        version="2.6",
        write_statistics=True,
        store_schema=not dictionaries,
        dictionary_pagesize_limit=MOST_BYTES,
        max_rows_per_page=ROWS_PER_GROUP,
    )
    if dictionaries:
        schema = table.schema()
        told = {name.decode(): text.decode() for name, text in (schema.metadata or {}).items()}
        told["ARROW:schema"] = base64.b64encode(schema.serialize().to_pybytes()).decode()
        writer.add_key_value_metadata(told)
    return writer


def _repeating(table: Table) -> list[str]:
    """Columns worth a dictionary of their values; to look for repetitions in the others takes longer than to write them."""
    return [column.name for column in table.columns if column.name not in DISTINCT and column.type not in _PLAIN]


def read_parquet(
    table: Table, source: bytes | Path, columns: Sequence[str] | None = None, dictionaries: Collection[str] = ()
) -> pa.Table:
    """Rows of a file in this version's columns; columns that an older file lacks are null.

    Texts of columns among `dictionaries` come as `dictionary<int32, string>`: read faster, and each held once.
    Raises IntegrityError for a file that is of another table, of a newer schema version, or not Parquet.
    """
    try:
        names = table.names() if columns is None else columns
        repeated = [name for name in names if name in dictionaries and table.schema().field(name).type == TEXT]
        read = pa.BufferReader(source) if isinstance(source, bytes) else source
        with pq.ParquetFile(read, read_dictionary=repeated) as file:
            _check_version(table, file.schema_arrow.metadata or {})
            return _in_columns(table, file, names, repeated)
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError(f"Not a readable Parquet file of {table.name}.", cause=str(error)) from error


def _check_version(table: Table, metadata: Mapping[bytes, bytes]) -> None:
    name = metadata.get(b"table", b"").decode(errors="replace")
    version = metadata.get(b"schema_version", b"0").decode(errors="replace")
    if name != table.name:
        raise IntegrityError(f"A file of table {table.name} says that it is of `{name}`.")
    if not (version.isascii() and version.isdigit()) or not 1 <= int(version) <= SCHEMA_VERSION:
        raise IntegrityError(
            f"Table {table.name} has schema version {version}; this program reads 1 to {SCHEMA_VERSION}.",
            next_step="Use the newer program that wrote it.",
        )


def _in_columns(table: Table, file: pq.ParquetFile, columns: Sequence[str], repeated: Collection[str]) -> pa.Table:
    """The columns asked for, and none but them read: bodies kept beside a few columns weigh most of a file."""
    schema = table.schema()
    fields = [schema.field(name).with_type(REPEATED) if name in repeated else schema.field(name) for name in columns]
    wanted = pa.schema(fields).with_metadata(schema.metadata)
    here = frozenset(file.schema_arrow.names)
    present = [name for name in columns if name in here]
    found = file.read(columns=present)
    for name in present:
        if found.schema.field(name).type != wanted.field(name).type:
            raise IntegrityError(f"Column {name} of a file of {table.name} is of type {found.schema.field(name).type}.")
    arrays = [
        found.column(field.name) if field.name in here else pa.nulls(file.metadata.num_rows, field.type)
        for field in wanted
    ]
    return pa.Table.from_arrays(arrays, schema=wanted)

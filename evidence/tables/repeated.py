"""Texts that return again and again, held once each and told by number until they are written.

Not here: files. Invariant: rows are the same rows whether their texts come so or plain, and so are the bytes made of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from evidence.tables.columns import TEXT, Table

REPEATED = pa.dictionary(pa.int32(), TEXT)
MOST_BYTES = 1 << 20
"""Weight of a column's distinct texts from which on Parquet holds them no longer in a dictionary of its own."""
_LENGTH_BYTES = 4
"""What Parquet adds to each text."""
_Column: TypeAlias = "pa.ChunkedArray[Any]"


def holds(table: Table, names: Collection[str]) -> pa.Schema:
    """The table's schema, with texts of some columns held once each."""
    schema = table.schema()
    fields = [field.with_type(REPEATED) if field.name in names else field for field in schema]
    return pa.schema(fields).with_metadata(schema.metadata)


def repeated_in(data: pa.Table) -> frozenset[str]:
    """Columns whose texts are held once each."""
    return frozenset(field.name for field in data.schema if field.type == REPEATED)


def joined(table: Table, parts: Sequence[pa.Table]) -> pa.Table:
    """All rows of parts, in their order; what is held once each in any part is so in all."""
    names = frozenset().union(*map(repeated_in, parts))
    return pa.concat_tables([holds(table, names).empty_table(), *(_held(part, names) for part in parts)])


def _held(data: pa.Table, names: Collection[str]) -> pa.Table:
    for at, name in enumerate(data.column_names):
        if name in names and data.column(at).type == TEXT:
            data = data.set_column(at, data.field(at).with_type(REPEATED), data.column(at).dictionary_encode())
    return data


def tidied(data: pa.Table, wanted: Collection[str]) -> pa.Table:
    """Columns among `wanted` with one dictionary each that holds no text twice and no null; all others, and weighty ones, plain."""
    for name in repeated_in(data):
        at = data.column_names.index(name)
        column = _as_one(data.column(at)) if name in wanted else None
        told = (
            data.column(at).cast(TEXT)
            if column is None or _weight(column) >= MOST_BYTES
            else pa.chunked_array([column])
        )
        data = data.set_column(at, data.field(at).with_type(told.type), told)
    return data


def _as_one(column: _Column) -> Any:
    held: Any = column.unify_dictionaries().combine_chunks()
    distinct = held.dictionary.dictionary_encode()
    if len(distinct.dictionary) == len(held.dictionary):
        return held
    return pa.DictionaryArray.from_arrays(distinct.indices.take(held.indices), distinct.dictionary)


def _weight(column: Any) -> int:
    texts = column.dictionary
    return (pc.sum(pc.binary_length(texts)).as_py() or 0) + _LENGTH_BYTES * len(texts)


def by_first_use(data: pa.Table) -> pa.Table:
    """The same rows, the distinct texts of tidied columns in the order in which rows use them, and none but those."""
    for name in repeated_in(data):
        at, held = data.column_names.index(name), _combined(data.column(name))
        used = held.indices.dictionary_encode()
        told = pa.DictionaryArray.from_arrays(used.indices, held.dictionary.take(used.dictionary))
        data = data.set_column(at, data.field(at), pa.chunked_array([told]))
    return data


def _combined(column: _Column) -> Any:
    found: Any = column.combine_chunks()
    return found

"""Slim rows of tables on a shelf: in unnamed files of ours that are mapped into memory, so that only what is looked at takes any.

Not here: which rows and columns those are (`select`). Invariant: rows come back as they were added, in their order; a text that a table repeats is
held once, as the value of a dictionary.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

Texts = dict[str, "pa.Array[Any]"]


class Shelf:
    """All slim tables of one selection."""

    def __init__(self) -> None:
        self._maps: list[mmap.mmap] = []

    def shelve(self, rows: Shelving) -> pa.Table:
        """The rows that were gathered; they last as long as they are referred to."""
        mapped = mmap.mmap(rows.ended(), 0, access=mmap.ACCESS_READ)
        self._maps.append(mapped)
        return rows.dressed(pa.ipc.open_file(pa.py_buffer(mapped)).read_all())

    def rest(self) -> None:
        """Let go of the memory that looking took; rows stay, and are read again from their files when they are looked at."""
        for mapped in self._maps:
            mapped.madvise(mmap.MADV_DONTNEED)
        give_back()


@contextmanager
def frugal() -> Iterator[None]:
    """Let Arrow allocate by the allocator that keeps the least of what was freed, where this build of it has that one."""
    before = pa.default_memory_pool()
    if "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def give_back() -> None:
    """Return to the system what Arrow and the C library keep of memory that nobody uses."""
    for pool in (pa.default_memory_pool(), pa.system_memory_pool()):
        pool.release_unused()


class Shelving:
    """Rows of one schema on their way to the shelf, batch by batch."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._texts: Texts = {
            field.name: pa.array([], field.type.value_type) for field in schema if pa.types.is_dictionary(field.type)
        }
        self._bare = pa.schema(
            [field.with_type(pa.int32()) if field.name in self._texts else field for field in schema]
        )
        # The map outlives the file's name and its descriptor.
        self._file: Any = tempfile.TemporaryFile(prefix="backup-evidence-slim-")  # noqa: SIM115
        self._writer = pa.ipc.new_file(pa.PythonFile(self._file, mode="w"), self._bare)

    def add(self, rows: pa.Table) -> None:
        """Take more rows, in the columns and types of the schema."""
        columns = [
            self._numbers(field.name, rows[field.name]) if field.name in self._texts else rows[field.name]
            for field in self._schema
        ]
        self._writer.write_table(pa.table(columns, schema=self._bare))

    def ended(self) -> int:
        """Write the end; the file's descriptor, open as long as this is."""
        self._writer.close()
        self._file.flush()
        return int(self._file.fileno())

    def dressed(self, rows: pa.Table) -> pa.Table:
        """Rows of the file with their texts."""
        for place, field in enumerate(self._schema):
            if field.name in self._texts:
                texts: Any = self._texts[field.name]
                numbers: Any = rows.column(place).chunks
                # The numbers are ours, and to look at all of them would read the file.
                chunks = [pa.DictionaryArray.from_arrays(chunk, texts, safe=False) for chunk in numbers]
                rows = rows.set_column(place, field, pa.chunked_array(chunks, field.type))
        return rows

    def _numbers(self, name: str, column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
        """The place of each text in the table's own dictionary, which takes in those that are new."""
        chunks: list[Any] = [self._placed(name, chunk) for chunk in cast("list[Any]", column.chunks)]
        return pa.chunked_array(chunks, pa.int32())

    def _placed(self, name: str, chunk: Any) -> pa.Array[Any]:
        known: Any = self._texts[name]
        places: Any = pc.index_in(chunk.dictionary, value_set=known)
        if places.null_count:
            new = chunk.dictionary.filter(pc.is_null(places))
            self._texts[name] = known = pa.concat_arrays([known, new])
            places = pc.index_in(chunk.dictionary, value_set=known)
        placed: pa.Array[Any] = places.take(chunk.indices)
        return placed

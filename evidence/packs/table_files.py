"""Writes the tables of a pack: every batch goes to a Parquet file and to a CSV file at the same time, summed and packed on the way.

Not here: which rows, and what a line of CSV looks like. Invariant: the bytes follow from the rows alone, however they were batched; memory is that of a few
batches, and a table is passed over once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import BinaryIO, Generic, TypeVar

import pyarrow as pa

from evidence.errors import IntegrityError
from evidence.packs import archive, bag
from evidence.packs.columns import plain
from evidence.packs.interface import Renderer
from evidence.packs.machine.descriptor import LEFT_OUT, csv_path, parquet_path
from evidence.tables import Table, ordered, read_parquet
from evidence.tables.parquet import parquet_writer

T = TypeVar("T")
ROWS_PER_GROUP = 1 << 15
"""Rows of a group in the Parquet file, and of what is handed on at once."""
_WAYS = 2
"""Parquet and CSV, each in a thread of its own: both spend their time outside Python."""


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The table files of one pack, in a folder of ours."""

    folder: Path
    renderer: Renderer
    members: dict[str, bag.Source] = field(default_factory=dict)
    """What was written, by its path in the pack."""

    def keep(self, table: Table, batches: Iterable[pa.Table]) -> None:
        """Write a table whose rows come in its order; raises IntegrityError for a value that its column does not hold."""
        parquet, csv = self.folder / f"{table.name}.parquet", self.folder / f"{table.name}.csv"
        left_out = LEFT_OUT & set(table.names())
        with ThreadPoolExecutor(_WAYS, thread_name_prefix="tables") as pool:
            ways: list[_Way[archive.Written]] = [
                _Way(pool, lambda groups: _write_parquet(table, parquet, groups)),
                _Way(pool, lambda groups: archive.write(csv, self.renderer.csv(table, groups, left_out), deflate=True)),
            ]
            try:
                for group in regrouped(batches):
                    for way in ways:
                        way.put(group)
            finally:
                for way in ways:
                    way.put(None)
            self.members[parquet_path(table)], self.members[csv_path(table)] = (way.result() for way in ways)

    def hold(self, table: Table, rows: pa.Table) -> None:
        """Write a table that is in memory."""
        self.keep(table, iter([ordered(table, plain(rows))]))

    def whole(self, tables: Mapping[str, pa.Table], among: Iterable[Table]) -> dict[str, pa.Table]:
        """The tables with all columns of those among them that were held without some; raises IntegrityError."""
        read = {table.name: read_parquet(table, self.folder / f"{table.name}.parquet") for table in among}
        return {**tables, **read}


def regrouped(batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in groups of ROWS_PER_GROUP, the last one smaller."""
    held: list[pa.Table] = []
    for batch in batches:
        held.append(batch)
        while sum(piece.num_rows for piece in held) >= ROWS_PER_GROUP:
            rows = pa.concat_tables(held)
            yield rows.slice(0, ROWS_PER_GROUP)
            held = [rows.slice(ROWS_PER_GROUP)]
    rest = pa.concat_tables(held) if held else None
    if rest is not None and rest.num_rows:
        yield rest


def _write_parquet(table: Table, target: Path, groups: Iterator[pa.Table]) -> archive.Written:
    with target.open("wb") as file, closing(_Summed(file)) as sink:
        with parquet_writer(table, pa.PythonFile(sink, mode="w")) as writer:
            for group in groups:
                writer.write_table(_typed(table, group), row_group_size=ROWS_PER_GROUP)
        sums = sink.sums
    return archive.Written(target, sums.size, sums.sha256, sums.crc, deflated=False, packed_size=sums.size)


def _typed(table: Table, rows: pa.Table) -> pa.Table:
    try:
        typed = plain(rows).select(list(table.names())).cast(table.schema())
    except ValueError as error:
        raise IntegrityError(f"Rows of table {table.name} are not what they must be.", cause=str(error)) from error
    # Where chunks end decides where Parquet ends its pages.
    return typed.combine_chunks().replace_schema_metadata(table.schema().metadata)


class _Summed(io.RawIOBase):
    """A file that is summed while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sums = archive.Sums()

    def writable(self) -> bool:
        """It is written."""
        return True

    def tell(self) -> int:
        """Bytes written."""
        return self.sums.size

    def write(self, data: object) -> int:
        """Write and count."""
        piece = bytes(memoryview(data))  # type: ignore[arg-type]  # whatever holds bytes
        self._file.write(piece)
        self.sums.add(piece)
        return len(piece)


class _Way(Generic[T]):
    """One of several consumers of the same groups, in a thread of its own, one group ahead at most."""

    def __init__(self, pool: ThreadPoolExecutor, consume: Callable[[Iterator[pa.Table]], T]) -> None:
        self._queue: Queue[pa.Table | None] = Queue(1)
        self._future = pool.submit(self._run, consume)

    def put(self, group: pa.Table | None) -> None:
        """Hand on the next group; None after the last."""
        self._queue.put(group)

    def result(self) -> T:
        """What it made; raises what it met."""
        return self._future.result()

    def _run(self, consume: Callable[[Iterator[pa.Table]], T]) -> T:
        groups = iter(self._queue.get, None)
        try:
            return consume(groups)
        finally:
            for _ in groups:
                pass  # whoever hands groups on must not wait for one that failed

"""Rows of a pack as a stream in the order of their table: whole rows are read night by night, once, when they are written.

Not here: which rows those are (`within`, `select`). Invariant: memory is that of some ten thousand rows, however many a table or one of its nights
has; which rows come, and in which order, follows from their places alone.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.observations import sortable
from evidence.runs.sealed import SealedRows
from evidence.tables import Table, ordered

PATH, ROW = "_path", "_row"
"""Columns that say where a row stands: its sealed file, and its number there."""
MOST_AT_ONCE = 1 << 15
"""Whole rows held together; of a night with more the rows of each file wait in a temporary file."""
_MOST_PIECES = 16
"""Pieces whose dictionaries may repeat each other: that of all items weighs more than the rows of a night."""
_PIECE = 1 << 10
"""Rows read at once of a file that waits."""
REPEATING = frozenset(
    {
        *("tenant_id", "vault_id", "run_id", "capture_id", "call_id", "evidence_grade"),
        *("item_key", "item_link", "container_name", "entity_friendly_name"),
        *(
            "workload",
            "part",
            "policy_id",
            "policy_sha256",
            "outcome",
            "management_type",
            "operation",
            "operation_kind",
            "status",
        ),
    }
)
"""Texts that a table repeats in most rows: they are held once each, as dictionaries."""
VERBATIM = frozenset({"properties", "envelope", "tasks", "activity_id", "reason", "job_ids"})
"""What Azure sent, as it sent it, an id that joins nothing, and what shows a run's outcome: the most of a row, and nothing that is counted or printed."""


class Rows(Protocol):
    """Rows of one table."""

    @property
    def num_rows(self) -> int:
        """How many."""
        ...

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Some columns of all of them in the order of the table; raises IntegrityError, StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Few rows, in memory."""

    table: Table
    rows: pa.Table

    @property
    def num_rows(self) -> int:
        """How many."""
        return self.rows.num_rows

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """All at once."""
        yield ordered(self.table, self.rows).select(list(columns))


@dataclass(frozen=True, slots=True)
class Placed:
    """Rows that stay in their sealed files until they are asked for."""

    table: Table
    sealed: SealedRows
    places: pa.Table
    """`night`, PATH and ROW of each, in the order of the table."""

    @property
    def num_rows(self) -> int:
        """How many."""
        return self.places.num_rows

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Night by night; texts of REPEATING as dictionaries."""
        for night in _nights(self.places):
            yield from _merged(night, [self._file(path, night, columns) for path in _paths(night)])

    def _file(self, path: str, night: pa.Table, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The wanted rows of one file, in their order."""
        wanted = night.filter(pc.equal(night[PATH], pa.scalar(path)))[ROW]
        rows = self.sealed.file(self.table, path, columns, REPEATING).take(wanted)
        if night.num_rows <= MOST_AT_ONCE:
            return iter([rows])
        return _waiting(rows)


def encoded(rows: pa.Table) -> pa.Table:
    """The rows with the texts of REPEATING as dictionaries."""
    for place, field in enumerate(rows.schema):
        if field.name in REPEATING and pa.types.is_string(field.type):
            values = rows.column(place).dictionary_encode()
            rows = rows.set_column(place, field.with_type(values.type), values)
    return rows


def joined(pieces: Sequence[pa.Table]) -> pa.Table:
    """Tables of one schema as one, each text of a dictionary once."""
    return pa.concat_tables(pieces).unify_dictionaries()


class Gathering:
    """Pieces of one schema on their way to one table; texts that many pieces repeat are held once soon."""

    def __init__(self, *pieces: pa.Table) -> None:
        self._pieces = list(pieces)

    def add(self, piece: pa.Table) -> None:
        """Take one more."""
        self._pieces.append(piece)
        if len(self._pieces) > _MOST_PIECES:
            self._pieces = [joined(self._pieces)]

    def all(self) -> pa.Table:
        """All of them; there must be one."""
        return joined(self._pieces)


def in_order(rows: pa.Table, table: Table) -> pa.Array[Any]:
    """Where rows stand in the order of the table: by night and key."""
    return places_by(rows, ["night", *table.key])


def places_by(rows: pa.Table, names: Sequence[str]) -> pa.Array[Any]:
    """Where rows stand in the order of some columns; texts may be dictionaries."""
    by: Any = [(name, "ascending") for name in names]
    return pc.sort_indices(pa.table({name: sortable(rows[name]) for name in names}), sort_keys=by)


def _nights(places: pa.Table) -> Iterator[pa.Table]:
    """The places, a night at a time; they are sorted by night."""
    counts: Any = places["night"].value_counts().field("counts").to_pylist()
    ends = list(itertools.accumulate(counts, initial=0))
    return (places.slice(begin, end - begin) for begin, end in itertools.pairwise(ends))


def _paths(places: pa.Table) -> Sequence[str]:
    return sorted(map(str, places[PATH].unique().to_pylist()))


def _waiting(rows: pa.Table) -> Iterator[pa.Table]:
    """The same rows later and piece by piece, from a file of ours that goes with the last of them."""
    folder = tempfile.TemporaryDirectory(prefix="backup-evidence-rows-")
    file = Path(folder.name) / "rows.arrow"
    with pa.ipc.new_file(str(file), rows.schema) as target:
        target.write_table(rows.unify_dictionaries().combine_chunks(), max_chunksize=_PIECE)

    def pieces() -> Iterator[pa.Table]:
        with folder, pa.OSFile(str(file), "rb") as source:
            reader = pa.ipc.open_file(source)
            for number in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(number)])

    return pieces()


def _merged(places: pa.Table, files: Sequence[Iterator[pa.Table]]) -> Iterator[pa.Table]:
    """Rows of several files in the order of their places: each file gives its own in that order."""
    paths = pa.array(_paths(places), pa.string())
    which: Any = pc.index_in(places[PATH].cast(pa.string()), value_set=paths)
    readers = [_Reader(file) for file in files]
    for begin in range(0, places.num_rows, MOST_AT_ONCE):
        part: Any = which.slice(begin, MOST_AT_ONCE).combine_chunks()
        counts = {row["values"]: row["counts"] for row in part.value_counts().to_pylist()}
        taken = [readers[file].take(counts[file]) for file in sorted(counts)]
        numbered = pa.table({"file": part, "number": pa.array(range(len(part)), pa.int64())})
        by: Any = [("file", "ascending"), ("number", "ascending")]
        yield joined(taken).take(pc.sort_indices(pc.sort_indices(numbered, sort_keys=by)))


class _Reader:
    """Gives the next rows of one file, so many as are asked for."""

    def __init__(self, pieces: Iterator[pa.Table]) -> None:
        self._pieces = pieces
        self._left: pa.Table | None = None

    def take(self, count: int) -> pa.Table:
        taken, missing = [], count
        for piece in itertools.chain([self._left] if self._left is not None else [], self._pieces):
            taken.append(piece.slice(0, missing))
            self._left = piece.slice(min(missing, piece.num_rows))
            missing -= taken[-1].num_rows
            if not missing:
                break
        return joined(taken)

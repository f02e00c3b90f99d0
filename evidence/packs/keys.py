"""Which of very many observations a pack holds, told from their key columns alone.

Not here: what counts as the last observation (`observations`), reading whole rows (`rows`). Invariant: what is dropped while files are read could not have been
chosen at their end; memory holds the observations that still could be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from evidence.packs.observations import IN_TIME, KEYS, contenders, last_places
from evidence.packs.rows import PATH, REPEATING, ROW, Gathering, in_order
from evidence.runs.sealed import SealedRows
from evidence.tables import JOBS, RECOVERY_POINTS, Table

MOST_WAITING = 1 << 20
"""Observations that are read before it is looked which of them could still be chosen."""
_ALSO = {
    JOBS.name: ("event_night", "status", "detailed"),
    RECOVERY_POINTS.name: ("event_night", "range_start_at", "range_end_at"),
}
Keep = Callable[[pa.Table], pa.Table]


def key_columns(table: Table) -> tuple[str, ...]:
    """What is read of every observation."""
    named = ("vault_id", "run_id", "night", *table.key, *KEYS[table.name], *IN_TIME, *_ALSO.get(table.name, ()))
    return tuple(name for name in table.names() if name in named)


def keys_in(sealed: SealedRows, table: Table, path: str) -> pa.Table:
    """Keys of all observations in one sealed file, with their places; raises IntegrityError, StoreError."""
    rows = sealed.file(table, path, key_columns(table), REPEATING)
    file = pa.DictionaryArray.from_arrays(np.zeros(rows.num_rows, np.int32), pa.array([path], pa.string()))
    return rows.append_column(PATH, file).append_column(ROW, pa.array(np.arange(rows.num_rows, dtype=np.int32)))


@dataclass(slots=True)
class Contenders:
    """Observations that could be the last of their thing."""

    table: Table
    _held: Gathering | None = None
    _rows: int = 0
    _standing: int = 0

    def add(self, rows: pa.Table) -> None:
        """Look at more of them."""
        if self._held is None:
            self._held = Gathering()
        self._held.add(rows)
        self._rows += rows.num_rows
        if self._rows - self._standing > max(MOST_WAITING, self._standing):
            self._reduce(self._held.all())

    def all(self) -> pa.Table | None:
        """All that still could be, and some that could not; None where none was added."""
        return self._held.all() if self._held is not None and self._rows else None

    def _reduce(self, rows: pa.Table) -> None:
        left = rows.take(contenders(rows, self.table))
        self._held, self._rows, self._standing = Gathering(left), left.num_rows, left.num_rows


def last_keys(rows: pa.Table | None, table: Table, keep: Keep) -> pa.Table | None:
    """Keys of the last observations that are kept, in the order of the table."""
    if rows is None:
        return None
    last = keep(rows.take(last_places(rows, table)))
    return last.take(in_order(last, table))


def gathered(table: Table, pieces: Iterable[pa.Table]) -> pa.Table | None:
    """The contenders of all pieces."""
    found = Contenders(table)
    for piece in pieces:
        found.add(piece)
    return found.all()

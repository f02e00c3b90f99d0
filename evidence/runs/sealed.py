"""Rows of sealed files only: what the ledger names, with the hash it names, file by file.

Not here: what rows mean. Invariant: a file that no entry names is never read, and one whose hash differs is an error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from evidence.errors import DisposedError, IntegrityError, ObjectMissingError
from evidence.ledger.disposals import gone as gone_since
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import NamedPaths, table_run
from evidence.ledger.ledger import Ledger
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import is_import
from evidence.tables import Table, empty, read_parquet

_NIGHT = re.compile(r"/night=(\d{4}-\d{2}-\d{2})/")

Where = Callable[[pa.Table], pa.Table]
"""Keeps the rows that are wanted of one file."""


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Sealed tables as known at one moment of the ledger."""

    store: EvidenceStore
    named: Mapping[str, tuple[int, str]]
    """Bytes and SHA-256 of what the ledger names, by path."""

    def of_azure(self) -> SealedRows:
        """The same without the rows of uploaded files: what asks Azure next rests on what Azure said."""
        return self._only(lambda path: not is_import(path))

    def uploaded(self) -> SealedRows:
        """The rows of uploaded files alone."""
        return self._only(is_import)

    def paths(
        self, table: Table, first: date | None = None, last: date | None = None, runs: Container[str] | None = None
    ) -> Sequence[str]:
        """Sealed observed files of a table, captured for nights from first to last, or by some runs, oldest night first."""
        prefix = f"tables/{table.name}/"
        paths = (path for path in self.named if path.startswith(prefix) and _within(path, first, last))
        return sorted(path for path in paths if runs is None or table_run(path) in runs)

    def rows(
        self,
        table: Table,
        *,
        first: date | None = None,
        last: date | None = None,
        runs: Container[str] | None = None,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        dictionaries: Collection[str] = (),
    ) -> pa.Table:
        """All wanted rows, some texts as dictionaries; memory holds one file and what is wanted of the others."""
        kept = list(self._kept(table, self.paths(table, first, last, runs), columns, where, dictionaries))
        return pa.concat_tables(kept).unify_dictionaries() if kept else _empty(table, columns)

    def each(
        self,
        table: Table,
        where: Where | None = None,
        columns: Sequence[str] | None = None,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        """Wanted rows of all nights, file by file, some texts as dictionaries: memory holds one file."""
        return self._kept(table, self.paths(table), columns, where, dictionaries)

    def distinct(self, table: Table, columns: Sequence[str], first: date, last: date) -> pa.Table:
        """The unlike rows of some columns: memory holds them once, however many nights told them."""
        found = _empty(table, columns)
        for path in self.paths(table, first, last):
            found = pa.concat_tables([found, self.file(table, path, columns)]).group_by(list(columns)).aggregate([])
        return found

    def file(
        self, table: Table, path: str, columns: Sequence[str] | None = None, dictionaries: Collection[str] = ()
    ) -> pa.Table:
        """Rows of one sealed file, some texts as dictionaries; raises IntegrityError where it is not as sealed."""
        return read_parquet(table, self.content(path), columns, dictionaries)

    def content(self, path: str) -> bytes:
        """Bytes of one sealed file; raises IntegrityError where it is not as sealed."""
        named = self.named.get(path)
        if named is None:
            self.refuse_disposed([path])
            raise IntegrityError(f"No ledger entry names {path}.")
        data = self._read(path)
        if hashlib.sha256(data).hexdigest() != named[1]:
            raise IntegrityError(
                f"{path} does not have the SHA-256 that the ledger names.", cause=f"sealed as {named[1]}"
            )
        return data

    def refuse_disposed(self, paths: Iterable[str]) -> None:
        """Raise DisposedError where one of these was disposed of."""
        gone = self.named.gone if isinstance(self.named, NamedPaths) else {}
        for path in paths:
            if path in gone:
                raise disposed(path, gone[path])

    def disposed_nights(self, table: Table) -> Sequence[date]:
        """Nights of which rows of a table were disposed of: what they told is not known any more."""
        gone = self.named.gone if isinstance(self.named, NamedPaths) else {}
        prefix = f"tables/{table.name}/"
        nights = {found.group(1) for path in gone if path.startswith(prefix) and (found := _NIGHT.search(path))}
        return [date.fromisoformat(night) for night in sorted(nights)]

    def _read(self, path: str) -> bytes:
        with saying_disposed(self.store, path):
            return self.store.read(path)

    def _only(self, wanted: Callable[[str], bool]) -> SealedRows:
        if isinstance(self.named, NamedPaths):
            return SealedRows(self.store, self.named.only(wanted))
        return SealedRows(self.store, {path: told for path, told in self.named.items() if wanted(path)})

    def _kept(
        self,
        table: Table,
        paths: Sequence[str],
        columns: Sequence[str] | None,
        where: Where | None,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        for path in paths:
            rows = self.file(table, path, columns, dictionaries)
            yield rows if where is None else where(rows)


@contextmanager
def saying_disposed(store: EvidenceStore, path: str) -> Iterator[None]:
    """Turn that an object is missing into DisposedError where the ledger as it is now says so: who looks at an earlier moment of it may not know."""
    try:
        yield
    except ObjectMissingError:
        stone = gone_since(Ledger(store).entries()).get(path)
        if stone is None:
            raise
        raise disposed(path, stone) from None


def disposed(path: str, stone: LedgerEntry) -> DisposedError:
    """The error for what was disposed of, with its tombstone."""
    return DisposedError(
        f"{path} was disposed of by ledger entry {stone.sequence} on {stone.at:%Y-%m-%d}.",
        cause=f"{stone.subject}: its time was over, and two persons approved.",
        next_step=f"What is known of it still: backup-evidence retention show {path}",
    )


def _within(path: str, first: date | None, last: date | None) -> bool:
    found = _NIGHT.search(path)
    if found is None:
        return False
    night = date.fromisoformat(found.group(1))
    return (first is None or night >= first) and (last is None or night <= last)


def _empty(table: Table, columns: Sequence[str] | None) -> pa.Table:
    rows = empty(table)
    return rows if columns is None else rows.select(list(columns))

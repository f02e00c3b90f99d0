"""Copies sealed evidence to a second store, object by object, and reads every copy back.

Not here: what is promised (`wanted`), opening stores. Invariants: only bytes that hash as the ledger names them are copied; nothing in the second store is ever
overwritten; an object counts as copied only after its copy was read back, also where an earlier run that was cut short wrote it; the ledger goes last.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice
from pathlib import Path

import numpy as np

from evidence.errors import EvidenceError, IntegrityError, ObjectExistsError, ObjectMissingError, RefusedError
from evidence.ledger.chain import path_of
from evidence.ledger.entries import LedgerEntry
from evidence.retention.truth import Wanted, is_due
from evidence.retention.values import LASTING, Kind
from evidence.runs.parts import Progress, silent
from evidence.runs.retention.contents import IN_MEMORY, fetched
from evidence.runs.retention.wanted import Promises
from evidence.stores.apart import why_together
from evidence.stores.interface import EvidenceStore, StoredObject

WORKERS = 4
_AHEAD = 16


class State(StrEnum):
    """What came of one object."""

    COPIED = "copied"
    """Written now, and read back."""
    THERE = "there"
    """Written before, and read back now, or found by size and noted hash where its turn to be read has not come."""
    CHANGED_HERE = "changed here"
    """In our own store it is not what was sealed: not copied."""
    MISSING_HERE = "missing here"
    DIFFERENT_THERE = "different there"
    """The second store holds something else under its name, which is left as it is."""
    NOT_COPIED = "not copied"
    """It could not be read or written."""
    LEFT_THERE = "left there"
    """It was disposed of here, and the second store still has it."""


SPOILT = frozenset({State.CHANGED_HERE, State.MISSING_HERE, State.DIFFERENT_THERE})
DONE = frozenset({State.COPIED, State.THERE})


@dataclass(frozen=True, slots=True)
class Copy:
    """One object and what came of it."""

    path: str
    state: State
    bytes: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Replication:
    """What is copied from where to where."""

    source: EvidenceStore
    target: EvidenceStore
    promises: Promises
    entries: tuple[LedgerEntry, ...]
    scope: str | None = None
    """Of packs; None: everything."""
    read_all: bool = True
    """Whether copies of earlier runs are read back too, or only those whose turn it is."""
    workers: int = WORKERS


def replicate(order: Replication, *, progress: Progress = silent) -> Iterator[Copy]:
    """What came of each object; raises RefusedError where the second store is the same place, or holds another ledger.

    What fails for one object is told of that object, and the others go on.
    """
    refuse_unfit(order)
    wanted = list(chosen(order.promises, order.scope))
    files = [one for one in order.promises.ledger_files() if one.path <= path_of(len(order.entries))]
    total = len(wanted) + len(files)
    today = order.promises.register.today
    with ThreadPoolExecutor(order.workers) as pool, tempfile.TemporaryDirectory() as folder:
        done = 0
        for group in (wanted, files):  # no entry lies there before what it names was tried
            for found in _copied(order, pool, Path(folder), group, today):
                done += 1
                progress(found.path, done, total)
                yield found
    yield from _left(order)
    yield from _ahead(order)


def refuse_unfit(order: Replication) -> None:
    """Raise RefusedError where copying there could not end well."""
    if why := why_together(order.source, order.target):
        raise RefusedError(
            f"{order.target.description} is no second place for {order.source.description}.",
            cause=why,
            next_step="Name another folder or container under `replicas`.",
        )
    first = path_of(1)
    there = order.target.stat(first) is not None
    if there and order.target.read(first) != order.entries[0].to_bytes():
        raise _mixing(order, "holds another ledger")
    # A first copy that was cut short has no ledger yet: all that lies there is then ours, or somebody else's.
    foreign = None if there else next((one.path for one in order.target.list("") if _is_foreign(order, one)), None)
    if foreign is not None:
        raise _mixing(order, f"holds no ledger and something that ours does not name, {foreign}")


def _mixing(order: Replication, what: str) -> RefusedError:
    return RefusedError(
        f"{order.target.description} {what}.",
        cause="One store holds the evidence of one tenant; copies of two would mix.",
        next_step="Name an empty folder or container under `replicas`.",
    )


def _is_foreign(order: Replication, one: StoredObject) -> bool:
    """Whether our ledger names no such object."""
    register = order.promises.register
    return register.files.find(one.path) is None and order.promises.ledger_file(one.path) is None


def chosen(promises: Promises, scope: str | None) -> Iterator[Wanted]:
    """Objects to copy: all, or the packs of a scope, what belongs to them, and all that proves them."""
    register = promises.register
    files = register.files
    keep = np.ones(len(files), np.bool_)
    if scope is not None:
        packs = {one.pack_id for one in files.origins if one.scope == scope}
        proving = LASTING | {Kind.CONFIGURATION}
        of_scope = [
            one.scope == scope or one.kind in proving or (one.pack_id is not None and one.pack_id in packs)
            for one in files.origins
        ]
        keep = np.array(of_scope, np.bool_)[files.owners] if len(files) else keep
    for row in np.flatnonzero(keep & promises.asked).tolist():
        yield promises.wanted(row)


def _copied(
    order: Replication, pool: ThreadPoolExecutor, folder: Path, wanted: Iterable[Wanted], today: date
) -> Iterator[Copy]:
    waiting = iter(wanted)
    while batch := list(islice(waiting, order.workers * _AHEAD)):
        work: Callable[[tuple[int, Wanted]], Copy] = lambda one: _one(order, one[1], folder / str(one[0]), today)  # noqa: E731
        yield from pool.map(work, enumerate(batch))


def _one(order: Replication, wanted: Wanted, file: Path, today: date) -> Copy:
    try:
        there = order.target.stat(wanted.path)
        if there is None:
            return _write(order, wanted, file)
        noted = there.sha256 in {None, wanted.sha256} and there.bytes == wanted.bytes
        # `today` as the day of the last reading asks for its turn alone.
        if noted and not order.read_all and not is_due(wanted.path, today, today):
            return Copy(wanted.path, State.THERE, wanted.bytes)
        return _confirmed(order, wanted, file, State.THERE)
    except EvidenceError as error:
        return Copy(wanted.path, State.NOT_COPIED, why=f"{error.message} {error.cause}".strip())


def _write(order: Replication, wanted: Wanted, file: Path) -> Copy:
    """Copy bytes that are as sealed, and read the copy back."""
    try:
        if wanted.bytes <= IN_MEMORY:
            data = order.source.read(wanted.path)
            _check(wanted, len(data), hashlib.sha256(data).hexdigest())
            _create(order, wanted, lambda: order.target.create(wanted.path, data))
        else:
            _through_file(order, wanted, file)
    except ObjectMissingError as error:
        return Copy(wanted.path, State.MISSING_HERE, why=error.message)
    except IntegrityError as error:
        return Copy(wanted.path, State.CHANGED_HERE, why=error.message)
    return _confirmed(order, wanted, file, State.COPIED)


def _through_file(order: Replication, wanted: Wanted, file: Path) -> None:
    try:
        order.source.fetch(wanted.path, file)
        digest = hashlib.sha256()
        with file.open("rb") as content:
            while chunk := content.read(IN_MEMORY):
                digest.update(chunk)
        _check(wanted, file.stat().st_size, digest.hexdigest())
        _create(order, wanted, lambda: order.target.create_from(wanted.path, file))
    finally:
        file.unlink(missing_ok=True)


def _create(order: Replication, wanted: Wanted, write: Callable[[], object]) -> None:
    try:
        write()
    except ObjectExistsError:
        if order.target.stat(wanted.path) is None:
            raise  # whose it is shows when it is read back


def _check(wanted: Wanted, size: int, sha256: str) -> None:
    if (size, sha256) != (wanted.bytes, wanted.sha256):
        raise IntegrityError(f"{size} bytes with SHA-256 {sha256}; sealed were {wanted.bytes} with {wanted.sha256}.")


def _confirmed(order: Replication, wanted: Wanted, file: Path, state: State) -> Copy:
    """The copy, read back."""
    size, sha256 = fetched(order.target, wanted.path, file) if wanted.bytes > IN_MEMORY else _hashed(order, wanted)
    if (size, sha256) == (wanted.bytes, wanted.sha256):
        return Copy(wanted.path, state, wanted.bytes)
    why = f"{size} bytes with SHA-256 {sha256} there; sealed were {wanted.bytes} with {wanted.sha256}"
    return Copy(wanted.path, State.DIFFERENT_THERE, why=why)


def _hashed(order: Replication, wanted: Wanted) -> tuple[int, str]:
    data = order.target.read(wanted.path)
    return len(data), hashlib.sha256(data).hexdigest()


def _left(order: Replication) -> Iterator[Copy]:
    """What was disposed of here and lies there still."""
    if not order.promises.register.gone.any():
        return
    for one in order.target.list(""):
        if order.promises.is_gone(one.path):
            yield Copy(one.path, State.LEFT_THERE, one.bytes, "it was disposed of here")


def _ahead(order: Replication) -> Iterator[Copy]:
    """An entry there that follows our last one, and that our own store has lost: a ledger that was cut verifies as far as it goes."""
    following = path_of(len(order.entries) + 1)
    there = order.target.stat(following)
    if there is not None and order.source.stat(following) is None:
        yield Copy(following, State.MISSING_HERE, there.bytes, "the second store's ledger goes on where ours ends")

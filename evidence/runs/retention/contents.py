"""Reads contents from a store and hashes them, several at a time.

Not here: which ones (`evidence.retention.truth.is_due`), what follows. Invariant: what could not be read says why and is neither whole nor spoilt.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evidence.errors import EvidenceError
from evidence.retention.truth import Wanted
from evidence.stores.interface import EvidenceStore

IN_MEMORY = 8 * 1024 * 1024
"""Bytes up to which an object is read into memory; a bigger one goes through a file."""
_AHEAD = 8
"""Objects a worker that wait at most."""
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading one content."""

    wanted: Wanted
    bytes: int = 0
    sha256: str = ""
    trouble: str = ""


def read_contents(store: EvidenceStore, wanted: Iterable[Wanted], workers: int) -> Iterator[Read]:
    """Size and hash of each content, in order."""
    waiting = iter(wanted)
    with ThreadPoolExecutor(workers) as pool, tempfile.TemporaryDirectory() as folder:
        while batch := list(islice(waiting, workers * _AHEAD)):
            numbered = enumerate(batch)
            yield from pool.map(lambda one: _read(store, one[1], Path(folder) / str(one[0])), numbered)


def _read(store: EvidenceStore, wanted: Wanted, target: Path) -> Read:
    try:
        if wanted.bytes <= IN_MEMORY:
            data = store.read(wanted.path)
            return Read(wanted, len(data), hashlib.sha256(data).hexdigest())
        return Read(wanted, *fetched(store, wanted.path, target))
    except EvidenceError as error:
        return Read(wanted, trouble=f"{error.message} {error.cause}".strip())


def fetched(store: EvidenceStore, path: str, target: Path) -> tuple[int, str]:
    """Size and hash of an object that is fetched into a file, which is removed again; raises ObjectMissingError, StoreError."""
    try:
        store.fetch(path, target)
        digest, size = hashlib.sha256(), 0
        with target.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    finally:
        target.unlink(missing_ok=True)
    return size, digest.hexdigest()

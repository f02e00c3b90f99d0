"""Sealed objects by the million: paths, sizes and hashes in columns, and what they have in common once for each entry.

Not here: promises (`settled`), what an entry tells (`evidence.runs.retention.origins`). Invariants: each path stands once, in order of paths; an object that
several entries name is of all of them, and the first one seals it; two that disagree on an object are an error.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evidence.errors import IntegrityError
from evidence.retention.promises import Origin
from evidence.retention.values import KeptFile

HASH_BYTES = 32
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Files:
    """All sealed objects, sorted by path."""

    paths: pa.Array[Any]
    sizes: npt.NDArray[np.int64]
    """Bytes."""
    hashes: npt.NDArray[np.uint8]
    """SHA-256, one row of 32 bytes each."""
    owners: npt.NDArray[np.int32]
    """Number of the origin of each."""
    origins: tuple[Origin, ...]
    merged: Mapping[int, tuple[int, ...]]
    """Of origins that stand for several entries: the numbers of those, in order."""

    def __len__(self) -> int:
        return len(self.sizes)

    def find(self, path: str) -> int | None:
        """Row of a path; None where nothing sealed has it."""
        row = self._begin(path)
        return row if row < len(self) and self.paths[row].as_py() == path else None

    def under(self, prefix: str) -> range:
        """Rows whose paths begin with a prefix."""
        begin = self._begin(prefix)
        low, high = begin, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.paths[middle].as_py().startswith(prefix):
                low = middle + 1
            else:
                high = middle
        return range(begin, low)

    def file(self, row: int) -> KeptFile:
        """One object."""
        origin = self.origins[self.owners[row]]
        return kept_file(origin, self.paths[row].as_py(), int(self.sizes[row]), self.hashes[row].tobytes().hex())

    def _begin(self, path: str) -> int:
        # Arrow sorts by UTF-8, as code points do.
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.paths[middle].as_py() < path:
                low = middle + 1
            else:
                high = middle
        return low


def kept_file(origin: Origin, path: str = "", size: int = 0, sha256: str = "") -> KeptFile:
    """An object of an origin."""
    return KeptFile(
        path,
        origin.kind,
        size,
        sha256,
        origin.sealed_at,
        origin.sequence,
        origin.first_night,
        origin.last_night,
        origin.scope,
        origin.pack_kind,
        origin.audience,
        origin.pack_id,
    )


class Gathering:
    """Takes objects in the order of the ledger."""

    def __init__(self) -> None:
        self._origins: list[Origin] = []
        self._chunks: list[pa.Array[Any]] = []
        self._paths: list[str] = []
        self._sizes, self._owners = array("q"), array("i")
        self._hashes = bytearray()

    def add(self, origin: Origin, objects: Iterable[tuple[str, int, str]]) -> None:
        """Objects of one origin: path, bytes and SHA-256 in hex."""
        number = len(self._origins)
        self._origins.append(origin)
        for path, size, sha256 in objects:
            self._paths.append(path)
            self._sizes.append(size)
            self._owners.append(number)
            self._hashes += bytes.fromhex(sha256)
        if len(self._paths) >= _CHUNK:
            self._flush()

    def done(self) -> Files:
        """All of them; raises IntegrityError where two entries disagree on an object."""
        self._flush()
        paths = pa.chunked_array(self._chunks, pa.large_string()).combine_chunks()
        self._chunks.clear()
        # Equal paths stay in the order of the ledger.
        rows = pa.table({"path": paths, "row": pa.array(np.arange(len(paths)))})
        order = pc.sort_indices(rows, [("path", "ascending"), ("row", "ascending")]).to_numpy()
        del rows
        paths = paths.take(pa.array(order))
        sizes = np.frombuffer(self._sizes, np.int64)[order] if len(order) else np.zeros(0, np.int64)
        owners = np.frombuffer(self._owners, np.int32)[order] if len(order) else np.zeros(0, np.int32)
        hashes = np.frombuffer(self._hashes, np.uint8).reshape(-1, HASH_BYTES)[order]
        files = Files(paths, sizes, hashes, owners, tuple(self._origins), {})
        again = pc.equal(paths[1:], paths[:-1]).to_numpy(zero_copy_only=False)
        return _once(files, again) if again.any() else files

    def _flush(self) -> None:
        self._chunks.append(pa.array(self._paths, pa.large_string()))
        self._paths.clear()


def _once(files: Files, again: npt.NDArray[np.bool_]) -> Files:
    """Each path once: repeated ones are given an origin of their own that stands for all."""
    first = np.concatenate([[True], ~again])
    owners, origins = files.owners.copy(), list(files.origins)
    known: dict[tuple[int, ...], int] = {}
    for begin, end in _groups(first):
        _check_same(files, begin, end)
        members = tuple(dict.fromkeys(int(one) for one in files.owners[begin:end]))
        if members not in known:
            known[members] = len(origins)
            origins.append(_together([origins[one] for one in members]))
        owners[begin] = known[members]
    return Files(
        files.paths.filter(pa.array(first)),
        files.sizes[first],
        files.hashes[first],
        owners[first],
        tuple(origins),
        {number: members for members, number in known.items()},
    )


def _groups(first: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Begin and end of each run of equal paths that is longer than one."""
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(first))
    long = ends - starts > 1
    yield from zip(starts[long].tolist(), ends[long].tolist(), strict=True)


def _check_same(files: Files, begin: int, end: int) -> None:
    for row in range(begin + 1, end):
        if files.sizes[row] != files.sizes[begin] or (files.hashes[row] != files.hashes[begin]).any():
            entry = files.origins[files.owners[row]].sequence
            raise IntegrityError(
                f"Ledger entry {entry} names {files.paths[row].as_py()} with another size or hash than an entry before it.",
                cause="An object is written once, so that it has one hash for ever.",
                next_step="Hash the object and find out which of the entries is wrong.",
            )


def _together(origins: list[Origin]) -> Origin:
    """What several entries tell of one object: sealed by the first, about the nights of all; what they tell apart is left open."""
    first = origins[0]
    begins, ends = {one.first_night for one in origins}, {one.last_night for one in origins}
    return replace(
        first,
        first_night=None if None in begins else min(night for night in begins if night),
        last_night=None if None in ends else max(night for night in ends if night),
        scope=_only(one.scope for one in origins),
        pack_kind=_only(one.pack_kind for one in origins),
        audience=_only(one.audience for one in origins),
        pack_id=_only(one.pack_id for one in origins),
        lasting=any(one.lasting for one in origins),
    )


def _only(told: Iterable[str | None]) -> str | None:
    found = set(told)
    return found.pop() if len(found) == 1 else None

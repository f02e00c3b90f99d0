"""Columns of sealed rows as plain values, and of many observations of one thing the last: fast enough for a fleet's night.

Not here: what is read (`judging.jobs`, `judging.points`, `judging.items`). Invariant: equal rows give the same places in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Numbers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
IN_TIME = ("observed_at", "call_id", "ordinal")
"""Columns that order the observations of one thing."""
_MOST = 1 << 62


def moments(column: pa.ChunkedArray[Any]) -> list[datetime | None]:
    """The moments of a column, UTC and aware; many times faster than `to_pylist`, which asks a time zone for each."""
    plain = column.cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]").astype(object)
    return [None if one is None else one.replace(tzinfo=UTC) for one in plain]


def micros(column: pa.ChunkedArray[Any] | pa.Array[Any]) -> Numbers:
    """The moments of a column in microseconds since 1970; 0 for null."""
    plain: Any = column.cast(pa.timestamp("us")).cast(pa.int64())
    return np.asarray(pc.fill_null(plain, 0).to_numpy(), np.int64)


def truths(column: Any) -> Flags:
    """A column of truth values, null taken for false."""
    found: Any = pc.fill_null(column, pa.scalar(False))
    return np.array(found.to_numpy(zero_copy_only=False), np.bool_)


def places_among(column: pa.ChunkedArray[Any], values: pa.Array[Any]) -> Numbers:
    """The place of each value among some, -1 where it is none of them or null; of dictionaries each value is looked up once."""
    found: list[Numbers] = [np.zeros(0, np.int64)]
    for one in column.chunks:
        chunk: Any = one
        of_dictionary = isinstance(chunk, pa.DictionaryArray)
        told: Any = pc.index_in(chunk.dictionary if of_dictionary else chunk, value_set=values, skip_nulls=True)
        own = pc.fill_null(told, -1).to_numpy().astype(np.int64)
        if of_dictionary:
            # The place after the last stands for null.
            own = np.append(own, -1)[pc.fill_null(chunk.indices, len(own)).to_numpy()]
        found.append(own)
    return np.concatenate(found)


def at_places(rows: pa.Table, places: Numbers) -> pa.Table:
    """The rows at some places, in that order."""
    return rows.take(pa.array(places, pa.int64()))


def texts(column: pa.ChunkedArray[Any]) -> list[str | None]:
    """The texts of a column."""
    # A dictionary is asked for each of its values anew: as plain texts it is told many times faster.
    found: list[str | None] = (column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column).to_pylist()
    return found


def numbered(rows: pa.Table, names: Sequence[str]) -> Numbers:
    """For each row a number that is the same for rows with the same values in some columns, from 0; null is a value."""
    found, width = np.zeros(rows.num_rows, np.int64), 1
    for name in names:
        own, distinct = _coded(rows[name])
        if width * distinct > _MOST:
            _, found = np.unique(found, return_inverse=True)
            width = int(found.max(initial=0)) + 1
        found, width = found * distinct + own, width * distinct
    _, found = np.unique(found, return_inverse=True)
    return found.astype(np.int64)


def _coded(column: pa.ChunkedArray[Any]) -> tuple[Numbers, int]:
    """Which of its distinct values each is, 0 for null, and how many those are."""
    if not len(column):
        return np.zeros(0, np.int64), 1
    whole: Any = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    whole = whole.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    own = pc.fill_null(whole.indices, -1).to_numpy().astype(np.int64) + 1
    return own, len(whole.dictionary) + 1


def in_time(rows: pa.Table) -> Numbers:
    """For each row its place in the order of observation."""
    order = pc.sort_indices(rows.select(list(IN_TIME)), sort_keys=[(name, "ascending") for name in IN_TIME])
    places = np.empty(rows.num_rows, np.int64)
    places[order.to_numpy().astype(np.int64)] = np.arange(rows.num_rows)
    return places


def last_of(things: Numbers, rank: Numbers) -> Numbers:
    """The row of each thing with the highest rank; a rank below zero never wins. In the order of things."""
    order = np.lexsort((rank, things))
    ends = np.flatnonzero(np.diff(things[order], append=-1))
    last: Numbers = order[ends]
    return last[rank[last] >= 0]

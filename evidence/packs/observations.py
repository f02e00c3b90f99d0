"""Of many observations of one thing the one that a pack shows: Azure's last, and an uploaded one only where Azure told none.

Pure over Arrow tables. Invariant: within a grade what was observed last decides; a fuller observation is taken only where it is of the
same grade and tells the same state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.tables import (
    ACTIVITY,
    CONTAINERS,
    JOBS,
    POLICIES,
    PROTECTED_ITEMS,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    VAULTS,
    Table,
    empty,
)

JOB_KEY = ("vault_id", "job_id")
STATE_KEYS: Mapping[str, tuple[str, ...]] = {
    PROTECTED_ITEMS.name: ("item_key",),
    POLICIES.name: ("policy_id", "content_sha256"),
    VAULTS.name: ("vault_id", "source_kind"),
    CONTAINERS.name: ("vault_id", "container_id"),
}
"""What names a thing that lasts: its last observation in the period is packed."""
POINT_KEY = ("item_key", "recovery_point_id", "range_start_at")
"""What names a point, or a range of log backups."""
KEYS: Mapping[str, tuple[str, ...]] = {
    **STATE_KEYS,
    JOBS.name: JOB_KEY,
    RESTORE_JOBS.name: JOB_KEY,
    RECOVERY_POINTS.name: POINT_KEY,
    ACTIVITY.name: ("vault_id", "event_id"),
}
_IN_TIME: list[tuple[str, Literal["ascending", "descending"]]] = [
    # A stands behind B and C, however old it is: what Azure itself said is never replaced by what a person uploaded.
    ("evidence_grade", "descending"),
    *((name, "ascending") for name in ("observed_at", "call_id", "ordinal")),
]


_STATE = ("_status", "_evidence_grade", "_detailed")
Numbers = np.ndarray[Any, np.dtype[np.int64]]
IN_TIME = tuple(name for name, _ in _IN_TIME)
"""Columns that order the observations of one thing."""


def last_observations(rows: pa.Table, table: Table) -> pa.Table:
    """One row for each thing, in the order of observation: the last observed, of those of one moment the last by call and position.

    Of a job the last row that holds details is taken, where its status is the last one told: a list tells little more, and that of
    a Backup vault tells it again on many later nights.
    """
    if rows.num_rows == 0:
        return empty(table)
    return rows.take(last_places(rows, table)).select(list(table.names()))


def last_places(rows: pa.Table, table: Table) -> pa.Array[Any]:
    """Where those rows stand, in the order of observation."""
    in_time = _in_time(rows)
    order: Numbers = in_time.to_numpy().astype(np.int64)
    numbers = _numbered(_keyed(rows, KEYS[table.name]))[order]
    last = _last_of(numbers)
    if table in (JOBS, RESTORE_JOBS):
        last = _fuller(_states(rows, table), order, numbers, last)
    return in_time.take(_sorted(last))


def contenders(rows: pa.Table, table: Table) -> pa.Array[Any]:
    """Where the rows stand of which one can be the last of its thing, whatever is observed later: for jobs the last of each state, and its last with details."""
    in_time = _in_time(rows)
    keyed = _keyed(rows, KEYS[table.name])
    if table in (JOBS, RESTORE_JOBS):
        for name, column in zip(_STATE, _states(rows, table).columns, strict=True):
            keyed = keyed.append_column(name, column)
    return in_time.take(_sorted(_last_of(_numbered(keyed)[in_time.to_numpy()])))


def _in_time(rows: pa.Table) -> pa.Array[Any]:
    return pc.sort_indices(pa.table({name: sortable(rows[name]) for name, _ in _IN_TIME}), sort_keys=_IN_TIME)


def sortable(values: pa.ChunkedArray[Any]) -> Any:
    """A column as Arrow sorts it: of a dictionary, the ranks of its texts."""
    if not pa.types.is_dictionary(values.type):
        return values
    one = _one(values)
    ranks = pc.sort_indices(pc.sort_indices(one.dictionary))
    return pc.take(ranks, one.indices)


def _one(values: pa.ChunkedArray[Any]) -> Any:
    """A column as one array, of texts with one dictionary."""
    one: Any = values.unify_dictionaries().combine_chunks()
    return pa.concat_arrays(one.chunks) if isinstance(one, pa.ChunkedArray) else one


def keys_of(rows: pa.Table, table: Table) -> pa.Table:
    """The keys in some rows, each once."""
    keyed = _keyed(rows, KEYS[table.name])
    return keyed.group_by(keyed.column_names).aggregate([])


def of_keys(rows: pa.Table, keys: pa.Table, table: Table) -> pa.Table:
    """The rows whose key is among those given; no part of a key may be null."""
    slim = _keyed(rows, KEYS[table.name]).append_column("_place", _count(rows.num_rows))
    found = slim.join(keys, keys.column_names, join_type="left semi")
    if found.num_rows == rows.num_rows:
        return rows
    return rows.take(found["_place"].combine_chunks().sort())


def _keyed(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """The key columns; ids of jobs in lower case, as links compare them."""
    keyed = rows.select(list(key))
    if "job_id" not in key:
        return keyed
    return keyed.set_column(keyed.column_names.index("job_id"), "job_id", pc.utf8_lower(keyed["job_id"]))


def _count(number: int) -> pa.Array[Any]:
    return pa.array(np.arange(number, dtype=np.int64))


def _numbered(rows: pa.Table) -> Numbers:
    """A number for each row, the same for rows that are alike; null is a value like any other."""
    found: Numbers = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        numbers = _encoded(column)
        _, found = np.unique(found * (numbers.max(initial=0) + 1) + numbers, return_inverse=True)
    return found


def _encoded(column: pa.ChunkedArray[Any]) -> Numbers:
    """A number for each value."""
    one = _one(column)
    if isinstance(one, pa.DictionaryArray):
        # What was read and joined may tell a text twice.
        texts: Any = one.dictionary.dictionary_encode()
        indices, known = texts.indices.take(one.indices), len(texts.dictionary)
    else:
        indices, known = (encoded := one.dictionary_encode()).indices, len(encoded.dictionary)
    numbers: Numbers = pc.fill_null(indices, known).to_numpy().astype(np.int64)
    return numbers


def _sorted(places: Numbers) -> pa.Int64Array:
    found: Any = pa.array(np.sort(places))
    return cast("pa.Int64Array", found)


def _last_of(numbers: Numbers) -> Numbers:
    """The last place of each number."""
    last: Numbers = np.zeros(numbers.max(initial=-1) + 1, np.int64)
    last[numbers] = np.arange(len(numbers))  # of places that are told again the last one stays
    return last


def _states(rows: pa.Table, table: Table) -> pa.Table:
    """What each row says of a job's state, and whether it holds what only the job's own answer tells."""
    states = rows.select(["status", "evidence_grade"])
    if table is JOBS:
        return states.append_column("detailed", rows["detailed"])
    by_name = pc.or_(pc.is_valid(rows["restore_type"]), pc.is_valid(rows["recovery_point_id_sent"]))
    return states.append_column("detailed", pc.or_(by_name, pc.is_valid(rows["recovery_point_at_text"])))


def _fuller(states: pa.Table, order: Numbers, numbers: Numbers, last: Numbers) -> Numbers:
    """Places of the fullest rows of the last state: of the last detailed one, else of the last."""
    status: Any = states["status"].cast(pa.string())
    status = status.fill_null("")
    state = _numbered(states.select(["evidence_grade"]).append_column("status", status))[order]
    detailed: Any = states["detailed"]
    known = detailed.fill_null(False).to_numpy()[order]
    fuller = np.flatnonzero(known & (state == state[last[numbers]]))
    found = last.copy()
    found[numbers[fuller]] = fuller
    return found

"""Reads from sealed rows what the aging of failures is judged by; of a whole fleet only items that may be unresolved are looked at one by one.

Not here: the judgement (`evidence.assess.aging`), the table (`aging`). Invariant: an item is left aside only where a completed job after its
last failure, and a recovery point within that job, are both there; whatever is less sure is judged row by row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.aging import COMPLETED, FAILED, TOLERANCE, BackupRun, SeenPoint
from evidence.packs.observations import last_places
from evidence.records import WHOLE, Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.tables import COVERAGE, JOBS, PROTECTED_ITEMS, RECOVERY_POINTS, Table, empty

Where = Any
Numbers = np.ndarray[Any, np.dtype[np.int64]]
_ENDS = ["item_key", "operation", "operation_kind", "status", "started_at", "ended_at", "vault_id"]
_REPEATED = ("item_key", "operation", "operation_kind", "status", "vault_id")
"""Texts that a file tells again and again: read faster as dictionaries."""
_RUNS = [
    *_ENDS,
    "job_id",
    "event_night",
    "entity_friendly_name",
    "workload",
    "error_titles",
    "error_codes",
    "evidence_grade",
    "observed_at",
    "call_id",
    "ordinal",
    "detailed",
]
_POINTS = ["item_key", "recovery_point_id", "recovery_point_at", "range_start_at", "range_end_at"]
NOT_TOLD = "not told"
_SLACK_S = int(TOLERANCE.total_seconds())
_SHIFT = 34
"""Bits of a time in seconds: until the year 2514."""
_MANY_YEARS_AGO = np.iinfo(np.int64).min


class Files(Protocol):
    """Rows of a table, file by file."""

    def each(
        self,
        table: Table,
        where: Where = None,
        columns: Sequence[str] | None = None,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        """The wanted rows and columns of each file, some texts as dictionaries."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What `age_failures` is given."""

    runs: Sequence[BackupRun]
    points: Mapping[str, Sequence[SeenPoint]]
    unread: Mapping[str, Sequence[date]]


def read_for_aging(
    files: Files, vaults: Iterable[str], until: date, as_of: datetime, also: Iterable[str] = ()
) -> Judged:
    """Runs, points and unread nights of some vaults up to a night; `also` are items that are looked at in any case."""
    inside = pa.array(sorted(vaults), pa.string())
    wanted = pa.array(sorted({*_doubtful(files, inside, as_of), *also}), pa.string())
    runs = [*_runs(files, inside, wanted, as_of)]
    return Judged(runs, _points(files, wanted), unread_nights(files, inside, until))


def unread_nights(files: Files, vaults: pa.Array[Any], until: date) -> Mapping[str, Sequence[date]]:
    """Nights of each vault, from its first, whose jobs no run listed whole: neither that of the night nor one of the nights that list it again."""
    read: dict[str, dict[date, bool]] = defaultdict(dict)
    where = _of_vaults(vaults)
    for rows in files.each(COVERAGE, where, ["night", "vault_id", "kind", "outcome"]):
        for row in rows.filter(pc.equal(rows["kind"], pa.scalar(str(Kind.JOBS)))).to_pylist():
            nights = read[row["vault_id"]]
            nights[row["night"]] = nights.get(row["night"], False) or row["outcome"] in WHOLE
    return {vault: tuple(_unread(nights, until)) for vault, nights in sorted(read.items())}


def _unread(nights: Mapping[date, bool], until: date) -> Iterator[date]:
    night = min(nights)
    while night <= until:
        if not any(nights.get(night + timedelta(days=later), False) for later in range(NIGHTS_READ_AGAIN)):
            yield night
        night += timedelta(days=1)


def _of_vaults(vaults: pa.Array[Any]) -> Where:
    return lambda rows: rows.filter(pc.is_in(rows["vault_id"], value_set=vaults))


def _backups(rows: pa.Table, as_of: datetime) -> pa.Table:
    begun = pc.less(rows["started_at"], pa.scalar(as_of, rows.schema.field("started_at").type))
    return rows.filter(pc.and_(pc.equal(rows["operation_kind"], pa.scalar("backup")), begun))


def _runs(files: Files, vaults: pa.Array[Any], items: pa.Array[Any], as_of: datetime) -> Iterator[BackupRun]:
    """Jobs of some items, and failed ones whose item cannot be told, each in its last known state."""

    def wanted(rows: pa.Table) -> pa.Table:
        # Items first: they leave the fewest rows for the rest.
        untold = pc.and_(pc.is_null(rows["item_key"]), pc.equal(rows["status"], pa.scalar(FAILED)))
        mine = rows.filter(pc.or_kleene(pc.is_in(rows["item_key"], value_set=items), untold))
        return _backups(mine.filter(pc.is_in(mine["vault_id"], value_set=vaults)), as_of)

    kept = [_plain(rows) for rows in files.each(JOBS, wanted, _RUNS, _REPEATED) if rows.num_rows]
    rows = pa.concat_tables(kept) if kept else empty(JOBS).select(_RUNS)
    for row in rows.take(last_places(rows, JOBS)).to_pylist() if rows.num_rows else ():
        titles, codes = row["error_titles"] or [], row["error_codes"] or []
        yield BackupRun(
            vault_id=row["vault_id"],
            item_key=row["item_key"],
            name=row["entity_friendly_name"],
            workload=row["workload"],
            operation=row["operation"] or NOT_TOLD,
            status=row["status"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            night=row["event_night"],
            job_id=row["job_id"],
            error=next((one for one in (*titles, *codes) if one), None),
        )


def _plain(rows: pa.Table) -> pa.Table:
    """The rows with their texts as such: dictionaries of two files do not join."""
    return rows.cast(JOBS.schema().empty_table().select(rows.column_names).schema)


def _points(files: Files, items: pa.Array[Any]) -> Mapping[str, Sequence[SeenPoint]]:
    """Points of some items, and what the list of items told of their last one; ranges with their latest end."""
    points: dict[tuple[str, datetime], SeenPoint] = {}
    ranges: dict[tuple[str, datetime], SeenPoint] = {}
    where = _of_items(items)
    for rows in files.each(PROTECTED_ITEMS, where, ["item_key", "last_recovery_point_at"]):
        for row in rows.filter(pc.is_valid(rows["last_recovery_point_at"])).to_pylist():
            at = row["last_recovery_point_at"]
            points[row["item_key"], at] = SeenPoint(at, at, None)
    for rows in files.each(RECOVERY_POINTS, where, _POINTS):
        for row in rows.to_pylist():
            key, at, start, end = (row[name] for name in ("item_key", "recovery_point_at", *_POINTS[3:]))
            if at is not None:
                points[key, at] = SeenPoint(at, at, row["recovery_point_id"])
            elif start is not None and end is not None:
                latest = max(end, ranges[key, start].end) if (key, start) in ranges else end
                ranges[key, start] = SeenPoint(start, latest, row["recovery_point_id"])
    found: dict[str, list[SeenPoint]] = defaultdict(list)
    for told in (points, ranges):
        for named, one in told.items():
            found[str(named[0])].append(one)
    return found


def _of_items(items: pa.Array[Any]) -> Where:
    return lambda rows: rows.filter(pc.is_in(rows["item_key"], value_set=items))


@dataclass(slots=True)
class _Ends:
    """Of each item and operation, by its place: its last failure, and the spans of jobs that completed after it."""

    keys: pa.Array[Any] = field(default_factory=lambda: pa.array([], pa.string()))
    """Item and operation, a line feed between them."""
    last_failure: Numbers = field(default_factory=lambda: np.array([], np.int64))
    completed: list[Numbers] = field(default_factory=list)

    def add(self, rows: pa.Table) -> None:
        """Take in one file's jobs that failed or completed."""
        place = self._places(rows)
        start, end = _seconds(rows["started_at"]), _seconds(pc.coalesce(rows["ended_at"], rows["started_at"]))
        failed = pc.equal(rows["status"], pa.scalar(FAILED)).to_numpy(zero_copy_only=False).astype(bool)
        np.maximum.at(self.last_failure, place[failed], start[failed])
        later = ~failed & (start > self.last_failure[place])
        # Every night lists the jobs of the nights before it again: each span is kept once a file.
        _, once = np.unique((place[later] << _SHIFT) + start[later], return_index=True)
        self.completed.append(np.stack([place, start, end])[:, later][:, once])

    def failing(self) -> Mapping[tuple[str, str], int]:
        """Places of what failed, by item and operation."""
        places = np.flatnonzero(self.last_failure > _MANY_YEARS_AGO)
        keys = self.keys.take(pa.array(places, pa.int64())).to_pylist()
        found = (str(key).rpartition("\n") for key in keys)
        return {(item, operation): place for (item, _, operation), place in zip(found, places.tolist(), strict=True)}

    def _places(self, rows: pa.Table) -> Numbers:
        items, item = _encoded(rows["item_key"])
        operations, operation = _encoded(rows["operation"])
        pairs, inverse = np.unique(item * len(operations) + operation, return_inverse=True)
        of_item, of_operation = (pa.array(part, pa.int64()) for part in np.divmod(pairs, len(operations)))
        parts = (items.take(of_item), operations.take(of_operation))
        told = cast("pa.StringArray", pc.binary_join_element_wise(*parts, "\n"))  # type: ignore[call-overload]  # the stubs want one type
        known = pc.index_in(told, value_set=self.keys)
        new = told.filter(pc.is_null(known))
        if len(new):
            self.keys = pa.concat_arrays([self.keys, new])
            more = np.full(len(new), _MANY_YEARS_AGO, np.int64)
            self.last_failure = np.concatenate([self.last_failure, more])
            known = pc.index_in(told, value_set=self.keys)
        places: Numbers = known.to_numpy(zero_copy_only=False).astype(np.int64)[inverse]
        return places


def _encoded(texts: pa.ChunkedArray[Any]) -> tuple[pa.StringArray, Numbers]:
    """The unlike texts, and which of them each is."""
    if pa.types.is_dictionary(texts.type):
        if not texts.null_count:
            held = cast("pa.DictionaryArray[Any, Any]", texts.unify_dictionaries().combine_chunks())
            return cast("pa.StringArray", held.dictionary), held.indices.to_numpy().astype(np.int64)
        texts = texts.cast(pa.string())
    filled = cast("pa.ChunkedArray[Any]", pc.fill_null(texts, pa.scalar(NOT_TOLD)))
    encoded = filled.combine_chunks().dictionary_encode()
    return cast("pa.StringArray", encoded.dictionary), encoded.indices.to_numpy().astype(np.int64)


def _seconds(moments: pa.ChunkedArray[Any]) -> Numbers:
    return moments.cast(pa.timestamp("s", tz="UTC"), safe=False).cast(pa.int64()).to_numpy()


def _doubtful(files: Files, vaults: pa.Array[Any], as_of: datetime) -> set[str]:
    """Items of which some operation failed, and is not proven beyond doubt to have been resolved."""
    ends, words = _Ends(), pa.array([FAILED, COMPLETED], pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        mine = _backups(rows.filter(pc.is_in(rows["vault_id"], value_set=vaults)), as_of)
        return mine.filter(pc.and_(pc.is_in(mine["status"], value_set=words), pc.is_valid(mine["item_key"])))

    for rows in files.each(JOBS, wanted, _ENDS, _REPEATED):
        if rows.num_rows:
            ends.add(rows)
    last, failing = ends.last_failure, ends.failing()
    if not failing:
        return set()
    spans = np.concatenate(ends.completed, axis=1)
    spans = spans[:, (last[spans[0]] > _MANY_YEARS_AGO) & (spans[1] > last[spans[0]])]
    items = {item: place for place, item in enumerate(sorted({item for item, _ in failing}))}
    times = _times(files, items, as_of)
    proven = _proven(spans, {number: items[item] for (item, _), number in failing.items()}, times)
    return {item for (item, _), number in failing.items() if number not in proven}


def _times(files: Files, items: Mapping[str, int], as_of: datetime) -> Numbers:
    """Times of all points of some items, in seconds behind the item's number, sorted."""
    keys = pa.array(list(items), pa.string())
    found = [np.array([], np.int64)]
    for table, column in ((RECOVERY_POINTS, "recovery_point_at"), (PROTECTED_ITEMS, "last_recovery_point_at")):
        for rows in files.each(table, _of_items(keys), ["item_key", column]):
            told = rows.filter(pc.less(rows[column], pa.scalar(as_of, rows.schema.field(column).type)))
            number = pc.index_in(told["item_key"], value_set=keys).to_numpy().astype(np.int64)
            found.append(np.unique((number << _SHIFT) + _seconds(told[column])))
    return np.unique(np.concatenate(found))


def _proven(
    spans: Numbers,
    item_of: Mapping[int, int],
    times: Numbers,
) -> set[int]:
    """Numbers of which a completed job after the last failure has a point within it; a second less on each side, for whole seconds are compared."""
    if not spans.size or not times.size:
        return set()
    item = np.array([item_of[number] for number in spans[0].tolist()], np.int64) << _SHIFT
    begin, end = item + spans[1] - _SLACK_S + 1, item + spans[2] + _SLACK_S - 1
    place = np.searchsorted(times, begin)
    held = place < times.size
    held[held] = times[place[held]] <= end[held]
    return set(spans[0][held].tolist())

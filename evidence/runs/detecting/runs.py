"""Hints of a night from sealed jobs: runs that took or moved unlike the last thirty of their item, operation and weekday class.

Not here: the rule (`assess.trends.anomalies`), the sweep (`detecting.baselines`). Invariants: a run is compared on the first night that saw it
complete; only Azure's own record of a completed job of a known item counts, on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.about import About
from evidence.assess.findings import Finding
from evidence.assess.trends.anomalies import anomalies, weekday_class
from evidence.assess.trends.robust import LEAST, WINDOW
from evidence.assess.trends.values import Run
from evidence.ledger.entries import LedgerEntry
from evidence.nights import look_back
from evidence.records import Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.detecting.baselines import Columns, Flags, beyond_floors, counts, joined
from evidence.runs.detecting.like_nights import Telling, job_rows, like_nights, telling
from evidence.runs.detecting.looks import Looks, looks
from evidence.runs.judging.columns import Numbers, places_among
from evidence.runs.judging.jobs import BACKUP, COMPLETED
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import run_file
from evidence.tables import JOBS

_NUMBERS = ["item_key", "operation", "operation_kind", "status", "started_at", "duration_s", "bytes_transferred"]
_TONIGHT = [*_NUMBERS, "vault_id", "job_id", "ended_at", "error_codes"]
_EPOCH = date(1970, 1, 1)
_NO = pa.scalar(False)


@dataclass(frozen=True, slots=True)
class _Things:
    """Items and operations of tonight's runs, numbered together."""

    items: pa.Array[Any]
    operations: pa.Array[Any]

    def __len__(self) -> int:
        """How many numbers."""
        return len(self.items) * len(self.operations)

    def numbers(self, rows: pa.Table) -> Numbers:
        """The number of each row's thing; -1 where it is none of them."""
        item, operation = places_among(rows["item_key"], self.items), places_among(rows["operation"], self.operations)
        found: Numbers = np.where((item < 0) | (operation < 0), -1, item * len(self.operations) + operation)
        return found


@dataclass(frozen=True, slots=True)
class _Now:
    """Tonight's runs of one weekday class."""

    rows: pa.Table
    things: _Things = field(init=False)
    runs: Columns = field(init=False)

    def __post_init__(self) -> None:
        items, operations = (_distinct(self.rows[name]) for name in ("item_key", "operation"))
        object.__setattr__(self, "things", _Things(items, operations))
        object.__setattr__(self, "runs", _columns(self.rows, self.things))


def runs_found(
    sealed: SealedRows, entries: Sequence[LedgerEntry], night: date, abouts: Mapping[str, About]
) -> Iterator[Finding]:
    """Hints about the runs that were seen complete on this night for the first time, in order of item and begin."""
    fresh = _fresh(sealed, entries, night)
    if not fresh.num_rows:
        return
    days: list[Any] = pc.unique(fresh["event_night"]).to_pylist()
    for class_ in sorted({weekday_class(day) for day in days}):
        mine = pa.array([day for day in days if weekday_class(day) == class_], pa.date32())
        now = _Now(fresh.filter(pc.is_in(fresh["event_night"], value_set=mine)))
        oldest = min(day for day in days if weekday_class(day) == class_)
        yield from _of_class(sealed, entries, now, oldest, abouts)


def _of_class(
    sealed: SealedRows, entries: Sequence[LedgerEntry], now: _Now, night: date, abouts: Mapping[str, About]
) -> Iterator[Finding]:
    """Where the runs are of several nights, what came before the oldest of them is what all are compared with."""
    things = len(now.things)
    before = _before(sealed, telling(entries, like_nights(night, WINDOW), night), now.things, None)
    sparse = _sparse(before, things, night)
    if sparse.any():
        # Who runs once a week has too few in six of them.
        older = telling(entries, like_nights(night, WINDOW, skip=WINDOW), night)
        before = joined([before, _before(sealed, older, now.things, sparse)])
    wanted = np.flatnonzero(beyond_floors(now.runs, before, things))
    if not len(wanted):
        return
    named = now.rows.take(pa.array(wanted, pa.int64())).to_pylist()
    for row, thing in zip(named, now.runs.thing[wanted], strict=True):
        about = abouts.get(row["item_key"]) or _about(row)
        earlier = [_run(about, row["operation"], before, int(place)) for place in _of_thing(before, int(thing))]
        yield from anomalies(_tonight(about, row), earlier)


def _of_thing(before: Columns, thing: int) -> range:
    first, end = np.searchsorted(before.thing, [thing, thing + 1])
    return range(int(first), int(end))


def _sparse(before: Columns, things: int, night: date) -> Flags:
    """Things with too few runs although they are as old as half of what was read: new ones have no more anywhere."""
    old = np.zeros(things, np.bool_)
    half = (like_nights(night, WINDOW)[WINDOW // 2] - _EPOCH).days
    old[before.thing[before.day < half]] = True
    found: Flags = old & (counts(before, things) < LEAST)
    return found


def _fresh(sealed: SealedRows, entries: Sequence[LedgerEntry], night: date) -> pa.Table:
    """Completed backups that the newest run of a night lists, and that no earlier whole list of their vault can have told as completed."""
    first = look_back(night, NIGHTS_READ_AGAIN)
    nights = [first + timedelta(days=number) for number in range(NIGHTS_READ_AGAIN)]
    tonight = [one for one in telling(entries, nights, night) if one.run.night == night]
    if not tonight:
        return _none()
    seen = looks(sealed, entries, look_back(night, 2 * NIGHTS_READ_AGAIN), night, (Kind.JOBS,))
    found = [_new(sealed, _backups(rows), night, seen) for _, rows in job_rows(sealed, tonight, _TONIGHT)]
    fresh = pa.concat_tables([_none(), *found])
    fresh = fresh.sort_by([("item_key", "ascending"), ("started_at", "ascending"), ("bytes_transferred", "ascending")])
    return fresh.take(_first_of_each(fresh))


def _first_of_each(rows: pa.Table) -> pa.Array[Any]:
    """A job may be listed, and asked for by itself: the one that tells bytes comes first."""
    names = rows.append_column("place", pa.array(range(rows.num_rows), pa.int64()))
    return names.group_by(["vault_id", "job_id"]).aggregate([("place", "min")])["place_min"].combine_chunks().sort()


def _new(sealed: SealedRows, rows: pa.Table, night: date, seen: Looks) -> pa.Table:
    """Those that ended after the last whole list of their vault was asked for; of a vault without one, those of the night itself."""
    vaults = _distinct(rows["vault_id"])
    before = [seen.before(str(vault), Kind.JOBS, night) for vault in vaults.to_pylist()]
    earlier = {one for one in before if one is not None}
    begun = {one: parse_run_manifest(sealed.content(run_file(*one))).started_at for one in earlier}
    since = pa.array([None if one is None else begun[one] for one in before], rows.schema.field("ended_at").type)
    moment = since.take(pa.array(places_among(rows["vault_id"], vaults), pa.int64()))
    later: Any = pc.greater_equal(rows["ended_at"], moment)
    own = pc.and_(pc.is_null(moment), pc.equal(rows["event_night"], pa.scalar(night, pa.date32())))
    kept = rows.filter(pc.or_(pc.fill_null(later, _NO), own)).select([*_TONIGHT, "event_night"])
    return kept.cast(_none().schema)


def _before(sealed: SealedRows, told: Sequence[Telling], things: _Things, only: Flags | None) -> Columns:
    """Successful runs of some things."""
    found = []
    for _, rows in job_rows(sealed, told, _NUMBERS):
        runs = _columns(_backups(rows), things)
        found.append(runs if only is None else runs.at(only[runs.thing]))
    return joined(found)


def _backups(rows: pa.Table) -> pa.Table:
    """Completed backups of an item that is known, with a begin and a duration."""
    wanted = pc.and_(
        pc.equal(rows["status"], pa.scalar(COMPLETED)), pc.equal(rows["operation_kind"], pa.scalar(BACKUP))
    )
    for name in ("item_key", "operation", "started_at", "duration_s"):
        wanted = pc.and_(wanted, pc.is_valid(rows[name]))
    return rows.filter(wanted)


def _columns(rows: pa.Table, things: _Things) -> Columns:
    thing = things.numbers(rows)
    days: Any = rows["event_night"].cast(pa.int32())
    moved: Any = rows["bytes_transferred"].cast(pa.float64())
    found = Columns(
        thing,
        rows["started_at"].cast(pa.int64()).to_numpy(),
        rows["duration_s"].cast(pa.float64()).to_numpy(),
        pc.fill_null(moved, float("nan")).to_numpy(),
        days.to_numpy().astype(np.int64),
    )
    return found.at(thing >= 0)


def _distinct(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    values: Any = pc.unique(column.cast(pa.string()))
    found: pa.Array[Any] = values.sort()
    return found


def _none() -> pa.Table:
    schema = JOBS.schema()
    return pa.schema([schema.field(name) for name in (*_TONIGHT, "event_night")]).empty_table()


def _about(row: Mapping[str, Any]) -> About:
    """An item that is not seen any more."""
    return About(row["vault_id"], row["item_key"], row["item_key"].rpartition("/")[2])


def _tonight(about: About, row: Mapping[str, Any]) -> Run:
    codes = tuple(row["error_codes"] or ())
    moved = row["bytes_transferred"]
    return Run(
        about, row["job_id"], row["operation"], row["event_night"], row["started_at"], row["duration_s"], moved, codes
    )


def _run(about: About, operation: str, runs: Columns, place: int) -> Run:
    moved = float(runs.moved[place])
    return Run(
        about,
        "",
        operation,
        _EPOCH + timedelta(days=int(runs.day[place])),
        datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(runs.started[place])),
        float(runs.seconds[place]),
        None if isnan(moved) else int(moved),
    )

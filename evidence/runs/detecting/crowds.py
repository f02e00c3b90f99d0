"""Hints of a night from sealed jobs: vaults in which far more jobs that began in the night were at work at once than usual.

Not here: the rule (`assess.trends.concurrency`). Invariants: only nights whose list of jobs was read whole are compared; of every night the jobs that began in it
count, so that nights which different runs tell can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.findings import Finding
from evidence.assess.trends.concurrency import EXCESS, concurrency_finding, peak
from evidence.assess.trends.robust import WINDOW
from evidence.assess.trends.values import Peak
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar
from evidence.records import Kind
from evidence.runs.detecting.like_nights import Telling, job_rows, like_nights, telling
from evidence.runs.detecting.looks import Looks, looks
from evidence.runs.judging.columns import moments, numbered
from evidence.runs.sealed import SealedRows
from evidence.tables import JOBS

_COLUMNS = ["vault_id", "event_night", "started_at", "ended_at"]


def crowds_found(
    sealed: SealedRows, entries: Sequence[LedgerEntry], night: date, calendar: Calendar, as_of: datetime
) -> Iterator[Finding]:
    """Hints about the vaults whose jobs were listed whole on this night, in order of vault; jobs without an end count until `as_of`."""
    nights = like_nights(night, WINDOW)
    seen = looks(sealed, entries, nights[0], night, (Kind.JOBS,))
    tonight = [Telling(one.run, (night,)) for one in telling(entries, [night], night)]
    jobs = pa.concat_tables([_NO_JOBS, *(_jobs(sealed, one, None) for one in tonight)])
    crowds = sorted(vault for (vault, _), count in most_at_once(jobs, as_of).items() if count > EXCESS)
    whole = [vault for vault in crowds if seen.on(vault, Kind.JOBS, night)]
    earlier = _earlier(sealed, telling(entries, nights, night), seen, whole, as_of)
    for vault in whole:
        mine = jobs.filter(pc.equal(jobs["vault_id"], pa.scalar(vault)))
        times = zip(moments(mine["started_at"]), moments(mine["ended_at"]), strict=True)
        found = peak(((start, ended) for start, ended in times if start is not None), calendar.window(night), as_of)
        finding = concurrency_finding(vault, vault.rpartition("/")[2], night, found, earlier[vault])
        if finding is not None:
            yield finding


def _earlier(
    sealed: SealedRows, told: Sequence[Telling], seen: Looks, vaults: Collection[str], as_of: datetime
) -> Mapping[str, Sequence[Peak]]:
    """Peaks of these vaults on each night, the oldest first, whose list of jobs the run that tells it read whole."""
    found: dict[str, list[Peak]] = {vault: [] for vault in vaults}
    for one in told if vaults else ():
        read = sorted(vault for vault in vaults if seen.on(vault, Kind.JOBS, one.run.night) == one.run.run_id)
        counts = most_at_once(_jobs(sealed, one, read), as_of)
        for night in one.nights:
            for vault in read:
                found[vault].append(Peak(counts.get((vault, night), 0), None, 0))
    return found


def _jobs(sealed: SealedRows, told: Telling, vaults: Collection[str] | None) -> pa.Table:
    """Begin and end of each job as listed, whatever became of it; what was asked for by itself would count it twice."""
    found = [_NO_JOBS]
    for _, rows in job_rows(sealed, [told], [*_COLUMNS, "detailed"]):
        listed = rows.filter(pc.and_(pc.invert(rows["detailed"]), pc.is_valid(rows["started_at"])))
        if vaults is not None:
            listed = listed.filter(pc.is_in(listed["vault_id"], value_set=pa.array(vaults, pa.string())))
        found.append(listed.select(_COLUMNS).cast(_NO_JOBS.schema))
    return pa.concat_tables(found)


def most_at_once(jobs: pa.Table, as_of: datetime) -> Mapping[tuple[str, date], int]:
    """Of each vault and night with jobs the most at once, as `trends.concurrency.peak` counts them, in one sweep over all."""
    group = numbered(jobs, ("vault_id", "event_night"))
    start = jobs["started_at"].cast(pa.int64()).to_numpy()
    ended: Any = pc.fill_null(jobs["ended_at"], pa.scalar(as_of, jobs["ended_at"].type))
    end = ended.cast(pa.int64()).to_numpy()
    worked = np.flatnonzero(start < end)
    at = np.concatenate([start[worked], end[worked]])
    step = np.repeat(np.array([1, -1], np.int64), len(worked))
    of = np.tile(group[worked], 2)
    order = np.lexsort((step, at, of))
    # Each group's steps add up to nothing, so that one sum runs through all of them.
    running, of = np.cumsum(step[order]), of[order]
    first = np.flatnonzero(np.diff(of, prepend=-1))
    highest = np.maximum.reduceat(running, first) if len(first) else running
    place = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
    place[group] = np.arange(len(group))
    named = jobs.select(["vault_id", "event_night"]).take(pa.array(place[of[first]], pa.int64())).to_pylist()
    return {
        (row["vault_id"], row["event_night"]): int(count) for row, count in zip(named, highest.tolist(), strict=True)
    }


_NO_JOBS = pa.schema([JOBS.schema().field(name) for name in _COLUMNS]).empty_table()

"""What a night's runs say otherwise of jobs that earlier night packs told: each restated once, by the pack of the night that saw it.

Not here: what a new revision of the same period changes (`changes`). Invariant: all is computed from sealed rows and the ledger, so
whoever holds both finds the same list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, Series, sealed_nights
from evidence.packs.observations import last_places
from evidence.packs.period import span_period
from evidence.packs.series import standing
from evidence.packs.unended import GONE, Key, Restated, gone_jobs
from evidence.runs.sealed import SealedRows
from evidence.runs.unfinished import UNFINISHED
from evidence.tables import CALLS, JOBS

_SEEN = (
    "vault_id",
    "job_id",
    "status",
    "event_night",
    "observed_at",
    "call_id",
    "ordinal",
    "evidence_grade",
    "detailed",
    "entity_friendly_name",
)


def restated_jobs(
    sealed: SealedRows, entries: Sequence[LedgerEntry], series: Series, night: date, vaults: Collection[str]
) -> tuple[Restated, ...]:
    """Jobs of earlier nights that this night's runs saw in another state than was known before, by night, vault and job id."""
    runs = sealed_nights(entries)
    own = {run.run_id for run in runs.get(night, ())}
    if not own:
        return ()
    first = min(run.entry.sequence for run in runs[night])
    now = {**_states(sealed, own, vaults, before=night), **_gone(sealed, night, own, vaults)}
    if not now:
        return ()
    ids = pa.array(sorted({job_id for _, job_id in now}), pa.string())
    known = _last(sealed, {run.run_id for many in runs.values() for run in many if run.entry.sequence < first}, ids)
    found = list(_changed(now, known))
    told = _told(sealed, entries, series, {one[1].night for one in found}, ids)
    rows = [_restated(key, after, told[after.night]) for key, after in found if after.night in told]
    return tuple(
        sorted((one for one in rows if one is not None), key=lambda one: (one.night, one.vault_id, one.job_id))
    )


@dataclass(frozen=True, slots=True)
class _State:
    status: str | None
    night: date
    observed_at: datetime
    item: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What the pack of a night said of jobs."""

    pack: SealedPack
    states: Mapping[Key, _State]


def _states(
    sealed: SealedRows, runs: Collection[str], vaults: Collection[str], *, before: date
) -> Mapping[Key, _State]:
    """Last states of jobs of earlier nights that these runs saw."""
    inside = pa.array(sorted(vaults), pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        earlier = pc.less(rows["event_night"], pa.scalar(before, pa.date32()))
        return rows.filter(pc.and_(earlier, pc.is_in(rows["vault_id"], value_set=inside)))

    return _by_key(sealed.rows(JOBS, runs=runs, columns=_SEEN, where=wanted))


def _last(sealed: SealedRows, runs: Collection[str], ids: pa.Array[pa.StringScalar]) -> Mapping[Key, _State]:
    """Last states of some jobs, as some runs saw them."""
    rows = sealed.rows(
        JOBS,
        runs=runs,
        columns=_SEEN,
        where=lambda rows: rows.filter(pc.is_in(rows["job_id"], value_set=ids)),
    )
    return _by_key(rows)


def _by_key(rows: pa.Table) -> Mapping[Key, _State]:
    if rows.num_rows == 0:
        return {}
    kept = rows.take(last_places(rows, JOBS))
    return {
        (row["vault_id"], row["job_id"]): _State(
            row["status"], row["event_night"], row["observed_at"], row["entity_friendly_name"] or row["job_id"]
        )
        for row in kept.to_pylist()
    }


def _gone(sealed: SealedRows, night: date, runs: Collection[str], vaults: Collection[str]) -> Mapping[Key, _State]:
    """Jobs that Azure answered 404 for, where it answered their vault's job list."""
    columns = ["vault_id", "capture_id", "run_id", "kind", "subject", "status", "outcome", "observed_at"]
    rows = sealed.rows(CALLS, first=night, last=night, columns=columns).to_pylist()
    return {
        key: _State(GONE, night, at, key[1])
        for key, at in gone_jobs([row for row in rows if row["run_id"] in runs and row["vault_id"] in vaults]).items()
    }


def _changed(now: Mapping[Key, _State], known: Mapping[Key, _State]) -> Iterator[tuple[Key, _State]]:
    """Jobs that were known before in another state; one that is gone keeps the night and the name it was known by."""
    for key, after in now.items():
        before = known.get(key)
        if before is None or before.status == after.status:
            continue
        if after.status != GONE:
            yield key, after
        elif before.status in UNFINISHED.to_pylist():
            yield key, _State(GONE, before.night, after.observed_at, before.item)


def _told(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    series: Series,
    nights: Collection[date],
    ids: pa.Array[pa.StringScalar],
) -> Mapping[date, _Told]:
    """The packs of these nights, and the states of jobs as known when each was sealed."""
    found: dict[date, _Told] = {}
    runs: Mapping[int, set[str]] = defaultdict(set)
    for many in sealed_nights(entries).values():
        for run in many:
            runs[run.entry.sequence].add(run.run_id)
    for night in nights:
        pack = standing(entries, series, span_period(night, night))
        if pack is not None:
            then = {run for sequence, some in runs.items() if sequence < pack.entry.sequence for run in some}
            found[night] = _Told(pack, _last(sealed, then, ids))
    return found


def _restated(key: Key, after: _State, told: _Told) -> Restated | None:
    before = told.states.get(key)
    if before is None or before.status == after.status:
        return None
    return Restated(
        key[0], key[1], after.item, after.night, before.status, after.status, after.observed_at, told.pack.pack_id
    )

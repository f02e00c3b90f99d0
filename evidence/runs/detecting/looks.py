"""Which runs looked at what whole, and what happened between two looks, from sealed rows.

Not here: putting looks together and comparing them (`detecting.drift`). Invariant: a late run's lists are no look; the jobs or events between two looks
are known only where each night between them was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.drift.values import Change, Changes
from evidence.assess.sides import subscription_of
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.records import WHOLE, Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.judging.columns import texts
from evidence.runs.sealed import SealedRows
from evidence.tables import ACTIVITY, COVERAGE, JOBS

_JOB = ["vault_id", "item_key", "item_candidates", "operation_kind", "operation", "status", "started_at", "ended_at"]
_EVENT = ["resource_id", "operation_kind", "operation", "caller", "at", "status"]
_TURNS = ("configure", "disable", "delete", "undelete", "move")
_OF_BACKUP = ("policy", "protection", "vault")
_COMPLETED = "completed"
_SUCCEEDED = frozenset({"succeeded", "success"})


@dataclass(frozen=True, slots=True)
class Looks:
    """Which run read what whole, by subject and kind and then by night."""

    runs: Mapping[tuple[str, str], Mapping[date, str]]

    def on(self, subject: str, kind: Kind, night: date) -> str | None:
        """The run of a night that read it whole."""
        return self.runs.get((subject, str(kind)), {}).get(night)

    def before(self, subject: str, kind: Kind, night: date) -> tuple[date, str] | None:
        """The last night before another, with its run, that read it whole."""
        told = self.runs.get((subject, str(kind)), {})
        return max(((at, run) for at, run in told.items() if at < night), default=None)

    def with_night(self, later: Looks) -> Looks:
        """These looks, and those of a later night."""
        keys = {*self.runs, *later.runs}
        return Looks({key: {**self.runs.get(key, {}), **later.runs.get(key, {})} for key in keys})

    def compared(self, kinds: Collection[Kind], night: date) -> set[str]:
        """The runs whose looks of some kinds are compared on a night: its own, and the last ones before."""
        found = set()
        for (_, kind), told in self.runs.items():
            if kind in kinds:
                before = max((at for at in told if at < night), default=night)
                found |= {told[at] for at in (before, night) if at in told}
        return found

    def vaults(self) -> Sequence[str]:
        """Vaults whose items were read whole at least once."""
        return sorted({subject for subject, kind in self.runs if kind == Kind.PROTECTED_ITEMS})

    def between(self, subject: str, kind: Kind, first: date, last: date, again: int = 1) -> bool:
        """Whether each night after `first` up to `last` was read, by its own run or by one of the nights that read it again."""
        told = self.runs.get((subject, str(kind)), {})
        nights = [first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1)]
        return all(any(night + timedelta(days=ahead) in told for ahead in range(again)) for night in nights)


def looks(
    sealed: SealedRows, entries: Sequence[LedgerEntry], first: date, last: date, kinds: Collection[Kind] | None = None
) -> Looks:
    """What coverage tells of the nights from first to last, of some kinds or of all; of several runs of a night the newest counts."""
    in_time = sorted({run.run_id for runs in sealed_nights(entries).values() for run in runs if not run.late})
    runs = pa.array(in_time, pa.string())
    whole, asked = pa.array(sorted(map(str, WHOLE))), pa.array(sorted(map(str, kinds or ())), pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        mine = pc.and_(pc.is_in(rows["outcome"], value_set=whole), pc.is_in(rows["run_id"], value_set=runs))
        mine = mine if kinds is None else pc.and_(mine, pc.is_in(rows["kind"], value_set=asked))
        return rows.filter(mine)

    columns = ["night", "run_id", "vault_id", "kind", "outcome"]
    rows = sealed.rows(COVERAGE, first=first, last=last, columns=columns, where=wanted)
    found: dict[tuple[str, str], dict[date, str]] = defaultdict(dict)
    told = (texts(rows[name]) for name in ("vault_id", "kind", "run_id"))
    for vault_id, kind, run_id, night in zip(*told, rows["night"].to_pylist(), strict=True):
        mine = found[str(vault_id), str(kind)]
        mine[night] = max(str(run_id), mine.get(night, ""))
    return Looks(found)


@dataclass(frozen=True, slots=True)
class Happened:
    """Jobs and events of the nights looked back, by vault."""

    seen: Looks
    jobs: Mapping[str, Sequence[Change]]
    events: Mapping[str, Sequence[Change]]

    def between(self, vault_id: str, first: date, last: date, since: datetime, until: datetime) -> Changes:
        """What happened to a vault between the looks of two nights; None where that was not read."""
        subscription = subscription_of(vault_id)
        jobs_known = self.seen.between(vault_id, Kind.JOBS, first, last, NIGHTS_READ_AGAIN)
        events_known = self.seen.between(subscription, Kind.ACTIVITY_LOG, first, last)

        def within(told: Sequence[Change]) -> tuple[Change, ...]:
            return tuple(one for one in told if since < one.at <= until)

        return Changes(
            within(self.jobs.get(vault_id, ())) if jobs_known else None,
            within(self.events.get(vault_id, ())) if events_known else None,
        )


def happened(sealed: SealedRows, seen: Looks, first: date, last: date) -> Happened:
    """The jobs that changed protection, and the events about vaults, that nights from first to last told."""
    jobs: dict[str, list[Change]] = defaultdict(list)
    for vault_id, one in _jobs(sealed, first, last):
        jobs[vault_id].append(one)
    events: dict[str, list[Change]] = defaultdict(list)
    vaults = set(seen.vaults())
    for one in _events(sealed, first, last):
        vault_id = "/".join(one.resource_id.split("/")[:9])
        if vault_id in vaults:
            events[vault_id].append(one)
    return Happened(seen, jobs, events)


def _jobs(sealed: SealedRows, first: date, last: date) -> Iterator[tuple[str, Change]]:
    turns = pa.array(_TURNS, pa.string())
    rows = sealed.rows(
        JOBS,
        first=first,
        last=last,
        columns=_JOB,
        where=lambda one: one.filter(pc.is_in(one["operation_kind"].cast(pa.string()), value_set=turns)),
    )
    for row in _distinct(rows):
        at = row["ended_at"] or row["started_at"]
        # A job that fits several items may have ended any of them: none of them is called vanished.
        for item in [row["item_key"]] if row["item_key"] else row["item_candidates"] or ():
            if at is not None:
                good = str(row["status"]).casefold().startswith(_COMPLETED)
                yield row["vault_id"], Change(at, row["operation_kind"], item, row["operation"], None, good)


def _events(sealed: SealedRows, first: date, last: date) -> Iterator[Change]:
    kinds = pa.array(_OF_BACKUP, pa.string())
    rows = sealed.rows(
        ACTIVITY,
        first=first,
        last=last,
        columns=_EVENT,
        where=lambda one: one.filter(pc.is_in(one["operation_kind"].cast(pa.string()), value_set=kinds)),
    )
    for row in _distinct(rows):
        if row["at"] is not None and row["resource_id"]:
            good = str(row["status"]).casefold() in _SUCCEEDED
            yield Change(row["at"], row["operation_kind"], row["resource_id"], row["operation"], row["caller"], good)


def _distinct(rows: pa.Table) -> Iterator[Mapping[str, Any]]:
    """Rows without those that say the same: nights list jobs again."""
    told: dict[str, Mapping[str, Any]] = {
        repr(sorted(row.items(), key=lambda one: one[0])): row for row in rows.to_pylist()
    }
    return iter(told.values())

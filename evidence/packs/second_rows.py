"""The rows of second sources that a pack holds: inventories, and the comparisons that stand for its nights.

Not here: counting them (`reconciled`). Invariant: a job's comparison is that of the last night that could compare it, so that a lag of
one source is no difference once a later night saw both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedAssessment, assessments
from evidence.packs.period import Period
from evidence.packs.scope import PackScope
from evidence.records import SUBSCRIPTION_LIST
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.population import imported_rows
from evidence.runs.reconcile import POPULATION
from evidence.runs.sealed import SealedRows
from evidence.tables import INVENTORY, RECONCILIATION, empty

Row = Mapping[str, object]
JOB = "job"
COMPARED = "compared"
_KEY = ("source", "thing", "thing_key")
_SUBSCRIPTION_PARTS = 3


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the population of one night was compared with."""

    night: date
    source: str
    """`approved` or `inventory`."""
    title: str


def expectations(entries: Sequence[LedgerEntry], period: Period) -> tuple[Expectation, ...]:
    """Lists that the standing assessments of a period's nights were made with."""
    found = []
    for night, one in _standing(entries, period.nights()).items():
        told = one.entry.payload.get(POPULATION)
        for source, named in sorted(told.items()) if isinstance(told, Mapping) else ():
            if isinstance(named, Mapping):
                found.append(Expectation(night, source, str(named.get("title"))))
    return tuple(found)


def _standing(entries: Sequence[LedgerEntry], nights: Iterable[date]) -> Mapping[date, SealedAssessment]:
    known = assessments(entries)
    return {night: known[night][-1] for night in nights if night in known}


def reconciliation(
    sealed: SealedRows, entries: Sequence[LedgerEntry], period: Period, scope: PackScope, subjects: frozenset[str]
) -> pa.Table:
    """Comparisons and differences of the period's nights, and what later nights found out about their jobs."""
    later = [period.last + timedelta(days=number) for number in range(1, NIGHTS_READ_AGAIN)]
    prefix = f"assessments/{RECONCILIATION.name}/"
    found = [empty(RECONCILIATION)]
    for one in _standing(entries, (*period.nights(), *later)).values():
        # Assessments of the first version compared nothing.
        paths = [told.path for told in one.entry.objects if told.path.startswith(prefix)]
        found += [sealed.file(RECONCILIATION, path) for path in paths]
    rows = pa.concat_tables(found)
    held = [_holds(str(subject), scope, subjects) for subject in rows["vault_id"].to_pylist()]
    mine = rows.filter(pa.array(held, pa.bool_()))
    slim = mine.select(["night", "event_night", "vault_id", "thing", "compared_with", "difference"]).to_pylist()
    return mine.filter(pa.array(_kept(slim, period), pa.bool_()))


def _holds(subject: str, scope: PackScope, subjects: frozenset[str]) -> bool:
    """Whether a row is about the scope: its vaults, its subscriptions, and subscriptions that nobody asked."""
    above = subject == SUBSCRIPTION_LIST or len(subject.split("/")) == _SUBSCRIPTION_PARTS
    if subject == SUBSCRIPTION_LIST:
        return True
    if above:
        return scope.holds_subscription(subject)
    return subject in subjects or (not scope.vaults and not scope.regions and scope.holds_subscription(_of(subject)))


def _of(subject: str) -> str:
    return "/".join(subject.split("/")[:_SUBSCRIPTION_PARTS])


def _kept(rows: Sequence[Row], period: Period) -> list[bool]:
    newest: dict[tuple[object, object], tuple[bool, object]] = {}
    for row in rows:
        if row["thing"] == JOB and row["difference"] in {COMPARED, "not_comparable"}:
            key, rank = (row["vault_id"], row["event_night"]), (row["difference"] == COMPARED, row["night"])
            if key not in newest or rank > newest[key]:
                newest[key] = rank
    return [_stands(row, newest, period) for row in rows]


def _stands(row: Row, newest: Mapping[tuple[object, object], tuple[bool, object]], period: Period) -> bool:
    night = row["event_night"] if row["thing"] == JOB and row["compared_with"] == "resource_graph" else row["night"]
    if not isinstance(night, date) or not period.first <= night <= period.last:
        return False
    if row["thing"] != JOB:
        return True
    standing = newest.get((row["vault_id"], row["event_night"]))
    return standing is not None and standing[1] == row["night"]


def inventory(
    found: pa.Table, sealed: SealedRows, entries: Sequence[LedgerEntry], scope: PackScope, period: Period
) -> pa.Table:
    """What second sources listed on the period's nights, the last row of each thing, and the newest imported list."""
    azure = found.filter(pc.not_equal(found["source"], pa.scalar("inventory")))
    days = [pa.scalar(day, pa.date32()) for day in (period.first, period.last)]
    begun = pc.and_(pc.greater_equal(azure["event_night"], days[0]), pc.less_equal(azure["event_night"], days[1]))
    azure = azure.filter(pc.or_(pc.not_equal(azure["thing"], pa.scalar(JOB)), begun))
    imported = imported_rows(sealed, entries)
    keys = [str(key) for key in imported["thing_key"].to_pylist()]
    imported = imported.filter(pa.array([scope.holds_subscription(_of(key)) for key in keys], pa.bool_()))
    return pa.concat_tables([_last(azure), imported])


def _last(rows: pa.Table) -> pa.Table:
    if rows.num_rows == 0:
        return rows
    places = pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in ("observed_at", "call_id", "ordinal")])
    slim = rows.select(list(_KEY)).take(places).append_column("_place", pa.array(range(rows.num_rows), pa.int64()))
    last = slim.group_by(list(_KEY)).aggregate([("_place", "max")])["_place_max"].combine_chunks()
    return rows.take(places.take(last.sort())).select(list(INVENTORY.names()))

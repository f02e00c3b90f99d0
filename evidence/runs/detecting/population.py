"""Vaults that are no longer listed and resources that are new without protection, from sealed rows and a night's comparison.

Not here: comparing (`assess.drift.detect`, `assess.unprotected`). Invariants: what the first whole comparison of a subscription found is not new; a list that
was not read whole on the night makes nothing vanish, and is said to be not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.drift.detect import unprotected_resources, vanished_vaults
from evidence.assess.drift.values import Drift
from evidence.assess.sides import RESOURCE_GRAPH, Difference, subscription_of
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import assessments, sealed_nights
from evidence.nights import Calendar, look_back
from evidence.records import LIST_OF, Kind
from evidence.runs.detecting.drift import NIGHTS_BACK
from evidence.runs.detecting.looks import Happened, happened, looks
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import run_file
from evidence.tables import RECONCILIATION, VAULTS

_LISTS = tuple(sorted(set(LIST_OF.values())))
_OF_VAULT = ["run_id", "vault_id", "name", "source_kind"]
_OF_RESOURCE = ["vault_id", "thing", "thing_key", "compared_with", "difference"]
_PREFIX = f"assessments/{RECONCILIATION.name}/"
UNPROTECTED, COMPARED = "unprotected", "compared"


def vaults_gone(sealed: SealedRows, entries: Sequence[LedgerEntry], night: date, calendar: Calendar) -> Drift:
    """Vaults that the last whole list of their subscription named and the night's does not."""
    sealed, first = sealed.of_azure(), look_back(night, NIGHTS_BACK + 1)
    seen = looks(sealed, entries, first, night)
    subjects = sorted({(subject, Kind(kind)) for subject, kind in seen.runs if kind in _LISTS})
    listed, read_at = _listed(sealed, first, night), _read_at(entries, night, calendar)
    told: Happened | None = None
    found = []
    for subject, kind in subjects:
        before, now = seen.before(subject, kind, night), seen.on(subject, kind, night)
        if before is None:
            continue
        names = _asked(sealed, before, listed[before[1], kind], subject)
        after = None if now is None else listed[now, kind]
        for vault in sorted(names if after is None else names.keys() - after.keys()):
            told = told or happened(sealed, seen, first, night)
            changes = told.between(vault, before[0], night, calendar.window(before[0]).start, read_at)
            found.append(vanished_vaults({vault: names[vault]}, after, changes, night, read_at))
    return _joined(found)


def _read_at(entries: Sequence[LedgerEntry], night: date, calendar: Calendar) -> datetime:
    """When the night's newest run had read its lists."""
    runs = sealed_nights(entries).get(night)
    return datetime.fromisoformat(str(runs[-1].entry.payload["captured_at"])) if runs else calendar.window(night).end


def _listed(sealed: SealedRows, first: date, last: date) -> Mapping[tuple[str, Kind], Mapping[str, str]]:
    """Names by id of the vaults that each run's lists told, by run and kind of list."""
    kinds = pa.array([str(kind) for kind in _LISTS])
    rows = sealed.rows(
        VAULTS, first=first, last=last, columns=_OF_VAULT, where=lambda one: one.filter(pc.is_in(one["source_kind"], value_set=kinds))
    )  # fmt: skip
    found: dict[tuple[str, Kind], dict[str, str]] = defaultdict(dict)
    for row in rows.to_pylist():
        found[row["run_id"], Kind(row["source_kind"])][row["vault_id"]] = (
            row["name"] or row["vault_id"].rpartition("/")[2]
        )
    return found


def _asked(
    sealed: SealedRows, look: tuple[date, str], listed: Mapping[str, str], subscription: str
) -> Mapping[str, str]:
    """Those of the vaults listed that were asked too: what the configuration leaves out is nobody's loss here."""
    asked = {one.vault_id for one in parse_run_manifest(sealed.content(run_file(*look))).vaults}
    return {vault: name for vault, name in listed.items() if vault in asked and subscription_of(vault) == subscription}


def resources_found(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    compared: Iterable[Mapping[str, object]],
    night: date,
    observed_at: datetime,
) -> Drift:
    """Resources that nothing protects, but for those that the first whole comparison of their subscription found; `compared` are the night's rows."""
    now = [_difference(row) for row in compared if row["thing"] == "resource"]
    mine = [one for one in now if one.compared_with == RESOURCE_GRAPH]
    wanted = {subscription_of(one.key) for one in mine if one.word == UNPROTECTED}
    known = _first_found(sealed, entries, night, wanted)
    # A subscription that was never compared whole before is compared first tonight.
    first = {one.key for one in mine if one.word == UNPROTECTED and subscription_of(one.key) not in known}
    return unprotected_resources(mine, {*first, *(key for keys in known.values() for key in keys)}, night, observed_at)


def resources_compared(compared: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """Subscriptions whose resources were compared whole on the night."""
    of_graph = (row for row in compared if row["thing"] == "resource" and row["compared_with"] == RESOURCE_GRAPH)
    return frozenset(str(row["vault_id"]) for row in of_graph if row["difference"] == COMPARED)


def _first_found(
    sealed: SealedRows, entries: Sequence[LedgerEntry], night: date, wanted: set[str]
) -> Mapping[str, frozenset[str]]:
    """By subscription what its first whole comparison, on a night before, found to be unprotected."""
    found: dict[str, frozenset[str]] = {}
    for earlier, many in sorted(assessments(entries).items()):
        if earlier >= night or found.keys() >= wanted:
            break
        for path in (told.path for told in many[-1].entry.objects if told.path.startswith(_PREFIX)):
            rows = sealed.file(RECONCILIATION, path, _OF_RESOURCE)
            of_graph = pc.equal(rows["compared_with"], pa.scalar(RESOURCE_GRAPH))
            told = rows.filter(pc.and_(of_graph, pc.equal(rows["thing"], pa.scalar("resource")))).to_pylist()
            for subscription in wanted - found.keys():
                if any(one["difference"] == COMPARED and one["vault_id"] == subscription for one in told):
                    keys = (one["thing_key"] for one in told if one["difference"] == UNPROTECTED)
                    found[subscription] = frozenset(key for key in keys if subscription_of(key) == subscription)
    return found


def _difference(row: Mapping[str, object]) -> Difference:
    def text(name: str) -> str | None:
        value = row.get(name)
        return None if value is None else str(value)

    return Difference(
        str(row["thing"]), str(row["thing_key"]), str(row["vault_id"]), str(row["compared_with"]), str(row["difference"]),
        str(row["reason"]), str(row["field"]), text("name"), azure_says=text("azure_says"), second_says=text("second_says"),
    )  # fmt: skip


def _joined(many: Iterable[Drift]) -> Drift:
    every = list(many)
    return Drift(
        tuple(one for drift in every for one in drift.findings), tuple(one for drift in every for one in drift.unknown)
    )

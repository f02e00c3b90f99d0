"""What was changed since the last look, from sealed rows: each vault's policies, items and settings on a night beside those before.

Not here: comparing (`assess.drift`), which looks there were (`detecting.looks`). Invariant: of each kind the last whole look before the night, within the
nights looked back, stands for what was before; what the night did not read whole is compared with nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.drift.detect import drift_of_vault
from evidence.assess.drift.security import COLUMNS, security_of
from evidence.assess.drift.values import Drift, Elsewhere, ItemSeen, PolicySeen, Security, VaultLook
from evidence.assess.sides import subscription_of
from evidence.assess.slots.values import PolicyVersion
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar, look_back
from evidence.records import Kind, Vault
from evidence.runs.detecting.looks import Happened, Looks, happened, looks
from evidence.runs.judging.lists import item_lists
from evidence.runs.sealed import SealedRows
from evidence.tables import POLICIES, PROTECTED_ITEMS, VAULTS, Table
from evidence.tiers import ItemFacts, TierRule, tier_of

NIGHTS_BACK = 8
"""Nights within which the look before is sought."""
SETTINGS = (
    Kind.VAULTS,
    Kind.BACKUP_VAULTS,
    Kind.VAULT,
    Kind.VAULT_CONFIG,
    Kind.STORAGE_CONFIG,
    Kind.ENCRYPTION_CONFIG,
    Kind.GUARD_PROXIES,
)
_LISTS = frozenset({Kind.VAULTS, Kind.BACKUP_VAULTS})
"""Read of a subscription, with the settings of all its vaults."""
_PLACE = ["run_id", "vault_id", "observed_at"]
_POLICY = ["policy_id", "name", "content_sha256", "management_type", "workload", "schedule", "retention", "time_zone"]
_STATE = ["vault_id", "item_key", "policy_id", "protection_state", "soft_deleted"]
_ITEM = [*_STATE[1:], "friendly_name", "workload", "source_resource_id"]


_ByRun = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
"""By vault and run: a fleet has many vaults, and each asks for its own rows alone."""


@dataclass(frozen=True, slots=True)
class _Night:
    """All that is compared on one night."""

    night: date
    seen: Looks
    told: Happened
    policies: _ByRun
    items: _ByRun
    settings: _ByRun
    rules: _Rules


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the items of a night are named by."""

    tiers: Sequence[TierRule]
    calendar: Calendar
    vaults: Mapping[str, Vault]


def drift_found(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    night: date,
    calendar: Calendar,
    tiers: Sequence[TierRule] = (),
) -> Drift:
    """Drift of all vaults that were met on the nights looked back, and what could not be compared."""
    sealed, first = sealed.of_azure(), look_back(night, NIGHTS_BACK + 1)
    seen = looks(sealed, entries, first, night)

    items = _changed(_rows(sealed, seen, PROTECTED_ITEMS, _ITEM, (Kind.PROTECTED_ITEMS,), night), seen, night)
    told, vaults = happened(sealed, seen, first, night), item_lists(sealed, entries, first, night).vaults
    tonight = _night(sealed, seen, night, told, items, _Rules(tiers, calendar, vaults))
    elsewhere = _elsewhere(tonight)
    each = [_of_vault(tonight, vault_id, elsewhere) for vault_id in seen.vaults()]
    return Drift(
        tuple(finding for one in each for finding in one.findings), tuple(told for one in each for told in one.unknown)
    )


def then_and_now(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    then: date,
    night: date,
    calendar: Calendar,
    wanted: Mapping[str, Collection[str]],
) -> Iterator[tuple[VaultLook, VaultLook]]:
    """Of some vaults the last look before a night `then`, and that of a later night; of items those named by vault."""
    sealed = sealed.of_azure()
    before = looks(sealed, entries, look_back(then, NIGHTS_BACK + 1), look_back(then, 2))
    seen = before.with_night(looks(sealed, entries, night, night))
    keys = pa.array(sorted({key for many in wanted.values() for key in many}), pa.string())
    items = _rows(sealed, seen, PROTECTED_ITEMS, _ITEM, (Kind.PROTECTED_ITEMS,), night)
    items = items.filter(pc.is_in(items["item_key"], value_set=keys))
    both = _night(sealed, seen, night, Happened(seen, {}, {}), items, _Rules((), calendar, {}))
    since, until = calendar.window(then).start, calendar.window(night).end
    for vault_id in sorted(wanted):
        yield _look(both, vault_id, since, of_tonight=False), _look(both, vault_id, until, of_tonight=True)


def _rows(
    sealed: SealedRows, seen: Looks, table: Table, columns: Sequence[str], kinds: Collection[Kind], night: date
) -> pa.Table:
    """Rows of the runs that are compared, and of no others."""
    runs = seen.compared(kinds, night)
    return sealed.rows(table, runs=runs, columns=list(dict.fromkeys([*_PLACE, *columns])))


def _night(sealed: SealedRows, seen: Looks, night: date, told: Happened, items: pa.Table, rules: _Rules) -> _Night:
    policies = _rows(sealed, seen, POLICIES, _POLICY, (Kind.POLICIES,), night)
    settings = _rows(sealed, seen, VAULTS, ["source_kind", *COLUMNS], SETTINGS, night)
    return _Night(night, seen, told, _grouped(policies), _grouped(items), _grouped(settings), rules)


def _changed(rows: pa.Table, seen: Looks, night: date) -> pa.Table:
    """Items of the two looks at each vault whose state is not the same in both: the others cannot have changed."""
    wanted: dict[tuple[str, str], None] = {}
    for vault_id in seen.vaults():
        before = seen.before(vault_id, Kind.PROTECTED_ITEMS, night)
        now = seen.on(vault_id, Kind.PROTECTED_ITEMS, night)
        wanted |= {(vault_id, run): None for run in (before and before[1], now) if run}
    pairs = pa.table({"vault_id": [one for one, _ in wanted], "run_id": [run for _, run in wanted]}, _PAIRS)
    plain = rows.set_column(rows.schema.get_field_index("vault_id"), "vault_id", rows["vault_id"].cast(pa.string()))
    plain = plain.set_column(plain.schema.get_field_index("run_id"), "run_id", plain["run_id"].cast(pa.string()))
    mine = plain.join(pairs, ["vault_id", "run_id"], join_type="left semi")
    states = mine.group_by(_STATE).aggregate([("run_id", "count_distinct")])
    same = states.filter(pc.greater(states["run_id_count_distinct"], pa.scalar(1)))["item_key"]
    left = mine.filter(pc.invert(pc.is_in(mine["item_key"], value_set=same.combine_chunks())))
    return left.sort_by([("item_key", "ascending"), ("observed_at", "ascending")])


_PAIRS = pa.schema([("vault_id", pa.string()), ("run_id", pa.string())])


def _grouped(rows: pa.Table) -> _ByRun:
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows.to_pylist():
        found.setdefault((row["vault_id"], row["run_id"]), []).append(row)
    return found


def _elsewhere(tonight: _Night) -> Elsewhere:
    """Items that are new on this night, by what they protect."""
    found = {}
    for (vault_id, run_id), rows in sorted(tonight.items.items()):
        if tonight.seen.on(vault_id, Kind.PROTECTED_ITEMS, tonight.night) == run_id:
            told = (row for row in rows if row["source_resource_id"])
            found.update({row["source_resource_id"].casefold(): row["item_key"] for row in told})
    return Elsewhere(found)


def _of_vault(tonight: _Night, vault_id: str, elsewhere: Elsewhere) -> Drift:
    night, seen = tonight.night, tonight.seen
    earlier = [
        told[0] for kind in (Kind.PROTECTED_ITEMS, Kind.POLICIES) if (told := seen.before(vault_id, kind, night))
    ]
    # Without an earlier look nothing is compared, whatever happened.
    first = min(earlier, default=night)
    until = tonight.rules.calendar.window(night).end
    since = tonight.rules.calendar.window(first).end
    before, after = _look(tonight, vault_id, since, of_tonight=False), _look(tonight, vault_id, until, of_tonight=True)
    # What happened after the lists were read is no part of it; the lists are read soon after the night's end.
    changes = tonight.told.between(
        vault_id, first, night, tonight.rules.calendar.window(first).start, after.observed_at
    )
    return drift_of_vault(before, after, changes, night, elsewhere)


def _look(tonight: _Night, vault_id: str, moment: datetime, *, of_tonight: bool) -> VaultLook:
    def run(kind: Kind) -> str | None:
        subject = subscription_of(vault_id) if kind in _LISTS else vault_id
        if of_tonight:
            return tonight.seen.on(subject, kind, tonight.night)
        told = tonight.seen.before(subject, kind, tonight.night)
        return None if told is None else told[1]

    policies, items = run(Kind.POLICIES), run(Kind.PROTECTED_ITEMS)
    security = _security(tonight, vault_id, {kind: run(kind) for kind in SETTINGS}, moment)
    return VaultLook(
        vault_id,
        vault_id.rpartition("/")[2],
        moment if security is None else max(security.observed_at, moment),
        None if policies is None else _policies(tonight.policies, vault_id, policies),
        None if items is None else _items(tonight, vault_id, items),
        security,
    )


def _policies(rows: _ByRun, vault_id: str, run_id: str) -> Mapping[str, PolicySeen]:
    return {
        row["policy_id"]: PolicySeen(
            _version(row, vault_id),
            row["name"],
            row["observed_at"],
        )
        for row in rows.get((vault_id, run_id), ())
    }


def _version(row: Mapping[str, Any], vault_id: str) -> PolicyVersion:
    told = {name: row[name] for name in _POLICY if name != "name"}
    return PolicyVersion(vault_id=vault_id, from_at=row["observed_at"], **told)


def _items(tonight: _Night, vault_id: str, run_id: str) -> Mapping[str, ItemSeen]:
    vault = tonight.rules.vaults.get(vault_id)
    vault_name, region = (vault.name, vault.region) if vault else (vault_id.rpartition("/")[2], None)
    found = {}
    for row in tonight.items.get((vault_id, run_id), ()):
        key = row["item_key"]
        name = row["friendly_name"] or key.rpartition("/")[2]
        facts = ItemFacts(name, key, vault_name, vault_id, region, row["workload"])
        found[key] = ItemSeen(
            key,
            name,
            row["workload"],
            row["policy_id"],
            row["protection_state"],
            bool(row["soft_deleted"]),
            row["source_resource_id"],
            row["observed_at"],
            tier_of(facts, tonight.rules.tiers),
        )
    return found


def _security(tonight: _Night, vault_id: str, runs: Mapping[Kind, str | None], moment: datetime) -> Security | None:
    read = {str(kind): run for kind, run in runs.items() if run is not None}
    if not read:
        return None
    rows = [
        row
        for run_id in sorted(set(read.values()))
        for row in tonight.settings.get((vault_id, run_id), ())
        if read.get(row["source_kind"]) == run_id
    ]
    return security_of(rows, set(read), max((row["observed_at"] for row in rows), default=moment))

"""Exceptions as they stand, with what is known of their vaults and items, as the problems that people are told of.

Not here: how exceptions come about (`exceptions`), who owns them. Invariants: only what the ledger names is read; what a vault or item is called,
where it is and how it is tagged is as Azure said it last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.exceptions.states import Standing, State
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.folds import assessments, named_paths, sealed_nights
from evidence.nights import look_back
from evidence.notify.interface import ENDED, Problem
from evidence.runs.exceptions.state import standing_exceptions
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.tables import EXCEPTIONS, PROTECTED_ITEMS, VAULTS
from evidence.tiers import ItemFacts, TierRule, tier_of

NIGHTS = 7
"""Nights whose lists tell what vaults and items are."""
_PREFIX = f"assessments/{EXCEPTIONS.name}/"
_HOLDS = frozenset({EntryKind.ASSESSMENT_SEALED, EntryKind.EXCEPTION_EVENTS})
_VAULT_COLUMNS = ("vault_id", "name", "region", "tags", "observed_at")
_ITEM_COLUMNS = ("item_key", "vault_id", "friendly_name", "workload", "envelope", "observed_at")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of vaults and items, by id and key."""

    vaults: Mapping[str, Row]
    items: Mapping[str, Row]
    tiers: Sequence[TierRule]


def standing_problems(
    store: EvidenceStore, entries: Sequence[LedgerEntry], tiers: Sequence[TierRule]
) -> tuple[Problem, ...]:
    """All exceptions that the newest look recorded, as problems; none where nobody looked yet."""
    sealed = SealedRows(store, named_paths(entries))
    path = _newest(entries)
    if path is None:
        return ()
    rows = sealed.file(EXCEPTIONS, path).to_pylist()
    open_items = {row["item_key"] for row in rows if row["state"] not in ENDED and row["item_key"]}
    places = places_known(sealed, entries, tiers, open_items)
    decided = _decided(store, entries)
    return tuple(problem_of(_as_decided(row, decided), places, (path,)) for row in rows)


def _decided(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> Mapping[tuple[str, int], Row]:
    """By key and episode what else is so than the newest look tells: by what persons decided since, and by the day."""
    moment = entries[-1].at
    standing = standing_exceptions(store, entries).by_key.values()
    return {(one.key, one.episode): _now(one, moment) for one in standing}


def _now(one: Standing, moment: datetime) -> Row:
    state = one.state_on(moment)
    found: dict[str, Any] = {"state": str(state), "again": _again(one)}
    if one.state is State.ACCEPTED and state is State.OPEN:
        found["effect"] = f"its risk was accepted until {one.accepted_until}, and is so no more"
    return found


def _again(one: Standing) -> str:
    if one.state is State.ACCEPTED:
        return f"until-{one.accepted_until}"
    return "" if one.reopened_at is None else f"by-person-{one.reopened_at:%Y%m%dT%H%M%SZ}"


def _as_decided(row: Row, decided: Mapping[tuple[str, int], Row]) -> Row:
    return {**row, **decided.get((row["exception_key"], row["episode"]), {})}


def judged_night(entries: Sequence[LedgerEntry]) -> date | None:
    """The newest night that was judged."""
    return max(assessments(entries), default=None)


def protected_items(
    store: EvidenceStore, entries: Sequence[LedgerEntry], tiers: Sequence[TierRule]
) -> tuple[Problem, ...]:
    """Every item of the newest sealed nights as a problem without a fault, for rules to be tried on."""
    sealed = SealedRows(store, named_paths(entries))
    places = places_known(sealed, entries, tiers, None)
    return tuple(_item(key, row, places) for key, row in sorted(places.items.items()))


def places_known(
    sealed: SealedRows, entries: Sequence[LedgerEntry], tiers: Sequence[TierRule], items: Collection[str] | None
) -> Places:
    """Vaults, and these items (None: all), by the lists of the newest sealed nights."""
    last = max(sealed_nights(entries), default=None)
    if last is None:
        return Places({}, {}, tiers)
    azure, first = sealed.of_azure(), look_back(last, NIGHTS)
    vaults = azure.rows(VAULTS, first=first, last=last, columns=_VAULT_COLUMNS).sort_by("observed_at").to_pylist()
    known: dict[str, dict[str, Any]] = {}
    for row in vaults:
        # A vault's settings are told by calls of their own, which leave the rest empty.
        known.setdefault(row["vault_id"], {}).update({name: value for name, value in row.items() if value is not None})
    wanted = None if items is None else pa.array(sorted(items), pa.string())
    where = None if wanted is None else lambda rows: rows.filter(pc.is_in(rows["item_key"], value_set=wanted))
    seen = azure.rows(PROTECTED_ITEMS, first=first, last=last, columns=_ITEM_COLUMNS, where=where)
    return Places(known, {row["item_key"]: row for row in seen.sort_by("observed_at").to_pylist()}, tiers)


def problem_of(row: Row, places: Places, evidence: tuple[str, ...] = ()) -> Problem:
    """A row of `exceptions` as a problem."""
    vault, item = places.vaults.get(row["vault_id"], {}), places.items.get(row["item_key"] or "", {})
    name = vault.get("name") or str(row["vault_id"]).rpartition("/")[2]
    return Problem(
        key=row["exception_key"],
        episode=row["episode"],
        class_=row["class"],
        severity=row["severity"],
        state=row["state"],
        subject=row["subject"],
        item_key=row["item_key"],
        vault_id=row["vault_id"],
        vault_name=name,
        region=vault.get("region") or row.get("region"),
        workload=row["workload"] or item.get("workload"),
        tier=_tier(row["subject"], row["item_key"], row["workload"], row["vault_id"], name, vault, places.tiers),
        tags=_tags(vault.get("tags"), item.get("envelope")),
        error_family=row["error_family"],
        error_codes=tuple(row["error_codes"] or ()),
        job_ids=tuple(row["job_ids"] or ()),
        summary=row["summary"],
        recommendation=row["recommendation"],
        effect=_effect(row),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        nights=row["nights"],
        bucket=row["bucket"],
        tenant_id=row["tenant_id"],
        evidence=evidence,
        parent_key=row["parent_key"],
        reopened=row.get("reopened") or 0,
        again=row.get("again") or "",
        hint=row["hint"],
    )


def _item(key: str, row: Row, places: Places) -> Problem:
    vault = places.vaults.get(row["vault_id"], {})
    name = vault.get("name") or str(row["vault_id"]).rpartition("/")[2]
    subject = row["friendly_name"] or key.rpartition("/")[2]
    return Problem(
        key="",
        episode=0,
        class_="",
        severity="info",
        state="",
        subject=subject,
        item_key=key,
        vault_id=row["vault_id"],
        vault_name=name,
        region=vault.get("region"),
        workload=row["workload"],
        tier=_tier(subject, key, row["workload"], row["vault_id"], name, vault, places.tiers),
        tags=_tags(vault.get("tags"), row["envelope"]),
    )


def _tier(
    subject: str,
    item_key: str | None,
    workload: str | None,
    vault_id: str,
    vault_name: str,
    vault: Row,
    rules: Sequence[TierRule],
) -> int | None:
    if item_key is None:
        return None
    return tier_of(ItemFacts(subject, item_key, vault_name, vault_id, vault.get("region"), workload), rules)


def _tags(of_vault: str | None, envelope: str | None) -> dict[str, str]:
    """Tags of the vault, and over them those of the item, where Azure sent some."""
    told = _json(of_vault) | _json_object(_json(envelope).get("tags"))
    return {str(name): value for name, value in sorted(told.items()) if isinstance(value, str)}


def _json(text: str | None) -> dict[str, object]:
    return _json_object(orjson.loads(text)) if text else {}


def _json_object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _effect(row: Row) -> str | None:
    closed: datetime | None = row["closed_at"]
    if closed is None:
        return row.get("effect")
    proof = [one for one in (row["closed_by_job_id"], row["closed_by_recovery_point_id"]) if one]
    return f"ended {closed:%Y-%m-%d %H:%M} UTC" + (f", proven by {' and '.join(proof)}" if proof else "")


def _newest(entries: Sequence[LedgerEntry]) -> str | None:
    """The file of exceptions that the newest look wrote."""
    for entry in reversed(entries):
        if entry.kind in _HOLDS:
            found = [one.path for one in entry.objects if one.path.startswith(_PREFIX)]
            if found:
                return max(found)
    return None

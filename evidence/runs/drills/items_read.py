"""Items as sealed nights list them, vault by vault: which are there, which no longer are, since when, and whose list was not read.

Not here: what is made of them (`population`). Invariants: a list that was not read whole never makes an item vanish; a night that was captured late tells nothing
of what was there then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from evidence.nights import look_back
from evidence.records import LIST_OF, WHOLE, Kind, Vault
from evidence.runs.sealed import SealedRows
from evidence.tables import COVERAGE, INVENTORY, PROTECTED_ITEMS

Row = Mapping[str, Any]
_COLUMNS = (
    "night",
    "vault_id",
    "item_key",
    "item_id",
    "friendly_name",
    "workload",
    "source_resource_id",
    "soft_deleted",
    "protection_state",
    "observed_at",
)
_LISTS = frozenset({Kind.SUBSCRIPTIONS, *LIST_OF.values()})
_NIGHTS_OF_TAGS = 7


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """What the nights tell."""

    items: Sequence[Row]
    """Each as it was seen last, of those that can be drilled."""
    absent: Sequence[tuple[Row, str]]
    """Those that were seen, and why they cannot be drilled."""
    first_seen: Mapping[str, date]
    """By key; items of the first sealed night are left out, for they may be older."""
    incomplete: tuple[str, ...]


def items_read(
    sealed: SealedRows, runs: Collection[str], vaults: Mapping[str, Vault], first: date, newest: date
) -> ItemsRead:
    """Items of some vaults as the nights from first to newest list them."""
    whole, why = _readings(sealed, runs, first, newest)
    last: dict[str, Row] = {}
    rows = sealed.rows(PROTECTED_ITEMS, first=first, last=newest, runs=runs, columns=_COLUMNS).sort_by("observed_at")
    for row in rows.to_pylist():
        if row["item_key"] is not None and row["vault_id"] in vaults:
            last[row["item_key"]] = row
    found = [(row, _why_absent(row, whole.get(row["vault_id"]))) for row in last.values()]
    return ItemsRead(
        items=[row for row, reason in found if reason is None],
        absent=[(row, reason) for row, reason in found if reason is not None],
        first_seen=_first_seen(sealed, runs, set(last)),
        incomplete=(
            *_unread_lists(sealed, runs, newest),
            *(one for vault in vaults.values() if (one := _unread(vault, whole, why, newest)) is not None),
        ),
    )


def _readings(
    sealed: SealedRows, runs: Collection[str], first: date, newest: date
) -> tuple[Mapping[str, date], Mapping[str, str]]:
    """By vault the last night that read its items whole, and why the newest did not."""
    columns = ("night", "vault_id", "kind", "outcome", "reason")
    whole: dict[str, date] = {}
    why: dict[str, str] = {}
    for row in sealed.rows(COVERAGE, first=first, last=newest, runs=runs, columns=columns).to_pylist():
        if row["kind"] != Kind.PROTECTED_ITEMS:
            continue
        if row["outcome"] in WHOLE:
            whole[row["vault_id"]] = max(row["night"], whole.get(row["vault_id"], row["night"]))
        elif row["night"] == newest:
            why[row["vault_id"]] = f"{row['outcome']}: {row['reason'] or 'no reason told'}"
    return whole, why


def _why_absent(row: Row, whole: date | None) -> str | None:
    """Why an item cannot be drilled; None where it can."""
    if whole is not None and row["night"] < whole:
        return f"no longer listed by its vault; last seen on {row['night']}"
    if row["soft_deleted"]:
        return f"soft-deleted, as seen on {row['night']}"
    return None


def _unread(vault: Vault, whole: Mapping[str, date], why: Mapping[str, str], newest: date) -> str | None:
    read = whole.get(vault.vault_id)
    if read == newest:
        return None
    reason = why.get(vault.vault_id, "nothing tells why")
    if read is None:
        return f"vault {vault.name}: its items were never read whole lately, so that any may be missing ({reason})"
    return f"vault {vault.name}: its items were not read on {newest} ({reason}); they stand as of {read}, and newer ones are missing"


def _unread_lists(sealed: SealedRows, runs: Collection[str], newest: date) -> Iterator[str]:
    """Lists of vaults that the newest night did not read whole."""
    columns = ("vault_id", "kind", "outcome", "reason")
    rows = sealed.rows(COVERAGE, first=newest, last=newest, runs=runs, columns=columns).to_pylist()
    for row in sorted(rows, key=lambda one: (one["vault_id"], one["kind"])):
        if row["kind"] in _LISTS and row["outcome"] not in WHOLE:
            what = (
                "list of subscriptions"
                if row["kind"] == Kind.SUBSCRIPTIONS
                else f"list of {row['kind'].replace('_', ' ')}"
            )
            told = f"{row['outcome']}: {row['reason'] or 'no reason told'}"
            yield f"{row['vault_id']}: its {what} was not read whole on {newest} ({told}); what it would name is missing"


def _first_seen(sealed: SealedRows, runs: Collection[str], wanted: Collection[str]) -> Mapping[str, date]:
    """The first night that listed each item; none for those of the very first night."""
    nights: defaultdict[date, set[str]] = defaultdict(set)
    for path in sealed.paths(PROTECTED_ITEMS, runs=runs):
        rows = sealed.file(PROTECTED_ITEMS, path, ("night", "item_key"))
        if rows.num_rows:
            listed = rows["item_key"].unique().to_pylist()
            nights[rows["night"][0].as_py()] |= {key for key in listed if key is not None and key in wanted}
    found: dict[str, date] = {}
    for night in sorted(nights):
        for key in nights[night]:
            found.setdefault(key, night)
    begin = min((_night(path) for path in sealed.paths(COVERAGE, runs=runs)), default=None)
    return {key: night for key, night in found.items() if night != begin}


def _night(path: str) -> date:
    return date.fromisoformat(path.partition("/night=")[2][:10])


def tags_of(sealed: SealedRows, newest: date) -> Mapping[str, Mapping[str, str]]:
    """Tags of resources by lower-cased ARM id, as Resource Graph told them in the last week."""
    first = look_back(newest, _NIGHTS_OF_TAGS)
    columns = ("thing", "thing_key", "envelope", "observed_at")
    found: dict[str, Mapping[str, str]] = {}
    for row in sealed.rows(INVENTORY, first=first, last=newest, columns=columns).sort_by("observed_at").to_pylist():
        if row["thing"] == "resource":
            found[row["thing_key"]] = _tags(row["envelope"])
    return found


def _tags(envelope: str | None) -> Mapping[str, str]:
    try:
        told = orjson.loads(envelope or "{}")
    except orjson.JSONDecodeError:  # kept as Azure sent it; what cannot be read names no tag
        return {}
    tags = told.get("tags") if isinstance(told, dict) else None
    return {name: value for name, value in tags.items() if isinstance(value, str)} if isinstance(tags, dict) else {}

"""What items were like on a night, by sealed tables: policy, vault, region, engine, encryption, and which resource each protects.

Not here: comparing two looks (`evidence.drills.changes`), who is due. Invariants: only nights that were captured in their time are looked at; what no row tells
is None, never taken from another night than is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.drills.changes import Look
from evidence.nights import look_back
from evidence.runs.sealed import SealedRows, Where
from evidence.tables import POLICIES, PROTECTED_ITEMS, RECOVERY_POINTS, VAULTS, Table

NIGHTS = 14
"""Nights up to one in which its items, policies, vaults and points are searched: their lists are not all read every night."""
Row = Mapping[str, Any]
_ITEMS = (
    "night",
    "item_key",
    "vault_id",
    "friendly_name",
    "workload",
    "source_resource_id",
    "policy_id",
    "observed_at",
)
_VM = "vm"
_TEXTS = ("region", "encryption", "encryption_key")


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as a night saw it."""

    look: Look
    source: tuple[str, str, str] | None
    """Resource, name and workload, lower-cased: what stays the same in another vault; None: Azure did not tell the resource."""


def looks(sealed: SealedRows, runs: Collection[str], night: date, keys: Collection[str]) -> Mapping[str, Seen]:
    """The items of some keys as the last fortnight up to a night saw them; keys that no night of it lists are left out."""
    if not keys:
        return {}
    window = _Window(sealed, runs, look_back(night, NIGHTS), night)
    items = {row["item_key"]: row for row in window.rows(PROTECTED_ITEMS, _ITEMS, _among("item_key", keys))}
    policies = {
        row["policy_id"]: row["content_sha256"]
        for row in window.rows(
            POLICIES,
            ("policy_id", "content_sha256", "observed_at"),
            _among("policy_id", {row["policy_id"] for row in items.values() if row["policy_id"]}),
        )
    }
    vaults = _vaults(window, {row["vault_id"] for row in items.values()})
    machines = {key for key, row in items.items() if (row["workload"] or "").lower() == _VM}
    points = _machines(window, machines)
    return {
        key: Seen(_look(row, policies, vaults.get(row["vault_id"], {}), points.get(key)), source_of(row))
        for key, row in items.items()
    }


def source_of(row: Row) -> tuple[str, str, str] | None:
    """What tells one thing apart whichever vault protects it."""
    source = row["source_resource_id"]
    if not source:
        return None
    return str(source).lower(), str(row["friendly_name"] or "").lower(), str(row["workload"] or "").lower()


@dataclass(frozen=True, slots=True)
class _Window:
    sealed: SealedRows
    runs: Collection[str]
    first: date
    last: date

    def rows(self, table: Table, columns: tuple[str, ...], where: Where | None) -> Iterator[Row]:
        """Wanted rows in the order in which they were observed."""
        found = self.sealed.rows(table, first=self.first, last=self.last, runs=self.runs, columns=columns, where=where)
        yield from found.sort_by("observed_at").to_pylist()


def _vaults(window: _Window, wanted: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """Of each vault the last word about each setting: the list of vaults tells some, their own answers the others."""
    found: dict[str, dict[str, str]] = {}
    for row in window.rows(VAULTS, ("vault_id", *_TEXTS, "observed_at"), _among("vault_id", wanted)):
        found.setdefault(row["vault_id"], {}).update({name: row[name] for name in _TEXTS if row[name]})
    return found


def _machines(window: _Window, wanted: Collection[str]) -> Mapping[str, Row]:
    """What the newest recovery point of each machine tells of it."""
    if not wanted:
        return {}
    columns = ("item_key", "recovery_point_at", "properties", "observed_at")
    newest: dict[str, Row] = {}
    for row in window.rows(RECOVERY_POINTS, columns, _among("item_key", wanted)):
        before = newest.get(row["item_key"])
        if row["recovery_point_at"] and (before is None or row["recovery_point_at"] >= before["recovery_point_at"]):
            newest[row["item_key"]] = row
    return {key: _properties(row["properties"]) for key, row in newest.items()}


def _properties(text: str | None) -> Row:
    try:
        found = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:  # what Azure sent is kept as it came; what cannot be read tells nothing
        return {}
    return found if isinstance(found, dict) else {}


def _look(row: Row, policies: Mapping[str, str], vault: Mapping[str, str], point: Row | None) -> Look:
    is_machine = (row["workload"] or "").lower() == _VM
    told = point or {}
    system = told.get("osType")
    engine = (system if isinstance(system, str) and system else None) if is_machine else row["workload"]
    return Look(
        night=row["night"],
        vault_id=row["vault_id"],
        policy_sha256=policies.get(row["policy_id"] or ""),
        region=vault.get("region"),
        engine=engine,
        encryption=_encryption(vault, told.get("isSourceVMEncrypted")),
    )


def _encryption(vault: Mapping[str, str], disks: object) -> str | None:
    parts = [vault.get("encryption"), vault.get("encryption_key")]
    parts += [f"machine encrypted: {'yes' if disks else 'no'}"] if isinstance(disks, bool) else []
    return ", ".join(one for one in parts if one) or None


def _among(column: str, values: Iterable[str]) -> Where:
    wanted = pa.array(sorted(set(values)), pa.string())
    return lambda rows: rows.filter(pc.is_in(rows[column].cast(pa.string()), value_set=wanted))

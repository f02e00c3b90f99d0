"""One item, or all, as a person asks about them: last state, policy in force, runs and what shows them, points, from sealed rows alone.

Not here: who owns an item (`evidence.notify`), exceptions (`problems`). Invariant: everything is as last observed and says when; what was not
read is absent and never filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.errors import ConfigurationError, SourceError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.nights import look_back
from evidence.records import Vault
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import standing_slots
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import run_file
from evidence.tables import POLICIES, PROTECTED_ITEMS, RECOVERY_POINTS, SLOTS, Table
from evidence.tiers import ItemFacts, TierRule, tier_of

NIGHTS = 14
"""Nights whose runs are shown."""
NIGHTS_SEARCHED = 31
"""Nights in which an item, its policy and its points are searched."""
_ITEMS = (
    "item_key",
    "item_id",
    "vault_id",
    "friendly_name",
    "workload",
    "management_type",
    "server_name",
    "instance_name",
    "policy_id",
    "protection_state",
    "health",
    "last_backup_status",
    "last_backup_at",
    "last_recovery_point_at",
    "soft_deleted",
    "night",
    "observed_at",
)
_POINTS = (
    "recovery_point_id",
    "recovery_point_at",
    "range_start_at",
    "range_end_at",
    "point_type",
    "consistency",
    "tiers",
    "expires_at",
    "soft_deleted",
    "observed_at",
)
_POLICIES = ("policy_id", "content_sha256", "workload", "schedule", "retention", "time_zone", "observed_at")
_SLOTS = tuple(
    name for name in SLOTS.names() if name not in {"capture_id", "call_id", "tenant_id", "evidence_grade", "run_id"}
)
Row = Mapping[str, Any]
Where = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item as it was seen last."""

    row: Row
    vault: Vault | None
    """None where no run of that night names its vault."""
    name: str
    tier: int | None

    @property
    def key(self) -> str:
        """Its key."""
        return str(self.row["item_key"])

    @property
    def vault_name(self) -> str:
        """Name of its vault."""
        return self.vault.name if self.vault else str(self.row["vault_id"]).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The sealed nights of a store, to be asked about items."""

    store: EvidenceStore
    entries: Sequence[LedgerEntry]
    rules: Sequence[TierRule]

    @property
    def night(self) -> date:
        """The newest sealed night; raises SourceError where there is none."""
        nights = sealed_nights(self.entries)
        if not nights:
            raise SourceError("No night is sealed, so no item is known.", next_step="backup-evidence run --night …")
        return max(nights)

    @property
    def sealed(self) -> SealedRows:
        """Rows of Azure's own answers."""
        return SealedRows(self.store, named_paths(self.entries)).of_azure()

    def items(self, nights: int = 1, where: Where | None = None) -> Sequence[ShownItem]:
        """Items seen in the last nights, each as seen last, by vault and name."""
        rows = self._rows(PROTECTED_ITEMS, _ITEMS, nights, where)
        last = {row["item_key"]: row for row in rows}
        vaults = self._vaults(nights)
        found = [self._shown(row, vaults.get(row["vault_id"])) for row in last.values()]
        return sorted(found, key=lambda one: (one.vault_name, one.name.casefold(), one.key))

    def find(self, asked: str) -> ShownItem:
        """The one item of a key, a name, or a pattern of either; raises ConfigurationError for none or several."""
        wanted = asked.casefold()
        found = [one for one in self.items(NIGHTS_SEARCHED) if _fits(one, wanted)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise ConfigurationError(
                f"No item is called {asked!r}.",
                cause=f"Searched in the {NIGHTS_SEARCHED} nights up to {self.night}.",
                next_step="backup-evidence items list",
            )
        told = "; ".join(f"{one.name} in {one.vault_name}: {one.key}" for one in found[:5])
        raise ConfigurationError(
            f"{len(found)} items are called {asked!r}.", cause=told, next_step="Name one by its key."
        )

    def slots(self, keys: Sequence[str] | None, nights: int = NIGHTS) -> Sequence[Row]:
        """Runs of items (None: all) of the last nights as they stand, newest first."""
        wanted = None if keys is None else pa.array(sorted(keys), pa.string())
        where = None if wanted is None else lambda rows: _among(rows, "item_key", wanted)
        sealed = SealedRows(self.store, named_paths(self.entries))
        first = look_back(self.night, nights)
        rows = standing_slots(sealed, self.entries, first, self.night, columns=_SLOTS, where=where).to_pylist()
        return sorted(rows, key=lambda row: (row["slot_at"], row["part"], row["item_key"]), reverse=True)

    def policy(self, item: ShownItem) -> Row | None:
        """The item's policy as seen last; None where it names none, or none was read."""
        wanted = pa.array([item.row["policy_id"]], pa.string())
        rows = self._rows(POLICIES, _POLICIES, NIGHTS_SEARCHED, lambda rows: _among(rows, "policy_id", wanted))
        return rows[-1] if rows else None

    def points(self, item: ShownItem) -> Sequence[Row]:
        """Points of an item as seen last in the nights searched, newest first; ranges of logs by their end."""
        wanted = pa.array([item.key], pa.string())
        rows = self._rows(RECOVERY_POINTS, _POINTS, NIGHTS_SEARCHED, lambda rows: _among(rows, "item_key", wanted))
        last = {(row["recovery_point_id"], row["range_start_at"]): row for row in rows}
        return sorted(last.values(), key=_made_at, reverse=True)

    def _rows(self, table: Table, columns: Sequence[str], nights: int, where: Where | None) -> Sequence[Row]:
        """Rows of the last nights in the order in which they were observed."""
        read = list(dict.fromkeys([*columns, "item_key"])) if table is RECOVERY_POINTS else columns
        first = look_back(self.night, nights)
        rows = self.sealed.rows(table, first=first, last=self.night, columns=read, where=where)
        found: Sequence[Row] = rows.select(list(columns)).sort_by("observed_at").to_pylist()
        return found

    def _vaults(self, nights: int) -> Mapping[str, Vault]:
        first = look_back(self.night, nights)
        found: dict[str, Vault] = {}
        sealed = SealedRows(self.store, named_paths(self.entries))
        for night, runs in sorted(sealed_nights(self.entries).items()):
            if night >= first:
                manifest = parse_run_manifest(sealed.content(run_file(night, runs[-1].run_id)))
                found |= {vault.vault_id: vault for vault in manifest.vaults}
        return found

    def _shown(self, row: Row, vault: Vault | None) -> ShownItem:
        name = row["friendly_name"] or row["item_key"].rpartition("/")[2]
        vault_name = vault.name if vault else row["vault_id"].rpartition("/")[2]
        region = vault.region if vault else None
        facts = ItemFacts(name, row["item_id"], vault_name, row["vault_id"], region, row["workload"])
        return ShownItem(row, vault, name, tier_of(facts, self.rules))


def _made_at(row: Row) -> float:
    moment: datetime | None = row["recovery_point_at"] or row["range_end_at"]
    return moment.timestamp() if moment else 0.0


def _fits(item: ShownItem, wanted: str) -> bool:
    names = (item.key, item.name.casefold(), f"{item.vault_name}/{item.name}".casefold())
    return any(name == wanted or fnmatchcase(name, wanted) for name in names)


def _among(rows: pa.Table, column: str, values: pa.Array[Any]) -> pa.Table:
    return rows.filter(pc.is_in(rows[column].cast(pa.string()), value_set=values))

"""What the gate looks at in a store: the items of a night, and the last judgement of every slot that was due then or before.

Not here: the verdict (`gate`). Invariant: only what the ledger names is read; a night without a standing judgement of its slots is an error
that says so, never an empty list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.values import Outcome
from evidence.errors import SourceError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.nights import look_back
from evidence.records import Vault
from evidence.runs.assess import standing_assessment
from evidence.runs.gate import GateItem, GateSlot
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import Where, standing_slots
from evidence.tables import PROTECTED_ITEMS, SLOTS
from evidence.tiers import ItemFacts, TierRule, tier_of

NIGHTS_LOOKED_BACK = 35
"""How far back an item's last due run is searched: monthly policies have one within them."""
_ITEM_COLUMNS = ("item_key", "item_id", "vault_id", "friendly_name", "workload", "soft_deleted", "observed_at")
_SLOT_COLUMNS = (
    "item_key",
    "vault_id",
    "item_name",
    "workload",
    "tier",
    "part",
    "slot_at",
    "event_night",
    "outcome",
    "reason",
    "job_ids",
)


def refuse_unjudged(entries: Sequence[LedgerEntry], night: date) -> None:
    """Raise SourceError where a night was not captured, or its slots have not been judged: then nobody looked."""
    next_step = f"backup-evidence run --night {night}"
    if night not in sealed_nights(entries):
        raise SourceError(f"Night {night} is not sealed, so nothing is known of its backups.", next_step=next_step)
    assessment = standing_assessment(entries, night)
    if assessment is None or not any(one.path.startswith(f"assessments/{SLOTS.name}/") for one in assessment.objects):
        raise SourceError(f"The backups of night {night} have not been judged.", next_step=next_step)


def items_of(
    sealed: SealedRows, night: date, vaults: Mapping[str, Vault], rules: Sequence[TierRule]
) -> Sequence[GateItem]:
    """Items of some vaults as last seen on a night, without those that Azure only keeps until their deletion; by key."""
    rows = sealed.of_azure().rows(
        PROTECTED_ITEMS, first=night, last=night, columns=_ITEM_COLUMNS, where=lambda rows: _of(rows, vaults.keys())
    )
    last = {row["item_key"]: row for row in rows.sort_by("observed_at").to_pylist()}
    return [_item(row, vaults[row["vault_id"]], rules) for _, row in sorted(last.items()) if not row["soft_deleted"]]


def _item(row: Mapping[str, Any], vault: Vault, rules: Sequence[TierRule]) -> GateItem:
    name = row["friendly_name"] or row["item_key"].rpartition("/")[2]
    facts = ItemFacts(name, row["item_id"], vault.name, vault.vault_id, vault.region, row["workload"])
    return GateItem(row["item_key"], vault.vault_id, name, row["workload"], tier_of(facts, rules))


def slots_of(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    night: date,
    before: datetime,
    vaults: Collection[str],
    items: Sequence[GateItem],
) -> Iterator[GateSlot]:
    """Slots of some vaults on a night; of items that had none due before a moment, those of the nights before too."""
    tonight = list(_slots(sealed, entries, night, night, lambda rows: _of(rows, vaults)))
    yield from tonight
    due = {one.item.item_key for one in tonight if one.slot_at < before and one.outcome is not Outcome.NOT_EXPECTED}
    left = pa.array(sorted({one.item_key for one in items} - due), pa.string())
    if len(left):
        first, last = look_back(night, NIGHTS_LOOKED_BACK), look_back(night, 2)
        yield from _slots(sealed, entries, first, last, lambda rows: _among(rows, "item_key", left))


def _slots(
    sealed: SealedRows, entries: Sequence[LedgerEntry], first: date, last: date, where: Where
) -> Iterator[GateSlot]:
    for row in standing_slots(sealed, entries, first, last, columns=_SLOT_COLUMNS, where=where).to_pylist():
        name = row["item_name"] or row["item_key"].rpartition("/")[2]
        yield GateSlot(
            item=GateItem(row["item_key"], row["vault_id"], name, row["workload"], row["tier"]),
            part=row["part"],
            slot_at=row["slot_at"],
            night=row["event_night"],
            outcome=Outcome(row["outcome"]),
            reason=row["reason"],
            job_ids=tuple(row["job_ids"] or ()),
        )


def _of(rows: pa.Table, vaults: Collection[str]) -> pa.Table:
    return _among(rows, "vault_id", pa.array(sorted(vaults), pa.string()))


def _among(rows: pa.Table, column: str, values: pa.Array[Any]) -> pa.Table:
    # Texts that repeat come as dictionaries, in which is not searched.
    return rows.filter(pc.is_in(rows[column].cast(pa.string()), value_set=values))

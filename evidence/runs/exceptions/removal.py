"""What the evidence tells of an item that a person says was removed: that it is gone, and how long its points are kept.

Not here: recording the decision (`exceptions.decided`). Invariants: an item that its vault's list still names as protected was not removed; where
the list was not read, nobody's word stands in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.exceptions.states import Standing
from evidence.errors import RefusedError
from evidence.ledger.decisions import Removal
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.runs.judging.lists import item_lists
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.tables import PROTECTED_ITEMS, RECOVERY_POINTS

_STATE = ["item_key", "protection_state", "soft_deleted", "observed_at", "run_id"]
_POINTS = ["item_key", "recovery_point_id", "recovery_point_at", "expires_at", "soft_deleted", "observed_at"]
_STOPPED = "protectionstopped"


def removal_of(parts: Parts, entries: Sequence[LedgerEntry], standing: Standing) -> Removal:
    """What is known of the removal; raises RefusedError where the item is still protected, or nobody looked."""
    sealed = SealedRows(parts.store, named_paths(entries)).of_azure()
    nights = {night: runs for night, runs in sealed_nights(entries).items() if not runs[-1].late}
    item, vault = standing.finding.item_key or "", standing.finding.vault_id
    for night in sorted(nights, reverse=True)[:1]:
        whole = item_lists(sealed, entries, night, night).of_vault.get(vault, ())
        if whole:
            told = _told(sealed, night, item, whole[-1][1])
            points, expires = _kept(sealed, item, parts.clock.now())
            return Removal(night, told, points, expires)
    raise RefusedError(
        "Whether the item was removed cannot be told, so it is not closed as decommissioned.",
        cause="The newest sealed night has no whole list of the vault's items.",
        next_step="Capture a night in which the vault can be read, then close it.",
    )


def _told(sealed: SealedRows, night: date, item: str, run_id: str) -> str:
    rows = _rows_of(sealed.rows(PROTECTED_ITEMS, first=night, last=night, columns=_STATE), item)
    mine = [row for row in rows if row["run_id"] == run_id]
    if not mine:
        return f"The list of the vault's items of the night of {night} does not name it."
    last = mine[-1]
    if last["soft_deleted"]:
        return f"On the night of {night} it was soft-deleted."
    if str(last["protection_state"] or "").casefold() == _STOPPED:
        return f"On the night of {night} its protection was stopped."
    raise RefusedError(
        "The item was not removed, so it is not closed as decommissioned.",
        cause=f"The list of the night of {night} names it, {last['protection_state'] or 'without a state'}.",
        next_step="Stop its protection or remove it in Azure, and close it after the next night; or mend its backup.",
    )


def _kept(sealed: SealedRows, item: str, now: datetime) -> tuple[int, datetime | None]:
    """Points of the item that are still kept by what was last seen of each, and when the last of them expires."""
    last: dict[tuple[object, object], dict[str, object]] = {}
    for rows in sealed.each(RECOVERY_POINTS, lambda one: _of(one, item), _POINTS):
        for row in rows.sort_by("observed_at").to_pylist():
            last[row["recovery_point_id"], row["recovery_point_at"]] = row
    times = [row["expires_at"] for row in last.values() if not row["soft_deleted"]]
    kept = [at for at in times if not isinstance(at, datetime) or at > now]
    return len(kept), max((at for at in kept if isinstance(at, datetime)), default=None)


def _rows_of(rows: pa.Table, item: str) -> Sequence[dict[str, object]]:
    found: list[dict[str, object]] = _of(rows, item).sort_by("observed_at").to_pylist()
    return found


def _of(rows: pa.Table, item: str) -> pa.Table:
    return rows.filter(pc.equal(rows["item_key"], pa.scalar(item)))

"""How much vaults store and grow, from the sizes of recovery points where Azure tells them, from sealed rows.

Not here: the rule (`assess.trends.growth`). Invariant: what a vault stores is known only where the points of all its items were listed, each with its size;
of all other vaults it is said that it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.drift.values import Drift, NotCompared
from evidence.assess.trends.growth import growth_finding
from evidence.assess.trends.robust import WINDOW
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.nights import Calendar
from evidence.records import SUBSCRIPTION_LIST
from evidence.runs.sealed import SealedRows
from evidence.tables import PROTECTED_ITEMS, RECOVERY_POINTS

_POINT = ["vault_id", "item_key", "recovery_point_id"]
_COLUMNS = [*_POINT, "size_bytes", "range_start_at"]
Stored = Mapping[str, int | None]
"""Bytes by vault; None where they are not known."""


def growth_found(
    sealed: SealedRows, entries: Sequence[LedgerEntry], night: date, calendar: Calendar
) -> tuple[Drift, frozenset[str]]:
    """Hints about vaults that grew unlike before, and how many vaults tell no sizes; beside them the vaults that do."""
    runs = {at: many[-1].run_id for at, many in sealed_nights(entries).items()}
    if night not in runs:
        return Drift(), frozenset()
    tonight = stored(sealed, night, runs[night])
    known = {vault: held for vault, held in tonight.items() if held is not None}
    nights = [night - timedelta(days=back) for back in range(WINDOW + 1, 0, -1)] if known else []
    before = {at: stored(sealed, at, runs[at]) for at in nights if at in runs}
    found = []
    for vault, held in sorted(known.items()):
        earlier = [(at, told.get(vault)) for at, told in before.items()]
        hint = growth_finding(vault, vault.rpartition("/")[2], [*earlier, (night, held)], calendar.window(night).end)
        found += [hint] if hint is not None else []
    unknown = _unknown(len(tonight) - len(known), len(tonight))
    return Drift(tuple(found), tuple(unknown)), frozenset(known)


def _unknown(vaults: int, of: int) -> Sequence[NotCompared]:
    if not vaults:
        return ()
    reason = "Azure did not tell the size of every recovery point of every item of theirs."
    return [NotCompared(SUBSCRIPTION_LIST, f"how much {vaults:,} of {of:,} vaults store", reason)]


def stored(sealed: SealedRows, night: date, run_id: str) -> Stored:
    """What each vault whose items were listed held."""
    azure = sealed.of_azure()
    items = azure.rows(PROTECTED_ITEMS, first=night, last=night, runs={run_id}, columns=["vault_id", "item_key"])
    points = azure.rows(RECOVERY_POINTS, first=night, last=night, runs={run_id}, columns=_COLUMNS)
    # Ranges of logs are told without a size, and are no points.
    points = points.filter(pc.is_null(points["range_start_at"]))
    each = points.group_by(_POINT).aggregate([("size_bytes", "max")])
    sized: Any = pc.cast(pc.is_valid(each["size_bytes_max"]), pa.int64())
    told = each.append_column("sized", sized).group_by(["vault_id", "item_key"])
    by_item = told.aggregate([("sized", "min"), ("size_bytes_max", "sum")])
    whole = {
        row["item_key"]: row["size_bytes_max_sum"] for row in by_item.filter(pc.equal(by_item["sized_min"], pa.scalar(1))).to_pylist()
    }  # fmt: skip
    found: dict[str, int | None] = {}
    for row in items.group_by(["vault_id", "item_key"]).aggregate([]).to_pylist():
        size, held = whole.get(row["item_key"]), found.get(row["vault_id"], 0)
        found[row["vault_id"]] = None if size is None or held is None else held + size
    return found

"""How much of a pack's period each item was within its recovery point objective: the numbers that the command `rpo --period` tells, as a table.

Not here: judging (`evidence.runs.attained`), the chapter. Invariant: the table is there for all items of the scope, or it is not there: a fleet for which it would take
longer than the rest of the pack is told by the command alone, and the chapter says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pyarrow as pa

from evidence.assess.points.values import Attainment
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.packs.period import Period
from evidence.packs.scope import PackScope
from evidence.runs.attained import Objectives
from evidence.runs.parts import Parts
from evidence.runs.points_seen import PointsSeen
from evidence.runs.rules_then import InUse
from evidence.tables import ATTAINMENT, PROTECTED_ITEMS, from_rows

MOST_ITEM_NIGHTS = 200_000
"""Items times nights up to which a pack tells attainment: about eight seconds."""


def attainment_table(
    parts: Parts, entries: Sequence[LedgerEntry], period: Period, scope: PackScope
) -> Mapping[str, pa.Table]:
    """The table by its name; nothing for a fleet of more item nights than MOST_ITEM_NIGHTS."""
    if item_nights(entries, period) > MOST_ITEM_NIGHTS:
        return {}
    today = InUse(parts.configuration_sha256, parts.judgement)
    asked = Objectives(parts.store, entries, parts.calendar, scope.holds, today)
    rows = [_row(one, told) for one, told in asked.attainments(period.first, period.last, parts.clock.now())]
    return {ATTAINMENT.name: from_rows(ATTAINMENT, rows)}


def item_nights(entries: Sequence[LedgerEntry], period: Period) -> int:
    """Rows of items that the nights of a period told, of all scopes."""
    nights = sealed_nights(entries)
    runs = (nights[night][-1] for night in period.nights() if night in nights)
    return sum(run.tables.get(PROTECTED_ITEMS.name, 0) for run in runs)


def _row(one: PointsSeen, told: Attainment) -> Mapping[str, object]:
    about, target = one.points.about, told.target
    return {
        "vault_id": about.vault_id,
        "item_key": about.item_key,
        "name": about.name,
        "workload": about.workload,
        "tier": about.tier,
        "standing": str(told.standing),
        "from_at": told.start,
        "to_at": told.end,
        "target_s": None if target is None else target.rpo.total_seconds(),
        "target_source": None if target is None else target.source,
        "within_s": _seconds(told.attained),
        "out_s": _seconds(told.missed),
        "unknown_s": _seconds(told.unknown),
        "max_gap_s": None if told.max_gap is None else _seconds(told.max_gap),
        "breaches": told.breaches,
    }


def _seconds(span: timedelta) -> float:
    return span.total_seconds()

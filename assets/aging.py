"""A pack a week for every scope: which failures stand unresolved, and what moved. No asset: weeks are no partition (one dimension, the night)."""

import dagster as dg

from assets.workbench import Workbench
from evidence.packs.added import ordered_period
from evidence.packs.aging.pack import KIND
from evidence.packs.aging.weekly import ensure_aging_pack, last_ended_week
from evidence.packs.period import parse_period

OP = "aging_packs"


class AgingWeek(dg.Config):
    """Which week is packed."""

    week: str = ""
    """As `2026-W47`; empty for the last one whose nights have all ended."""


@dg.op(name=OP, description="Builds the aging pack of a week for each scope; one that stands is left as it is.")
def aging_packs(context: dg.OpExecutionContext, config: AgingWeek, workbench: dg.ResourceParam[Workbench]) -> None:
    """Build what is missing; raises what building raises."""
    composition, sealing = workbench.composition, workbench.sealing
    parts = composition.parts
    ended = last_ended_week(composition.calendar, composition.clock.now())
    week = ordered_period(KIND, parse_period(config.week)) if config.week else ended
    for scope in composition.scopes():
        pack = ensure_aging_pack(parts, sealing, scope, week)
        told = (pack.pack_id, pack.entry.payload["completeness"], pack.entry.sequence)
        context.log.info("%s: %s, ledger entry %s", *told)

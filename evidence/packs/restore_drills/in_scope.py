"""The items that were in scope in a quarter, as its own nights knew them, and which of them the rules make due.

Not here: reading populations (`evidence.runs.drills.population`), how each item stands (`items`). Invariants: what later nights saw does not change who was in scope; a
quarter of which no night is sealed knows no item, and is no quarter without any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evidence.drills.configured import plan_rules
from evidence.drills.due import Quarter
from evidence.drills.fold import Book
from evidence.drills.plan import drawn
from evidence.drills.population import Absent, PopulationItem
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.packs.restore_drills.items import ScopedItem
from evidence.packs.restore_drills.story import Story
from evidence.packs.scope import PackScope
from evidence.runs.drills.population import PopulationRules, population
from evidence.runs.parts import Parts
from evidence.settings.drills import DrillSettings
from evidence.tiers import TierRule


@dataclass(frozen=True, slots=True)
class DrillRules:
    """By what drills of a pack are judged anew: everything else was fixed when they were planned."""

    settings: DrillSettings = field(default_factory=DrillSettings)
    tiers: tuple[TierRule, ...] = ()


def items_in_scope(
    parts: Parts, entries: Sequence[LedgerEntry], book: Book, story: Story, scope: PackScope, rules: DrillRules
) -> tuple[ScopedItem, ...]:
    """By key; none where no night of the quarter or before is sealed, which the pack's completeness says. Raises IntegrityError, StoreError."""
    known = _until(entries, story.quarter)
    if not sealed_nights(known):
        return ()
    of = PopulationRules(rules.settings, rules.tiers, parts.approved, scope.holds)
    found = population(parts.store, known, book, story.quarter, of, story.as_of)
    due = {one.item.item_key: one.reasons for one in drawn(found, story.quarter, None, plan_rules(rules.settings)).due}
    items = [_item(one, due.get(one.item_key, ())) for one in found.items]
    return tuple(sorted([*items, *map(_absent, found.absent)], key=lambda one: one.item_key))


def _until(entries: Sequence[LedgerEntry], quarter: Quarter) -> Sequence[LedgerEntry]:
    """The ledger without the nights after the quarter."""
    later = {
        run.entry.sequence for night, runs in sealed_nights(entries).items() if night > quarter.last for run in runs
    }
    return [one for one in entries if one.sequence not in later]


def _item(one: PopulationItem, reasons: tuple[str, ...]) -> ScopedItem:
    return ScopedItem(
        one.item_key, one.vault_id, one.subject, one.workload, one.region, one.tier, one.application, reasons
    )


def _absent(one: Absent) -> ScopedItem:
    return ScopedItem(one.item_key, one.vault_id, one.subject, None, None, None, None, (), one.why)

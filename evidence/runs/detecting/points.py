"""What the detectors of points found on a night, from sealed rows.

Not here: the rules (`assess.points`), bad runs (`judging.findings`), drift (`detecting.drift`). Invariant: an item that was not
counted, or whose points were not read, gives no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from evidence.assess.findings import Finding
from evidence.assess.points.detect import point_findings
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar, look_back
from evidence.runs.judging.lists import item_lists
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.points_fresh import items_to_look_at
from evidence.runs.points_seen import Asked, points_seen
from evidence.runs.sealed import SealedRows

NIGHTS_COMPARED = 1
"""Nights before it: a list that was read whole tells all points that are kept, and the one before tells which of them are gone."""


def points_found(
    sealed: SealedRows, entries: Sequence[LedgerEntry], night: date, calendar: Calendar, rules: JudgementRules
) -> Iterator[Finding]:
    """Breaches, gaps, broken chains, downgrades and early expiries of a night, by vault and item."""
    window = calendar.window(night)
    first = look_back(night, NIGHTS_COMPARED + 1)
    lists = item_lists(sealed, entries, first, night)
    items = items_to_look_at(sealed, lists, first, night, window.end, rules)
    asked = Asked(night, night, lambda _: True, rules.tiers, rules.slots, NIGHTS_COMPARED, items=items)
    for one in points_seen(sealed, entries, asked):
        until = one.points.counted_until
        if until is None or until > window.end:
            then = one.at(window.end)
            yield from point_findings(one.points, then.wanted, then.target, night, window)

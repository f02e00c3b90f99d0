"""Items whose points expired early, and of which all that earlier nights saw is kept as promised by now, from sealed rows.

Not here: the rule (`assess.points.expiry`), what follows (`assess.exceptions.closing`). Invariants: points that are gone count as the nights since
the problem was found saw them; where the policy changed since, or the points were not listed whole again, nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from evidence.assess.exceptions.states import ENDED, Standing
from evidence.assess.findings import Class
from evidence.assess.points.detect import point_findings
from evidence.assess.points.values import Of
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.points_seen import Asked, PointsSeen, points_seen
from evidence.runs.sealed import SealedRows

FURTHEST_BACK = 60
"""Nights before the problem was found, whose lists may have told the points that are gone (as `detecting.expiry` looks)."""
MOST_NIGHTS = 400
"""Nights after which an early expiry is left to a person: a year of points, and their lists before."""


def items_kept_as_promised(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    night: date,
    calendar: Calendar,
    rules: JudgementRules,
    standing: Iterable[Standing],
) -> frozenset[str]:
    """Keys of items with a standing early expiry that no longer shows on a night, although their points were listed whole since."""
    asked = _early(standing, night)
    if not asked:
        return frozenset()
    nights = max((night - one.sightings[0][0]).days for one in asked.values()) + FURTHEST_BACK
    vaults = {one.finding.vault_id for one in asked.values()}
    of_items = Asked(
        night, night, lambda one: one.vault_id in vaults, rules.tiers, rules.slots, nights, items=asked.keys()
    )
    return frozenset(
        one.points.about.item_key
        for one in points_seen(sealed, entries, of_items)
        if _kept(one, asked[one.points.about.item_key], night, calendar)
    )


def _early(standing: Iterable[Standing], night: date) -> Mapping[str, Standing]:
    mine = (one for one in standing if one.class_ is Class.EXPIRES_EARLY and one.state not in ENDED)
    return {
        one.finding.item_key: one
        for one in mine
        if one.finding.item_key is not None and 0 < (night - one.sightings[0][0]).days <= MOST_NIGHTS
    }


def _kept(seen: PointsSeen, standing: Standing, night: date, calendar: Calendar) -> bool:
    window, points = calendar.window(night), seen.points
    last = calendar.window(standing.sightings[-1][0]).end
    listed = any(one.whole and one.of is Of.POINTS and one.read_at >= window.end > last for one in points.readings)
    if not listed or any(one.wanted != seen.in_force[0].wanted for one in seen.in_force):
        return False
    then = seen.at(window.end)
    found = point_findings(points, then.wanted, then.target, night, window)
    return then.wanted.promises is not None and all(one.class_ is not Class.EXPIRES_EARLY for one in found)

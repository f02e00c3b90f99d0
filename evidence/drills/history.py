"""What earlier drills say of an item: when one was accepted last, what was rejected, what is planned, and until when it is waived.

Not here: the drills themselves (`fold`), what changed since (`changes`). Invariant: a superseded record counts for nothing; a drill counts on the day on which its
restore ended, not on the day of its sign-off, and never in a later quarter than the one that it was planned for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from evidence.drills.coverage import executed_at
from evidence.drills.due import Quarter
from evidence.drills.guards import BEFORE_REVIEW
from evidence.drills.values import ACCEPTING, Drill, State

_QUARTERS_OF_REST = 2
_WAITING = frozenset({State.REJECTED, State.REMEDIATION})
_UNDER_WAY = BEFORE_REVIEW | ACCEPTING | {State.IN_REVIEW}


@dataclass(frozen=True, slots=True)
class History:
    """An item's earlier drills."""

    last_accepted: date | None = None
    last_accepted_drill: str | None = None
    rejected_drill: str | None = None
    """That waits for an accepted retest."""
    planned: tuple[str, ...] = ()
    """Of the quarter, under way or accepted."""
    drilled_lately: bool = False
    waived_until: date | None = None


NO_HISTORY = History()


def is_under_way(drill: Drill) -> bool:
    """Whether a drill is planned, in work or accepted: its item needs no other in the quarter."""
    return drill.state in _UNDER_WAY


def histories(drills: Iterable[Drill], quarter: Quarter) -> Mapping[str, History]:
    """By item key, of all drills that stand."""
    of_items: defaultdict[str, list[Drill]] = defaultdict(list)
    for one in drills:
        if one.superseded_by is None:
            of_items[one.planned.item_key].append(one)
    return {key: _history(found, quarter) for key, found in of_items.items()}


def _history(drills: list[Drill], quarter: Quarter) -> History:
    done = sorted(
        (_counts_on(one, at.date()), one.planned.drill_id)
        for one in drills
        if one.state in ACCEPTING and (at := executed_at(one))
    )
    last, drill_id = done[-1] if done else (None, None)
    rejected = sorted(one.planned.drill_id for one in drills if one.state in _WAITING)
    waivers = [one.waiver.until for one in drills if one.state is State.WAIVED and one.waiver is not None]
    return History(
        last_accepted=last,
        last_accepted_drill=drill_id,
        rejected_drill=rejected[-1] if rejected else None,
        planned=tuple(
            sorted(one.planned.drill_id for one in drills if one.planned.quarter == quarter.name and is_under_way(one))
        ),
        drilled_lately=last is not None and _rest_begins(quarter) <= last < quarter.first,
        waived_until=max(waivers, default=None),
    )


def _counts_on(drill: Drill, ended: date) -> date:
    """The day on which its restore ended, at the latest the last of its quarter: one drill does not prove two quarters by being late."""
    try:
        return min(ended, Quarter.named(drill.planned.quarter).last)
    except ValueError:
        return ended


def _rest_begins(quarter: Quarter) -> date:
    """The first day of the two quarters before."""
    whole = quarter.year * 4 + quarter.number - 1 - _QUARTERS_OF_REST
    return Quarter(whole // 4, whole % 4 + 1).first

"""Items that were in scope in a quarter, which of them were due and why, and how each stands. Pure.

Not here: who was in scope and what the rules demand (`evidence.runs.drills.population`). Invariants: an item that was due and never planned stands there as such; a
drill whose record was superseded proves nothing of its item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.drills.coverage import YEAR, executed_at
from evidence.drills.values import ACCEPTING, Drill, State
from evidence.packs.restore_drills.story import Story

Row = Mapping[str, object]
NOT_PLANNED, NOT_DUE = "not planned", "not due"
_BEST = (
    *(State.ACCEPTED, State.ACCEPTED_WITH_DEVIATIONS, State.IN_REVIEW, State.VALIDATED, State.EVIDENCE_LINKED),
    *(State.EXECUTED, State.PLANNED, State.REMEDIATION, State.REJECTED, State.CLOSED, State.WAIVED, State.MISSED),
    State.CANCELLED,
)
"""What an item is told by where several drills are of it, best first."""


@dataclass(frozen=True, slots=True)
class ScopedItem:
    """One item that was in scope at some time of the quarter."""

    item_key: str
    vault_id: str
    name: str
    workload: str | None
    region: str | None
    tier: int | None
    application: str | None
    due_because: tuple[str, ...]
    """Every reason for which the rules make it due; empty: they do not."""
    absent_because: str | None = None
    """Why it cannot be drilled; None: it can."""


def item_rows(story: Story, items: Sequence[ScopedItem]) -> list[Row]:
    """One row an item in scope, and one for each item that a drill of the quarter is of and no list showed."""
    drills: dict[str, list[Drill]] = {}
    for one in story.drills:
        drills.setdefault(one.planned.item_key, []).append(one)
    listed = {one.item_key for one in items}
    planned = [
        _unseen(found) for key, found in drills.items() if key not in listed and any(_of(story, one) for one in found)
    ]
    return [_row(story, one, drills.get(one.item_key, [])) for one in (*items, *planned)]


def _of(story: Story, drill: Drill) -> bool:
    return drill.planned.quarter == story.quarter.name


def _unseen(drills: Sequence[Drill]) -> ScopedItem:
    one = drills[0].planned
    return ScopedItem(one.item_key, one.vault_id, one.subject, one.workload, None, one.tier, one.application, ())


def _row(story: Story, item: ScopedItem, drills: Sequence[Drill]) -> Row:
    standing = [one for one in drills if one.superseded_by is None]
    mine = [one for one in standing if _of(story, one)]
    last = story.quarter.last
    accepted = last_accepted(
        one for one in standing if (ended := executed_at(one)) is not None and ended.date() <= last
    )
    at = None if accepted is None else executed_at(accepted)
    return {
        "item_key": item.item_key,
        "vault_id": item.vault_id,
        "name": item.name,
        "workload": item.workload,
        "region": item.region,
        "tier": item.tier,
        "application": item.application,
        "due_because": list(item.due_because),
        "absent_because": item.absent_because,
        "planned": bool(mine),
        "standing": _standing(mine, due=bool(item.due_because)),
        "last_accepted_drill": accepted and accepted.planned.drill_id,
        "last_accepted_at": at,
        "within_a_year": at is not None and _within_a_year(at.date(), story.quarter.last),
    }


def last_accepted(drills: Iterable[Drill]) -> Drill | None:
    """The accepted drill that was executed last; None where there is none."""
    found = [(executed_at(one), one.planned.drill_id, one) for one in drills if one.state in ACCEPTING]
    known = [(at, name, one) for at, name, one in found if at is not None]
    return max(known, key=lambda told: told[:2])[2] if known else None


def _within_a_year(day: date, last: date) -> bool:
    return last - YEAR < day <= last


def _standing(drills: Sequence[Drill], *, due: bool) -> str:
    if drills:
        return str(min((one.state for one in drills), key=_BEST.index))
    return NOT_PLANNED if due else NOT_DUE

"""Which drills a quarter's pack tells, and which events bear them out. Pure over the ledger's book.

Not here: the story that they make (`story`). Invariants: every drill planned for the quarter in scope is told, whatever became of it; a drill that tests one
of them again, that one of them tests again, or whose record took the place of one, comes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

from evidence.drills.coverage import YEAR, executed_at
from evidence.drills.due import Quarter
from evidence.drills.events import (
    DrillPlanned,
    PlanApproved,
    PlanDrafted,
    RestoreClassified,
    SeedCommitted,
    SeedRevealed,
)
from evidence.drills.fold import Book
from evidence.drills.values import ACCEPTING, Drill
from evidence.runs.drills.book import ToldEvent

Jobs = Collection[tuple[str, str]]
"""Restore jobs by vault and lower-cased id."""


def chosen_drills(book: Book, quarter: Quarter, in_scope: Callable[[str], bool]) -> frozenset[str]:
    """Ids of the drills that a pack of a quarter tells; `in_scope` says it of a vault's id."""
    mine = [one for one in book.drills.values() if in_scope(one.planned.vault_id)]
    wanted = {
        one.planned.drill_id for one in mine if one.planned.quarter == quarter.name or _still_counts(one, quarter.last)
    }
    return frozenset(_with_kin(wanted, book))


def _still_counts(drill: Drill, last: date) -> bool:
    """Whether it proves its item within twelve months before the quarter's end."""
    at = executed_at(drill)
    return drill.state in ACCEPTING and at is not None and last - YEAR < at.date() <= last


def _with_kin(wanted: set[str], book: Book) -> set[str]:
    """With whatever tests them again, is tested again by them, or takes the place of one."""
    links: dict[str, set[str]] = {}
    for name, drill in book.drills.items():
        for other in (drill.planned.retest_of, drill.superseded_by):
            if other is not None:
                links.setdefault(name, set()).add(other)
                links.setdefault(other, set()).add(name)
    waiting, found = list(wanted), set(wanted)
    while waiting:
        for other in links.get(waiting.pop(), ()):
            if other not in found and other in book.drills:
                found.add(other)
                waiting.append(other)
    return found


def chosen_events(
    told: Sequence[ToldEvent],
    names: Collection[str],
    quarter: Quarter,
    jobs: Jobs,
    in_scope: Callable[[str], bool],
) -> tuple[ToldEvent, ...]:
    """The events about some drills, their plans and those of the quarter that plan anything in scope, and what persons held these restore jobs to be."""
    drafts = [one.event for one in told if isinstance(one.event, PlanDrafted)]
    mine = [
        one
        for one in drafts
        if any(drill.drill_id in names for drill in one.drills) or _is_ours(one, quarter, in_scope)
    ]
    plans, quarters = {one.plan_id for one in mine}, {quarter.name, *(one.quarter for one in mine)}
    return tuple(_chosen(told, set(names), plans, quarters, jobs))


def _is_ours(plan: PlanDrafted, quarter: Quarter, in_scope: Callable[[str], bool]) -> bool:
    """Whether a plan of the quarter plans something in scope, or nothing at all."""
    inside = not plan.drills or any(in_scope(drill.vault_id) for drill in plan.drills)
    return plan.quarter == quarter.name and inside


def _chosen(
    told: Sequence[ToldEvent], names: set[str], plans: set[str], quarters: set[str], jobs: Jobs
) -> Iterator[ToldEvent]:
    for one in told:
        match one.event:
            case SeedCommitted():
                wanted = one.event.quarter in quarters
            case PlanDrafted() | PlanApproved() | SeedRevealed():
                wanted = one.event.plan_id in plans
            case DrillPlanned():
                wanted = one.event.planned.drill_id in names
            case RestoreClassified():
                wanted = (one.event.vault_id, one.event.job_id.lower()) in jobs
            case _:
                wanted = getattr(one.event, "drill_id", None) in names
        if wanted:
            yield one

"""Drills that were missed and quarters that ended without an accepted one, from the ledger's events of drills.

Not here: recording that a drill was missed (`runs.drills.nightly`), which drills there are (`evidence.drills`). Invariants: an item is found once a quarter, whatever
its drills; what was accepted later, or is waived still, is not found; a quarter is judged when it and the grace of its drills are over, and the sentence
tells where the drill stands: unknown is not called missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from evidence.assess.findings import Class, Finding, Severity
from evidence.drills.coverage import executed_at
from evidence.drills.due import Quarter
from evidence.drills.fold import Book
from evidence.drills.rules import STRICT_TIERS
from evidence.drills.values import ACCEPTING, Drill, State
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar
from evidence.runs.drills.book import read_book


@dataclass(frozen=True, slots=True)
class DrillsFound:
    """What a look at the book found, and of which items it looked."""

    findings: tuple[Finding, ...]
    looked: frozenset[str]
    """Keys of all items with a drill: of those the ledger tells all."""


def drills_found(entries: Sequence[LedgerEntry], calendar: Calendar, now: datetime) -> DrillsFound:
    """Items whose drill of a quarter was missed, or whose quarter ended without an accepted one."""
    return drills_missed(read_book(entries), calendar, now)


def drills_missed(book: Book, calendar: Calendar, now: datetime) -> DrillsFound:
    """The same of a book that was read already."""
    by_item: defaultdict[tuple[str, str], list[Drill]] = defaultdict(list)
    for _, drill in sorted(book.drills.items()):
        # Superseded ones too: a record that proves nothing any more leaves its item without a drill of its quarter.
        by_item[drill.planned.quarter, drill.planned.item_key].append(drill)
    proven = _last_proven(book)
    found = [_finding(quarter, drills, proven, calendar, now) for (quarter, _), drills in sorted(by_item.items())]
    return DrillsFound(tuple(one for one in found if one is not None), frozenset(item for _, item in by_item))


def _last_proven(book: Book) -> Mapping[str, datetime]:
    """By item, when its last accepted restore ended."""
    last: dict[str, datetime] = {}
    for drill in book.drills.values():
        at = executed_at(drill)
        if drill.state in ACCEPTING and drill.superseded_by is None and at is not None:
            last[drill.planned.item_key] = max(at, last.get(drill.planned.item_key, at))
    return last


def _finding(
    quarter: str, drills: Sequence[Drill], proven: Mapping[str, datetime], calendar: Calendar, now: datetime
) -> Finding | None:
    drill = max(drills, key=lambda one: (one.planned.window_end, one.planned.drill_id))
    planned = drill.planned
    if proven.get(planned.item_key, datetime.min.replace(tzinfo=UTC)) >= min(
        one.planned.window_start for one in drills
    ):
        return None
    waived = max(
        (one.waiver.until for one in drills if one.waiver is not None and one.superseded_by is None), default=None
    )
    if waived is not None and waived >= now.date():
        return None
    arose = _arose(quarter, drills, waived)
    if arose is None or arose > now:
        return None
    strict = planned.tier in STRICT_TIERS
    return Finding(
        class_=Class.MISSED_DRILL,
        severity=Severity.ERROR if strict else Severity.WARNING,
        vault_id=planned.vault_id,
        item_key=planned.item_key,
        subject=planned.subject,
        error_family=quarter,
        at=arose,
        night=calendar.night_of(arose),
        summary=_summary(quarter, drills, waived, now),
        workload=planned.workload,
        job_ids=tuple(one.job_id for one in drill.executions),
        recommendation="Plan a drill of the item (backup-evidence drills plan), or accept the risk until a day "
        f"(backup-evidence drills waive {planned.drill_id}).",
    )


def _arose(quarter: str, drills: Sequence[Drill], waived: date | None) -> datetime | None:
    """From when an item counts as not drilled: its drill was missed, the quarter and all grace are over, or a waiver ended."""
    missed = [one.planned.window_end + one.planned.grace for one in drills if one.state is State.MISSED]
    if waived is not None:
        return datetime.combine(waived + timedelta(days=1), time(), UTC)
    if missed:
        return min(missed)
    try:
        over = Quarter.named(quarter).following.first
    except ValueError:
        return None  # drills outside any quarter are judged by themselves
    ends = max(one.planned.window_end + one.planned.grace for one in drills)
    grace = max(one.planned.grace for one in drills)
    return max(ends, datetime.combine(over, time(), UTC) + grace)


def _summary(quarter: str, drills: Sequence[Drill], waived: date | None, now: datetime) -> str:
    subject = drills[0].planned.subject
    states = ", ".join(f"{one.planned.drill_id} {_standing(one)}" for one in drills)
    ended = f" The waiver ended on {waived}." if waived is not None and waived < now.date() else ""
    return f"{subject} has no accepted restore drill of {quarter}: {states}.{ended}"


def _standing(drill: Drill) -> str:
    if drill.superseded_by is not None:
        return f"is superseded by {drill.superseded_by}"
    if drill.state is State.PLANNED:
        return "was tried, and nothing completed" if drill.executions else "has no execution that is known of"
    return f"is {str(drill.state).replace('_', ' ')}"

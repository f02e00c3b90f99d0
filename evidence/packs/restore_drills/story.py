"""The drills that a pack tells, as their own events make them, and each record as its last reviewer read it.

Not here: choosing them (`choosing`), their rows (`rows`), files (`files`). Pure. Invariant: builder and verifier call the same fold over the same entries,
so that a pack cannot tell a state that its events do not make.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.drills.due import Quarter
from evidence.drills.events import DrillPlanned, PlanApproved, Reviewed
from evidence.drills.fold import Book, apply
from evidence.drills.spelling import record_sha256
from evidence.drills.values import Drill
from evidence.errors import IntegrityError, RefusedError
from evidence.runs.drills.book import ToldEvent


@dataclass(frozen=True, slots=True)
class Story:
    """The drills of a pack and what was told of them."""

    quarter: Quarter
    as_of: datetime
    """Latest moment of the ledger's entries when the pack was built."""
    told: tuple[ToldEvent, ...]
    """Events about the drills, their plans, and what persons held restores to be; in the order of the ledger."""
    book: Book
    """What these events make."""
    names: tuple[str, ...]
    """The drills that are told, sorted; a plan may hold others."""
    read: Mapping[str, Drill]
    """Records as the last reviewer read them."""
    planned: Mapping[str, datetime]
    """When each drill was planned."""
    plans: Mapping[str, str]
    """Plan of each drill that is of one."""
    last: Mapping[str, int]
    """Last entry of the ledger about each drill."""

    @property
    def drills(self) -> tuple[Drill, ...]:
        """The drills that are told, by id."""
        return tuple(self.book.drills[name] for name in self.names)

    def record(self, name: str) -> tuple[Drill, str]:
        """The record of a drill that the pack holds, and which it is: `signed off` or `as it stands`."""
        found = self.read.get(name)
        return (self.book.drills[name], "as it stands") if found is None else (found, "signed off")

    def record_sha256(self, name: str) -> str:
        """SHA-256 of that record."""
        return record_sha256(self.record(name)[0])


def tell(told: Sequence[ToldEvent], names: Collection[str], quarter: Quarter, as_of: datetime) -> Story:
    """The story of some drills; raises IntegrityError where an event could not have followed the ones before it, or a drill is not told."""
    book, read = Book(), {}
    planned: dict[str, datetime] = {}
    plans: dict[str, str] = {}
    last: dict[str, int] = {}
    for one in told:
        event = one.event
        if isinstance(event, Reviewed) and event.drill_id in book.drills:
            read[event.drill_id] = book.drills[event.drill_id]
        book = _followed(book, one)
        if isinstance(event, PlanApproved):
            of_plan = {drill.drill_id: event.plan_id for drill in book.plans[event.plan_id].drafted.drills}
            plans |= of_plan
            planned |= dict.fromkeys(of_plan, event.at)
            last |= dict.fromkeys(of_plan, one.entry.sequence)
        elif isinstance(event, DrillPlanned):
            planned[event.planned.drill_id] = event.at
            last[event.planned.drill_id] = one.entry.sequence
        elif (name := getattr(event, "drill_id", None)) is not None:
            last[name] = one.entry.sequence
    if missing := sorted(set(names) - book.drills.keys()):
        raise IntegrityError(f"Drill {missing[0]} is told of, and no event plans it.")
    return Story(quarter, as_of, tuple(told), book, tuple(sorted(names)), read, planned, plans, last)


def _followed(book: Book, one: ToldEvent) -> Book:
    try:
        return apply(book, one.event)
    except RefusedError as error:
        raise IntegrityError(
            f"{one.entry.name} could not have followed the events before it.",
            cause=error.message,
            next_step="Compare it with the ledger.",
        ) from error

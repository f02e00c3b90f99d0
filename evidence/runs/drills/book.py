"""The book of drills as the ledger tells it: each event with its entry, and the state that they add up to.

Not here: recording (`recording`), what events do (`evidence.drills.fold`). Invariants: the same entries give the same book; an entry that no guard
lets happen is an error of integrity and never passed over; nothing but the ledger is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evidence.drills.events import DrillPlanned, Event, PlanDrafted, RestoreClassified
from evidence.drills.fold import Book, apply
from evidence.drills.spelling import read_event
from evidence.errors import IntegrityError, RefusedError
from evidence.ledger import drill_events
from evidence.ledger.entries import EntryKind, LedgerEntry


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event and the entry that holds it."""

    event: Event
    entry: LedgerEntry


def read_book(entries: Iterable[LedgerEntry]) -> Book:
    """All drills, plans and decisions as of the last entry; raises IntegrityError naming an entry that does not fit."""
    return BookReader().upto(tuple(entries))


def told_events(entries: Iterable[LedgerEntry], drill_id: str | None = None) -> tuple[ToldEvent, ...]:
    """All events in the order of the ledger, each with its entry; of one drill: its own, its plan's and those of its retests."""
    found = tuple(_told(entries))
    if drill_id is None:
        return found
    return tuple(one for one in found if _is_about(one.event, drill_id))


@dataclass(slots=True)
class BookReader:
    """Reads a growing ledger: what was folded once is not folded again."""

    book: Book = field(default_factory=Book)
    told: tuple[ToldEvent, ...] = ()
    _read: int = 0
    _last: str | None = None

    def upto(self, entries: Sequence[LedgerEntry]) -> Book:
        """The book as of the last of these entries, which begin with those that were read before."""
        if self._read and entries[self._read - 1].entry_id != self._last:
            self.book, self.told, self._read = Book(), (), 0
        later = tuple(_told(entries[self._read :]))
        for one in later:
            self.book = _followed_by(self.book, one)
        self.told += later
        self._read, self._last = len(entries), entries[-1].entry_id if entries else None
        return self.book


def _told(entries: Iterable[LedgerEntry]) -> Iterator[ToldEvent]:
    for entry in entries:
        if entry.kind is EntryKind.DRILL_EVENT:
            expected = drill_events.checked_subject(entry)
            if entry.subject != expected:
                raise _misplaced(entry, f"Its subject is {entry.subject!r} and should be {expected!r}.")
            yield ToldEvent(read_event(entry.payload, entry.name), entry)


def _followed_by(book: Book, told: ToldEvent) -> Book:
    try:
        return apply(book, told.event)
    except RefusedError as error:
        raise _misplaced(told.entry, error.message) from error


def _misplaced(entry: LedgerEntry, why: str) -> IntegrityError:
    return IntegrityError(
        f"{entry.name} could not have been recorded where it stands.",
        cause=why,
        next_step="Find out what wrote it: this program checks every event before it appends it.",
    )


def _is_about(event: Event, drill_id: str) -> bool:
    match event:
        case PlanDrafted():
            return any(one.drill_id == drill_id for one in event.drills)
        case DrillPlanned():
            return drill_id in {event.planned.drill_id, event.planned.retest_of}
        case RestoreClassified():
            return event.classification.drill_id == drill_id
        case _:
            return getattr(event, "drill_id", None) == drill_id

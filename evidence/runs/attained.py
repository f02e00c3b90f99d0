"""Ages and attainment of all items of some vaults, by the targets as they were configured then: what `rpo` prints and what packs hold.

Not here: one item (`points_seen`, `assess.points`), printing, tables. Invariant: the command and the pack ask this one function, so that they tell the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evidence.assess.points.values import Age, Attainment
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.nights import Calendar
from evidence.records import Vault
from evidence.runs.points_seen import Asked, PointsSeen, points_seen
from evidence.runs.rules_then import InUse, Turn, turns
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore

NIGHTS_AFTER = 8
"""Nights after the last one asked about whose captures may tell its points."""


@dataclass(frozen=True, slots=True)
class Objectives:
    """What recovery point objectives are judged by."""

    store: EvidenceStore
    entries: Sequence[LedgerEntry]
    calendar: Calendar
    holds: Callable[[Vault], bool]
    """Which vaults are asked about."""
    today: InUse
    as_today: bool = False
    """Whether today's rules judge all nights, whatever was configured then."""

    def turns(self, first: date, last: date) -> tuple[Turn, ...]:
        """The rules of some nights, and since when each holds."""
        found = turns(self.store, self.entries, first, last, self.today)
        return (Turn(found[0].from_at, self.today),) if self.as_today else found

    def ages(self, moment: datetime) -> Iterator[tuple[PointsSeen, Age]]:
        """How old the newest usable point of each item was at a moment."""
        night = self.calendar.night_of(moment)
        for one in self._seen(night - timedelta(days=1), night):
            yield one, one.age(moment)

    def attainments(self, first: date, last: date, until: datetime) -> Iterator[tuple[PointsSeen, Attainment]]:
        """How much of some nights each item was within its target; of what has not been yet at `until` nothing is told."""
        start, end = self.calendar.span(first, last).start, self.end(first, last, until)
        for one in self._seen(first, last) if start < end else ():
            yield one, one.attainment(start, end)

    def end(self, first: date, last: date, until: datetime) -> datetime:
        """Up to when `attainments` tells."""
        return min(self.calendar.span(first, last).end, max(until, self._last_end()))

    def _last_end(self) -> datetime:
        return self.calendar.window(max(sealed_nights(self.entries))).end

    def _seen(self, first: date, last: date) -> Iterator[PointsSeen]:
        by_time = self.turns(first, last)
        rules = by_time[-1].in_use.rules
        # Lists read on the following nights tell the points of the last ones.
        asked = Asked(
            first,
            last + timedelta(days=NIGHTS_AFTER),
            self.holds,
            by_time[0].in_use.rules.tiers,
            rules.slots,
            later_tiers=[(one.from_at, one.in_use.rules.tiers) for one in by_time[1:]],
        )
        return points_seen(SealedRows(self.store, named_paths(self.entries)), self.entries, asked)

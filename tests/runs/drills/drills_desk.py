"""An opened store in memory on which events of drills are recorded, each by a process of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from evidence.drills.events import DrillPlanned, Event
from evidence.drills.fold import Book
from evidence.drills.values import Drill, Person
from evidence.ledger.drill_events import SIGNED
from evidence.ledger.ledger import Ledger
from evidence.ledger.persons import Account
from evidence.runs.drills.artefacts import attach
from evidence.runs.drills.book import ToldEvent, read_book, told_events
from evidence.runs.drills.recording import Recorded, recorded
from tests.drills.making import PLANNER, START, TENANT, TESTER, planned
from tests.fakes.bench import Bench
from tests.fakes.clock import FakeClock
from tests.fakes.signed_in import SignedIn

BY = Account("anna", 1000, "backup-01")
NAME = "DR-2026Q3-0001"
NOW = START + timedelta(days=60)


@dataclass
class Desk:
    """One store; the clock stands two months after the window of its drills began."""

    bench: Bench = field(default_factory=lambda: Bench(clock=FakeClock(NOW, tick=timedelta(microseconds=1))))

    def __post_init__(self) -> None:
        Ledger(self.bench.store).open(
            tenant=TENANT, organisation="Contoso", first_night=START.date(), at=START, actor="tester"
        )

    def plan(self, drill_id: str = NAME, tier: int | None = 0) -> None:
        """One drill."""
        self.tell(DrillPlanned(planned(drill_id, tier=tier), START - timedelta(days=9), PLANNER))

    def tell(self, event: Event) -> Recorded:
        """Record an event as it is; whoever must sign in has done so."""
        signed = SignedIn(event.by) if event.kind in SIGNED and event.by is not None else None
        return recorded(self.bench.parts, event, account=BY if event.by else None, sign_in=signed)

    def say(self, event: Event) -> Recorded:
        """The same, said now: what is done again is said later."""
        return self.tell(replace(event, at=self.bench.clock.now()))

    def attach(self, file: Path, drill_id: str = NAME, by: Person = TESTER) -> Recorded:
        """Attach a file."""
        return attach(self.bench.parts, drill_id, file, by, account=BY)

    @property
    def book(self) -> Book:
        """By the ledger alone, as a new process reads it."""
        return read_book(Ledger(self.bench.store).entries())

    @property
    def told(self) -> tuple[ToldEvent, ...]:
        """All that was recorded."""
        return told_events(Ledger(self.bench.store).entries())

    def drill(self, drill_id: str = NAME) -> Drill:
        """One drill as it stands."""
        return self.book.drills[drill_id]

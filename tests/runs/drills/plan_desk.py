"""A store of nights with items of several tiers, and plans of drills drawn from it, each step as a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from evidence.drills.due import Quarter
from evidence.drills.events import Event, PlanApproved
from evidence.drills.fold import Book, Plan
from evidence.drills.population import Population, PopulationItem
from evidence.drills.spelling import plan_sha256
from evidence.drills.values import Drill, Person, State
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book
from evidence.runs.drills.planning import Asked, draft_plan
from evidence.runs.drills.population import PopulationRules, population
from evidence.runs.drills.recording import Recorded, record
from evidence.seals.interface import Signer
from evidence.settings.drills import DrillSettings
from evidence.tiers import TierMatch, TierRule
from tests.drills.making import execution, person, planned
from tests.fakes.bench import Bench
from tests.fakes.bodies import FakeItem, FakeVault
from tests.fakes.certificates import trade
from tests.fakes.clock import FakeClock
from tests.fakes.packs import signer_of
from tests.fakes.signed_in import SignedIn
from tests.fakes.source import TENANT

FIRST = date(2026, 6, 1)
Q2, Q3, Q4 = Quarter(2026, 2), Quarter(2026, 3), Quarter(2026, 4)
DRAFTER, APPROVER = (replace(person(number), tenant_id=TENANT) for number in (1, 2))
TIERS = (
    TierRule(match=TierMatch(name=("pay",)), tier=0, rto=timedelta(hours=4), rpo=timedelta(hours=24)),
    TierRule(match=TierMatch(name=("vm0*",)), tier=2),
)


@dataclass
class PlanDesk:
    """One store; its clock starts on the morning after the first night."""

    bench: Bench = field(default_factory=lambda: Bench(clock=FakeClock(datetime(2026, 6, 2, 7, tzinfo=UTC))))
    rules: PopulationRules = field(default_factory=lambda: PopulationRules(DrillSettings(), TIERS))
    signer: Signer = field(default_factory=lambda: signer_of(trade().signer, trade().issuing))

    def vault(self, *names: str, name: str = "v1", **changes: object) -> FakeVault:
        made = self.bench.vault(name, **changes)
        made.items += [FakeItem(one, database=one == "pay") for one in names]
        return made

    def night(self, night: date = FIRST) -> None:
        """Seal a night."""
        self.bench.seal(night)

    def population(self, quarter: Quarter = Q3, book: Book | None = None) -> Population:
        entries = self.entries
        return population(self.bench.store, entries, book or read_book(entries), quarter, self.rules, self.now)

    def items(self, quarter: Quarter = Q3, book: Book | None = None) -> Mapping[str, PopulationItem]:
        """By name."""
        return {one.subject: one for one in self.population(quarter, book).items}

    def draft(self, quarter: Quarter = Q3, scope: str | None = None, by: Person = DRAFTER) -> Recorded:
        return draft_plan(self.bench.parts, self.signer, self.rules, Asked(quarter, scope, by, None))

    def plan(self, plan_id: str = "DP-2026Q3") -> Plan:
        return self.book.plans[plan_id]

    def approve(self, plan_id: str = "DP-2026Q3", by: Person = APPROVER) -> LedgerEntry:
        sha256 = plan_sha256(self.plan(plan_id).drafted)
        return self.tell(PlanApproved(plan_id, sha256, self.now, by), by)

    def tell(self, event: Event, by: Person | None = None) -> LedgerEntry:
        return record(self.bench.parts, event, sign_in=None if by is None else SignedIn(by))

    def on(self, day: date) -> None:
        """Let a day come."""
        self.bench.clock.reach(datetime(day.year, day.month, day.day, 7, tzinfo=UTC))

    @property
    def now(self) -> datetime:
        return self.bench.clock.now()

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        return tuple(Ledger(self.bench.store).entries())

    @property
    def book(self) -> Book:
        return read_book(self.entries)

    @property
    def bytes_kept(self) -> bytes:
        """All that anybody may read in the store."""
        return b"\n".join(self.bench.store.read(one.path) for one in self.bench.store.list(""))


def accepted(item_key: str, day: date, drill_id: str = "DR-2026Q2-0001", state: State = State.ACCEPTED) -> Drill:
    """A drill of an item whose restore ended on a day."""
    end = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    made = execution(item_key=item_key, started_at=end - timedelta(hours=1), ended_at=end)
    return Drill(replace(planned(drill_id), item_key=item_key, quarter="2026Q2"), state, 1, executions=(made,))


def book_of(*drills: Drill) -> Book:
    return Book(drills={one.planned.drill_id: one for one in drills})

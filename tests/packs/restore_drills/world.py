"""A quarter of restore drills on a bench: planned from a committed seed, found, checked, decided by persons who sign in.

Not here: what is asserted of its pack. Invariant: every event passes the guards as the product records it; nothing is written past them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from evidence.drills.due import Quarter
from evidence.drills.events import (
    Cancelled,
    CleanedUp,
    DeviationRecorded,
    DrillPlanned,
    Event,
    ExecutionLinked,
    Missed,
    PlanApproved,
    PlanDrafted,
    SeedCommitted,
    SeedRevealed,
    Submitted,
    TimingStated,
    ValidationRecorded,
    Waived,
)
from evidence.drills.plan import PlanRules, drawn
from evidence.drills.population import Population, PopulationItem, population_bytes
from evidence.drills.rules import GRACE, needs_of
from evidence.drills.sampling import commitment
from evidence.drills.spelling import plan_sha256, record_sha256
from evidence.drills.values import (
    Classification,
    Drill,
    Execution,
    Grade,
    Person,
    Planned,
    Role,
    SignOff,
    Target,
    Timing,
    Validation,
    Verdict,
    Waiver,
)
from evidence.ledger.entries import LedgerObject
from evidence.runs.drills.artefacts import attach
from evidence.runs.drills.book import read_book
from evidence.runs.drills.recording import recorded
from evidence.runs.drills.reviewing import Answered, reviewed
from evidence.runs.drills.signing import Signable, record_signed
from evidence.stores.layout import drill_population_file
from tests.drills.making import INITIATOR, PLANNER, REVIEWER, TESTER, VALIDATOR
from tests.fakes.bench import Bench, backup
from tests.fakes.bodies import FakeVault
from tests.fakes.clock import FakeClock
from tests.fakes.identities import identity_of, sealer
from tests.packs.restore_drills.configured import RAW_DRILLS
from tests.runs.drills.drills_desk import BY

Q3 = Quarter(2026, 3)
SEED = hashlib.sha256(b"the seed of a test").digest()
PLAN = "DP-2026Q3"
NIGHTS = (date(2026, 6, 10), date(2026, 7, 7), date(2026, 8, 4), date(2026, 9, 30))
RULES = PlanRules(share=Fraction(1, 2))


@dataclass
class Quarterly:
    """The store, the vault, and the quarter as it goes."""

    names: Sequence[tuple[str, int | None]]
    """Items with their tier."""
    ids: dict[str, str] = field(default_factory=dict)
    """Drills by the name of their item."""
    bench: Bench = field(
        default_factory=lambda: Bench(clock=FakeClock(datetime(2026, 6, 10, tzinfo=UTC)), raw=RAW_DRILLS)
    )

    def __post_init__(self) -> None:
        self.vault: FakeVault = self.bench.vault("rsv-payroll-weu")
        for name, _ in self.names:
            backup(self.vault, NIGHTS[0], name)

    # --- time and words

    def at(self, moment: datetime) -> None:
        """Move the clock on."""
        self.bench.clock.reach(moment)

    def tell(self, event: Event, objects: Sequence[LedgerObject] = ()) -> None:
        """Record an event that needs no sign-in."""
        recorded(self.bench.parts, event, account=BY if event.by else None, objects=objects)

    def sign(self, event: Signable) -> None:
        """Record an event with the signed statement of who says it."""
        found = identity_of(event.by, self.now.replace(microsecond=0))
        record_signed(self.bench.parts, sealer(self.bench), found, event, account=BY)

    @property
    def now(self) -> datetime:
        """The clock's moment, a tick later."""
        return self.bench.clock.now()

    def drill(self, drill_id: str) -> Drill:
        """A drill as it stands."""
        return read_book(self.bench.parts.ledger.entries()).drills[drill_id]

    # --- the plan

    def item(self, name: str, tier: int | None) -> PopulationItem:
        """An item as a population holds it."""
        mine = next(one for one in self.vault.items if one.name == name)
        return PopulationItem(
            item_key=self.vault.item_id(mine).lower(),
            vault_id=self.vault.arm_id.lower(),
            subject=name,
            workload="VM",
            region="westeurope",
            tier=tier,
            application=None,
            rto=timedelta(hours=4),
            rpo=timedelta(hours=24),
            drill_type="vm_full",
            target=Target(),
            seen_on=NIGHTS[0],
            protected_since=None,
        )

    def commit(self) -> None:
        """Tell the seed's hash before the quarter."""
        self.bench.run(NIGHTS[0])
        self.at(datetime(2026, 6, 20, 9, tzinfo=UTC))
        self.tell(SeedCommitted("2026Q3", commitment(SEED), "0" * 64, self.now, PLANNER))

    def plan(self, *, approved: bool = True) -> dict[str, str]:
        """Draft and approve a drill of every item that is due; ids by name."""
        self.at(datetime(2026, 7, 1, 9, tzinfo=UTC))
        items = tuple(sorted((self.item(*one) for one in self.names), key=lambda one: one.item_key))
        population = Population("2026Q3", NIGHTS[0], items)
        due = drawn(population, Q3, SEED, RULES)
        strata = {key: stratum.name for stratum, keys in due.strata.items() for key in keys}
        by_key = {one.item_key: one for one in items}
        drills = tuple(
            self.planned(f"DR-2026Q3-{number:04d}", by_key[one.item.item_key], "; ".join(one.reasons), strata)
            for number, one in enumerate(due.due, 1)
        )
        data = population_bytes(population)
        sha256 = hashlib.sha256(data).hexdigest()
        path = drill_population_file(sha256)
        self.bench.store.create(path, data)
        settings = self.bench.configuration.sha256
        drafted = PlanDrafted(PLAN, "2026Q3", drills, sha256, commitment(SEED), self.now, PLANNER, None, (), settings)
        self.tell(drafted, (LedgerObject(path, len(data), sha256),))
        if approved:
            self.sign(PlanApproved(PLAN, plan_sha256(drafted), self.now, REVIEWER))
        return {one.subject: one.drill_id for one in drills}

    def planned(
        self, drill_id: str, item: PopulationItem, reason: str, strata: dict[str, str], retest_of: str | None = None
    ) -> Planned:
        """One drill of an item, its window in July."""
        begin = datetime(2026, 7, 6, 8, tzinfo=UTC) if retest_of is None else datetime(2026, 8, 3, 8, tzinfo=UTC)
        return Planned(
            drill_id=drill_id,
            quarter="2026Q3",
            item_key=item.item_key,
            vault_id=item.vault_id,
            subject=item.subject,
            workload=item.workload,
            tier=item.tier,
            application=item.application,
            drill_type=item.drill_type,
            window_start=begin,
            window_end=begin + timedelta(days=5),
            reason=reason,
            rto=item.rto,
            rpo=item.rpo,
            needs=needs_of(item.tier),
            grace=GRACE,
            tester=TESTER,
            retest_of=retest_of,
            stratum=strata.get(item.item_key),
        )

    def retest(self, before: str, drill_id: str) -> None:
        """Plan a rejected drill again."""
        told = self.drill(before).planned
        item = self.item(told.subject, told.tier)
        self.tell(DrillPlanned(self.planned(drill_id, item, f"{before} was rejected", {}, before), self.now, PLANNER))

    def reveal(self) -> None:
        """Tell the seed itself."""
        self.tell(SeedRevealed(PLAN, SEED.hex(), self.now, None))

    # --- one drill

    def job(self, drill_id: str, **changes: object) -> Execution:
        """A restore that fits the drill."""
        planned = self.drill(drill_id).planned
        made = Execution(
            vault_id=planned.vault_id,
            job_id=f"restore-{drill_id.lower()}",
            item_key=planned.item_key,
            operation="Restore",
            status="Completed",
            location_type="alternate",
            target=Target(resource_group="rg-drill", name=f"copy-of-{planned.subject}"),
            started_at=planned.window_start + timedelta(hours=2),
            ended_at=planned.window_start + timedelta(hours=2, minutes=41),
            recovery_point_id=f"rp-{drill_id}",
            recovery_point_at=planned.window_start - timedelta(hours=9),
            link="exact",
            initiator=INITIATOR,
            initiator_known_by="activity_log",
            call_id="20260707T060000Z-0a0a0a0a.call.1",
            night=planned.window_start.date(),
            bytes_transferred=136_365_211_648,
        )
        return replace(made, **changes)  # type: ignore[arg-type]  # names of its own fields

    def link(self, drill_id: str, execution: Execution) -> None:
        """A restore stands in the record of a drill."""
        held = Classification(Verdict.DRILL, 80, ("an open plan for the same item (+50)",), drill_id=drill_id)
        self.tell(ExecutionLinked(drill_id, execution, held, self.now, None))

    def timed(self, drill_id: str, hours: float, usable: bool = True) -> None:
        """When the loss was declared, and when the service was usable."""
        begin = self.drill(drill_id).planned.window_start
        told = Timing(begin, begin + timedelta(hours=hours) if usable else None, TESTER)
        self.tell(TimingStated(drill_id, told, self.now, TESTER))

    def check(self, drill_id: str, kind: str, *, passed: bool = True, artefacts: tuple[str, ...] = ()) -> None:
        """One check of what was restored."""
        found = "1,204,311" if passed else "1,204,298"
        grade, now = Grade.B if artefacts else Grade.C, self.now
        told = Validation(f"{kind}-1", kind, "1,204,311", found, "0", passed, VALIDATOR, now, grade, artefacts)
        self.tell(ValidationRecorded(drill_id, told, now, VALIDATOR))

    def attach(self, drill_id: str, file: Path) -> str:
        """Attach a file; its hash."""
        attach(self.bench.parts, drill_id, file, VALIDATOR, account=BY)
        return self.drill(drill_id).evidence[-1].sha256

    def deal(self, drill_id: str, due: date = date(2026, 9, 15)) -> None:
        """Give every open deviation an owner, a date and an action."""
        for one in self.drill(drill_id).deviations:
            told = replace(
                one, owner="Olga Owner", due=due, action="Resize the target, and test again.", ticket="CHG-4711"
            )
            self.tell(DeviationRecorded(drill_id, told, self.now, TESTER))

    def gone(self, drill_id: str) -> None:
        """The copy is gone."""
        self.tell(CleanedUp(drill_id, "seen in the portal", self.now, self.now, TESTER))

    def submit(self, drill_id: str) -> None:
        """The tester hands it in."""
        told = SignOff(Role.TESTER, TESTER, "submitted", "", self.now, record_sha256(self.drill(drill_id)))
        self.tell(Submitted(drill_id, told, self.now, TESTER))

    def decide(self, drill_id: str, decision: str = "accepted", comment: str = "", by: Person = REVIEWER) -> None:
        """A reviewer signs in and decides."""
        answers = ("yes",) * 6
        told = Answered(record_sha256(self.drill(drill_id)), decision, comment, answers)
        self.sign(reviewed(self.drill(drill_id), by, told, self.now))

    def done(self, drill_id: str, hours: float = 3.5, decision: str = "accepted", **changes: object) -> None:
        """A drill from its restore to its decision."""
        self.link(drill_id, self.job(drill_id, **changes))
        self.timed(drill_id, hours)
        for kind in ("row_count", "application"):
            self.check(drill_id, kind)
        self.gone(drill_id)
        self.deal(drill_id)
        self.submit(drill_id)
        self.decide(drill_id, decision, "" if decision == "accepted" else "Took longer than its objective.")

    def missed(self, drill_id: str) -> None:
        """Window and grace passed."""
        self.tell(Missed(drill_id, self.now, None))

    def waive(self, drill_id: str) -> None:
        """Somebody accepts the risk."""
        until = self.now.date() + timedelta(days=90)
        self.sign(Waived(drill_id, Waiver("Replaced in December.", REVIEWER, until), self.now, REVIEWER))

    def cancel(self, drill_id: str) -> None:
        """Somebody calls it off."""
        self.tell(Cancelled(drill_id, "The machine was retired.", self.now, PLANNER))

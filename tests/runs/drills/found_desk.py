"""A bench with a vault of machines whose restores the Activity Log tells: for tests of what is found of drills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from evidence.drills.classify import ClassifyRules
from evidence.drills.events import DrillPlanned
from evidence.drills.fold import Book
from evidence.drills.values import Drill, Person, Planned
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book
from evidence.runs.drills.found import FoundRestore, restores
from evidence.runs.drills.nightly import Settled, settle_drills
from evidence.runs.drills.recording import recorded
from tests.drills.making import PLANNER, planned
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeJob, FakeVault, Json, sent
from tests.fakes.source import TENANT

NEXT = NIGHT + timedelta(days=1)
DRILL = "DR-2026Q4-0001"
GROUP = "rg-drill"
OID = "55555555-0000-4000-8000-000000000001"
CLAIM = "http://schemas.microsoft.com/identity/claims/"
ACTION = (
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action"
)


def bag(point_at: datetime | None, **told: object) -> Json:
    """What a restore job tells beside its row."""
    time = {} if point_at is None else {"Recovery point time ": f"{point_at:%m/%d/%Y %H:%M:%S}"}
    return {"extendedInfo": {"propertyBag": {"Job Type": "Recover disks", **time, **told}}}


def event(
    resource: str,
    moment: datetime,
    correlation: str = "c-1",
    *,
    status: str = "Succeeded",
    caller: str = "anna@contoso.example",
    oid: str | None = OID,
    **claims: object,
) -> Json:
    """One event of the Activity Log about a restore."""
    told = {**({f"{CLAIM}objectidentifier": oid} if oid else {}), **claims}
    return {
        "eventDataId": f"{correlation}-{status}-{sent(moment)}",
        "eventTimestamp": sent(moment),
        "operationName": {"value": ACTION},
        "status": {"value": status},
        "caller": caller,
        "claims": told,
        "correlationId": correlation,
        "resourceId": resource,
    }


@dataclass
class FoundDesk:
    """One vault with one machine that is backed up each night."""

    bench: Bench = field(default_factory=Bench)
    rules: ClassifyRules = field(default_factory=ClassifyRules)

    def __post_init__(self) -> None:
        self.vault: FakeVault = self.bench.vault()
        backup(self.vault)

    def events(self, *events: Json) -> None:
        """The Activity Log tells these, too."""
        self.bench.azure.subscriptions[0].graph.events.extend(events)

    def restore(self, night: date = NIGHT, group: str = GROUP, name: str = "vm1", **changes: object) -> FakeJob:
        """A restore of a machine's disks to a group, from the point of the first night."""
        told = bag(at(NIGHT, 22.01), **({"Target resource group": group} if group else {}))
        return restore(self.vault, night, NIGHT, name, **{"properties": told, **changes})

    def resource(self, name: str = "vm1", point: str | None = f"point-{NIGHT}") -> str:
        """ARM id that an event about a restore of a machine is about."""
        item = next(one for one in self.vault.items if one.name == name)
        return self.vault.item_id(item) + (f"/recoveryPoints/{point}" if point else "")

    def night(self, day: date = NIGHT, *, judged: bool = False) -> None:
        """Capture and seal a night, after it ended; judging it links points, and takes longer."""
        self.bench.clock.reach(at(day, 30.5))
        if not _backed_up(self.vault, day):
            backup(self.vault, day)
        if judged:
            self.bench.run(day)
        else:
            self.bench.seal(day)

    def planned(
        self,
        drill_id: str = DRILL,
        name: str = "vm1",
        *,
        begins: datetime | None = None,
        days: float = 2,
        **changes: object,
    ) -> Planned:
        """A drill of a machine whose window begins with the first night."""
        item = next(one for one in self.vault.items if one.name == name)
        begins = begins or at(NIGHT, 8)
        made = replace(
            planned(drill_id, tier=2),
            quarter="2026Q4",
            item_key=self.vault.item_id(item).lower(),
            vault_id=self.vault.vault.vault_id,
            subject=name,
            window_start=begins,
            window_end=begins + timedelta(days=days),
            grace=timedelta(days=1),
            tester=person(2),
        )
        return replace(made, **changes)  # type: ignore[arg-type]  # names of its own fields

    def plan(self, made: Planned | None = None) -> None:
        """Record a drill as planned, the store being open."""
        self.bench.clock.reach(at(NIGHT, 7))
        if not self.ledger.entries():
            self.ledger.open(tenant=TENANT, organisation="Contoso", first_night=NIGHT, at=at(NIGHT, 7), actor="tester")
        recorded(
            self.bench.parts,
            DrillPlanned(made or self.planned(), self.bench.clock.now(), replace(PLANNER, tenant_id=TENANT)),
        )

    def settle(self) -> Settled:
        """What the nightly step does, by a process of its own."""
        nights = sorted(one.subject for one in self.ledger.entries() if one.subject.startswith("night/"))
        return settle_drills(self.bench.parts, self.rules, date.fromisoformat(nights[-1].removeprefix("night/")))

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.bench.store)

    @property
    def book(self) -> Book:
        """By the ledger alone."""
        return read_book(self.ledger.entries())

    def drill(self, drill_id: str = DRILL) -> Drill:
        """One drill as it stands."""
        return self.book.drills[drill_id]

    @property
    def found(self) -> Sequence[FoundRestore]:
        """All restores."""
        return restores(self.bench.parts, self.ledger.entries(), self.rules, self.book)

    @property
    def one(self) -> FoundRestore:
        """The one restore."""
        (found,) = self.found
        return found


def person(number: int) -> Person:
    """Somebody of the store's tenant."""
    return Person(TENANT, f"22222222-0000-4000-8000-{number:012}", f"Person {number}")


def _backed_up(vault: FakeVault, day: date) -> bool:
    return any(job.job_id == f"backup-{vault.name}-vm1-{day}" for job in vault.jobs)

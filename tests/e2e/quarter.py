"""A quarter of restore drills from beginning to end: the simulator's nights by the command, and everybody's words, as they would be said.

Not here: what is asserted. For tests of drills, of packs and of pages: `quarter_store` gives a store in which all of it has happened. What happens is told
in `simulator/generated/quarter.py`; who says what of it, here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from evidence.compose import Composition, find_configuration
from evidence.drills.events import DeviationRecorded, DrillPlanned, PlanApproved, PlanDrafted, Waived
from evidence.drills.fold import Book
from evidence.drills.rules import needs_of
from evidence.drills.sampling import commitment
from evidence.drills.spelling import plan_sha256, record_sha256
from evidence.drills.values import Drill, Person, Planned, State, Waiver
from evidence.ledger.folds import named_paths
from evidence.ledger.persons import Account
from evidence.runs.drills.book import read_book
from evidence.runs.drills.recording import recorded
from evidence.runs.drills.reviewing import Answered, reviewed
from evidence.runs.drills.signing import Signable, record_signed
from evidence.runs.sealed import SealedRows
from evidence.runs.signed_decisions import Sealer
from evidence.tables import PROTECTED_ITEMS
from simulator.generated.quarter import ANNA, BO, FIRST, QUARTER, RETESTS, RUNNER, SECOND
from simulator.tokens import PRINCIPAL
from tests.e2e.scene import Scene, scene
from tests.fakes.identities import identity_of

NAME = "2026Q3"
FIRST_NIGHT = date(2026, 7, 1)
ROUNDS = {number: FIRST_NIGHT + timedelta(days=offset) for number, offset in ((1, FIRST), (2, SECOND), (3, RETESTS))}
"""Nights of the restores, by round."""
SEED = bytes(range(32))
PLAN = f"DP-{NAME}"
BY = Account("anna", 1000, "backup-01")
TENANT = PRINCIPAL.tenant_id
REASON = "its risk is accepted"


def person(name: str, number: int) -> Person:
    """Somebody of the store's tenant who starts no restore."""
    return Person(TENANT, f"99999999-0000-4000-8000-{number:012}", name)


PLANNER, APPROVER, VALIDATOR, REVIEWER = (
    person(name, number) for number, name in enumerate(("Pia Plan", "Alf Approve", "Vera Check", "Rolf Review"), 1)
)
TESTERS = {one.object_id: Person(TENANT, one.object_id, one.name, one.is_service) for one in (ANNA, BO, RUNNER)}
TESTER = TESTERS[ANNA.object_id]


@dataclass(frozen=True)
class Due:
    """One drill of the plan: its item's name, tier, application, round and kind."""

    number: int
    item: str
    tier: int | None
    application: str
    round: int
    drill_type: str

    @property
    def drill_id(self) -> str:
        """Such as `DR-2026Q3-0007`."""
        return f"DR-{NAME}-{self.number:04}"


_DUE = (
    ("vm-pay-weu-01", 0, "payments", 1, "vm_full"),
    ("vm-pay-weu-02", 0, "payments", 1, "vm_full"),
    ("vm-pay-weu-03", 0, "payments", 1, "vm_full"),
    ("Payments", 0, "payments", 1, "db_full"),
    ("Ledger", 0, "payments", 2, "db_full"),
    ("Orders", 1, "shop", 1, "db_full"),
    ("P21", 1, "erp", 1, "db_full"),
    ("vm-app-neu-01", 1, "shop", 2, "vm_full"),
    ("disk-pay-data", 1, "payments", 1, "disk"),
    ("pg-shop-weu", 1, "shop", 2, "db_full"),
    ("vm-web-weu-01", 2, "web", 1, "vm_disks"),
    ("vm-web-weu-02", 2, "web", 1, "vm_disks"),
    ("BW21", 2, "erp", 1, "db_full"),
    ("vm-app-neu-02", 2, "shop", 2, "vm_full"),
    ("stblobquarter", 2, "web", 1, "blob"),
    ("finance", 3, "office", 1, "file_share"),
    ("homes", 3, "office", 1, "file_share"),
    ("vm-app-neu-03", 3, "shop", 2, "vm_full"),
    ("vm-web-weu-03", 3, "web", 2, "vm_disks"),
    ("disk-web-data", 3, "web", 2, "disk"),
)
DUE = tuple(Due(number, *one) for number, one in enumerate(_DUE, start=1))
BY_ITEM: Mapping[str, Due] = {one.item: one for one in DUE}
MISSED, WAIVED = BY_ITEM["vm-pay-weu-03"].drill_id, BY_ITEM["BW21"].drill_id
REJECTED = (BY_ITEM["Payments"].drill_id, BY_ITEM["homes"].drill_id)
RETEST_OF = {f"DR-{NAME}-{number:04}": before for number, before in enumerate(REJECTED, start=21)}
WEEKLY = "pg-shop-weu"
"""Backed up once a week, so that its objective is a week."""


@dataclass(frozen=True)
class Quarter:
    """The store, the command, and what everybody says."""

    scene: Scene

    @property
    def composition(self) -> Composition:
        """Fresh parts, as a new process has them."""
        return Composition(find_configuration(self.scene.config))

    @property
    def book(self) -> Book:
        """By the ledger alone."""
        return read_book(self.composition.ledger.entries())

    def night(self, night: date) -> None:
        """The night's run, an hour after it ended."""
        self.scene.reach(datetime(night.year, night.month, night.day, 7, tzinfo=UTC) + timedelta(days=1))
        self.scene("run", "--night", night)

    def planned(self) -> None:
        """The plan is drafted, and approved by somebody else."""
        composition = self.composition
        items = self._items()
        drills = tuple(self._planned(one, items) for one in DUE)
        now = composition.parts.clock.now()
        plan = PlanDrafted(PLAN, NAME, drills, "0" * 64, commitment(SEED), now, PLANNER)
        recorded(composition.parts, plan, account=BY)
        self._sign(PlanApproved(PLAN, plan_sha256(plan), now, APPROVER), APPROVER)

    def waived(self) -> None:
        """The risk of one drill is accepted until the quarter's end."""
        now = self.composition.parts.clock.now()
        self._sign(Waived(WAIVED, Waiver(REASON, REVIEWER, date(2026, 9, 30)), now, REVIEWER), REVIEWER)

    def proven(self, drill_id: str, *, rows: int = 1204) -> None:
        """Moments, checks and hand-over of a drill, each by the command."""
        drill = self.book.drills[drill_id]
        job = drill.executions[-1]
        assert job.started_at is not None
        assert job.ended_at is not None
        loss, usable = job.started_at - timedelta(minutes=15), job.ended_at + timedelta(minutes=30)
        self._said(TESTER, "times", drill_id, "--declared-loss", loss.isoformat(), "--usable", usable.isoformat())
        for kinds in drill.planned.needs:
            if not any(one.kind in kinds for one in drill.validations):
                kind = {"checksum": "row_count", "application": "application"}.get(kinds[0], kinds[0])
                found = rows if kind == "row_count" else "works"
                expected = 1204 if kind == "row_count" else "works"
                told = ("--kind", kind, "--expected", expected, "--actual", found)
                self._said(
                    VALIDATOR, "validate", drill_id, *told, "--result", "passed" if found == expected else "failed"
                )
        for one in self.book.drills[drill_id].deviations:
            told_of = replace(one, owner="backup team", due=date(2026, 8, 20), action="restore again")
            now = self.composition.parts.clock.now()
            recorded(self.composition.parts, DeviationRecorded(drill_id, told_of, now, TESTER), account=BY)
        seen = record_sha256(self.book.drills[drill_id])
        self._said(TESTER, "submit", drill_id, "--hash", seen)

    def accepted(self, drill_id: str) -> None:
        """Accepted as it is, or with the deviations that stand."""
        there = any(one.closed_at is None for one in self.book.drills[drill_id].deviations)
        self.decided(drill_id, "accepted_with_deviations" if there else "accepted")

    def decided(self, drill_id: str, decision: str) -> None:
        """A reviewer who signed in decides on the record as it stands."""
        drill = self.book.drills[drill_id]
        comment = "as agreed with the owner" if decision != "accepted" else ""
        answered = Answered(record_sha256(drill), decision, comment, ("yes",) * 6)
        self._sign(reviewed(drill, REVIEWER, answered, self.composition.parts.clock.now()), REVIEWER)

    def retests(self) -> None:
        """What was rejected is planned again."""
        book, parts = self.book, self.composition.parts
        for drill_id, before in RETEST_OF.items():
            begins = _begins(3)
            made = replace(
                book.drills[before].planned,
                drill_id=drill_id,
                retest_of=before,
                reason=f"{before} was rejected",
                window_start=begins,
                window_end=begins + WINDOW,
            )
            recorded(parts, DrillPlanned(made, parts.clock.now(), PLANNER), account=BY)

    def executed(self) -> Sequence[str]:
        """Drills with an execution that nobody has handed in."""
        return [
            name
            for name, one in sorted(self.book.drills.items())
            if one.state in {State.EXECUTED, State.EVIDENCE_LINKED, State.VALIDATED}
        ]

    def drill(self, item: str) -> Drill:
        """The planned drill of an item."""
        return self.book.drills[BY_ITEM[item].drill_id]

    def _said(self, by: Person, *words: object) -> None:
        self.scene("drills", *words, "--by", by.name, "--object-id", by.object_id)

    def _sign(self, event: Signable, by: Person) -> None:
        composition = self.composition
        tools = Sealer(composition.signer, composition.authority)
        identity = identity_of(by, composition.parts.clock.now().replace(microsecond=0))
        record_signed(composition.parts, tools, identity, event, account=BY)

    def _items(self) -> Mapping[str, Mapping[str, object]]:
        """Rows of `protected_items`, by the name of the item or of what it protects."""
        sealed = SealedRows(self.composition.store, named_paths(self.composition.ledger.entries()))
        columns = ["item_key", "vault_id", "friendly_name", "workload"]
        rows: Sequence[Mapping[str, object]] = sealed.rows(PROTECTED_ITEMS, columns=columns).to_pylist()
        return {str(row["friendly_name"]).casefold(): row for row in rows}

    def _planned(self, one: Due, items: Mapping[str, Mapping[str, object]]) -> Planned:
        row = items[one.item.casefold()]
        return Planned(
            drill_id=one.drill_id,
            quarter=NAME,
            item_key=str(row["item_key"]),
            vault_id=str(row["vault_id"]),
            subject=one.item,
            workload=None if row.get("workload") is None else str(row["workload"]),
            tier=one.tier,
            application=one.application,
            drill_type=one.drill_type,
            window_start=_begins(one.round),
            window_end=_begins(one.round) + WINDOW,
            reason=f"tier {one.tier}: planned by hand",
            rto=timedelta(hours=8),
            rpo=timedelta(days=7 if one.item == WEEKLY else 1),
            needs=needs_of(one.tier),
            grace=timedelta(days=1),
            tester=TESTER,
        )


WINDOW = timedelta(hours=47)
"""With a day of grace it ends within the night that is run after the round."""


def _begins(number: int) -> datetime:
    """Beginning of the night before a round's."""
    return datetime.combine(ROUNDS[number] - timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=6)


@contextmanager
def quarter_scene(folder: Path, more: str = "") -> Iterator[Quarter]:
    """The simulator and a store of the day before the first round, with nothing planned yet."""
    words = (
        "--scenario",
        QUARTER,
        "--nights",
        "92",
        "--first-night",
        str(FIRST_NIGHT),
        "--clock",
        "2026-07-02T06:30:00Z",
    )
    with scene(folder, *words, first=FIRST_NIGHT) as made:
        made.configure(more)
        quarter = Quarter(made)
        quarter.night(FIRST_NIGHT)
        yield quarter


@contextmanager
def quarter_store(folder: Path, more: str = "") -> Iterator[Quarter]:
    """A store in which the whole quarter has happened: planned, found, proven, reviewed, missed, waived and tried again."""
    with quarter_scene(folder, more) as quarter:
        play(quarter)
        yield quarter


def play(quarter: Quarter) -> None:
    """All that happens, in the order in which it happens."""
    quarter.planned()
    quarter.waived()
    quarter.night(ROUNDS[1] + timedelta(days=1))
    for drill_id in quarter.executed():
        wrong = drill_id in REJECTED
        quarter.proven(drill_id, rows=1203 if wrong else 1204)
        if wrong:
            quarter.decided(drill_id, "rejected")
        else:
            quarter.accepted(drill_id)
    quarter.retests()
    for number in (2, 3):
        quarter.night(ROUNDS[number] + timedelta(days=1))
        for drill_id in quarter.executed():
            quarter.proven(drill_id)
            quarter.accepted(drill_id)

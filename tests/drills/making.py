"""Drills and events for tests: one drill of tier 0 that goes well, and the people around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evidence.drills.events import (
    DrillPlanned,
    Event,
    ExecutionLinked,
    Reviewed,
    Submitted,
    TimingStated,
    ValidationRecorded,
)
from evidence.drills.fold import Book, apply, fold
from evidence.drills.guards import QUESTIONS, YES
from evidence.drills.rules import GRACE, needs_of
from evidence.drills.spelling import record_sha256
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
)

TENANT = "11111111-0000-4000-8000-000000000001"
START = datetime(2026, 7, 6, 8, tzinfo=UTC)
ITEM = "/subscriptions/s/resourcegroups/g/providers/microsoft.recoveryservices/vaults/v/item/payments"
VAULT = "/subscriptions/s/resourcegroups/g/providers/microsoft.recoveryservices/vaults/v"


def person(number: int, *, service: bool = False) -> Person:
    return Person(TENANT, f"22222222-0000-4000-8000-{number:012}", f"Person {number}", service)


PLANNER, TESTER, VALIDATOR, INITIATOR, REVIEWER = (person(number) for number in range(1, 6))


def planned(drill_id: str = "DR-2026Q3-0001", *, tier: int | None = 0, retest_of: str | None = None) -> Planned:
    return Planned(
        drill_id=drill_id,
        quarter="2026Q3",
        item_key=ITEM,
        vault_id=VAULT,
        subject="payments",
        workload="SQLDataBase",
        tier=tier,
        application="payments",
        drill_type="db_full",
        window_start=START,
        window_end=START + timedelta(days=5),
        reason="tier 0: each item each quarter",
        rto=timedelta(hours=4),
        rpo=timedelta(hours=24),
        needs=needs_of(tier),
        grace=GRACE,
        tester=TESTER,
        retest_of=retest_of,
    )


def execution(job_id: str = "job-1", **changes: object) -> Execution:
    made = Execution(
        vault_id=VAULT,
        job_id=job_id,
        item_key=ITEM,
        operation="Restore",
        status="Completed",
        location_type="alternate",
        target=Target(resource_group="rg-drill", name="payments_drill_2026Q3"),
        started_at=START + timedelta(hours=2),
        ended_at=START + timedelta(hours=3),
        recovery_point_id="rp-1",
        recovery_point_at=START - timedelta(hours=9),
        link="exact",
        initiator=INITIATOR,
        initiator_known_by="activity_log",
        call_id="call-1",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names of its own fields


def linked(drill_id: str = "DR-2026Q3-0001", **changes: object) -> ExecutionLinked:
    held = Classification(Verdict.DRILL, 80, ("an open plan for the same item",), drill_id=drill_id)
    return ExecutionLinked(drill_id, execution(**changes), held, START + timedelta(hours=4), None)  # type: ignore[arg-type]


def timed(drill_id: str = "DR-2026Q3-0001", hours: float = 3.5) -> TimingStated:
    told = Timing(START, START + timedelta(hours=hours), TESTER)
    return TimingStated(drill_id, told, START + timedelta(hours=5), TESTER)


def validated(
    kind: str, *, passed: bool | None = True, drill_id: str = "DR-2026Q3-0001", by: Person = VALIDATOR
) -> ValidationRecorded:
    at = START + timedelta(hours=5)
    told = Validation(f"check-{kind}", kind, "1,204,311", "1,204,311", None, passed, by, at, Grade.C)
    return ValidationRecorded(drill_id, told, at, by)


def submitted(drill: Drill, by: Person = TESTER) -> Submitted:
    at = START + timedelta(hours=6)
    told = SignOff(Role.TESTER, by, "submitted", "", at, record_sha256(drill))
    return Submitted(drill.planned.drill_id, told, at, by)


def reviewed(
    drill: Drill, decision: str = "accepted", by: Person = REVIEWER, comment: str = "", seen: str | None = None
) -> Reviewed:
    at = START + timedelta(hours=30)
    answers = tuple((question, YES) for question in QUESTIONS)
    told = SignOff(Role.REVIEWER, by, decision, comment, at, seen or record_sha256(drill), answers)
    return Reviewed(drill.planned.drill_id, told, at, by)


def facts(drill_id: str = "DR-2026Q3-0001") -> Sequence[Event]:
    job_id = "job-1" if drill_id == planned().drill_id else f"job-of-{drill_id}"
    return (
        linked(drill_id, job_id=job_id),
        timed(drill_id),
        validated("row_count", drill_id=drill_id),
        validated("application", drill_id=drill_id),
    )


def begun(events: Sequence[Event] = (), made: Planned | None = None) -> Book:
    return fold([DrillPlanned(made or planned(), START - timedelta(days=9), PLANNER), *events])


def in_review(extra: Sequence[Event] = ()) -> Book:
    book = begun([*facts(), *extra])
    return apply(book, submitted(only(book)))


def only(book: Book) -> Drill:
    (drill,) = book.drills.values()
    return drill

"""Findings, jobs, points and slots of one item, by night: night 0 is 1 November 2026, its run due at 22:00 UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from evidence.assess.exceptions.advance import advance
from evidence.assess.exceptions.fold import Standings, with_batch
from evidence.assess.exceptions.keys import exception_key
from evidence.assess.exceptions.proofs import Look, Proofs
from evidence.assess.exceptions.states import Event, Facts, Standing
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.slots.values import Expected, Judged, Outcome, Part, SlotJob, SlotPoint

TENANT = "tenant-1"
VAULT = "/subscriptions/s1/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/v1"
ITEM = f"{VAULT}/backupfabrics/azure/protectioncontainers/c/protecteditems/vm1"
FIRST = date(2026, 11, 1)


def day(night: int) -> date:
    return FIRST + timedelta(days=night)


def at(night: int, hours: float = 22.0) -> datetime:
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=night, hours=hours)


def end(night: int) -> datetime:
    """When the night ends, and is judged."""
    return at(night + 1, 6)


def finding(night: int, class_: Class = Class.FAILED, **changes: Any) -> Finding:
    plain = Finding(
        class_=class_,
        severity=Severity.ERROR,
        vault_id=VAULT,
        item_key=ITEM,
        subject="vm1",
        error_family="agent",
        at=at(night),
        night=day(night),
        summary=f"It went wrong on night {night}.",
        job_ids=(f"bad-{night}",) if class_ in {Class.FAILED, Class.CANCELLED, Class.WARNING} else (),
    )
    return replace(plain, **changes)


def bad_job(night: int, hours: float = 22.2) -> SlotJob:
    begin = at(night, hours)
    return SlotJob(f"bad-{night}", "id", "Failed", "Backup", begin, begin + timedelta(minutes=20), False)


def job(name: str, begin: datetime, minutes: int = 30, status: str = "Completed", part: Part | None = None) -> SlotJob:
    return SlotJob(name, "id", status, "Backup", begin, begin + timedelta(minutes=minutes), None, part=part)


def point(name: str, when: datetime | None, **changes: Any) -> SlotPoint:
    return replace(SlotPoint(name, when, consistency="AppConsistent"), **changes)


def slot(
    night: int, outcome: Outcome, hours: float = 22.0, jobs: tuple[str, ...] = (), part: Part = Part.FULL
) -> Judged:
    begin = at(night, hours)
    window = begin + timedelta(hours=24)
    expected = Expected(VAULT, ITEM, part, begin, window, window + timedelta(hours=6), None, "policy", "ab" * 32)
    return Judged(expected, outcome, "for a test", day(night), jobs)


def proofs(
    jobs: Sequence[SlotJob] = (),
    points: Sequence[SlotPoint] = (),
    slots: Sequence[Judged] = (),
    facts: Facts | None = None,
    **others: Any,
) -> Proofs:
    known: Mapping[str, Facts] = {} if facts is None else {ITEM: facts}
    return Proofs(jobs={ITEM: jobs}, points={ITEM: points}, slots={ITEM: slots}, facts=known, **others)


def look(night: int, *findings: Finding, proven: Proofs | None = None, as_of: datetime | None = None) -> Look:
    return Look(TENANT, day(night), end(night), as_of or end(night), findings, proven or Proofs())


KEY = exception_key(TENANT, finding(0))


def lived(standings: Standings, *looks: Look) -> tuple[Standings, tuple[Event, ...]]:
    """The state after some looks, and the events of the last one."""
    events: tuple[Event, ...] = ()
    for one in looks:
        events = advance(standings, one)
        standings = with_batch(standings, events) if events else standings
    return standings, events


def only(standings: Standings) -> Standing:
    (found,) = standings.by_key.values()
    return found


NOTHING = Standings()
GOOD_JOB, GOOD_POINT = job("good", at(1)), point("p-good", at(1, 22.25))
PROVEN = proofs(
    [bad_job(0), GOOD_JOB], [GOOD_POINT], [slot(0, Outcome.FAILED, jobs=("bad-0",)), slot(1, Outcome.SUCCESS)]
)
FOUND = look(0, finding(0), proven=proofs([bad_job(0)]))


def kinds(events: Sequence[Event]) -> tuple[str, ...]:
    return tuple(str(one.kind) for one in events)

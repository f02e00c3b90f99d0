"""A drill's record fact by fact, each with its grade and who told it: what a reviewer reads, on a terminal as in a pack.

Not here: how it looks (`cli`, `reports`), what is measured (`timeline`). Invariants: every fact of the record is told, those that are not known too; a
fact that follows from others has no grade of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.drills.automatic import EXACT, standing_execution
from evidence.drills.grades import (
    BY_CORRELATION,
    BY_ITEM_AND_TIME,
    clean_up_grade,
    execution_grade,
    initiator_grade,
    point_grade,
    sign_off_grade,
)
from evidence.drills.timeline import Measure, timeline
from evidence.drills.values import Deviation, Drill, Execution, Grade, Person, SignOff

_TOLD_BY = {
    BY_CORRELATION: "Activity Log, by the job's correlation id",
    BY_ITEM_AND_TIME: "Activity Log, the one request for the item just before the job",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a record."""

    part: str
    """Part of the record, such as `execution`."""
    name: str
    value: object
    """Text, number, moment, span or None: not told."""
    grade: Grade | None
    """None: it follows from other facts, or was fixed when the drill was planned."""
    told_by: str | None = None


def facts(drill: Drill) -> tuple[Fact, ...]:
    """All facts of a record in the order of a drill's life."""
    return (
        *_of_plan(drill),
        *(one for execution in drill.executions for one in _of_execution(drill, execution)),
        *_of_timing(drill),
        *_of_validations(drill),
        *(
            Fact("evidence", one.name, f"{one.sha256} ({one.bytes:,} bytes, {one.media_type})", one.grade, _who(one.by))
            for one in drill.evidence
        ),
        *(one for deviation in drill.deviations for one in _of_deviation(deviation)),
        *_of_clean_up(drill),
        *(one for sign_off in drill.sign_offs for one in _of_sign_off(sign_off)),
        *_of_end(drill),
    )


def measured(drill: Drill) -> tuple[Fact, ...]:
    """The moments in the order in which they should come, and what they measure; a measure is no better than a person's word."""
    line, one = timeline(drill), standing_execution(drill)
    job = None if one is None else execution_grade(one)
    point = None if one is None or one.link not in EXACT else point_grade(one)
    told = (
        ("recovery point", line.recovery_point_at, point),
        ("declared loss", line.declared_loss_at, Grade.C),
        ("restore job begins", line.restore_began_at, job),
        ("restore job ends", line.restore_ended_at, job),
        ("service usable", line.usable_at, Grade.C),
    )
    moments = [Fact("timeline", name, value, None if value is None else grade) for name, value, grade in told]
    return (
        *moments,
        _measure("recovery time, from declared loss to service usable", line.rto),
        _measure("data loss, from recovery point to declared loss", line.rpo),
        Fact("timeline", "the restore job alone took, which is no recovery time", line.job_time, job),
    )


def _measure(name: str, found: Measure) -> Fact:
    achieved = "" if found.achieved is None else f"{found.achieved} "
    objective = "" if found.objective is None else f"of {found.objective}: "
    return Fact("timeline", name, f"{achieved}{objective}{found.reached}", None if found.achieved is None else Grade.C)


def _of_plan(drill: Drill) -> Iterator[Fact]:
    planned = drill.planned
    told = {
        "item": planned.subject,
        "item key": planned.item_key,
        "workload": planned.workload,
        "application": planned.application,
        "tier": planned.tier,
        "kind of drill": planned.drill_type,
        "reason": planned.reason,
        "window begins": planned.window_start,
        "window ends": planned.window_end,
        "grace": planned.grace,
        "recovery time objective": planned.rto,
        "recovery point objective": planned.rpo,
        "needs": "; ".join(" or ".join(kinds) for kinds in planned.needs),
        "isolation required": planned.isolation_required,
        "retest of": planned.retest_of,
    }
    yield from (Fact("plan", name, value, None) for name, value in told.items())
    yield Fact("plan", "tester", _who(planned.tester), None)


def _of_execution(drill: Drill, one: Execution) -> Iterator[Fact]:
    part = f"execution {one.job_id}"
    grade = execution_grade(one)
    target = one.target
    told = {
        "status": one.status,
        "operation": one.operation,
        "begin": one.started_at,
        "end": one.ended_at,
        "place": one.location_type,
        "target subscription": target.subscription_id,
        "target resource group": target.resource_group,
        "target name": target.name,
        "target network": target.network,
        "bytes": one.bytes_transferred,
        "files restored": one.files_restored,
        "files skipped": one.files_skipped,
        "files failed": one.files_failed,
    }
    yield Fact(part, "stands", one is standing_execution(drill), None)
    yield from (Fact(part, name, value, grade) for name, value in told.items())
    known = point_grade(one) if one.link in EXACT else None
    yield Fact(part, "recovery point", one.recovery_point_id, known)
    yield Fact(part, "recovery point of", one.recovery_point_at, known)
    yield Fact(part, "point found by", one.link, None)
    yield Fact(part, "point tier", one.point_tier, known)
    grade_of = initiator_grade(one) if one.initiator else None
    yield Fact(part, "started by", _who(one.initiator), grade_of, _TOLD_BY.get(one.initiator_known_by or ""))


def _of_timing(drill: Drill) -> Iterator[Fact]:
    timing = drill.timing
    who = _who(timing.stated_by)
    for name, value in (("declared loss", timing.declared_loss_at), ("service usable", timing.usable_at)):
        yield Fact("timing", name, value, None if value is None else Grade.C, who)
    if not timing.rpo_applies:
        yield Fact("timing", "no recovery point objective because", timing.why_not, Grade.C, who)


def _of_validations(drill: Drill) -> Iterator[Fact]:
    for one in drill.validations:
        result = {True: "passed", False: "FAILED", None: "not applicable"}[one.passed]
        tolerance = f", tolerance {one.tolerance}" if one.tolerance else ""
        told = f"{result}: expected {one.expected}, found {one.actual}{tolerance}"
        shown = f"; evidence {', '.join(one.artefacts)}" if one.artefacts else ""
        yield Fact(f"validation {one.check_id}", one.kind, told + shown, one.grade, _who(one.by))
        yield Fact(f"validation {one.check_id}", "at", one.at, one.grade, _who(one.by))


def _of_deviation(one: Deviation) -> Iterator[Fact]:
    part = f"deviation {one.deviation_id}"
    stated = None if one.automatic else Grade.C
    yield Fact(part, f"{one.severity} {one.kind}", one.cause, stated)
    told = {"owner": one.owner, "due": one.due, "action": one.action, "ticket": one.ticket, "retest": one.retest}
    yield from (Fact(part, name, value, None if value is None else Grade.C) for name, value in told.items())
    yield Fact(part, "closed", one.closed_at, None if one.closed_at is None else Grade.C, _who(one.closed_by))


def _of_clean_up(drill: Drill) -> Iterator[Fact]:
    grade = None if drill.clean_up is None else clean_up_grade(drill.clean_up)
    yield Fact("clean-up", "copy gone", drill.clean_up_at, grade)
    yield Fact("clean-up", "known by", drill.clean_up, grade)


def _of_sign_off(one: SignOff) -> Iterator[Fact]:
    part, who, grade = f"sign-off of {one.role}", _who(one.person), sign_off_grade(one)
    yield Fact(part, "decision", one.decision, grade, who)
    yield Fact(part, "at", one.at, grade, who)
    yield Fact(part, "record read", one.record_sha256, grade, who)
    if one.comment:
        yield Fact(part, "comment", one.comment, grade, who)
    yield from (Fact(part, question, answer, grade, who) for question, answer in one.answers)


def _of_end(drill: Drill) -> Iterator[Fact]:
    if drill.waiver is not None:
        yield Fact("waiver", "reason", drill.waiver.reason, Grade.B, _who(drill.waiver.by))
        yield Fact("waiver", "until", drill.waiver.until, Grade.B, _who(drill.waiver.by))
    yield from (Fact("end", "remark", remark, Grade.C) for remark in drill.remarks)
    if drill.superseded_by is not None:
        yield Fact("end", "superseded by", drill.superseded_by, Grade.C)


def _who(person: Person | None) -> str | None:
    if person is None:
        return None
    kind = {True: ", service principal", False: "", None: ", person or service principal not known"}[person.is_service]
    return f"{person.name} ({person.object_id}{kind})"

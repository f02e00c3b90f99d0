"""Rows of a pack's drills, one a drill, from the story that their events make. Pure.

Not here: what belongs to one drill (`rows_of_facts`), decisions (`rows_of_decisions`). Invariant: builder and verifier make the same rows of the same events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from evidence.drills.automatic import EXACT, standing_execution
from evidence.drills.grades import clean_up_grade, execution_grade, point_grade
from evidence.drills.timeline import timeline
from evidence.drills.values import Drill, Execution, Person, SignOff
from evidence.packs.restore_drills.places import record_path
from evidence.packs.restore_drills.story import Story

Row = Mapping[str, object]
SUBMITTED = "submitted"


def drill_rows(story: Story) -> list[Row]:
    """One row a drill that is told."""
    return [_row(story, drill) for drill in story.drills]


def _row(story: Story, drill: Drill) -> Row:
    planned, name = drill.planned, drill.planned.drill_id
    return {
        "drill_id": name,
        "quarter": planned.quarter,
        "counted": "quarter" if planned.quarter == story.quarter.name else "earlier",
        "plan_id": story.plans.get(name),
        "vault_id": planned.vault_id,
        "item_key": planned.item_key,
        "name": planned.subject,
        "workload": planned.workload,
        "application": planned.application,
        "tier": planned.tier,
        "drill_type": planned.drill_type,
        "reason": planned.reason,
        "stratum": planned.stratum,
        "planned_at": story.planned[name],
        "window_start": planned.window_start,
        "window_end": planned.window_end,
        "grace_s": seconds(planned.grace),
        "rto_s": seconds(planned.rto),
        "rpo_s": seconds(planned.rpo),
        "needs": [" or ".join(kinds) for kinds in planned.needs],
        "isolation_required": planned.isolation_required,
        **_named("tester", planned.tester),
        "retest_of": planned.retest_of,
        "superseded_by": drill.superseded_by,
        "state": str(drill.state),
        **_measured(drill),
        "deviations": len(drill.deviations),
        "deviations_open": sum(one.closed_at is None for one in drill.deviations),
        **_decided(drill.sign_offs),
        **_ended(drill),
        "events": drill.version,
        "record_sha256": story.record_sha256(name),
        "record_is": story.record(name)[1],
        "record": record_path(name),
        "ledger_entry": story.last[name],
    }


def _measured(drill: Drill) -> Row:
    """Moments and measures; a point that is not established has no moment here."""
    line, one, timing = timeline(drill), standing_execution(drill), drill.timing
    known = one is not None and one.link in EXACT
    return {
        "executions": len(drill.executions),
        "job_id": None if one is None else one.job_id,
        "recovery_point_at": line.recovery_point_at if known else None,
        "point_grade": str(point_grade(one)) if one is not None and known else None,
        "declared_loss_at": line.declared_loss_at,
        "restore_began_at": line.restore_began_at,
        "restore_ended_at": line.restore_ended_at,
        "job_grade": _job_grade(one),
        "usable_at": line.usable_at,
        "timing_by": None if timing.stated_by is None else timing.stated_by.name,
        "recovery_time_s": seconds(line.rto.achieved),
        "rto_reached": str(line.rto.reached),
        "rpo_applies": timing.rpo_applies,
        "rpo_exempt_because": timing.why_not,
        "data_loss_s": seconds(line.rpo.achieved),
        "rpo_reached": str(line.rpo.reached),
        "job_s": seconds(line.job_time),
    }


def _job_grade(one: Execution | None) -> str | None:
    return None if one is None else str(execution_grade(one))


def _decided(sign_offs: Sequence[SignOff]) -> Row:
    found = [one for one in sign_offs if one.decision != SUBMITTED]
    first, last = (found[0], found[-1]) if found else (None, None)
    return {
        "first_decision": first and first.decision,
        "first_decided_at": first and first.at,
        "decision": last and last.decision,
        "decided_at": last and last.at,
    }


def _ended(drill: Drill) -> Row:
    waiver = drill.waiver
    return {
        "clean_up": drill.clean_up,
        "clean_up_at": drill.clean_up_at,
        "clean_up_grade": None if drill.clean_up is None else str(clean_up_grade(drill.clean_up)),
        "waiver_reason": waiver and waiver.reason,
        "waived_by": waiver and waiver.by.name,
        "waived_until": waiver and waiver.until,
        "remark": "; ".join(drill.remarks) or None,
    }


def _named(prefix: str, person: Person | None) -> Row:
    return {prefix: person and person.name, f"{prefix}_oid": person and person.object_id}


def seconds(span: timedelta | None) -> int | None:
    """Whole seconds, rounded up: what took a part of a second longer than its objective is longer."""
    return None if span is None else -(-span // timedelta(seconds=1))


def moment_of(value: object) -> datetime | None:
    """A moment, where there is one."""
    return value if isinstance(value, datetime) else None

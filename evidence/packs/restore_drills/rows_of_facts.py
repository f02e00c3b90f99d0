"""Rows of what belongs to a drill: its restore jobs, its checks and its deviations. Pure.

Not here: the drill itself (`rows`). Invariant: an execution is graded by what bears it out, its point and its initiator each by their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from evidence.drills.automatic import EXACT, standing_execution
from evidence.drills.grades import execution_grade, initiator_grade, point_grade
from evidence.drills.values import Deviation, Drill, Execution, Person, Target, Validation
from evidence.packs.restore_drills.story import Story

Row = Mapping[str, object]
_RESULTS = {True: "passed", False: "failed", None: "not applicable"}


def execution_rows(story: Story) -> list[Row]:
    """Restore jobs in the records of drills."""
    return [_execution(drill, one) for drill in story.drills for one in drill.executions]


def validation_rows(story: Story) -> list[Row]:
    """Checks in the records of drills."""
    return [_validation(drill, one) for drill in story.drills for one in drill.validations]


def deviation_rows(story: Story) -> list[Row]:
    """Deviations in the records of drills; overdue by the day of the ledger's last entry."""
    day = story.as_of.date()
    return [_deviation(drill, one, day) for drill in story.drills for one in drill.deviations]


def _execution(drill: Drill, one: Execution) -> Row:
    person = one.initiator
    return {
        "drill_id": drill.planned.drill_id,
        "vault_id": one.vault_id,
        "job_id": one.job_id,
        "stands": one is standing_execution(drill),
        "item_key": one.item_key,
        "operation": one.operation,
        "status": one.status,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "location_type": one.location_type,
        **target_columns(one.target),
        "target_network": one.target.network,
        "target_tag": one.target.tag,
        "recovery_point_id": one.recovery_point_id,
        "recovery_point_at": one.recovery_point_at,
        "link": one.link,
        "point_grade": str(point_grade(one)) if one.link in EXACT else None,
        "point_consistency": one.point_consistency,
        "point_tier": one.point_tier,
        "initiator": person and person.name,
        "initiator_oid": person and person.object_id,
        "initiator_is_service": None if person is None else person.is_service,
        "initiator_grade": None if person is None else str(initiator_grade(one)),
        "activity_event_id": one.activity_event_id,
        "correlation_id": one.correlation_id,
        "bytes_transferred": one.bytes_transferred,
        "files_restored": one.files_restored,
        "files_skipped": one.files_skipped,
        "files_failed": one.files_failed,
        "event_night": one.night,
        "call_id": one.call_id,
        "evidence_grade": str(execution_grade(one)),
    }


def target_columns(target: Target) -> Row:
    """Where a restore went, in columns."""
    return {
        "target_subscription": target.subscription_id,
        "target_group": target.resource_group,
        "target_name": target.name,
    }


def _validation(drill: Drill, one: Validation) -> Row:
    return {
        "drill_id": drill.planned.drill_id,
        "check_id": one.check_id,
        "kind": one.kind,
        "expected": one.expected,
        "actual": one.actual,
        "tolerance": one.tolerance,
        "result": _RESULTS[one.passed],
        **dict(_person("checked_by", one.by)),
        "checked_at": one.at,
        "evidence_grade": str(one.grade),
        "artefacts": list(one.artefacts),
    }


def _deviation(drill: Drill, one: Deviation, day: date) -> Row:
    overdue = one.due is not None and one.due < day
    return {
        "drill_id": drill.planned.drill_id,
        "deviation_id": one.deviation_id,
        "kind": one.kind,
        "severity": one.severity,
        "cause": one.cause,
        "automatic": one.automatic,
        "state": "closed" if one.closed_at is not None else "overdue" if overdue else "open",
        "owner": one.owner,
        "due": one.due,
        "action": one.action,
        "ticket": one.ticket,
        "retest": one.retest,
        "closed_at": one.closed_at,
        "closed_by": one.closed_by and one.closed_by.name,
    }


def _person(name: str, person: Person | None) -> Iterator[tuple[str, object]]:
    yield name, person and person.name
    yield f"{name}_oid", person and person.object_id

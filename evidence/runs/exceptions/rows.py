"""Rows of `exceptions` and `exception_events`: what one look recorded, as anybody reads it.

Not here: what happened (`evidence.assess.exceptions`), files (`exceptions`). Invariant: the column `told` holds all that the other columns tell
but owner, age and bucket, which follow from it, the moment and the rules in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.advance import parents_of
from evidence.assess.exceptions.ages import age_days, bucket, past_due
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import ENDED, Event, Standing
from evidence.assess.exceptions.telling import told_event, told_standing

Row = Mapping[str, object]
Owner = Callable[[Standing], tuple[str, str] | None]
"""Team and rule that own an exception, by the rules in force; None where none does."""
GRADE = "A"
"""Events are judged of Azure's own record; what persons decided is told with their names."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Which look tells, and by which rules."""

    context: AssessmentContext
    tenant_id: str
    owner: Owner | None
    rules: ExceptionRules


def event_rows(events: Iterable[Event], context: AssessmentContext) -> Sequence[Row]:
    """One row an event."""
    return [
        {
            "night": context.night,
            "assessment_id": context.assessment_id,
            "assessed_at": context.assessed_at,
            "exception_key": one.key,
            "episode": one.episode,
            "event": str(one.kind),
            "at": one.at,
            "told": told_event(one),
        }
        for one in events
    ]


def exception_rows(standings: Mapping[str, Standing], telling: Telling, every: Mapping[str, Standing]) -> Sequence[Row]:
    """One row an exception; `every` are all that are known, outbreaks that others belong to among them."""
    parents = parents_of(every)
    return [_row(one, telling, parents.get(key)) for key, one in standings.items()]


def _row(one: Standing, telling: Telling, parent: str | None) -> Row:
    finding, moment = one.finding, telling.context.assessed_at
    return {
        **_common(one, telling),
        "exception_key": one.key,
        "episode": one.episode,
        "class": str(finding.class_),
        "severity": str(finding.severity),
        "hint": one.hint,
        "item_key": finding.item_key,
        "subject": finding.subject,
        "workload": finding.workload,
        "tier": one.facts.tier,
        "region": one.facts.region,
        "error_family": finding.error_family,
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "nights": one.nights,
        "reopened": one.reopened,
        "age_days": age_days(one, moment),
        "bucket": bucket(age_days(one, moment)),
        "past_due": past_due(one, telling.rules, moment),
        "state": str(one.state_on(moment)),
        "parent_key": parent,
        "job_ids": list(finding.job_ids),
        "error_codes": list(finding.error_codes),
        "summary": finding.summary,
        "recommendation": finding.recommendation,
        "actor": finding.actor,
        "told": told_standing(one),
        **_people(one, telling),
        **_end(one),
    }


def _common(one: Standing, telling: Telling) -> Row:
    context = telling.context
    return {
        "night": context.night,
        "event_night": one.sightings[-1][0],
        "tenant_id": telling.tenant_id,
        "vault_id": one.finding.vault_id,
        "run_id": context.run_id,
        "capture_id": f"{context.run_id}.exceptions",
        "observed_at": context.assessed_at,
        "evidence_grade": GRADE,
        "assessment_id": context.assessment_id,
        "assessed_at": context.assessed_at,
    }


def _people(one: Standing, telling: Telling) -> Row:
    owner = telling.owner(one) if telling.owner is not None else None
    team, rule = owner if owner is not None else (None, None)
    return {
        "owner": team,
        "owner_rule": rule,
        "decided_by": one.decided_by,
        "approver": one.approver,
        "accepted_until": one.accepted_until,
    }


def _end(one: Standing) -> Row:
    proof = one.proof
    because = proof.reason if proof else one.reason if one.closure else None
    return {
        "closed_at": one.ended_at if one.state in ENDED else None,
        "closed_by_job_id": proof.job_id if proof else None,
        "closed_by_recovery_point_id": proof.recovery_point_id if proof else None,
        "closed_because": because,
    }

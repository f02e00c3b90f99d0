"""How old exceptions are, in which bucket, and whether they are past due (analytics 6.9).

Not here: who is told. Invariant: hints and accepted risks are never past due; what ended ages no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from evidence.assess.aging import bucket
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import ENDED, Standing, State

__all__ = ["age_days", "bucket", "due_days", "past_due"]


def age_days(standing: Standing, moment: datetime) -> int:
    """Whole days since it arose in this episode, to its end or to a moment."""
    until = standing.ended_at if standing.state in ENDED and standing.ended_at is not None else moment
    return max(until - standing.first_seen, timedelta(0)) // timedelta(days=1)


def due_days(standing: Standing, rules: ExceptionRules) -> int:
    """Days in which it must be resolved: by the tier of its item, else by its severity."""
    tier = standing.facts.tier
    if tier is None or not rules.due_by_tier:
        return rules.due_by_severity[str(standing.finding.severity)]
    return rules.due_by_tier[min(tier, max(rules.due_by_tier))]


def past_due(standing: Standing, rules: ExceptionRules, moment: datetime) -> bool:
    """Whether it should have been resolved by now."""
    state = standing.state_on(moment)
    if standing.hint or state in ENDED or state is State.ACCEPTED:
        return False
    return moment - standing.first_seen > timedelta(days=due_days(standing, rules))

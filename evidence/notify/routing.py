"""Which channels a team is told over, by occasion.

Not here: whether something is to be told (`outbox`). Invariant: a channel that a rule names is used, or its lack is recorded with each message;
what no rule names has a default that follows from the team's routes alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.notify.interface import Occasion, Team
from evidence.notify.owners import Rule

EVERYBODY = frozenset({"webhook"})
"""Kinds that need no route of the team; used where a rule names them."""
TICKETS = frozenset({"servicenow", "jira"})
"""Kinds where one problem is one ticket, whoever looks at it."""
NO_DIGEST = TICKETS | {"pagerduty"}
"""Kinds that open something with whatever they are sent."""
Kinds = Mapping[str, str]
"""Kind of each configured channel, by name."""


def reaches(team: Team, kinds: Kinds) -> tuple[str, ...]:
    """Names of the channels that a team has a route for, in order of names."""
    return tuple(name for name in sorted(kinds) if kinds[name] in team.routes)


def channels_for(rule: Rule, team: Team, occasion: Occasion, kinds: Kinds) -> tuple[str, ...]:
    """Names of the channels for an occasion, in the rule's order, or by default.

    New: all that the team has; recurring and reminders: those of new; escalations: all that the next team has; digests: mail.
    """
    named = rule.notify.get(occasion)
    if named is not None:
        return named if occasion is not Occasion.ESCALATED else _usable(named, team, kinds)
    if occasion in {Occasion.RECURRING, Occasion.REMINDED}:
        return channels_for(rule, team, Occasion.OPENED, kinds)
    reached = reaches(team, kinds)
    if occasion is Occasion.DIGEST:
        return tuple(name for name in reached if kinds[name] == "mail")
    return reached


def _usable(named: tuple[str, ...], team: Team, kinds: Kinds) -> tuple[str, ...]:
    """Of the channels that a rule names for escalations those that the next team has; all that it has where it has none."""
    found = tuple(name for name in named if kinds.get(name) in team.routes or kinds.get(name) in EVERYBODY)
    return found or reaches(team, kinds)

"""What is expected of an item's points: the target by tier rule or policy, the interval of its schedules, the keeping promised.

Not here: comparing with what is there. Invariant: what a policy does not tell, or what cannot be read of it, is expected by no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from evidence.assess.points.values import Target, Wanted
from evidence.assess.slots.schedules import Schedule, Unreadable
from evidence.assess.slots.values import PolicyVersion
from evidence.tiers import ItemFacts, TierRule


def wanted_of(
    version: PolicyVersion, schedules: Sequence[Schedule | Unreadable], start_within: timedelta, *, database: bool
) -> Wanted:
    """What a version of a policy expects; `schedules` from `read_schedules(version)`, once for each version."""
    raise NotImplementedError


def rpo_target(facts: ItemFacts, rules: Sequence[TierRule], wanted: Wanted | None) -> Target | None:
    """The target of the first tier rule that fits, else the policy's interval and start delay, labelled; None where neither tells."""
    raise NotImplementedError

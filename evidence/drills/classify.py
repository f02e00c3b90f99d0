"""Was a restore a drill, a recovery of production, or can it not be told: hard rules first, then weighted signals, then a person.

Not here: finding restores (`found`), what a person decides (an event). Invariants: an unclassified restore never counts; each verdict tells its
reasons with their weights; a person's decision wins over rules, and is shown as such. Source: the design's reference on restore drills, 1.6.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from evidence.drills.values import Classification, Drill, Execution, Person, State, Verdict

SURE = 60
"""Signals of at least this weight make a drill."""
WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "open_plan": 50,
        "target_tag": 40,
        "target_group": 30,
        "target_subscription": 25,
        "target_name": 20,
        "initiator": 15,
        "item_unhealthy": -30,
    }
)
_GROUP = r"(?i)(^|[-_])(drill|restoretest|rt|dr-?test|isolated)([-_]|$)"
_NAME = r"(?i)([-_](drill|rt|restore)[-_]?\d{4}q[1-4]|drill)"


@dataclass(frozen=True, slots=True)
class ClassifyRules:
    """What an organisation says of its drills and of its recoveries."""

    drill_groups: re.Pattern[str] = re.compile(_GROUP)
    """Resource groups that drills restore to."""
    drill_names: re.Pattern[str] = re.compile(_NAME)
    drill_subscriptions: frozenset[str] = frozenset()
    drill_initiators: frozenset[tuple[str, str]] = frozenset()
    """Tenant and object id of those who test."""
    production_groups: re.Pattern[str] | None = None
    production_subscriptions: frozenset[str] = frozenset()
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    sure: int = SURE


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known around a restore besides its job."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the target, where they were read."""
    item_unhealthy: bool | None = None
    """Whether the item was stopped, deleted or unhealthy in the day before; None: not known."""


def classify(
    execution: Execution,
    drills: Collection[Drill],
    rules: ClassifyRules,
    signals: Signals,
    decided: Classification | None = None,
) -> Classification:
    """The verdict on one restore; `drills` are those of its item, `decided` is what a person said of it."""
    if decided is not None:
        return decided
    named = next((one for one in drills if any(job.job_id == execution.job_id for job in one.executions)), None)
    if named is not None:
        return Classification(Verdict.DRILL, 100, ("named in the record of a drill",), drill_id=named.planned.drill_id)
    planned = open_plan(execution, drills)
    hard = _production(execution, rules)
    if hard is not None:
        why: tuple[str, ...] = (
            (hard,) if planned is None else (hard, f"although {planned.planned.drill_id} is planned for the item")
        )
        return Classification(Verdict.PRODUCTION_RECOVERY, 0, why)
    found = tuple(_signals(execution, planned, rules, signals))
    score = sum(weight for _, weight in found)
    reasons = tuple(f"{reason} ({weight:+d})" for reason, weight in found) or ("no signal tells what it was",)
    sure = score >= rules.sure
    drill_id = planned.planned.drill_id if sure and planned is not None else None
    return Classification(Verdict.DRILL if sure else Verdict.UNCLASSIFIED, score, reasons, drill_id=drill_id)


def open_plan(execution: Execution, drills: Collection[Drill]) -> Drill | None:
    """The drill that waits for this restore: of the same item, and begun within its window and grace; the earliest of several."""
    start = execution.started_at
    if start is None or execution.item_key is None:
        return None
    fits = [
        one
        for one in drills
        if one.planned.item_key == execution.item_key
        and one.state in {State.PLANNED, State.EXECUTED, State.EVIDENCE_LINKED}
        and one.planned.window_start <= start <= one.planned.window_end + one.planned.grace
    ]
    return min(fits, key=lambda one: (one.planned.window_end, one.planned.drill_id), default=None)


def _production(execution: Execution, rules: ClassifyRules) -> str | None:
    """Why it can be nothing but a recovery of production, or None."""
    target = execution.target
    if execution.location_type == "original":
        return "restored over the original"
    if (target.subscription_id or "").lower() in rules.production_subscriptions:
        return "restored into a subscription of production"
    group = target.resource_group
    if group and rules.production_groups is not None and rules.production_groups.search(group):
        return f"restored into resource group {group}, which is production"
    return None


def _signals(
    execution: Execution, planned: Drill | None, rules: ClassifyRules, signals: Signals
) -> Iterator[tuple[str, int]]:
    target, weights = execution.target, rules.weights
    checks: Sequence[tuple[str, bool, str]] = (
        (
            "open_plan",
            planned is not None,
            f"{planned.planned.drill_id if planned else ''} is planned for the item now",
        ),
        ("target_tag", bool(target.tag or signals.tags.get("backup-drill")), "the target bears the tag backup-drill"),
        (
            "target_group",
            bool(_found(rules.drill_groups, target.resource_group)),
            "the resource group is one for drills",
        ),
        (
            "target_subscription",
            (target.subscription_id or "").lower() in rules.drill_subscriptions,
            "the subscription is one for drills",
        ),
        ("target_name", bool(_found(rules.drill_names, target.name)), "the restored name is that of a drill"),
        ("initiator", _is_tester(execution.initiator, rules), "started by somebody who tests"),
        ("item_unhealthy", signals.item_unhealthy is True, "the item was stopped, deleted or unhealthy the day before"),
    )
    return ((reason, weights[name]) for name, there, reason in checks if there and name in weights)


def _is_tester(initiator: Person | None, rules: ClassifyRules) -> bool:
    return initiator is not None and initiator.key in rules.drill_initiators


def _found(pattern: re.Pattern[str], text: str | None) -> re.Match[str] | None:
    return pattern.search(text) if text else None

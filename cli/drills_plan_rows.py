"""Plans of drills as the commands show them: one row a plan, one row a drill of it, and what a person should know before reading on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cli.drills_due import say_limits
from cli.output import say

if TYPE_CHECKING:
    from evidence.drills.fold import Plan
    from evidence.drills.values import Planned
    from evidence.runs.drills.planning import ReadPlan

PLAN_COLUMNS = ("plan", "quarter", "state", "drills", "complete", "seed", "drafted_by", "approved_by", "plan_sha256")
DRILL_COLUMNS = ("drill", "tier", "subject", "drill_type", "window_start", "window_end", "rto", "rpo", "reason")


def plan_row(plan: Plan, read: ReadPlan | None = None) -> dict[str, object]:
    """One plan; with its population where that was read."""
    from evidence.drills.spelling import plan_sha256

    told, approved, committed = plan.drafted, plan.approved, plan.committed
    row: dict[str, object] = {
        "plan": told.plan_id,
        "quarter": told.quarter,
        "scope": told.scope,
        "state": "drafted" if approved is None else "approved",
        "drills": len(told.drills),
        "complete": not told.incomplete,
        "incomplete": list(told.incomplete),
        "seed": "committed late" if plan.late else "committed before the quarter",
        "seed_sha256": told.seed_sha256,
        "seed_committed_at": None if committed is None else committed.at.isoformat(),
        "seed_revealed": plan.seed,
        "drafts": plan.drafts,
        "drafted_at": told.at.isoformat(),
        "drafted_by": None if told.by is None else told.by.name,
        "approved_at": None if approved is None else approved.at.isoformat(),
        "approved_by": None if approved is None else approved.by.name,
        "population_sha256": told.population_sha256,
        "configuration_sha256": told.configuration_sha256,
        "plan_sha256": plan_sha256(told),
    }
    if read is not None:
        row |= {
            "population_night": str(read.population.night),
            "population_items": len(read.population.items),
            "remarks": list(read.population.remarks),
            "changed_since_first_draft": list(read.since_first),
            "ledger_entry": read.entry.sequence,
        }
    return row


def drill_rows(found: ReadPlan) -> list[dict[str, object]]:
    """The drills of a plan, in its order."""
    return [_drill_row(one) for one in found.plan.drafted.drills]


def _drill_row(one: Planned) -> dict[str, object]:
    from evidence.drills.plan import checks_told, in_hours

    target = one.target
    return {
        "drill": one.drill_id,
        "tier": one.tier,
        "subject": one.subject,
        "item_key": one.item_key,
        "vault_id": one.vault_id,
        "workload": one.workload,
        "application": one.application,
        "drill_type": one.drill_type,
        "window_start": str(one.window_start.date()),
        "window_end": str(one.window_end.date()),
        "grace_days": one.grace.days,
        "rto": in_hours(one.rto),
        "rpo": in_hours(one.rpo),
        "needs": [" or ".join(kinds) for kinds in one.needs],
        "checks": checks_told(one),
        "reason": one.reason,
        "stratum": one.stratum,
        "target_subscription": target.subscription_id,
        "target_resource_group": target.resource_group,
        "target_network": target.network,
        "target_name": target.name,
        "tag": target.tag,
    }


def _say_left_out(found: ReadPlan) -> None:
    """Who of the population has no drill in the plan: whoever approves answers for them too."""
    from evidence.drills.due import Quarter

    told, quarter = found.plan.drafted, Quarter.named(found.plan.drafted.quarter)
    drilled = {one.item_key for one in told.drills}
    left = [one for one in found.population.items if one.item_key not in drilled]
    drawn = sum(one.stratum is not None for one in told.drills)
    say(
        f"{drawn} of its drills are drawn in the sample; {len(left)} items have no drill in it (`drills due --all` tells why of each)"
    )
    for one in left:
        if one.waived_until is not None and one.waived_until >= quarter.last:
            say(f"  waived until {one.waived_until}: {one.subject} in {one.vault_id.rpartition('/')[2]}")
        elif one.planned:
            say(f"  planned already: {one.subject} as {', '.join(one.planned)}")
    for gone in found.population.absent:
        say(f"  cannot be drilled: {gone.subject} in {gone.vault_id.rpartition('/')[2]}, {gone.why}")


def say_plan(found: ReadPlan) -> None:
    """What a plan is worth, in lines on stderr: numbers, seed, what was not read, what changed since somebody knew the seed."""
    from evidence.drills.spelling import plan_sha256

    plan, told = found.plan, found.plan.drafted
    tiers = Counter(one.tier for one in told.drills)
    ordered = sorted(tiers, key=lambda tier: (tier is None, tier or 0))
    names = {tier: "no tier" if tier is None else f"tier {tier}" for tier in tiers}
    by_tier = ", ".join(f"{tiers[tier]} of {names[tier]}" for tier in ordered) or "nothing is due"
    say(
        f"{told.plan_id}: {len(told.drills)} drills ({by_tier}) from {len(found.population.items)} items as of the night of {found.population.night}"
    )
    when = told.at if plan.committed is None else plan.committed.at
    say(
        f"seed committed to on {when:%Y-%m-%d}, {'LATE: the quarter had begun' if plan.late else 'before the quarter'}; revealed with the first draft"
    )
    _say_left_out(found)
    no_goal = sum(one.rto is None or one.rpo is None for one in told.drills)
    if no_goal:
        say(
            f"note: {no_goal} drills have no recovery time or point objective: their tier sets none, so none can be met"
        )
    say_limits(told.incomplete, found.population.remarks)
    if plan.drafts > 1:
        say(
            f"draft {plan.drafts}; since the first showed the sample {len(found.since_first)} things changed of its population"
        )
        for one in found.since_first:
            say(f"  {one}")
    say(f"SHA-256 of this plan: {plan_sha256(told)}")

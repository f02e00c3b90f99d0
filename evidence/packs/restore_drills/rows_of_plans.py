"""Rows of a quarter's plans and of the items that their samples were drawn from. Pure.

Not here: drawing (`evidence.drills.sampling`), reading populations. Invariants: a commitment is dated by the entry that first told the seed's hash; without a
revealed seed nothing is said to have been drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from evidence.drills.events import PlanDrafted, SeedCommitted, SeedRevealed
from evidence.drills.fold import Plan
from evidence.drills.population import Population
from evidence.drills.sampling import Candidate
from evidence.drills.spelling import plan_sha256
from evidence.packs.restore_drills.places import population_path
from evidence.packs.restore_drills.story import Story
from evidence.runs.drills.book import ToldEvent

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a plan's sample was drawn from, and whom it drew."""

    candidates: tuple[Candidate, ...]
    drawn: Collection[str] | None
    """Item keys; None where the seed is not known."""


def quarter_plans(story: Story) -> Mapping[str, Plan]:
    """The plans of the quarter, by id."""
    return {name: plan for name, plan in sorted(story.book.plans.items()) if plan.drafted.quarter == story.quarter.name}


def plan_rows(story: Story, populations: Mapping[str, Population]) -> list[Row]:
    """One row a plan; `populations` by plan."""
    return [_row(story, name, plan, populations.get(name)) for name, plan in quarter_plans(story).items()]


def _row(story: Story, name: str, plan: Plan, population: Population | None) -> Row:
    drafted, approved = plan.drafted, plan.approved
    committed = _committed(story, plan)
    revealed = [one.event for one in story.told if isinstance(one.event, SeedRevealed) and one.event.plan_id == name]
    return {
        "plan_id": name,
        "quarter": drafted.quarter,
        "scope": drafted.scope,
        "drills": len(drafted.drills),
        "drafts": plan.drafts,
        "drafted_at": drafted.at,
        "drafted_by": drafted.by and drafted.by.name,
        "approved_at": approved and approved.at,
        "approved_by": approved and approved.by.name,
        "plan_sha256": plan_sha256(drafted),
        "population_sha256": drafted.population_sha256,
        "population": None if population is None else population_path(name),
        "items": None if population is None else len(population.items),
        "incomplete": list(drafted.incomplete),
        "configuration_sha256": drafted.configuration_sha256,
        "seed_sha256": drafted.seed_sha256,
        "committed_at": committed.event.at,
        "committed_entry": committed.entry.sequence,
        "committed_late": committed.event.at.date() >= story.quarter.first,
        "seed": plan.seed,
        "revealed_at": revealed[0].at if revealed else None,
    }


def _committed(story: Story, plan: Plan) -> ToldEvent:
    """The first event that told the seed's hash."""
    wanted = plan.drafted.seed_sha256
    return next(
        one
        for one in story.told
        if isinstance(one.event, SeedCommitted | PlanDrafted) and one.event.seed_sha256 == wanted
    )


def sample_rows(samples: Mapping[str, Sampled]) -> list[Row]:
    """One row a candidate of each plan."""
    return [
        {
            "plan_id": name,
            "item_key": one.item_key,
            "workload": one.workload,
            "region": one.region,
            "tier": one.tier,
            "stratum": one.stratum.name,
            "drilled_lately": one.drilled_lately,
            "drawn": None if sampled.drawn is None else one.item_key in sampled.drawn,
        }
        for name, sampled in sorted(samples.items())
        for one in sampled.candidates
    ]

"""Whatever is told of seeds and plans in whatever order: an approved plan stays, a seed is not chosen twice, and no drill comes without approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.drills.events import Event, PlanApproved, PlanDrafted, SeedCommitted, SeedRevealed
from evidence.drills.fold import Book, apply
from evidence.drills.sampling import commitment
from evidence.drills.spelling import plan_sha256, read_event, told_event
from evidence.errors import RefusedError
from tests.drills.making import PLANNER, REVIEWER, START, person, planned

SEEDS = [bytes([number]) * 32 for number in (1, 2)]
PEOPLE = st.sampled_from([PLANNER, REVIEWER, person(8, service=True)])
PLANS = st.sampled_from(["DP-2026Q3", "DP-2026Q3-eu"])
MOMENTS = st.integers(-60, 60).map(lambda days: START + timedelta(days=days))
DRILLS = st.lists(
    st.sampled_from([planned(f"DR-2026Q3-000{number}") for number in (1, 2, 3)]),
    max_size=3,
    unique_by=lambda one: one.drill_id,
)
COMMITS = st.builds(
    lambda seed, signer, at, by: SeedCommitted("2026Q3", commitment(seed), signer * 64, at, by),
    st.sampled_from(SEEDS), st.sampled_from("ab"), MOMENTS, PEOPLE,
)  # fmt: skip
DRAFTS = st.builds(
    lambda plan, drills, seed, at, by: PlanDrafted(plan, "2026Q3", tuple(drills), "0" * 64, commitment(seed), at, by),
    PLANS, DRILLS, st.sampled_from(SEEDS), MOMENTS, PEOPLE,
)  # fmt: skip
REVEALS = st.builds(
    lambda plan, seed, at: SeedRevealed(plan, seed.hex(), at, None), PLANS, st.sampled_from(SEEDS), MOMENTS
)
APPROVALS = st.tuples(PLANS, PEOPLE, MOMENTS, st.booleans())
STEPS = st.lists(COMMITS | DRAFTS | REVEALS | APPROVALS, max_size=14)


def event_of(book: Book, step: object) -> Event | None:
    """An approval is of the plan as it stands then, or of another hash."""
    if not isinstance(step, tuple):
        assert isinstance(step, SeedCommitted | PlanDrafted | SeedRevealed)
        return step
    plan_id, by, at, right = step
    plan = book.plans.get(plan_id)
    read = plan_sha256(plan.drafted) if plan is not None and right else "f" * 64
    return PlanApproved(plan_id, read, at, by)


@settings(max_examples=60)
@given(STEPS)
def test_no_sequence_changes_an_approved_plan_or_brings_a_drill_that_nobody_approved(steps: Sequence[object]) -> None:
    book = Book()
    for step in steps:
        event = event_of(book, step)
        assert event is not None
        before = book
        try:
            book = apply(book, event)
        except RefusedError:
            continue
        assert read_event(told_event(event), "here") == event
        for plan_id, plan in before.plans.items():
            if plan.approved is not None:
                assert replace(book.plans[plan_id], seed=None) == replace(plan, seed=None)
        if book.drills != before.drills:
            assert isinstance(event, PlanApproved)
            assert book.plans[event.plan_id].drafted.by not in {None, event.by}
            assert not event.by.is_service
        if book.seeds != before.seeds and before.seeds:
            assert before.seeds["2026Q3"].signer_sha256 != book.seeds["2026Q3"].signer_sha256
            assert not before.plans
    approved = [one for one in book.plans.values() if one.approved is not None]
    assert set(book.drills) == {drill.drill_id for one in approved for drill in one.drafted.drills}
    assert all(
        one.seed is None or commitment(bytes.fromhex(one.seed)) == one.drafted.seed_sha256
        for one in book.plans.values()
    )
    for one in book.plans.values():
        told = one.drafted if one.committed is None else one.committed
        assert one.late == (f"{told.at:%Y-%m-%d}" >= "2026-07-01")

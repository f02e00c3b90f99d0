"""Which drills and events a pack of a quarter tells: those of its scope and what belongs to them, and nothing of another scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.drills.due import Quarter
from evidence.drills.events import DrillPlanned, PlanApproved, PlanDrafted
from evidence.drills.spelling import plan_sha256
from evidence.drills.values import State
from evidence.errors import IntegrityError
from evidence.packs.restore_drills.choosing import chosen_drills, chosen_events
from evidence.packs.restore_drills.story import tell
from tests.drills.making import PLANNER, REVIEWER, START, VAULT, facts, planned, reviewed, submitted
from tests.runs.drills.drills_desk import Desk

Q3, Q4 = Quarter(2026, 3), Quarter(2026, 4)
OTHER = f"{VAULT}-other"


def of(vault: str) -> Callable[[str], bool]:
    return lambda one: one == vault


@pytest.fixture
def desk() -> Desk:
    """Two plans of one quarter, each of a vault of its own."""
    made = Desk()
    for name, vault in (("eu", VAULT), ("us", OTHER)):
        drill = replace(planned(f"DR-2026Q3-{name}"), vault_id=vault, item_key=f"{vault}/item")
        plan = PlanDrafted(
            f"DP-2026Q3-{name}", "2026Q3", (drill,), "0" * 64, "1" * 64, START - timedelta(days=9), PLANNER, name
        )
        made.tell(plan)
        made.tell(PlanApproved(plan.plan_id, plan_sha256(plan), START - timedelta(days=8), REVIEWER))
    return made


def test_a_pack_of_a_scope_carries_no_plan_of_another(desk: Desk) -> None:
    names = chosen_drills(desk.book, Q3, of(VAULT))
    assert names == {"DR-2026Q3-eu"}
    found = chosen_events(desk.told, names, Q3, (), of(VAULT))
    assert {one.entry.subject for one in found} == {"plan/DP-2026Q3-eu"}
    assert chosen_drills(desk.book, Q3, lambda _: True) == {"DR-2026Q3-eu", "DR-2026Q3-us"}
    assert chosen_drills(desk.book, Q4, lambda _: True) == frozenset()


def test_a_drill_of_a_quarter_before_counts_for_a_year_and_its_retest_comes_along() -> None:
    desk = Desk()
    desk.plan()
    for event in facts():
        desk.tell(event)
    desk.tell(submitted(desk.drill()))
    desk.tell(reviewed(desk.drill(), "rejected", comment="as read"))
    desk.tell(DrillPlanned(planned("DR-2026Q3-0002", retest_of="DR-2026Q3-0001"), START + timedelta(days=40), PLANNER))
    for event in facts("DR-2026Q3-0002"):
        desk.tell(event)
    desk.tell(submitted(desk.drill("DR-2026Q3-0002")))
    desk.tell(reviewed(desk.drill("DR-2026Q3-0002")))
    both = {"DR-2026Q3-0001", "DR-2026Q3-0002"}
    assert desk.drill().state is State.CLOSED
    # Only the retest was accepted; what it repeats belongs to it.
    assert chosen_drills(desk.book, Q4, of(VAULT)) == both
    assert chosen_drills(desk.book, Quarter(2027, 2), of(VAULT)) == both
    assert Quarter(2027, 3).last - timedelta(days=365) > date(2026, 7, 6)
    assert chosen_drills(desk.book, Quarter(2027, 3), of(VAULT)) == frozenset()
    story = tell(chosen_events(desk.told, both, Q4, (), of(VAULT)), both, Q4, desk.told[-1].entry.at)
    assert {one.planned.drill_id: one.state for one in story.drills} == {
        "DR-2026Q3-0001": State.CLOSED,
        "DR-2026Q3-0002": State.ACCEPTED,
    }
    assert story.record("DR-2026Q3-0001")[0].state is State.IN_REVIEW
    assert story.record("DR-2026Q3-0001")[1] == "signed off"


def test_a_drill_that_no_event_plans_is_no_story(desk: Desk) -> None:
    with pytest.raises(IntegrityError, match="no event plans it"):
        tell(desk.told, {"DR-2026Q3-9999"}, Q3, START)

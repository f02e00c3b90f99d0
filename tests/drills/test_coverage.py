"""A quarter's numbers by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from evidence.drills.coverage import Attained, Share, quarter_coverage
from evidence.drills.events import Event, ExecutionLinked, Missed, TimingStated
from evidence.drills.fold import apply
from evidence.drills.values import Drill, Planned, State, Timing
from tests.drills.making import (
    START,
    TESTER,
    begun,
    execution,
    facts,
    linked,
    only,
    planned,
    reviewed,
    submitted,
    timed,
)

LAST = date(2026, 9, 30)


def made(number: int, tier: int | None = 0, **changes: object) -> Planned:
    return replace(planned(f"DR-{number}", tier=tier), item_key=f"item-{number}", **changes)  # type: ignore[arg-type]  # its fields


def lived(of: Planned, decision: str | None, events: Sequence[Event] | None = None) -> Drill:
    told = [
        replace(one, execution=execution(item_key=of.item_key)) if isinstance(one, ExecutionLinked) else one
        for one in (facts(of.drill_id) if events is None else events)
    ]
    book = begun(told, of)
    if decision is None:
        return only(book)
    book = apply(book, submitted(only(book)))
    return only(apply(book, reviewed(only(book), decision, comment="as read")))


def test_a_quarter_by_hand() -> None:
    late = made(5)
    missed = only(apply(begun(made=late), Missed(late.drill_id, START + timedelta(days=30), None)))
    no_target, no_times = made(3, 3, rto=None, rpo=None), made(4, 3)
    untimed = [one for one in facts(no_times.drill_id) if not isinstance(one, TimingStated)]
    due = [
        lived(made(1), "accepted"),
        lived(made(2), "rejected"),
        lived(no_target, "accepted"),
        lived(no_times, "accepted", untimed),
        missed,
        lived(made(6, 2), None),
    ]
    found = quarter_coverage(due, due, {f"item-{number}" for number in range(1, 9)}, LAST)
    assert found.by_tier == {0: Share(1, 3), 2: Share(0, 1), 3: Share(2, 2)}
    assert found.rolling_year == Share(3, 8)
    assert found.first_pass == Share(3, 4)
    assert found.rto == found.rpo == Attained(met=1, missed=0, not_measured=1, no_target=1)
    assert found.rto.share == Share(1, 2)
    assert found.decided == 4
    assert found.days_to_sign_off == 27 / 24
    assert found.missed == [missed]
    assert found.by_state[State.VALIDATED] == 1
    forgotten = quarter_coverage(due, due, {"item-1"}, LAST, [(0, "item-8"), (1, "item-9"), (0, "item-1")])
    assert forgotten.by_tier == {0: Share(1, 4), 1: Share(0, 1), 2: Share(0, 1), 3: Share(2, 2)}


def test_nothing_due_is_no_share() -> None:
    found = quarter_coverage([], [], (), LAST)
    assert found.days_to_sign_off is None
    assert found.by_tier == {}
    assert found.first_pass == Share(0, 0)


def test_a_point_restored_on_purpose_has_no_objective_and_a_superseded_record_does_not_count() -> None:
    on_purpose = TimingStated("DR-1", Timing(START, None, TESTER, rpo_applies=False, why_not="x"), START, TESTER)
    book = begun([linked("DR-1", item_key="item-1"), on_purpose], made(1))
    assert quarter_coverage([only(book)], [], (), LAST).rpo == Attained(0, 0, 0, 0)
    old = replace(lived(made(2), "accepted"), superseded_by="DR-9")
    found = quarter_coverage([old], [old], {"item-2"}, LAST)
    assert (found.by_tier, found.rolling_year) == ({0: Share(0, 1)}, Share(0, 1)), "its item was due all the same"
    a_year_ago = replace(lived(made(3), "accepted"))
    assert quarter_coverage([], [a_year_ago], {"item-3"}, date(2027, 7, 6)).rolling_year == Share(0, 1)
    assert quarter_coverage([], [a_year_ago], {"item-3"}, date(2027, 7, 5)).rolling_year == Share(1, 1)
    assert timed().timing.rpo_applies

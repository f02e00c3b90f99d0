"""What is left out of a look as too early, or as not asked for, changes no event: on random lives of one item's exceptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.assess.exceptions.advance import advance
from evidence.assess.exceptions.fold import with_batch
from evidence.assess.exceptions.proofs import PointAge, Proofs
from evidence.assess.exceptions.states import Event, Facts
from evidence.assess.exceptions.unresolved import Unresolved, unresolved
from evidence.assess.findings import Class, Finding
from evidence.assess.slots.values import Outcome, Part
from tests.assess.exceptions.making import ITEM, NOTHING, at, bad_job, end, finding, job, look, point, proofs, slot

CLASSES = (Class.FAILED, Class.SILENT, Class.RECURRING, Class.RUNNING_LATE, Class.LOG_CHAIN_BREAK, Class.RPO_BREACH,
           Class.POINT_GAP, Class.UNKNOWN)  # fmt: skip
NIGHTS = 6
HOURS = st.sampled_from([20.0, 22.0, 22.2, 23.0, 27.0])
MADE = st.lists(st.tuples(st.integers(0, NIGHTS - 1), HOURS, st.sampled_from([None, Part.FULL])), max_size=6)
FOUND = st.lists(st.lists(st.sampled_from(CLASSES), max_size=2, unique=True), min_size=NIGHTS, max_size=NIGHTS)
SLOTS = st.lists(
    st.sampled_from([None, Outcome.SUCCESS, Outcome.FAILED, Outcome.UNKNOWN]), min_size=NIGHTS, max_size=NIGHTS
)
AGES = st.lists(st.none() | st.integers(0, 60), min_size=NIGHTS, max_size=NIGHTS)


def narrowed(known: Proofs, asked: Unresolved) -> Proofs:
    """What is told of an item where nothing more than what is asked for is read."""
    since = asked.jobs_since.get(ITEM)
    jobs = [one for one in known.jobs[ITEM] if since and one.started_at and one.started_at >= since]
    points = [one for one in known.points[ITEM] if since and one.at and one.at >= since]
    slots = [one for one in known.slots[ITEM] if ITEM in asked.since and one.slot.slot_at >= asked.since[ITEM]]
    ages = {item: age for item, age in known.ages.items() if item in asked.aged}
    return replace(known, jobs={ITEM: jobs}, points={ITEM: points}, slots={ITEM: slots}, ages=ages)


@settings(max_examples=150)
@given(FOUND, MADE, SLOTS, AGES, st.sampled_from([0, 2]))
def test_what_is_not_asked_for_changes_no_event(
    found: list[list[Class]],
    made: list[tuple[int, float, Part | None]],
    outcomes: list[Outcome | None],
    ages: list[int | None],
    tier: int,
) -> None:
    standings = NOTHING
    for night in range(NIGHTS):
        then = [told for told in made if told[0] <= night]
        jobs = [job(f"j{number}", at(on, hours), part=part) for number, (on, hours, part) in enumerate(then)]
        points = [
            point(f"p{number}", at(on, hours) + timedelta(minutes=15)) for number, (on, hours, _) in enumerate(then)
        ]
        failed = [bad_job(one) for one in range(night + 1)]
        slots = [slot(one, outcome) for one, outcome in enumerate(outcomes[: night + 1]) if outcome]
        hours = ages[night]
        age = (
            None
            if hours is None
            else PointAge("p", end(night) - timedelta(hours=hours), timedelta(hours=24), end(night))
        )
        known = proofs([*failed, *jobs], points, slots, Facts(tier=tier), ages={} if age is None else {ITEM: age})
        now: list[Finding] = [finding(night, class_) for class_ in found[night]]
        events: list[tuple[Event, ...]] = [
            advance(standings, look(night, *now, proven=told))
            for told in (known, narrowed(known, unresolved(standings, now)))
        ]
        assert events[0] == events[1]
        standings = with_batch(standings, events[0]) if events[0] else standings

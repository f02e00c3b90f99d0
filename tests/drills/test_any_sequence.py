"""No sequence of events reaches `accepted` past a guard, and the ledger's spelling of events loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from evidence.drills.automatic import automatic_deviations
from evidence.drills.events import Cancelled, DeviationRecorded, DrillPlanned, Event, Missed, Waived
from evidence.drills.fold import Book, apply, fold
from evidence.drills.guards import involved, missing_facts
from evidence.drills.rules import missing_checks
from evidence.drills.spelling import read_event, record_sha256, told_event
from evidence.drills.values import ACCEPTING, Drill, State, Waiver
from evidence.errors import IntegrityError, RefusedError
from tests.drills.making import (
    PLANNER,
    REVIEWER,
    START,
    TESTER,
    begun,
    facts,
    linked,
    only,
    person,
    planned,
    reviewed,
    submitted,
    timed,
    validated,
)

PEOPLE = st.sampled_from([*(person(number) for number in range(1, 7)), person(7, service=True)])
DECISIONS = st.sampled_from(["accepted", "accepted_with_deviations", "rejected"])
NAME = "DR-2026Q3-0001"


class AnySequence(RuleBasedStateMachine):
    """Tries events in any order, keeps those that are taken, and looks at what stands."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = [DrillPlanned(planned(), START, PLANNER)]
        self.book: Book = fold(self.events)

    def attempt(self, event: Event) -> None:
        before = self.drill
        try:
            self.book = apply(self.book, event)
        except RefusedError:
            assert self.drill is before
        else:
            self.events.append(event)

    @property
    def drill(self) -> Drill:
        return self.book.drills[NAME]

    @rule(
        job=st.sampled_from(["job-1", "job-2"]),
        status=st.sampled_from(["Completed", "CompletedWithWarnings", "Failed", "InProgress"]),
        link=st.sampled_from(["exact", "inferred", "unlinked"]),
        restored=st.sampled_from([None, 0, 5]),
        by=st.sampled_from([None, REVIEWER, TESTER]),
        place=st.sampled_from(["alternate", "original"]),
    )
    def link(self, job: str, status: str, link: str, restored: int | None, by: object, place: str) -> None:
        self.attempt(
            linked(job_id=job, status=status, link=link, files_restored=restored, initiator=by, location_type=place)
        )

    @rule(
        kind=st.sampled_from(["row_count", "application", "boot"]),
        passed=st.sampled_from([True, False, None]),
        by=PEOPLE,
    )
    def validate(self, kind: str, passed: bool | None, by: object) -> None:
        self.attempt(validated(kind, passed=passed, by=by))  # type: ignore[arg-type]  # drawn from persons

    @rule(hours=st.sampled_from([1.0, 3.5, 9.0]))
    def state_times(self, hours: float) -> None:
        self.attempt(timed(hours=hours))

    @rule(by=PEOPLE)
    def submit(self, by: object) -> None:
        self.attempt(submitted(self.drill, by))  # type: ignore[arg-type]  # drawn from persons

    @rule(by=PEOPLE, decision=DECISIONS, stale=st.booleans())
    def review(self, by: object, decision: str, stale: bool) -> None:
        seen = "0" * 64 if stale else None
        self.attempt(reviewed(self.drill, decision, by, "as read", seen))  # type: ignore[arg-type]  # drawn from persons

    @rule(by=PEOPLE, decision=DECISIONS)
    def go_well(self, by: object, decision: str) -> None:
        for event in facts():
            self.attempt(event)
        self.submit(TESTER)
        self.review(by, decision, False)

    @precondition(lambda self: self.drill.deviations)
    @rule(close=st.booleans(), data=st.data())
    def deal_with(self, close: bool, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(list(self.drill.deviations)))
        told = replace(one, owner="databases", due=START.date(), action="mend")
        told = replace(told, closed_at=START, closed_by=TESTER) if close else told
        self.attempt(DeviationRecorded(NAME, told, START, TESTER))

    @rule(days=st.sampled_from([0, 30]), by=PEOPLE)
    def end_otherwise(self, days: int, by: object) -> None:
        at = START + timedelta(days=days)
        self.attempt(Missed(NAME, at, None))
        waiver = Waiver("risk accepted", by, (at + timedelta(days=9)).date())  # type: ignore[arg-type]  # drawn from persons
        self.attempt(Waived(NAME, waiver, at, by))  # type: ignore[arg-type]  # drawn from persons

    @rule()
    def call_off(self) -> None:
        self.attempt(Cancelled(NAME, "not now", START, person(7, service=True)))

    @invariant()
    def accepted_means_proven(self) -> None:
        drill = self.drill
        if drill.state not in ACCEPTING:
            return
        handed_in, decision = drill.sign_offs[-2:]
        assert not missing_facts(drill)
        assert not missing_checks(drill)
        before = replace(drill, sign_offs=drill.sign_offs[:-1])
        assert decision.person.key not in involved(before)
        assert not decision.person.is_service
        assert not handed_in.person.is_service
        open_ones = [one for one in drill.deviations if one.closed_at is None]
        assert drill.state is State.ACCEPTED_WITH_DEVIATIONS or not open_ones
        assert all(one.owner and one.due and one.action for one in open_ones)
        assert {one.deviation_id for one in automatic_deviations(drill)} <= {
            one.deviation_id for one in drill.deviations
        }
        assert not any(one.severity == "critical" for one in open_ones)

    @invariant()
    def the_ledger_alone_gives_the_same(self) -> None:
        again = fold([read_event(json.loads(json.dumps(told_event(one))), "entry") for one in self.events])
        assert again == self.book
        assert record_sha256(again.drills[NAME]) == record_sha256(self.drill)


TestAnySequence = AnySequence.TestCase


@given(st.sampled_from(["seen", "v", "told", "kind"]))
def test_a_field_that_no_event_has_is_refused(name: str) -> None:
    payload = told_event(linked())
    told = payload["told"]
    assert isinstance(told, dict)
    told[name] = "more" if name != "kind" else "unheard_of"
    with pytest.raises(IntegrityError, match="no drill event"):
        read_event(payload, "entry 7")


def test_another_spelling_of_a_moment_is_refused() -> None:
    payload = json.loads(json.dumps(told_event(timed())))
    payload["told"]["at"] = payload["told"]["at"].replace("Z", "+00:00")
    with pytest.raises(IntegrityError, match="no drill event"):
        read_event(payload, "entry 7")


def test_facts_and_times_have_no_fractions() -> None:
    for event in facts():
        assert "." not in json.dumps([value for value in told_event(event).values() if isinstance(value, float)])
        json.dumps(told_event(event), allow_nan=False)
    assert only(begun(facts())).state is State.VALIDATED

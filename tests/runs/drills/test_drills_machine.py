"""Any sequence of words, races and crashes on a store: the ledger alone always tells the state, and nothing is accepted past a guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from evidence.drills.events import (
    Cancelled,
    CleanedUp,
    DeviationRecorded,
    DrillPlanned,
    Event,
    Missed,
    ValidationRecorded,
    Waived,
)
from evidence.drills.fold import Book, apply, fold
from evidence.drills.guards import involved, missing_facts
from evidence.drills.rules import missing_checks
from evidence.drills.values import ACCEPTING, Person, Waiver
from evidence.errors import RefusedError
from evidence.ledger.drill_events import claims_of
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import BookReader, read_book
from evidence.runs.drills.nightly import file_count_of
from tests.drills.making import (
    PLANNER,
    START,
    TESTER,
    facts,
    linked,
    person,
    planned,
    reviewed,
    submitted,
    timed,
    validated,
)
from tests.fakes.bench import Bench
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import Between, Stopped
from tests.runs.drills.drills_desk import NAME, NOW, Desk

RETEST = "DR-2026Q3-0002"
PEOPLE = st.sampled_from([*(person(number) for number in range(1, 7)), person(7, service=True)])
DECISIONS = st.sampled_from(["accepted", "accepted_with_deviations", "rejected"])
DRILLS = st.sampled_from([NAME, RETEST])


class OnAStore(RuleBasedStateMachine):
    """Persons tell what they like, each by a process of its own, which may stop at any write or be overtaken."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Between()
        self.desk = Desk(Bench(store=self.store, clock=FakeClock(NOW, tick=timedelta(microseconds=1))))
        self.desk.plan()
        self.served = BookReader()
        self.model: Book = fold([one.event for one in self.desk.told])

    def attempt(self, event: Event, crash: str | None = None) -> None:
        """Tell it, now; after a crash at its write, tell it again."""
        event = replace(event, at=self.desk.bench.clock.now())
        before = len(self.desk.told)
        try:
            if crash is not None:
                self.store.run_on()
                setattr(self.store, crash, 0)
            self._tell(event)
        except Stopped:
            self.store.run_on()
            self._tell(event)
        finally:
            self.store.run_on()
        assert len(self.desk.told) <= before + 1

    def _tell(self, event: Event) -> None:
        try:
            found = self.desk.tell(event)
        except RefusedError:
            with pytest.raises(RefusedError):
                apply(self.model, event)
            return
        if found.entry.sequence > len(self.served.told) + 1:
            self.model = apply(self.model, self.desk.told[-1].event)
        self.served.upto(Ledger(self.store).entries())

    def drill_id(self, wanted: str) -> str:
        return wanted if wanted in self.model.drills else NAME

    @rule(
        drill=DRILLS,
        job=st.sampled_from(["job-1", "job-2"]),
        status=st.sampled_from(["Completed", "Failed"]),
        link=st.sampled_from(["exact", "inferred"]),
        skipped=st.sampled_from([None, 3]),
        crash=st.sampled_from([None, "stop_before", "stop_after"]),
    )
    def link(self, drill: str, job: str, status: str, link: str, skipped: int | None, crash: str | None) -> None:
        told = linked(self.drill_id(drill), job_id=job, status=status, link=link, files_skipped=skipped)
        self.attempt(told, crash)

    @rule(drill=DRILLS, kind=st.sampled_from(["row_count", "application"]), passed=st.sampled_from([True, False]), by=PEOPLE)  # fmt: skip
    def validate(self, drill: str, kind: str, passed: bool, by: Person) -> None:
        self.attempt(validated(kind, passed=passed, by=by, drill_id=self.drill_id(drill)))

    @rule(drill=DRILLS, hours=st.sampled_from([3.5, 9.0]))
    def state_times(self, drill: str, hours: float) -> None:
        self.attempt(timed(self.drill_id(drill), hours=hours))

    @rule(drill=DRILLS, by=PEOPLE, crash=st.sampled_from([None, "stop_before", "stop_after"]))
    def submit(self, drill: str, by: Person, crash: str | None) -> None:
        self.attempt(submitted(self.model.drills[self.drill_id(drill)], by), crash)

    @rule(drill=DRILLS, by=PEOPLE, decision=DECISIONS, stale=st.booleans(), crash=st.sampled_from([None, "stop_after"]))
    def review(self, drill: str, by: Person, decision: str, stale: bool, crash: str | None) -> None:
        one = self.model.drills[self.drill_id(drill)]
        self.attempt(reviewed(one, decision, by, "as read", "0" * 64 if stale else None), crash)

    @rule(drill=DRILLS, by=PEOPLE, decision=DECISIONS)
    def go_well(self, drill: str, by: Person, decision: str) -> None:
        name = self.drill_id(drill)
        for event in facts(name):
            self.attempt(event)
        self.submit(name, TESTER, None)
        self.review(name, by, decision, stale=False, crash=None)

    @rule(one=DECISIONS, other=DECISIONS)
    def two_reviewers_at_once(self, one: str, other: str) -> None:
        """Both read the same record; whoever is faster decides."""
        drill = self.model.drills[NAME]
        by, faster = person(5), person(6)
        now = self.desk.bench.clock.now()
        first = replace(reviewed(drill, other, faster, "as read"), at=now)
        self.store.first = lambda: self._tell(first)
        decided = len([told for told in self.desk.told if told.event.kind == "reviewed"])
        self._tell(replace(reviewed(drill, one, by, "as read"), at=now))
        self.store.first = None
        after = len([told for told in self.desk.told if told.event.kind == "reviewed"])
        assert after <= decided + 1

    @precondition(lambda self: any(one.deviations for one in self.model.drills.values()))
    @rule(data=st.data(), close=st.booleans())
    def deal_with(self, data: st.DataObject, close: bool) -> None:
        every = [(name, one) for name, drill in sorted(self.model.drills.items()) for one in drill.deviations]
        name, one = data.draw(st.sampled_from(every))
        told = replace(one, owner="databases", due=START.date(), action="mend")
        told = replace(told, closed_at=START, closed_by=TESTER) if close else told
        self.attempt(DeviationRecorded(name, told, START, TESTER))

    @precondition(lambda self: self.model.drills[NAME].executions)
    @rule(by=PEOPLE)
    def retest_with_the_same_restore(self, by: Person) -> None:
        """A retest is planned after a rejection, and the restore of before is tried for it."""
        self.review(NAME, by, "rejected", stale=False, crash=None)
        self.attempt(DrillPlanned(planned(RETEST, retest_of=NAME), START, PLANNER))
        for one in self.model.drills[NAME].executions:
            self.attempt(linked(self.drill_id(RETEST), job_id=one.job_id))

    @rule(by=PEOPLE)
    def end_otherwise(self, by: Person) -> None:
        self.attempt(CleanedUp(NAME, "by hand", START, START, by))
        self.attempt(Waived(NAME, Waiver("risk", by, NOW.date() + timedelta(days=9)), START, by))

    @rule(drill=DRILLS, crash=st.sampled_from([None, "stop_before", "stop_after"]))
    def the_machine_finds_it_missed(self, drill: str, crash: str | None) -> None:
        self.attempt(Missed(self.drill_id(drill), START, None), crash)

    @rule(drill=DRILLS, restored=st.sampled_from([0, 7]), crash=st.sampled_from([None, "stop_before", "stop_after"]))
    def the_machine_counts_files(self, drill: str, restored: int, crash: str | None) -> None:
        job = replace(linked().execution, files_restored=restored, files_skipped=0, files_failed=0)
        check = file_count_of(job)
        assert check is not None
        self.attempt(ValidationRecorded(self.drill_id(drill), check, START, None), crash)

    @rule(drill=DRILLS, crash=st.sampled_from([None, "stop_before", "stop_after"]))
    def the_machine_sees_the_copy_gone(self, drill: str, crash: str | None) -> None:
        self.attempt(CleanedUp(self.drill_id(drill), "resource_graph", START, START, None), crash)

    @rule(data=st.data())
    def say_again_what_was_said(self, data: st.DataObject) -> None:
        """Whatever was recorded and is said again with its very moment is the entry that is there."""
        told = data.draw(st.sampled_from(list(self.desk.told)))
        before = [one.entry.entry_id for one in self.desk.told]
        found = self.desk.tell(told.event)
        assert found.before
        assert [one.entry.entry_id for one in self.desk.told] == before

    @rule()
    def a_service_calls_off(self) -> None:
        self.attempt(Cancelled(NAME, "not now", START, person(7, service=True)))

    @invariant()
    def the_ledger_alone_tells_the_state_that_is_served(self) -> None:
        entries = Ledger(self.store).entries()
        assert read_book(entries) == self.served.upto(entries)
        assert read_book(entries) == fold([one.event for one in self.desk.told])

    @invariant()
    def accepted_means_proven_and_signed_in(self) -> None:
        for name, drill in self.desk.book.drills.items():
            if drill.state not in ACCEPTING:
                continue
            assert not missing_facts(drill)
            assert not missing_checks(drill)
            decision = drill.sign_offs[-1]
            assert decision.person.key not in involved(replace(drill, sign_offs=drill.sign_offs[:-1]))
            assert not decision.person.is_service
            (entry,) = [
                one.entry
                for one in self.desk.told
                if one.event.kind == "reviewed" and getattr(one.event, "drill_id", None) == name
            ]
            claims = claims_of(entry)
            assert claims is not None
            assert claims["oid"] == decision.person.object_id

    @invariant()
    def no_restore_proves_two_drills(self) -> None:
        jobs = [one.job_id for drill in self.desk.book.drills.values() for one in drill.executions]
        assert len(jobs) == len(set(jobs))


OnAStore.TestCase.settings = settings(max_examples=25, stateful_step_count=14, deadline=None)
TestOnAStore = pytest.mark.slow(OnAStore.TestCase)

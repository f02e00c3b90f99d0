"""Any sequence of nights, decisions and crashes on a store: what must hold after each of them.

Two failing items, one of tier 0, and one drifted policy. A night's evidence is what the machine kept: jobs and points as they were made, so the
proofs of a look are all that Azure would tell.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from evidence.assess.exceptions.endings import BY_JOB
from evidence.assess.exceptions.proofs import Proofs, Restored
from evidence.assess.exceptions.states import ENDED, Act, Closure, Event, EventKind, Facts, Standing, State
from evidence.assess.findings import Class, Finding
from evidence.assess.slots.values import Judged, Outcome, SlotJob, SlotPoint
from evidence.errors import RefusedError
from tests.assess.exceptions.making import VAULT, at, day, finding, job, point, slot
from tests.fakes.memory_store import Stopped
from tests.runs.exceptions_desk import Desk

LESS, MOST = "item-tier-2", "item-tier-0"
TIERS = {LESS: 2, MOST: 0}
NIGHTS = st.sampled_from(["fails", "works", "no point", "no job", "unknown"])
PERSONS = st.sampled_from(["Ada", "Bo"])


class Lives(RuleBasedStateMachine):
    """Nights follow each other; between them persons decide."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.night = 0
        self.jobs: dict[str, list[SlotJob]] = {LESS: [], MOST: []}
        self.points: dict[str, list[SlotPoint]] = {LESS: [], MOST: []}
        self.slots: dict[str, list[Judged]] = {LESS: [], MOST: []}
        self.last: tuple[Sequence[Finding], Proofs] = ((), Proofs())

    @rule(less=NIGHTS, most=NIGHTS, drifts=st.booleans(), restored=st.booleans(), skipped=st.integers(0, 9), crash=st.none() | st.integers(0, 2))  # fmt: skip
    def a_night(self, less: str, most: str, drifts: bool, restored: bool, skipped: int, crash: int | None) -> None:
        self.night += 1 + skipped
        found = [self._happens(item, what) for item, what in ((LESS, less), (MOST, most))]
        findings = [one for one in found if one is not None]
        if drifts:
            findings.append(finding(self.night, Class.RETENTION_SHORTENED, item_key=None, error_family="policy"))
        back = Restored(Class.RETENTION_SHORTENED, VAULT, None, "policy", at(self.night, 29), "as before")
        proofs = Proofs(
            jobs=self.jobs,
            points=self.points,
            slots=self.slots,
            facts={item: Facts(tier=tier) for item, tier in TIERS.items()},
            restored=[back] if restored else [],
        )
        self.last = (findings, proofs)
        self._crashing(crash)
        self._look()

    def _crashing(self, crash: int | None) -> None:
        memory = self.desk.bench.memory
        if crash is None:
            return
        memory.run_on()
        memory.stop_before = crash
        with contextlib.suppress(Stopped):
            self._look()
        memory.run_on()

    def _look(self) -> None:
        self.desk.record(self.night, *self.last)

    def _happens(self, item: str, what: str) -> Finding | None:
        begin, name = at(self.night, 22.1), f"{item}-{self.night}"
        status = {"fails": "Failed", "works": "Completed", "no point": "Completed"}.get(what)
        if status:
            self.jobs[item].append(job(name, begin, status=status))
        if what in {"works", "no job"}:
            self.points[item].append(point(f"p-{name}", begin + timedelta(minutes=9)))
        outcomes = {"fails": Outcome.FAILED, "works": Outcome.SUCCESS, "no point": Outcome.SUCCESS_NO_POINT}
        self.slots[item].append(slot(self.night, outcomes.get(what, Outcome.UNKNOWN), jobs=(name,) if status else ()))
        return finding(self.night, item_key=item, job_ids=(name,)) if what == "fails" else None

    @precondition(lambda self: self.night > 0)
    @rule()
    def the_same_night_again(self) -> None:
        before, entries = self.desk.fast, self.desk.entries()
        self._look()
        assert (self.desk.fast, self.desk.entries()) == (before, entries)

    @precondition(lambda self: bool(self.desk.fast.by_key))
    @rule(place=st.integers(0, 2), act=st.sampled_from(list(Act)), by=PERSONS, days=st.integers(0, 100))
    def a_person_decides(self, place: int, act: Act, by: str, days: int) -> None:
        known = self.desk.fast.by_key
        one = known[sorted(known)[place % len(known)]]
        now = self.desk.bench.clock.moment
        told: dict[str, object] = {"reason": "because"} if act is not Act.ACKNOWLEDGE else {}
        if act in {Act.ACCEPT, Act.CLOSE}:
            told["approver"] = "Cy"
        if act is Act.ACCEPT:
            told["until"] = now.date() + timedelta(days=days)
        if act is Act.CLOSE:
            told["closure"] = Closure.APPROVED
        try:
            self.desk.decide(one.key, act, by, None, **told)
        except RefusedError:
            after = self.desk.fast.by_key[one.key]
            assert after == one
            return
        assert not (act is Act.CLOSE and one.class_ in BY_JOB)
        assert not (act is Act.ACCEPT and (one.state in ENDED or days > 90))

    @invariant()
    def the_tables_tell_what_the_events_add_up_to(self) -> None:
        assert self.desk.fast == self.desk.whole

    @invariant()
    def what_is_about_jobs_is_closed_by_a_later_job_and_its_point_alone(self) -> None:
        for one in self.desk.fast.by_key.values():
            if one.class_ in BY_JOB and one.state is State.CLOSED:
                self._is_proven(one)

    def _is_proven(self, one: Standing) -> None:
        proof, item = one.proof, one.finding.item_key
        assert proof is not None
        assert item is not None
        (ran,) = [told for told in self.jobs[item] if told.job_id == proof.job_id]
        (made,) = [told for told in self.points[item] if told.recovery_point_id == proof.recovery_point_id]
        assert ran.status == "Completed"
        assert ran.started_at is not None
        assert made.at is not None
        assert ran.started_at > one.last_seen
        assert abs(made.at - ran.started_at) <= timedelta(minutes=35)
        if TIERS[item] == 0:
            good = [told for told in self.slots[item] if told.slot.slot_at == proof.slot_at]
            assert [told.outcome for told in good] == [Outcome.SUCCESS]
            assert good[0].slot.slot_at > one.last_seen

    @invariant()
    def an_accepted_risk_never_outlives_its_day(self) -> None:
        for one in self.desk.fast.by_key.values():
            if one.state is State.ACCEPTED:
                assert one.accepted_until is not None
                assert one.state_on(at(0, 24) + (one.accepted_until - day(0))) is State.OPEN
                assert one.state_on(at(0, 23) + (one.accepted_until - day(0))) is State.ACCEPTED

    @invariant()
    def an_episode_opens_once_and_only_after_the_one_before_ended(self) -> None:
        lives: dict[str, list[Event]] = {}
        for event in self.desk.events():
            lives.setdefault(event.key, []).append(event)
        for events in lives.values():
            opened = [one.episode for one in events if one.kind is EventKind.OPENED]
            assert opened == list(range(1, len(opened) + 1))

    @invariant()
    def no_failure_of_the_last_night_is_lost(self) -> None:
        standing: Mapping[str | None, Standing] = {one.finding.item_key: one for one in self.desk.fast.by_key.values()}
        for told in self.last[0]:
            one = standing[told.item_key]
            assert one.state is not State.WITHDRAWN
            if one.class_ in BY_JOB:
                assert one.state not in ENDED
                assert (told.night, told.at) in one.sightings


class ManyLives(Lives):
    """The same, for long."""


Lives.TestCase.settings = settings(max_examples=4, stateful_step_count=7, deadline=None)
ManyLives.TestCase.settings = settings(max_examples=30, stateful_step_count=14, deadline=None)
TestLives = Lives.TestCase
TestManyLives = pytest.mark.slow(ManyLives.TestCase)

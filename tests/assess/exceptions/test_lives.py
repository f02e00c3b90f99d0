"""Whole lives of exceptions, look by look, with the state and the events worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.assess.exceptions.advance import advance
from evidence.assess.exceptions.ages import age_days, past_due
from evidence.assess.exceptions.endings import BY_JOB, ENDINGS
from evidence.assess.exceptions.fold import Standings, with_decision
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import Act, Closure, Decision, EventKind, Facts, State
from evidence.assess.exceptions.unresolved import Unresolved, unresolved
from evidence.assess.findings import Class, Severity
from evidence.assess.slots.values import Outcome, Part
from tests.assess.exceptions.making import (
    FOUND,
    GOOD_JOB,
    GOOD_POINT,
    ITEM,
    KEY,
    NOTHING,
    PROVEN,
    TENANT,
    at,
    bad_job,
    day,
    end,
    finding,
    job,
    kinds,
    lived,
    look,
    only,
    point,
    proofs,
    slot,
)


def test_every_class_has_one_way_to_end() -> None:
    assert ENDINGS.keys() == set(Class)


def test_a_failure_opens_is_seen_and_is_closed_by_a_later_job_and_its_point() -> None:
    standings, events = lived(NOTHING, FOUND)
    assert kinds(events) == ("opened",)
    standings, events = lived(standings, look(1, finding(1), proven=proofs([bad_job(0), bad_job(1)])))
    assert kinds(events) == ("seen",)
    found = only(standings)
    assert (found.state, found.nights, found.first_seen, found.last_seen) == (State.OPEN, 2, at(0), at(1))
    proven = proofs([bad_job(1), job("j", at(2))], [point("p", at(2, 22.25))])
    standings, events = lived(standings, look(2, proven=proven))
    assert kinds(events) == ("closed",)
    found = only(standings)
    assert (found.state, found.ended_at) == (State.CLOSED, at(2, 22.5))
    assert found.proof is not None
    assert (found.proof.job_id, found.proof.recovery_point_id, found.proof.job_at) == ("j", "p", at(2))
    assert age_days(found, at(30)) == 2


NO_PROOF = {
    "job without point": proofs([bad_job(0), GOOD_JOB], []),
    "point without job": proofs([bad_job(0)], [GOOD_POINT]),
    "job before the failure": proofs([bad_job(0), job("j", at(0, 21))], [point("p", at(0, 21.2))]),
    "job between the slot and the failed job": proofs([bad_job(0), job("j", at(0, 22.1))], [point("p", at(0, 22.15))]),
    "job that began before the failure and ended after it": proofs(
        [bad_job(0), job("j", at(0, 21), minutes=180)], [point("p", at(0, 23.5))]
    ),
    "failed job again": proofs([job("j", at(1), status="Failed")], [GOOD_POINT]),
    "job with warnings": proofs([job("j", at(1), status="CompletedWithWarnings")], [GOOD_POINT]),
    "cancelled job": proofs([job("j", at(1), status="Cancelled")], [GOOD_POINT]),
    "the failed job itself, said to have completed": proofs(
        [replace(bad_job(0), status="Completed")], [point("p", at(0, 22.3))]
    ),
    "point six minutes before the job": proofs([GOOD_JOB], [point("p", at(1) - timedelta(minutes=6))]),
    "point six minutes after the job": proofs([GOOD_JOB], [point("p", at(1, 22.5) + timedelta(minutes=6))]),
    "soft-deleted point": proofs([GOOD_JOB], [replace(GOOD_POINT, soft_deleted=True)]),
    "range of logs for a full job": proofs(
        [GOOD_JOB], [point("p", None, range_start_at=at(1), range_end_at=at(1, 22.2))]
    ),
    "crash-consistent point": proofs(
        [GOOD_JOB], [replace(GOOD_POINT, consistency="CrashConsistent")], facts=Facts(app_consistent=True)
    ),
    "file-system-consistent point": proofs(
        [GOOD_JOB], [replace(GOOD_POINT, consistency="FileSystemConsistent")], facts=Facts(app_consistent=True)
    ),
    "point of unknown consistency": proofs(
        [GOOD_JOB], [replace(GOOD_POINT, consistency=None)], facts=Facts(app_consistent=True)
    ),
    "another item's job and point": Proofs(jobs={"other": [GOOD_JOB]}, points={"other": [GOOD_POINT]}),
    "job without a begin": proofs([replace(GOOD_JOB, started_at=None)], [GOOD_POINT]),
    "a good slot without job and point": proofs([], [], [slot(1, Outcome.SUCCESS)]),
}


@pytest.mark.parametrize("proven", NO_PROOF.values(), ids=NO_PROOF.keys())
def test_less_than_a_job_and_its_point_closes_no_failure(proven: Proofs) -> None:
    standings, _ = lived(NOTHING, FOUND)
    standings, events = lived(standings, look(1, proven=proven))
    assert events == ()
    assert only(standings).state is State.OPEN


PROOFS = {
    "point five minutes before the job": proofs([GOOD_JOB], [point("p", at(1) - timedelta(minutes=5))]),
    "point five minutes after the job": proofs([GOOD_JOB], [point("p", at(1, 22.5) + timedelta(minutes=5))]),
    "job that tells no end": proofs([replace(GOOD_JOB, ended_at=None)], [point("p", at(1, 40))]),
    "point of which a list told the time alone": proofs([GOOD_JOB], [replace(GOOD_POINT, recovery_point_id="")]),
    "app-consistent where it must be": proofs([GOOD_JOB], [GOOD_POINT], facts=Facts(app_consistent=True)),
    "crash-consistent where that is enough": proofs([GOOD_JOB], [replace(GOOD_POINT, consistency="CrashConsistent")]),
    "tier 2": proofs([GOOD_JOB], [GOOD_POINT], facts=Facts(tier=2)),
}


@pytest.mark.parametrize("proven", PROOFS.values(), ids=PROOFS.keys())
@pytest.mark.parametrize("class_", sorted(BY_JOB - {Class.LOG_CHAIN_BREAK, Class.CONSISTENCY_DOWNGRADE}))
def test_a_later_job_and_its_point_close_what_is_about_jobs(class_: Class, proven: Proofs) -> None:
    standings, _ = lived(NOTHING, look(0, finding(0, class_)))
    standings, events = lived(standings, look(1, proven=proven))
    assert kinds(events) == ("closed",)
    proof = only(standings).proof
    assert proof is not None
    assert (proof.job_id, proof.job_at) == ("good", at(1))


def test_a_job_within_the_run_that_was_late_ends_the_lateness_and_one_that_failed_ends_no_failure() -> None:
    late = finding(0, Class.RUNNING_LATE, job_ids=("slow",))
    ended = proofs([job("slow", at(0, 22.5), minutes=1800)], [point("p", at(1, 10))])
    assert kinds(lived(NOTHING, look(0, late), look(1, proven=ended))[1]) == ("closed",)


@pytest.mark.parametrize("tier", [0, 1])
def test_of_tier_0_and_1_the_next_scheduled_run_must_succeed_too(tier: int) -> None:
    facts = Facts(tier=tier)
    by_hand = proofs([bad_job(0), job("by-hand", at(1, 9))], [point("p", at(1, 9.2))], [slot(0, Outcome.FAILED)], facts)
    standings, events = lived(NOTHING, FOUND, look(0, proven=by_hand, as_of=at(1, 12)))
    assert kinds(events) == ("provisionally_closed",)
    assert only(standings).state is State.PROVISIONALLY_CLOSED
    for outcome in (Outcome.PENDING, Outcome.UNKNOWN, Outcome.NOT_EXPECTED, Outcome.WARNING):
        waiting = replace(by_hand, slots={ITEM: [slot(0, Outcome.FAILED), slot(1, outcome)]})
        assert lived(standings, look(1, proven=waiting))[1] == ()
    good = replace(by_hand, slots={ITEM: [slot(0, Outcome.FAILED), slot(1, Outcome.SUCCESS)]})
    standings, events = lived(standings, look(1, proven=good))
    assert kinds(events) == ("closed",)
    proof = only(standings).proof
    assert proof is not None
    assert (proof.job_id, proof.recovery_point_id, proof.slot_at) == ("by-hand", "p", at(1))


def test_a_failure_after_a_provisional_end_opens_it_again() -> None:
    facts = Facts(tier=0)
    by_hand = proofs([job("by-hand", at(1, 9))], [point("p", at(1, 9.2))], facts=facts)
    standings, events = lived(NOTHING, FOUND, look(0, proven=by_hand), look(1, finding(1), proven=by_hand))
    assert kinds(events) == ("reopened",)
    found = only(standings)
    assert (found.state, found.episode, found.reopened, found.nights) == (State.OPEN, 1, 1, 2)


def test_a_failure_of_logs_waits_until_ranges_go_on() -> None:
    bad = finding(0, part="log")
    full = proofs([job("full", at(1), part=Part.FULL)], [point("p", at(1, 22.2))], [slot(1, Outcome.SUCCESS)])
    standings, events = lived(NOTHING, look(0, bad), look(1, proven=full))
    assert kinds(events) == ("provisionally_closed",)
    logs = replace(full, slots={ITEM: [slot(1, Outcome.SUCCESS), slot(1, Outcome.SUCCESS, part=Part.LOG)]})
    assert kinds(lived(standings, look(1, proven=logs))[1]) == ("closed",)


@pytest.mark.parametrize(
    ("part", "closes"), [(Part.FULL, True), (Part.DIFFERENTIAL, True), (Part.LOG, False), (None, False)]
)
def test_a_broken_log_chain_is_mended_by_a_full_or_differential_backup_alone(part: Part | None, closes: bool) -> None:
    broken = finding(0, Class.LOG_CHAIN_BREAK)
    proven = proofs([job("j", at(1), part=part)], [point("p", at(1, 22.2))])
    assert bool(lived(NOTHING, look(0, broken), look(1, proven=proven))[1]) is closes


def closed(at_night: int = 1) -> Standings:
    proven = proofs([job("good", at(at_night))], [point("p", at(at_night, 22.2))])
    standings, _ = lived(NOTHING, FOUND, look(at_night, proven=proven))
    assert only(standings).state is State.CLOSED
    return standings


@pytest.mark.parametrize(
    ("night", "kind", "episode", "reopened"), [(2, "reopened", 1, 1), (7, "reopened", 1, 1), (9, "opened", 2, 0)]
)
def test_what_comes_back_within_seven_days_is_the_same_episode(
    night: int, kind: str, episode: int, reopened: int
) -> None:
    standings, events = lived(closed(), look(night, finding(night)))
    assert kinds(events) == (kind,)
    found = only(standings)
    assert (found.key, found.episode, found.reopened, found.state) == (KEY, episode, reopened, State.OPEN)
    assert found.proof is None
    assert found.first_seen == (at(0) if episode == 1 else at(night))


def test_what_lies_before_the_proof_opens_nothing_again() -> None:
    standings, events = lived(closed(), look(2, finding(0), finding(1, at=at(1, 21))))
    assert events == ()
    assert only(standings).state is State.CLOSED


def test_the_same_look_again_adds_nothing_whatever_its_sentences_say() -> None:
    standings, _ = lived(NOTHING, FOUND)
    assert lived(standings, FOUND)[1] == ()
    again = finding(0, summary="It has been so for 31 h.")
    assert lived(standings, look(0, again))[1] == ()
    assert kinds(lived(standings, look(0, replace(again, severity=Severity.CRITICAL)))[1]) == ("seen",)


def test_several_findings_of_one_key_are_one_event_with_every_night() -> None:
    standings, events = lived(NOTHING, look(2, finding(2), finding(0), finding(1), finding(2, at=at(2, 26))))
    assert kinds(events) == ("opened",)
    found = only(standings)
    assert found.sightings == ((day(0), at(0)), (day(1), at(1)), (day(2), at(2, 26)))
    assert (found.first_seen, found.last_seen, found.finding.at) == (at(0), at(2, 26), at(2, 26))


def test_one_look_over_many_nights_opens_and_closes() -> None:
    events = advance(NOTHING, look(1, finding(0), proven=PROVEN))
    assert kinds(events) == ("opened", "closed")


def person(act: Act, standings: Standings, when_night: int = 1, **told: object) -> Standings:
    return with_decision(standings, Decision(KEY, only(standings).episode, act, "Ada", end(when_night), **told))  # type: ignore[arg-type]  # passed on


def test_an_accepted_risk_is_open_again_after_its_day_and_seen_meanwhile() -> None:
    standings, _ = lived(NOTHING, FOUND)
    standings = person(Act.ACCEPT, standings, approver="Bo", reason="until the move", until=day(5))
    standings, _ = lived(standings, look(3, finding(3)))
    found = only(standings)
    assert (found.state, found.nights, found.decided_by, found.approver) == (State.ACCEPTED, 2, "Ada", "Bo")
    assert found.state_on(at(5, 23.99)) is State.ACCEPTED
    assert found.state_on(at(6, 0)) is State.OPEN
    assert not past_due(found, ExceptionRules(), at(5, 12))
    assert past_due(found, ExceptionRules(), at(6, 1))


def test_a_person_who_reopens_asks_for_a_job_after_that() -> None:
    standings = person(Act.REOPEN, closed(), 3, reason="the restore of it failed")
    found = only(standings)
    assert (found.state, found.reopened, found.proof, found.episode) == (State.OPEN, 1, None, 1)
    before = proofs([job("good", at(1)), job("j2", at(2))], [point("p", at(1, 22.2)), point("p2", at(2, 22.2))])
    assert lived(standings, look(3, proven=before))[1] == ()
    after = proofs([job("j4", at(4))], [point("p4", at(4, 22.2))])
    assert kinds(lived(standings, look(4, proven=after))[1]) == ("closed",)


def test_an_approved_change_that_is_found_each_night_stays_closed_until_a_person_says_so() -> None:
    bare = finding(0, Class.UNPROTECTED)
    standings, _ = lived(NOTHING, look(0, bare))
    decision = Decision(only(standings).key, 1, Act.CLOSE, "Ada", end(0), "Bo", "a lab", closure=Closure.APPROVED)
    standings = with_decision(standings, decision)
    assert lived(standings, look(1, finding(1, Class.UNPROTECTED)))[1] == ()


@pytest.mark.parametrize(
    ("tier", "severity", "days"),
    [(0, "info", 1), (1, "info", 3), (3, "critical", 14), (7, "info", 14), (None, "critical", 1)],
)
def test_past_due_goes_by_tier_else_by_severity(tier: int | None, severity: str, days: int) -> None:
    known = proofs(facts=Facts(tier=tier))
    found = only(lived(NOTHING, look(0, finding(0, severity=Severity(severity)), proven=known))[0])
    edge = at(0) + timedelta(days=days)
    assert not past_due(found, ExceptionRules(), edge)
    assert past_due(found, ExceptionRules(), edge + timedelta(seconds=1))


def test_a_look_is_told_which_items_matter_and_since_when() -> None:
    standings, _ = lived(NOTHING, FOUND, look(1, finding(1)))
    more = [finding(2, item_key="new"), finding(2, item_key=None), finding(2, Class.RPO_BREACH, item_key="old")]
    told = unresolved(standings, more)
    assert told.since == {ITEM: at(0), "new": at(2), "old": at(2)}
    assert told.jobs_since == {ITEM: at(1), "new": at(2)}, "no job before the last failure ends it"
    assert told.aged == {"old"}
    assert unresolved(closed(), []) == Unresolved()


def test_events_that_do_not_follow_are_refused() -> None:
    from evidence.assess.exceptions.fold import with_batch
    from evidence.errors import IntegrityError

    (opened,) = advance(NOTHING, FOUND)
    standings = with_batch(NOTHING, [opened])
    for event in (opened, replace(opened, kind=EventKind.REOPENED), replace(opened, kind=EventKind.SEEN, episode=2)):
        with pytest.raises(IntegrityError, match="cannot take"):
            with_batch(standings, [event])
    with pytest.raises(IntegrityError, match="cannot take"):
        with_batch(standings, [replace(opened, kind=EventKind.CLOSED)])
    with pytest.raises(IntegrityError, match="cannot take"):
        with_batch(NOTHING, [replace(opened, kind=EventKind.SEEN)])
    with pytest.raises(IntegrityError, match="cannot take"):
        with_decision(standings, Decision(KEY, 2, Act.COMMENT, "Ada", end(0), reason="x"))


def test_the_tenant_of_a_key_is_the_looks() -> None:
    assert only(lived(NOTHING, FOUND)[0]).key == KEY
    assert only(lived(NOTHING, replace(FOUND, tenant_id="other"))[0]).key != KEY
    assert only(lived(NOTHING, replace(FOUND, tenant_id=TENANT.upper()))[0]).key == KEY

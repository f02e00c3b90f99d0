"""What a record tells of itself: its timeline, each fact with its grade, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from evidence.drills.events import CleanedUp, DeviationRecorded, Event, Missed
from evidence.drills.facts import Fact, facts, measured
from evidence.drills.fold import apply
from evidence.drills.next_steps import next_step
from evidence.drills.timeline import Reached, timeline
from evidence.drills.values import Deviation, Drill, Grade, Timing
from tests.drills.making import (
    INITIATOR,
    START,
    TESTER,
    begun,
    in_review,
    linked,
    only,
    planned,
    reviewed,
    timed,
    validated,
)

NAME = "DR-2026Q3-0001"


def told(found: tuple[Fact, ...], name: str) -> Fact:
    (one,) = [one for one in found if one.name == name]
    return one


def test_recovery_time_runs_from_the_loss_and_not_with_the_job() -> None:
    line = timeline(only(begun([linked(), timed(hours=3.5)])))
    assert (line.rto.achieved, line.rto.reached) == (timedelta(hours=3.5), Reached.MET)
    assert line.job_time == timedelta(hours=1)
    assert (line.rpo.achieved, line.rpo.reached) == (timedelta(hours=9), Reached.MET)
    slow = timeline(only(begun([linked(), timed(hours=4.5)])))
    assert (slow.rto.reached, slow.job_time) == (Reached.MISSED, timedelta(hours=1))


def test_the_job_alone_measures_nothing() -> None:
    line = timeline(only(begun([linked()])))
    assert (line.rto.achieved, line.rto.reached) == (None, Reached.NOT_MEASURED)
    assert (line.rpo.achieved, line.rpo.reached) == (None, Reached.NOT_MEASURED)


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({"link": "inferred"}, Reached.NOT_MEASURED),
        ({"recovery_point_at": None}, Reached.NOT_MEASURED),
        ({"recovery_point_at": START + timedelta(hours=1)}, Reached.NOT_MEASURED),
        ({"recovery_point_at": START - timedelta(hours=25)}, Reached.MISSED),
    ],
    ids=["inferred", "unknown", "younger", "older"],
)
def test_data_loss_is_measured_from_an_established_point_before_the_loss(
    changes: dict[str, Any], reached: Reached
) -> None:
    assert timeline(only(begun([linked(**changes), timed()]))).rpo.reached is reached


def test_without_objectives_nothing_is_met_and_on_purpose_nothing_is_measured() -> None:
    free = replace(planned(), rto=None, rpo=None)
    line = timeline(only(begun([linked(), timed()], free)))
    assert (line.rto.reached, line.rpo.reached) == (Reached.NO_TARGET, Reached.NO_TARGET)
    assert line.rto.achieved == timedelta(hours=3.5)
    old = replace(timed(), timing=Timing(START, None, TESTER, rpo_applies=False, why_not="an old point on purpose"))
    assert timeline(only(begun([linked(), old]))).rpo.reached is Reached.NOT_APPLICABLE


def test_each_fact_has_the_grade_of_what_bears_it_out() -> None:
    gone = CleanedUp(NAME, "resource group deleted", START, START, TESTER)
    seen = CleanedUp(NAME, "resource_graph", START, START, None)
    drill = only(begun([linked(), timed(), validated("row_count"), gone]))
    found = facts(drill)
    assert told(found, "begin").grade is Grade.A
    assert told(found, "recovery point of").grade is Grade.A
    assert told(found, "started by").value == f"{INITIATOR.name} ({INITIATOR.object_id})"
    assert told(found, "declared loss").grade is Grade.C
    assert told(found, "row_count").grade is Grade.C
    assert told(found, "copy gone").grade is Grade.C
    assert told(facts(only(begun([linked(), seen]))), "copy gone").grade is Grade.A
    assert told(found, "tier").grade is None


@pytest.mark.parametrize(
    ("event", "name", "grade"),
    [
        (linked(link="inferred"), "recovery point of", None),
        (linked(call_id="import-1.0001"), "begin", Grade.B),
        (linked(call_id=None), "begin", Grade.C),
        (linked(point_grade=Grade.B), "recovery point of", Grade.B),
        (linked(initiator_known_by=None), "started by", Grade.C),
        (linked(initiator=None), "started by", None),
    ],
    ids=["not-established", "uploaded", "stated", "uploaded-point", "stated-initiator", "nobody"],
)
def test_no_fact_is_graded_better_than_its_record(event: Event, name: str, grade: Grade | None) -> None:
    assert told(facts(only(begun([event]))), name).grade is grade


def test_measures_are_told_with_their_objectives_and_the_job_apart() -> None:
    found = measured(only(begun([linked(), timed()])))
    names = [one.name for one in found]
    assert names[:5] == [
        "recovery point",
        "declared loss",
        "restore job begins",
        "restore job ends",
        "service usable",
    ]
    recovery = told(found, "recovery time, from declared loss to service usable")
    assert (recovery.value, recovery.grade) == ("3:30:00 of 4:00:00: met", Grade.C)
    job = told(found, "the restore job alone took, which is no recovery time")
    assert (job.value, job.grade) == (timedelta(hours=1), Grade.A)


def test_deviations_and_decisions_are_told() -> None:
    late = DeviationRecorded(NAME, Deviation("process-1", "process", "warning", "late", False, "Ada"), START, TESTER)
    book = in_review([late])
    drill = only(apply(book, reviewed(only(book), "rejected", comment="too late")))
    parts = {one.part for one in facts(drill)}
    assert {"deviation process-1", "sign-off of tester", "sign-off of reviewer"} <= parts
    comments = [one.value for one in facts(drill) if one.name == "comment"]
    assert comments == ["too late"]


def at_state(*events: Event) -> Drill:
    return only(begun(events))


@pytest.mark.parametrize(
    ("drill", "towards", "missing"),
    [
        (at_state(), "executed", ("a completed restore job",)),
        (at_state(linked(initiator=None)), "evidence_linked", ("who started it",)),
        (at_state(linked()), "validated", ("checksum or database_check or row_count", "application or user_acceptance")),
        (only(begun([linked(), validated("row_count"), validated("application")])), "in_review", ("the record handed in",)),
        (only(in_review()), "accepted or rejected", ("a reviewer's decision",)),
        (at_state(Missed(NAME, START + timedelta(days=30), None)), "waived", ("the risk accepted until a day",)),
        (only(apply(in_review(), reviewed(only(in_review())))), None, ()),
    ],
    ids=["planned", "executed", "linked", "validated", "in-review", "missed", "accepted"],
)  # fmt: skip
def test_what_is_missing_is_said_before_a_guard_does(
    drill: Drill, towards: str | None, missing: tuple[str, ...]
) -> None:
    step = next_step(drill)
    assert (step.towards, step.missing) == (towards, missing)


def test_who_may_decide_leaves_out_everybody_who_took_part() -> None:
    drill = only(in_review())
    step = next_step(drill)
    assert all(one.person.object_id in step.who for one in drill.sign_offs)
    assert INITIATOR.object_id in step.who


def test_deviations_that_leave_nothing_proven_are_told_ahead() -> None:
    book = in_review()
    drill = only(book)
    bad = replace(drill, deviations=(Deviation("no_files:job-1", "no_files", "critical", "0 files", True),))
    assert "nothing is proven by no_files:job-1: to be rejected" in next_step(bad).missing
    assert "owner, date and action of deviation no_files:job-1" in next_step(bad).missing

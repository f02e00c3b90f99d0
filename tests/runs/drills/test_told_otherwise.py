"""A restore job whose record changes on a later night, after the drill's record was handed in: it is said each night, and not accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.drills.events import ValidationRecorded
from evidence.drills.values import State
from evidence.errors import RefusedError
from evidence.runs.drills.nightly import sentences
from evidence.runs.drills.recording import recorded
from evidence.runs.drills.reviewing import refuse_outdated
from tests.drills.making import submitted, validated
from tests.fakes.bench import NIGHT, at
from tests.runs.drills.found_desk import DRILL, NEXT, FoundDesk, event, person

CHANGED = "status Completed, now CompletedWithWarnings"


def test_a_record_that_was_handed_in_does_not_hide_what_azure_tells_of_its_restore_later() -> None:
    desk = FoundDesk()
    desk.plan()
    job = desk.restore()
    job.properties |= {"activityId": "c-1"}
    desk.events(event(desk.resource(), at(NIGHT, 23), "c-1"))
    desk.night(judged=True)
    desk.settle()
    now = desk.bench.clock.now
    check = replace(validated("row_count").validation, at=now(), by=person(3))
    recorded(desk.bench.parts, ValidationRecorded(DRILL, check, now(), person(3)))
    handed_in = submitted(desk.drill(), person(2))
    recorded(desk.bench.parts, replace(handed_in, drill_id=DRILL))
    assert (desk.drill().state, desk.settle().otherwise) == (State.IN_REVIEW, [])
    job.status = "CompletedWithWarnings"
    desk.night(NEXT)
    settled = desk.settle()
    assert desk.drill().executions[0].status == "Completed", "nothing is edited"
    (said,) = settled.otherwise
    assert (
        said
        == f"{DRILL} is in_review, and Azure tells its restore job {job.job_id} otherwise now: {CHANGED} (reject it)"
    )
    assert said in sentences(settled)
    assert desk.one.known_by[-1] == f"The record of its drill says otherwise: {CHANGED}."
    with pytest.raises(RefusedError, match=CHANGED):
        refuse_outdated(desk.found, desk.drill(), "accepted_with_deviations")
    refuse_outdated(desk.found, desk.drill(), "rejected")

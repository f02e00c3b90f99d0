"""A drill's life: how facts move it on, and what each guard refuses, with its sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.drills.events import (
    Cancelled,
    CleanedUp,
    DeviationRecorded,
    DrillPlanned,
    Event,
    Missed,
    PlanApproved,
    PlanDrafted,
    SeedRevealed,
    Superseded,
    Waived,
)
from evidence.drills.fold import Book, apply, fold
from evidence.drills.spelling import plan_sha256
from evidence.drills.values import Deviation, Drill, Grade, State, Waiver
from evidence.errors import RefusedError
from tests.drills.making import (
    INITIATOR,
    PLANNER,
    REVIEWER,
    START,
    TESTER,
    VALIDATOR,
    begun,
    facts,
    in_review,
    linked,
    only,
    person,
    planned,
    reviewed,
    submitted,
    timed,
    validated,
)

LATER = START + timedelta(days=20)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), State.PLANNED),
        ((linked(status="Failed"),), State.PLANNED),
        ((linked(status="InProgress", ended_at=None),), State.PLANNED),
        ((linked(initiator=None),), State.EXECUTED),
        ((linked(link="inferred"),), State.EXECUTED),
        ((linked(link="unlinked", recovery_point_at=None),), State.EXECUTED),
        ((linked(call_id=None),), State.EXECUTED),
        ((linked(),), State.EVIDENCE_LINKED),
        ((linked(), validated("row_count")), State.EVIDENCE_LINKED),
        ((linked(), validated("row_count"), validated("application", passed=None)), State.EVIDENCE_LINKED),
        ((linked(), validated("row_count"), validated("application")), State.VALIDATED),
        ((linked(), validated("row_count"), validated("application", passed=False)), State.VALIDATED),
    ],
    ids=[
        "nothing",
        "failed",
        "running",
        "nobody",
        "inferred",
        "no-point",
        "not-azure",
        "linked",
        "one",
        "n/a",
        "both",
        "bad",
    ],
)
def test_facts_alone_move_a_drill_on(events: Sequence[Event], state: State) -> None:
    assert only(begun(events)).state is state


def test_a_drill_that_went_well_is_accepted_by_another_person() -> None:
    book = in_review()
    assert only(book).deviations == ()
    drill = only(apply(book, reviewed(only(book))))
    assert drill.state is State.ACCEPTED
    assert [one.decision for one in drill.sign_offs] == ["submitted", "accepted"]


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (linked(files_restored=0), "no_files"),
        (linked(files_skipped=3), "files_skipped"),
        (linked(files_failed=1), "files_failed"),
        (linked(status="CompletedWithWarnings"), "warnings"),
        (linked(link="ambiguous"), "no_point"),
        (linked(point_tier="InstantRP"), "no_vault_copy"),
        (linked(location_type="original"), "not_isolated"),
        (linked(location_type=None), "not_isolated"),
        (linked(started_at=LATER, ended_at=LATER), "late"),
        (timed(hours=4.5), "rto_missed"),
        (validated("row_count", passed=False), "validation_failed"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_deviations_follow_from_the_record(event: Event, kind: str) -> None:
    others = [one for one in facts() if type(one) is not type(event)]
    assert kind in {
        one.kind for one in only(begun([*others, event] if kind != "rto_missed" else [linked(), event])).deviations
    }


def test_data_lost_beyond_the_objective_is_a_deviation() -> None:
    old = linked(recovery_point_at=START - timedelta(hours=25))
    assert [one.kind for one in only(begun([old, timed()])).deviations] == ["rpo_missed"]
    on_purpose = replace(
        timed(), timing=replace(timed().timing, rpo_applies=False, why_not="a point before the change")
    )
    assert only(begun([old, on_purpose])).deviations == ()


Attempt = Callable[[Book], Event]
REVIEW_REFUSED: dict[str, tuple[Attempt, str]] = {
    "tester": (lambda book: reviewed(only(book), by=TESTER), "tested, validated or started it"),
    "validator": (lambda book: reviewed(only(book), by=VALIDATOR), "tested, validated or started it"),
    "initiator": (lambda book: reviewed(only(book), by=INITIATOR), "tested, validated or started it"),
    "same object id, another name": (
        lambda book: reviewed(only(book), by=replace(TESTER, name="Somebody Else", object_id=TESTER.object_id.upper())),
        "tested, validated or started it",
    ),
    "service principal": (
        lambda book: reviewed(only(book), by=person(9, service=True)),
        "a service principal never decides",
    ),
    "changed record": (lambda book: reviewed(only(book), seen="0" * 64), "the record changed after it was read"),
    "no decision": (lambda book: reviewed(only(book), "fine", comment="x"), "is no decision"),
    "rejected without reason": (lambda book: reviewed(only(book), "rejected"), "needs a reason"),
    "questions": (
        lambda book: replace(reviewed(only(book)), sign_off=replace(reviewed(only(book)).sign_off, answers=())),
        "six review questions",
    ),
    "answered no": (
        lambda book: replace(
            reviewed(only(book)),
            sign_off=replace(
                reviewed(only(book)).sign_off,
                answers=tuple((question, "no") for question, _ in reviewed(only(book)).sign_off.answers),
            ),
        ),
        "answered with no",
    ),
    "somebody else's": (lambda book: replace(reviewed(only(book)), by=person(8)), "not that of the reviewer"),
}


@pytest.mark.parametrize("case", sorted(REVIEW_REFUSED))
def test_a_review_is_refused_with_the_reason(case: str) -> None:
    book = in_review()
    attempt, why = REVIEW_REFUSED[case]
    with pytest.raises(RefusedError, match=why):
        apply(book, attempt(book))
    assert only(book).state is State.IN_REVIEW


def test_open_deviations_are_accepted_only_as_such_and_with_an_owner() -> None:
    book = begun([linked(), timed(hours=4.5), validated("row_count"), validated("application")])
    (late,) = only(book).deviations
    bare = apply(book, submitted(only(book)))
    with pytest.raises(RefusedError, match="1 deviations are open"):
        apply(bare, reviewed(only(bare)))
    with pytest.raises(RefusedError, match="no owner, date or action"):
        apply(bare, reviewed(only(bare), "accepted_with_deviations", comment="slow"))
    dealt = replace(late, owner="databases", due=START.date(), action="faster disks")
    book = apply(book, DeviationRecorded(only(book).planned.drill_id, dealt, START, TESTER))
    book = apply(book, submitted(only(book)))
    drill = only(apply(book, reviewed(only(book), "accepted_with_deviations", comment="slow")))
    assert drill.state is State.ACCEPTED_WITH_DEVIATIONS


def test_nothing_restored_is_never_accepted() -> None:
    book = begun([linked(files_restored=0), timed(), validated("row_count"), validated("application")])
    (nothing,) = only(book).deviations
    dealt = replace(nothing, owner="files", due=START.date(), action="look")
    book = apply(book, DeviationRecorded(only(book).planned.drill_id, dealt, START, TESTER))
    book = apply(book, submitted(only(book)))
    with pytest.raises(RefusedError, match="leave nothing proven"):
        apply(book, reviewed(only(book), "accepted_with_deviations", comment="it ran"))


@pytest.mark.parametrize("change", [{"cause": "fine"}, {"severity": "info"}, {"kind": "process"}])
def test_what_follows_from_the_record_is_not_talked_down(change: dict[str, str]) -> None:
    book = begun([linked(), timed(hours=4.5)])
    told = replace(only(book).deviations[0], **change)  # type: ignore[arg-type]  # names of its own fields
    with pytest.raises(RefusedError, match="kind, cause and severity stay"):
        apply(book, DeviationRecorded(only(book).planned.drill_id, told, START, TESTER))


def test_a_fact_of_the_drill_is_closed_by_a_retest_alone() -> None:
    book = begun([linked(), timed(hours=4.5)])
    closed = replace(only(book).deviations[0], action="none", closed_at=START, closed_by=TESTER)
    with pytest.raises(RefusedError, match="a retest closes it"):
        apply(book, DeviationRecorded(only(book).planned.drill_id, closed, START, TESTER))


def test_a_rejected_drill_is_closed_by_its_accepted_retest() -> None:
    book = in_review()
    first = only(book)
    book = apply(book, reviewed(first, "rejected", comment="rows are missing"))
    with pytest.raises(RefusedError, match="cannot be added"):
        apply(book, validated("checksum"))
    again = "DR-2026Q3-0002"
    book = apply(book, DrillPlanned(planned(again, retest_of=first.planned.drill_id), START, PLANNER))
    assert book.drills[first.planned.drill_id].state is State.REMEDIATION
    book = fold(facts(again), book)
    book = apply(book, submitted(book.drills[again]))
    book = apply(book, reviewed(book.drills[again]))
    assert [one.state for one in book.drills.values()] == [State.CLOSED, State.ACCEPTED]


def test_facts_end_with_the_submission_and_clean_up_does_not() -> None:
    book = in_review()
    for event in facts():
        with pytest.raises(RefusedError, match="cannot be added while it is in_review"):
            apply(book, event)
    book = apply(book, reviewed(only(book)))
    gone = CleanedUp(only(book).planned.drill_id, "resource graph", LATER, LATER, None)
    assert only(apply(book, gone)).clean_up_at == LATER


def _waiver(drill: Drill, *, days: int, reason: str = "moved to another region") -> Waived:
    until = (START + timedelta(days=days)).date()
    return Waived(drill.planned.drill_id, Waiver(reason, PLANNER, until), START, PLANNER)


def test_a_drill_is_missed_only_after_its_grace_and_waived_only_with_an_end() -> None:
    book = begun()
    name = only(book).planned.drill_id
    ends = only(book).planned.window_end + only(book).planned.grace
    with pytest.raises(RefusedError, match="its window and grace last until"):
        apply(book, Missed(name, ends, None))
    missed = apply(book, Missed(name, ends + timedelta(seconds=1), None))
    assert only(missed).state is State.MISSED
    with pytest.raises(RefusedError, match="ends on a later day"):
        apply(book, _waiver(only(book), days=0))
    with pytest.raises(RefusedError, match="reason"):
        apply(book, _waiver(only(book), days=90, reason=" "))
    assert only(apply(missed, _waiver(only(book), days=90))).state is State.WAIVED
    done = begun(facts())
    with pytest.raises(RefusedError, match="only a planned drill is missed"):
        apply(done, Missed(name, LATER, None))
    assert only(apply(done, Cancelled(name, "wrong item", LATER, PLANNER))).state is State.CANCELLED


def test_a_plan_counts_once_another_person_approved_what_was_read() -> None:
    drafted = PlanDrafted("DP-2026Q3", "2026Q3", (planned(),), "a" * 64, "b" * 64, START, PLANNER)
    book = fold([drafted])
    assert not book.drills
    with pytest.raises(RefusedError, match="by another person than drafted it"):
        apply(book, PlanApproved("DP-2026Q3", plan_sha256(drafted), START, PLANNER))
    with pytest.raises(RefusedError, match="changed after it was read"):
        apply(book, PlanApproved("DP-2026Q3", "0" * 64, START, REVIEWER))
    with pytest.raises(RefusedError, match="service principal"):
        apply(book, PlanApproved("DP-2026Q3", plan_sha256(drafted), START, person(9, service=True)))
    book = apply(book, PlanApproved("DP-2026Q3", plan_sha256(drafted), START, REVIEWER))
    assert only(book).state is State.PLANNED
    with pytest.raises(RefusedError, match="not the one that plan DP-2026Q3 committed to"):
        apply(book, SeedRevealed("DP-2026Q3", "00", START, None))


def test_a_deviation_may_carry_no_id_of_a_machine() -> None:
    book = begun(facts())
    told = Deviation("late:job-9", "late", "warning", "x", automatic=False)
    with pytest.raises(RefusedError, match="does not follow from the record"):
        apply(book, DeviationRecorded(only(book).planned.drill_id, told, START, TESTER))


def test_one_restore_proves_one_drill() -> None:
    book = in_review()
    book = apply(book, reviewed(only(book), "rejected", comment="one table is missing"))
    again = "DR-2026Q3-0002"
    book = apply(book, DrillPlanned(planned(again, retest_of="DR-2026Q3-0001"), START, PLANNER))
    with pytest.raises(RefusedError, match="restore job JOB-1 is that of DR-2026Q3-0001"):
        apply(book, linked(again, job_id="JOB-1"))
    book = apply(book, Superseded("DR-2026Q3-0001", again, "it was another table", LATER, PLANNER))
    assert apply(book, linked(again)).drills[again].state is State.EVIDENCE_LINKED


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (CleanedUp("DR-2026Q3-0001", "by hand", LATER, START, TESTER), "in the future"),
        (CleanedUp("DR-2026Q3-0001", " ", START, START, TESTER), "how it is known"),
        (CleanedUp("DR-2026Q3-0001", "resource_graph", START, START, TESTER), "not told by a person"),
    ],
    ids=["future", "nothing", "machine"],
)
def test_that_a_copy_is_gone_is_known_in_some_way(event: CleanedUp, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        begun([linked(), event])
    assert only(begun([linked(), replace(event, known_by="resource_graph", gone_at=START, by=None)])).clean_up


def test_a_point_younger_than_the_loss_is_the_wrong_one() -> None:
    young = linked(recovery_point_at=START + timedelta(hours=1))
    assert [one.kind for one in only(begun([young, timed()])).deviations] == ["wrong_point"]


def test_an_uploaded_file_is_no_record_of_azure() -> None:
    saved = linked(call_id="import-20260706T080000Z-1a2b3c4d.0001")
    assert only(begun([saved])).state is State.EXECUTED
    assert only(begun([linked(point_grade=Grade.B)])).state is State.EXECUTED
    assert only(begun([saved], planned(tier=2))).state is State.EVIDENCE_LINKED

"""Ways around a guard by the order of events, by words that name nothing, and by moments that cannot be: each is refused or shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.drills.due import Quarter
from evidence.drills.events import (
    CleanedUp,
    DeviationRecorded,
    DrillPlanned,
    Event,
    Missed,
    Superseded,
    TimingStated,
    ValidationRecorded,
    Waived,
)
from evidence.drills.fold import Book, apply
from evidence.drills.history import histories
from evidence.drills.timeline import Reached, timeline
from evidence.drills.values import Classification, Deviation, State, Timing, Verdict, Waiver
from evidence.errors import RefusedError
from tests.drills.making import (
    ITEM,
    PLANNER,
    REVIEWER,
    START,
    TESTER,
    VAULT,
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

FIRST, SECOND, THIRD = (f"DR-2026Q3-000{number}" for number in (1, 2, 3))
LATER = START + timedelta(days=40)


@pytest.mark.parametrize("retest", ["DR-9999Q9-0001", FIRST, SECOND], ids=["unknown", "itself", "another"])
def test_a_fact_is_not_closed_by_a_retest_that_was_never_accepted(retest: str) -> None:
    book = begun([*facts(), linked(files_restored=0)])
    book = apply(book, DrillPlanned(planned(SECOND), START, PLANNER))
    one = only_deviation(book)
    told = replace(one, owner="dba", action="none", retest=retest, closed_at=START, closed_by=TESTER)
    with pytest.raises(RefusedError, match="accepted retest"):
        apply(book, DeviationRecorded(FIRST, told, START, TESTER))


def only_deviation(book: Book) -> Deviation:
    (one,) = book.drills[FIRST].deviations
    return one


@pytest.mark.parametrize(
    "events",
    [
        (validated("row_count", by=REVIEWER), validated("row_count")),
        (replace(linked(), execution=replace(linked().execution, initiator=REVIEWER)), linked()),
        (TimingStated(FIRST, Timing(START, START, REVIEWER), START + timedelta(hours=5), REVIEWER), timed()),
    ],
    ids=["check", "initiator", "moments"],
)
def test_who_took_part_reviews_nothing_though_a_later_word_replaced_theirs(events: Sequence[Event]) -> None:
    others = [one for one in facts() if one.kind != events[0].kind or one.kind == "validation_recorded"]
    book = begun([*others, *events])
    book = apply(book, submitted(only(book)))
    with pytest.raises(RefusedError, match="tested, validated or started it"):
        apply(book, reviewed(only(book)))
    assert only(apply(book, reviewed(only(book), by=person(6)))).state is State.ACCEPTED


def test_checks_of_an_earlier_attempt_prove_nothing_of_a_later_one() -> None:
    again = linked(job_id="job-2", started_at=START + timedelta(hours=8), ended_at=START + timedelta(hours=9))
    assert only(begun([*facts(), again])).state is State.EVIDENCE_LINKED


def test_a_failed_check_that_is_told_again_as_passed_leaves_a_trace_in_the_record() -> None:
    drill = only(begun([*facts(), validated("row_count", passed=False), validated("row_count")]))
    assert (drill.state, drill.deviations) == (State.VALIDATED, ())
    (remark,) = drill.remarks
    assert remark.startswith("check-row_count was told as failed before: expected 1,204,311, found 1,204,311 (Person 3")
    assert only(begun([*facts(), validated("row_count")])).remarks == ()


def test_a_check_is_not_made_in_the_future() -> None:
    event = validated("row_count")
    ahead = replace(event, validation=replace(event.validation, at=event.at + timedelta(days=1)))
    with pytest.raises(RefusedError, match="future"):
        begun([ahead])


@pytest.mark.parametrize(
    ("loss", "usable", "kind"),
    [(0.0, 0.5, "usable_too_early"), (2.9, 3.5, "loss_too_late")],
    ids=["before-the-restore-ended", "after-it-began"],
)
def test_moments_that_the_restore_gives_the_lie_to_measure_nothing(loss: float, usable: float, kind: str) -> None:
    told = Timing(START + timedelta(hours=loss), START + timedelta(hours=usable), TESTER)
    book = begun([*facts(), TimingStated(FIRST, told, START + timedelta(hours=5), TESTER)])
    assert kind in {one.kind for one in only(book).deviations}
    assert timeline(only(book)).rto.reached is Reached.NOT_MEASURED


def rejected_twice() -> Book:
    book = in_review()
    book = apply(book, reviewed(book.drills[FIRST], "rejected", comment="wrong database"))
    for name, before, decision in ((SECOND, FIRST, "rejected"), (THIRD, SECOND, "accepted")):
        book = apply(book, DrillPlanned(planned(name, retest_of=before), START, PLANNER))
        for event in facts(name):
            book = apply(book, event)
        book = apply(book, submitted(book.drills[name]))
        book = apply(book, reviewed(book.drills[name], decision, comment="as read"))
    return book


def test_an_accepted_retest_of_a_rejected_retest_closes_both() -> None:
    book = rejected_twice()
    assert [book.drills[name].state for name in (FIRST, SECOND, THIRD)] == [
        State.CLOSED,
        State.CLOSED,
        State.ACCEPTED,
    ]


def test_a_record_is_not_superseded_by_that_of_another_item() -> None:
    book = in_review()
    book = apply(book, reviewed(only(book), "rejected", comment="wrong database"))
    other = replace(planned(SECOND), item_key=planned().item_key + "-other")
    book = apply(book, DrillPlanned(other, START, PLANNER))
    with pytest.raises(RefusedError, match="same item"):
        apply(book, Superseded(FIRST, SECOND, "tidier", LATER, TESTER))


def test_two_records_do_not_supersede_each_other_away() -> None:
    book = in_review()
    book = apply(book, reviewed(only(book), "rejected", comment="wrong database"))
    book = apply(book, DrillPlanned(planned(SECOND), START, PLANNER))
    for event in facts(SECOND):
        book = apply(book, event)
    book = apply(book, submitted(book.drills[SECOND]))
    book = apply(book, reviewed(book.drills[SECOND], "rejected", comment="wrong again"))
    book = apply(book, Superseded(FIRST, SECOND, "tidier", LATER, TESTER))
    with pytest.raises(RefusedError, match="superseded itself"):
        apply(book, Superseded(SECOND, FIRST, "tidier", LATER, TESTER))


def test_what_a_signed_deviation_says_is_not_rewritten() -> None:
    one = Deviation("process-1", "process", "error", "The copy was open to all", automatic=False)
    dealt = replace(one, owner="dba", due=START.date(), action="close it")
    book = in_review([DeviationRecorded(FIRST, dealt, START, TESTER)])
    book = apply(book, reviewed(only(book), "accepted_with_deviations", comment="to be closed"))
    mild = replace(dealt, severity="warning", cause="Nothing of note")
    with pytest.raises(RefusedError, match="signed"):
        apply(book, DeviationRecorded(FIRST, mild, LATER, TESTER))
    closed = replace(dealt, closed_at=LATER, closed_by=TESTER)
    assert only(apply(book, DeviationRecorded(FIRST, closed, LATER, TESTER))).deviations[0].closed_at == LATER


def test_one_restore_proves_one_drill_in_whatever_case_it_is_spelled() -> None:
    book = begun([linked()])
    book = apply(book, DrillPlanned(planned(SECOND), START, PLANNER))
    loud = linked(SECOND, job_id="JOB-1", vault_id=VAULT.upper())
    with pytest.raises(RefusedError, match=f"is that of {FIRST}"):
        apply(book, loud)
    assert len(apply(book, linked(job_id="JOB-1")).drills[FIRST].executions) == 1


def test_the_tester_is_known_by_object_id_whatever_the_tenant_and_the_case() -> None:
    book = in_review()
    disguised = replace(TESTER, tenant_id="99999999-0000-4000-8000-000000000009", object_id=TESTER.object_id.upper())
    with pytest.raises(RefusedError, match="tested, validated or started it"):
        apply(book, reviewed(only(book), by=disguised))


def test_a_recovery_of_production_that_a_person_links_says_so_in_the_record() -> None:
    held = Classification(
        Verdict.PRODUCTION_RECOVERY, 0, ("restored into resource group rg-prod, which is production",)
    )
    event = replace(linked(), classification=held)
    (remark,) = only(begun([event, event])).remarks
    assert remark == f"Restore job job-1 is held to be a recovery of production: {held.reasons[0]}"


def test_a_waiver_after_the_fact_says_that_the_drill_was_missed() -> None:
    book = begun([Missed(FIRST, LATER, None)])
    book = apply(
        book, Waived(FIRST, Waiver("replaced soon", REVIEWER, (LATER + timedelta(days=9)).date()), LATER, REVIEWER)
    )
    assert (only(book).state, only(book).remarks) == (State.WAIVED, ("It was missed before the risk was accepted",))


def test_a_drill_in_its_grace_after_the_quarter_does_not_prove_the_next_one_too() -> None:
    late = START + timedelta(days=89)  # 2026-10-03
    event = linked(started_at=late, ended_at=late)
    checks = [replace(one, validation=replace(one.validation, at=late), at=late) for one in facts() if isinstance(one, ValidationRecorded)]  # fmt: skip
    made = replace(planned(), window_start=late - timedelta(days=4), window_end=late)
    book = begun([event, *checks], made)
    book = apply(book, submitted(only(book)))
    book = apply(book, reviewed(only(book)))
    assert histories(book.drills.values(), Quarter(2026, 4))[ITEM].last_accepted == date(2026, 9, 30)


def test_a_sign_off_is_not_of_a_moment_later_than_the_review() -> None:
    book = in_review()
    event = reviewed(only(book))
    ahead = replace(event, sign_off=replace(event.sign_off, at=event.at + timedelta(hours=1)))
    with pytest.raises(RefusedError, match="later moment"):
        apply(book, ahead)


def test_a_drill_is_not_accepted_by_calling_the_acceptance_a_hand_in() -> None:
    book = begun(facts())
    event = submitted(only(book))
    with pytest.raises(RefusedError, match="another decision"):
        apply(book, replace(event, sign_off=replace(event.sign_off, decision="accepted")))


def test_what_a_signed_record_says_of_its_copy_is_not_rewritten() -> None:
    gone = CleanedUp(FIRST, "resource_graph", START, START + timedelta(hours=5), None)
    book = in_review([gone])
    book = apply(book, reviewed(only(book)))
    with pytest.raises(RefusedError, match="told before"):
        apply(book, CleanedUp(FIRST, "somebody said so", LATER, LATER, TESTER))


@pytest.mark.parametrize(
    "easier",
    [
        {"needs": (("boot",),)},
        {"rto": None},
        {"tier": 3},
        {"drill_type": "vm_files"},
        {"isolation_required": False},
    ],
    ids=["checks", "objective", "tier", "kind", "place"],
)
def test_a_retest_is_no_easier_than_what_it_repeats(easier: dict[str, object]) -> None:
    book = in_review()
    book = apply(book, reviewed(only(book), "rejected", comment="wrong database"))
    made = replace(planned(SECOND, retest_of=FIRST), **easier)  # type: ignore[arg-type]  # its own fields
    with pytest.raises(RefusedError, match="demands otherwise"):
        apply(book, DrillPlanned(made, START, PLANNER))

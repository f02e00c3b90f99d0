"""Missed drills and quarters as findings: once an item and quarter, until something is accepted or the risk is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from evidence.assess.findings import Class, Finding, Severity
from evidence.drills.events import Cancelled, DrillPlanned, Event, Missed, Superseded, Waived
from evidence.drills.fold import Book, apply, fold
from evidence.drills.values import Planned, Waiver
from evidence.nights import Calendar
from evidence.runs.detecting.drills import drills_missed
from tests.drills.making import (
    ITEM,
    PLANNER,
    REVIEWER,
    START,
    TESTER,
    begun,
    facts,
    in_review,
    linked,
    only,
    planned,
    reviewed,
    submitted,
)

DEADLINE = START + timedelta(days=12)
OVER = datetime(2026, 10, 8, tzinfo=UTC)
"""A week after the quarter: its drills' grace."""
LATER = "DR-2026Q3-0002"


def at(book: Book, now: datetime) -> Sequence[Finding]:
    return drills_missed(book, Calendar(), now).findings


def missed() -> Book:
    return begun([Missed(planned().drill_id, DEADLINE + timedelta(days=1), None)])


def test_a_missed_drill_is_found_from_the_end_of_its_grace_on() -> None:
    (found,) = at(missed(), DEADLINE + timedelta(days=1))
    assert (found.class_, found.severity, found.item_key, found.error_family) == (Class.MISSED_DRILL, Severity.ERROR, ITEM, "2026Q3")  # fmt: skip
    assert (found.at, found.night) == (DEADLINE, DEADLINE.date())
    assert found.summary == "payments has no accepted restore drill of 2026Q3: DR-2026Q3-0001 is missed."


def test_a_drill_on_its_way_is_found_only_when_the_quarter_is_over() -> None:
    for book, said in (
        (begun(), "DR-2026Q3-0001 has no execution that is known of"),
        (begun([linked(status="Failed")]), "DR-2026Q3-0001 was tried, and nothing completed"),
        (in_review(), "DR-2026Q3-0001 is in review"),
        (begun([Cancelled(planned().drill_id, "not now", START, TESTER)]), "DR-2026Q3-0001 is cancelled"),
    ):
        assert at(book, OVER - timedelta(seconds=1)) == ()
        (found,) = at(book, OVER)
        assert said in found.summary
        assert found.at == OVER


def test_an_accepted_drill_is_none_and_one_accepted_later_ends_an_earlier_miss() -> None:
    book = in_review()
    assert at(apply(book, reviewed(only(book))), OVER) == ()
    book = _accepted(missed(), LATER)
    assert at(book, OVER + timedelta(days=99)) == ()
    assert drills_missed(book, Calendar(), OVER).looked == {ITEM}


def test_an_accepted_drill_of_before_does_not_excuse_a_miss() -> None:
    first = replace(
        planned(LATER), quarter="2026Q3", window_start=START - timedelta(days=1), window_end=START + timedelta(days=5)
    )
    book = _accepted(Book(), LATER, first)
    late = replace(
        planned(), quarter="2026Q4", window_start=START + timedelta(days=90), window_end=START + timedelta(days=95)
    )
    book = fold([DrillPlanned(late, START, PLANNER), Missed(late.drill_id, START + timedelta(days=110), None)], book)
    assert [one.error_family for one in at(book, START + timedelta(days=111))] == ["2026Q4"]


def test_a_waiver_holds_until_its_day_and_not_longer() -> None:
    waiver = Waiver("risk accepted", REVIEWER, date(2026, 12, 31))
    book = apply(missed(), Waived(planned().drill_id, waiver, DEADLINE + timedelta(days=2), REVIEWER))
    assert at(book, datetime(2026, 12, 31, 23, tzinfo=UTC)) == ()
    (found,) = at(book, datetime(2027, 1, 1, 1, tzinfo=UTC))
    assert found.at == datetime(2027, 1, 1, tzinfo=UTC)
    assert found.summary.endswith("DR-2026Q3-0001 is waived. The waiver ended on 2026-12-31.")


def test_a_miss_is_not_superseded_away_by_a_drill_that_is_merely_planned() -> None:
    book = fold([DrillPlanned(replace(planned(LATER), quarter="2026Q4"), START, PLANNER)], missed())
    book = apply(book, Superseded(planned().drill_id, LATER, "done later", DEADLINE + timedelta(days=3), TESTER))
    (found,) = at(book, OVER)
    assert (
        found.summary
        == "payments has no accepted restore drill of 2026Q3: DR-2026Q3-0001 is superseded by DR-2026Q3-0002."
    )
    for event in facts(LATER):
        book = apply(book, event)
    book = apply(book, submitted(book.drills[LATER]))
    assert at(apply(book, reviewed(book.drills[LATER])), OVER) == ()


def test_a_waiver_of_a_superseded_record_holds_no_more() -> None:
    waiver = Waiver("risk accepted", REVIEWER, date(2027, 12, 31))
    book = apply(missed(), Waived(planned().drill_id, waiver, DEADLINE + timedelta(days=2), REVIEWER))
    book = apply(book, DrillPlanned(planned(LATER), START, PLANNER))
    book = apply(book, Superseded(planned().drill_id, LATER, "no risk", DEADLINE + timedelta(days=3), TESTER))
    assert len(at(book, OVER)) == 1


def test_drills_of_no_quarter_are_found_only_where_missed() -> None:
    other = replace(planned(), quarter="special")
    assert at(begun(made=other), OVER + timedelta(days=999)) == ()


def _accepted(book: Book, name: str, made: Planned | None = None) -> Book:
    events: list[Event] = [DrillPlanned(made or planned(name), START, PLANNER), *facts(name)]
    book = fold(events, book)
    book = apply(book, submitted(book.drills[name]))
    return apply(book, reviewed(book.drills[name]))

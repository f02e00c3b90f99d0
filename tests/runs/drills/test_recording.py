"""Events of drills in the ledger: replay, races, crashes, and what is never recorded."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.drills.events import (
    Cancelled,
    CleanedUp,
    DeviationRecorded,
    Event,
    Missed,
    PlanApproved,
    PlanDrafted,
    RestoreClassified,
    Reviewed,
    Waived,
)
from evidence.drills.fold import fold
from evidence.drills.spelling import plan_sha256, record_sha256, told_event
from evidence.drills.values import Classification, Deviation, State, Verdict, Waiver
from evidence.errors import ConfigurationError, IntegrityError, RefusedError
from evidence.ledger.drill_events import account_of, claims_of
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import BookReader, read_book, told_events
from evidence.runs.drills.recording import check, record
from tests.drills.making import (
    INITIATOR,
    PLANNER,
    REVIEWER,
    START,
    TESTER,
    VALIDATOR,
    VAULT,
    facts,
    linked,
    planned,
    reviewed,
    submitted,
    timed,
    validated,
)
from tests.fakes.bench import Bench
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import Between, Stopped
from tests.fakes.signed_in import SignedIn
from tests.runs.drills.drills_desk import BY, NAME, NOW, Desk

SECOND = "DR-2026Q3-0002"


def test_an_entry_tells_the_event_who_typed_it_and_what_it_is_about() -> None:
    desk = Desk()
    desk.plan()
    entry = desk.tell(timed()).entry
    assert (entry.kind, entry.subject) == (EntryKind.DRILL_EVENT, f"drill/{NAME}")
    assert (account_of(entry), claims_of(entry)) == (BY, None)
    assert [one.event for one in desk.told][1:] == [timed()]
    assert desk.told[1].entry == entry
    assert account_of(desk.tell(linked()).entry) is None


def test_the_state_is_the_fold_of_the_ledger_alone() -> None:
    desk = Desk()
    desk.plan()
    for event in facts():
        desk.tell(event)
    assert desk.book == fold([one.event for one in desk.told])
    assert desk.drill().state is State.VALIDATED
    reader = BookReader()
    entries = Ledger(desk.bench.store).entries()
    for size in range(len(entries) + 1):
        assert reader.upto(entries[:size]) == read_book(entries[:size])


def test_a_reader_that_is_given_another_ledger_begins_anew() -> None:
    one, other = Desk(), Desk()
    one.plan()
    one.tell(timed())
    other.plan(SECOND)
    other.plan()
    reader = BookReader()
    reader.upto(Ledger(one.bench.store).entries())
    assert reader.upto(Ledger(other.bench.store).entries()) == other.book


def test_events_of_one_drill_are_told_with_its_plan_and_its_retests() -> None:
    desk = Desk()
    drafted = PlanDrafted("DP-1", "2026Q3", (planned(), planned(SECOND)), "ab" * 32, "cd" * 32, START, None)
    desk.tell(drafted)
    desk.tell(PlanApproved("DP-1", plan_sha256(drafted), START, PLANNER))
    desk.tell(timed(SECOND))
    desk.tell(timed())
    held = Classification(Verdict.DRILL, 0, ("announced",), TESTER, NAME)
    desk.tell(RestoreClassified(VAULT, "job-9", held, START, TESTER))
    kinds = [one.event.kind for one in told_events(Ledger(desk.bench.store).entries(), NAME)]
    assert kinds == ["plan_drafted", "timing_stated", "restore_classified"]


SAID: list[tuple[str, Event]] = [
    ("link", linked()),
    ("times", timed()),
    ("check", validated("row_count")),
    ("deviation", DeviationRecorded(NAME, Deviation("d-1", "process", "warning", "late", False), START, TESTER)),
    ("clean-up", CleanedUp(NAME, "by hand", START, START, TESTER)),
    ("cancel", Cancelled(NAME, "not now", START, TESTER)),
    ("miss", Missed(NAME, NOW, None)),
    ("waive", Waived(NAME, Waiver("too old", PLANNER, NOW.date() + timedelta(days=9)), START, PLANNER)),
    ("classify", RestoreClassified(VAULT, "j", Classification(Verdict.DRILL, 0, ("so",), TESTER), START, TESTER)),
]


@pytest.mark.parametrize("event", [one for _, one in SAID], ids=[name for name, _ in SAID])
def test_the_same_word_said_again_is_the_entry_that_is_there(event: Event) -> None:
    desk = Desk()
    desk.plan()
    first = desk.tell(event)
    again = desk.say(event)
    assert (first.before, again.before) == (False, True)
    assert again.entry == first.entry
    assert len(desk.told) == 2


def test_a_moment_that_is_not_that_of_saying_it_makes_another_word() -> None:
    desk = Desk()
    desk.plan()
    check_made = validated("row_count")
    desk.tell(check_made)
    later = replace(check_made.validation, at=check_made.at + timedelta(hours=1))
    assert not desk.tell(replace(check_made, validation=later, at=check_made.at + timedelta(hours=2))).before
    assert desk.drill().validations[0].at == later.at


def test_a_word_that_another_replaced_is_a_new_one() -> None:
    desk = Desk()
    desk.plan()
    for hours, before in ((3.5, False), (4.0, False), (3.5, False), (3.5, True)):
        assert desk.say(timed(hours=hours)).before is before
    assert len(desk.told) == 4


def test_an_equal_event_with_its_moment_is_the_entry_that_is_there_wherever_it_stands() -> None:
    desk = Desk()
    desk.plan()
    first = desk.tell(timed())
    desk.tell(timed(hours=4.0))
    again = desk.tell(timed())
    assert (again.entry, again.before) == (first.entry, True)
    assert desk.drill().timing == timed(hours=4.0).timing


def test_what_was_said_of_a_deviation_is_said_again_once_it_came_back() -> None:
    desk = Desk()
    desk.plan()
    desk.tell(linked(files_skipped=3))
    (one,) = desk.drill().deviations
    dealt = DeviationRecorded(NAME, replace(one, owner="Ada", action="mend", due=START.date()), START, TESTER)
    desk.tell(dealt)
    desk.tell(linked())
    assert desk.drill().deviations == ()
    desk.say(linked(files_skipped=3))
    assert desk.drill().deviations[0].owner is None
    assert not desk.say(dealt).before
    assert desk.drill().deviations[0].owner == "Ada"


def test_what_lies_in_the_future_is_not_recorded() -> None:
    desk = Desk()
    desk.plan()
    with pytest.raises(RefusedError, match="lies in the future"):
        desk.tell(Missed(NAME, NOW + timedelta(days=1), None))


@pytest.mark.parametrize("person", [None, REVIEWER], ids=["nobody", "another"])
def test_what_needs_a_sign_in_is_not_recorded_without_that_persons(person: object) -> None:
    desk = Desk()
    desk.plan()
    event = Waived(NAME, Waiver("too old", PLANNER, NOW.date() + timedelta(days=9)), START, PLANNER)
    signed = None if person is None else SignedIn(REVIEWER)
    with pytest.raises(RefusedError, match=r"needs a person who signed in|somebody else is named") as refused:
        record(desk.bench.parts, event, account=BY, sign_in=signed)
    assert refused.value.exit_code == 8
    assert desk.drill().state is State.PLANNED


def test_claims_of_a_sign_in_are_in_the_entry() -> None:
    desk = Desk()
    desk.plan()
    event = Waived(NAME, Waiver("too old", PLANNER, NOW.date() + timedelta(days=9)), START, PLANNER)
    claims = claims_of(desk.tell(event).entry)
    assert claims is not None
    assert (claims["tid"], claims["oid"]) == (PLANNER.tenant_id, PLANNER.object_id)
    assert desk.drill().state is State.WAIVED


def test_what_a_guard_refuses_leaves_nothing_in_the_store() -> None:
    desk = Desk()
    desk.plan()
    files = dict(desk.bench.memory.files)
    with pytest.raises(RefusedError, match="only a validated drill is handed in"):
        desk.tell(submitted(desk.drill()))
    assert check(desk.bench.parts, timed()) is None
    with pytest.raises(RefusedError, match="No drill DR-9"):
        check(desk.bench.parts, timed("DR-9"))
    assert desk.bench.memory.files == files


def test_an_id_that_leads_out_of_its_folder_is_not_planned() -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        Desk().plan("../../ledger")


# What stands in a ledger that this program did not guard.


def forged(desk: Desk, event: Event, subject: str = f"drill/{NAME}") -> None:
    """An entry that nobody checked against the book."""
    desk.bench.parts.ledger.append(Draft(EntryKind.DRILL_EVENT, NOW, "x", subject, told_event(event)))


def test_an_entry_that_no_guard_lets_happen_is_named() -> None:
    desk = Desk()
    desk.plan()
    forged(desk, submitted(desk.drill()))
    with pytest.raises(IntegrityError, match=r"ledger entry 3 .* could not have been recorded") as told:
        _ = desk.book
    assert "only a validated drill" in told.value.cause
    with pytest.raises(IntegrityError):
        desk.tell(timed())


def test_an_event_in_another_spelling_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.plan()
    payload = told_event(timed())
    told = payload["told"]
    assert isinstance(told, dict)
    told["more"] = 1
    desk.bench.parts.ledger.append(Draft(EntryKind.DRILL_EVENT, NOW, "x", f"drill/{NAME}", payload))
    with pytest.raises(IntegrityError, match="no drill event"):
        _ = desk.book


# Races: another process records first, just before this one's entry.


def raced() -> tuple[Desk, Between]:
    """A drill in review, and the store on which somebody is faster."""
    store = Between()
    desk = Desk(Bench(store=store, clock=FakeClock(NOW, tick=timedelta(microseconds=1))))
    desk.plan()
    for event in facts():
        desk.tell(event)
    desk.tell(submitted(desk.drill()))
    return desk, store


def test_of_two_reviewers_at_once_one_decides() -> None:
    desk, store = raced()
    accepts, rejects = reviewed(desk.drill()), reviewed(desk.drill(), "rejected", PLANNER, "the count is odd")
    store.first = lambda: desk.tell(rejects)
    with pytest.raises(RefusedError, match="only a drill in review is decided"):
        desk.tell(accepts)
    assert desk.drill().state is State.REJECTED
    assert [one.event.kind for one in desk.told].count("reviewed") == 1


def test_a_record_that_changes_while_it_is_handed_in_is_read_again() -> None:
    desk, store = Desk(Bench(store=Between(), clock=FakeClock(NOW, tick=timedelta(microseconds=1)))), None
    store = desk.bench.store
    assert isinstance(store, Between)
    desk.plan()
    for event in facts():
        desk.tell(event)
    handed_in = submitted(desk.drill())
    store.first = lambda: desk.tell(timed(hours=3.9))
    with pytest.raises(RefusedError, match="changed after it was read"):
        desk.tell(handed_in)
    assert desk.drill().state is State.VALIDATED


def test_facts_of_two_persons_at_once_are_both_recorded() -> None:
    store = Between()
    desk = Desk(Bench(store=store, clock=FakeClock(NOW, tick=timedelta(microseconds=1))))
    desk.plan()
    store.first = lambda: desk.tell(validated("row_count", by=VALIDATOR))
    desk.tell(validated("application", by=INITIATOR))
    assert [one.kind for one in desk.drill().validations] == ["row_count", "application"]


def test_the_same_word_by_two_processes_at_once_is_one() -> None:
    desk, store = raced()
    event = reviewed(desk.drill())
    store.first = lambda: desk.say(event)
    assert desk.tell(event).before
    assert [one.event.kind for one in desk.told].count("reviewed") == 1


def test_of_an_acceptance_and_a_rejected_word_of_the_initiator_only_the_first_counts() -> None:
    desk, store = raced()
    with pytest.raises(RefusedError, match="tested, validated or started it"):
        desk.tell(reviewed(desk.drill(), by=INITIATOR))
    store.first = lambda: desk.tell(CleanedUp(NAME, "by hand", START, START, TESTER))
    with pytest.raises(RefusedError, match="changed after it was read"):
        desk.tell(reviewed(desk.drill()))
    assert desk.drill().state is State.IN_REVIEW


# Crashes: the process ends before or after any write, and is run again.


def steps(folder: Path) -> list[Callable[[Desk], object]]:
    """The life of a drill to its acceptance; each step can be done again."""
    file = folder / "counts.csv"
    return [
        lambda desk: desk.plan(),
        lambda desk: desk.tell(linked()),
        lambda desk: desk.say(timed()),
        lambda desk: desk.attach(file),
        *(lambda desk, one=one: desk.say(validated(one)) for one in ("row_count", "application")),
        lambda desk: desk.say(CleanedUp(NAME, "by hand", START, START, TESTER)),
        hand_in,
        decide,
    ]


def hand_in(desk: Desk) -> object:
    """Hand the record in as it was read; after a crash that is the record of before."""
    said = [one.event for one in desk.told if one.event.kind == "submitted"]
    return desk.say(said[0] if said else submitted(desk.drill()))


def decide(desk: Desk) -> object:
    """Accept the record as it was read."""
    said = [one.event for one in desk.told if isinstance(one.event, Reviewed)]
    return desk.say(said[0] if said else reviewed(desk.drill()))


STEPS = 9


@functools.cache
def lived_to(step: int, folder: Path) -> Desk:
    """A desk at which so many steps were done; copied, never worked at."""
    desk = Desk() if step == 0 else copy.deepcopy(lived_to(step - 1, folder))
    if step:
        steps(folder)[step - 1](desk)
    return desk


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("counts")
    (found / "counts.csv").write_text("table,rows\norders,1204311\n")
    return found


@pytest.mark.parametrize("when", ["stop_before", "stop_after"])
@pytest.mark.parametrize("step", range(STEPS))
def test_after_a_crash_at_any_write_the_ledger_alone_tells_the_same(step: int, when: str, folder: Path) -> None:
    calm = lived_to(step + 1, folder)
    assert len(steps(folder)) == STEPS
    for write in range(3):
        desk = copy.deepcopy(lived_to(step, folder))
        memory = desk.bench.memory
        memory.run_on()
        setattr(memory, when, write)
        try:
            steps(folder)[step](desk)
        except Stopped:
            memory.run_on()
            steps(folder)[step](desk)
        memory.run_on()
        assert [one.event.kind for one in desk.told] == [one.event.kind for one in calm.told]
        assert desk.book == fold([one.event for one in desk.told])
        served, expected = desk.drill(), calm.drill()
        assert (served.state, served.version) == (expected.state, expected.version)
        assert record_sha256(served) == record_sha256(desk.book.drills[NAME])
        named = {one.path for entry in Ledger(memory).entries() for one in entry.objects}
        assert {path for path in memory.files if path.startswith("drills/")} == {
            path for path in named if path.startswith("drills/")
        }

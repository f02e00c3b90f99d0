"""A night that stops at any write, before or after it, and is run again: the same book as one that never stopped, and nothing told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.drills.fold import Book
from evidence.drills.spelling import record_of, told_event
from evidence.drills.values import State
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book, told_events
from evidence.runs.drills.nightly import settle_drills
from evidence.runs.exceptions.state import standing_exceptions
from tests.fakes.bench import NIGHT, at
from tests.fakes.memory_store import MemoryStore, Stopped
from tests.runs.drills.found_desk import DRILL, FoundDesk, bag

pytestmark = pytest.mark.slow

MISSED = "DR-2026Q4-0002"


@pytest.fixture(scope="module")
def judged() -> FoundDesk:
    """A night with a restore of files for one drill, and none for another that ends with the night."""
    desk = FoundDesk()
    desk.plan(desk.planned(days=0.9, grace=timedelta(0)))
    desk.plan(desk.planned(MISSED, begins=at(NIGHT, 6), days=0.1, grace=timedelta(0)))
    counts = {f"Number Of {one} Files": "0" for one in ("Restored", "Skipped", "Failed")}
    desk.restore(properties=bag(at(NIGHT, 22.01), **{"Target resource group": "rg-drill", **counts}))
    desk.night(judged=True)
    return desk


def copied(desk: FoundDesk) -> MemoryStore:
    store = MemoryStore()
    store.files = dict(desk.bench.memory.files)
    return store


def settled(desk: FoundDesk, store: MemoryStore) -> None:
    bench = type(desk.bench)(store=store, clock=desk.bench.clock)
    settle_drills(bench.parts, desk.rules, NIGHT)


def shape(store: MemoryStore) -> tuple[list[str], dict[str, State], list[object], list[str]]:
    """What does not hang on moments: kinds of events, states, executions and deviations, and exceptions."""
    entries = Ledger(store).entries()
    book: Book = read_book(entries)
    events = [f"{one.event.kind} {one.entry.subject}" for one in told_events(entries)]
    found = standing_exceptions(store, entries).by_key.values()
    return (
        events,
        {name: one.state for name, one in book.drills.items()},
        [record_of(one)["deviations"] for one in book.drills.values()],
        sorted(f"{one.class_} {one.finding.subject}" for one in found if one.class_ == "missed_drill"),
    )


def test_a_night_that_stops_at_any_write_ends_as_one_that_does_not(judged: FoundDesk) -> None:
    whole = copied(judged)
    begun = len(Ledger(whole).entries())
    settled(judged, whole)
    writes, expected = whole.writes, shape(whole)
    assert expected[1] == {DRILL: State.EXECUTED, MISSED: State.MISSED}
    assert expected[3] == ["missed_drill vm1"]
    assert writes == 6, "link, count of files, missed, two tables of exceptions, and their entry"
    for when in ("stop_before", "stop_after"):
        for number in range(writes):
            store = copied(judged)
            setattr(store, when, number)
            with pytest.raises(Stopped):
                settled(judged, store)
            store.run_on()
            settled(judged, store)
            found = shape(store)
            assert found[:3] == expected[:3], (when, number)
            # An exception that a crash left out is found by the next night's judgement.
            assert found[3] in (expected[3], [])
            size = len(Ledger(store).entries())
            settled(judged, store)
            assert len(Ledger(store).entries()) == size, (when, number)
    assert begun < len(Ledger(whole).entries())


def test_a_replayed_event_of_the_machine_is_the_entry_that_is_there(judged: FoundDesk) -> None:
    store = copied(judged)
    settled(judged, store)
    ledger = Ledger(store)
    size = len(ledger.entries())
    from_ledger = [told_event(one.event) for one in told_events(ledger.entries())]
    settled(judged, store)
    assert [told_event(one.event) for one in told_events(Ledger(store).entries())] == from_ledger
    assert len(Ledger(store).entries()) == size

"""What counts as kept as promised: by days that were read, never by what a service merely answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.retention.truth import (
    ROTATION,
    ContainerTerm,
    Demand,
    Fault,
    Seen,
    Wanted,
    content_fault,
    faults_of,
    is_due,
    protected_until,
)
from evidence.retention.truth_of_store import Rule, RuleHits, contradictions

UNTIL = datetime(2028, 1, 2, tzinfo=UTC)
WANTED = Wanted("calls/a", 8, "0" * 64, UNTIL)
BLOB = Seen(8, "0" * 64, "locked", UNTIL, legal_hold=False, created_at=datetime(2026, 11, 21, tzinfo=UTC))
IN_CONTAINER = replace(BLOB, state="container", until=None)


def faults(seen: Seen, mode: str = "locked", term: ContainerTerm | None = None, *, held: bool = False) -> list[Fault]:
    return [one.fault for one in faults_of(replace(WANTED, held=held), seen, Demand(mode), term)]


@pytest.mark.parametrize(
    ("seen", "mode", "found"),
    [
        (BLOB, "locked", []),
        (replace(BLOB, until=UNTIL - timedelta(seconds=1)), "locked", [Fault.INTERVAL]),
        (replace(BLOB, state="unlocked"), "locked", [Fault.PROTECTION]),
        (replace(BLOB, state="unlocked"), "unlocked", []),
        (replace(BLOB, state="unlocked", until=None), "unlocked", [Fault.INTERVAL]),
        (replace(BLOB, state="none", until=None), "unlocked", [Fault.PROTECTION]),
        (replace(BLOB, state="none", until=None), "off", []),
        (replace(BLOB, bytes=None, gone="it was deleted"), "off", [Fault.MISSING]),
        (replace(BLOB, bytes=7), "off", [Fault.SIZE]),
        (replace(BLOB, sha256="1" * 64), "off", [Fault.CONTENT]),
        (replace(BLOB, trouble="no right"), "off", [Fault.UNREAD]),
    ],
    ids=range(11),
)
def test_what_the_store_tells_is_held_against_the_promise(seen: Seen, mode: str, found: list[Fault]) -> None:
    assert faults(seen, mode) == found


def test_a_policy_of_the_container_counts_by_its_days_where_they_were_read() -> None:
    assert faults(IN_CONTAINER) == [Fault.PROTECTION]
    assert faults(IN_CONTAINER, "unlocked") == [Fault.INTERVAL]
    assert faults(IN_CONTAINER, term=ContainerTerm(406, locked=True)) == [Fault.INTERVAL]
    assert faults(IN_CONTAINER, term=ContainerTerm(407, locked=True)) == []
    assert faults(IN_CONTAINER, term=ContainerTerm(407, locked=False)) == [Fault.PROTECTION]


def test_a_hold_that_stands_must_be_set_where_protection_is_asked_for() -> None:
    assert faults(BLOB, held=True) == [Fault.HOLD]
    assert faults(replace(BLOB, legal_hold=True), held=True) == []
    assert faults(BLOB, "off", held=True) == []


def test_an_object_may_go_after_midnight_in_utc_and_in_the_zone() -> None:
    assert protected_until(date(2027, 12, 31), "UTC") == datetime(2028, 1, 1, tzinfo=UTC)
    assert protected_until(date(2027, 12, 31), "Pacific/Auckland") == datetime(2028, 1, 1, tzinfo=UTC)
    assert protected_until(date(2027, 12, 31), "America/New_York") == datetime(2028, 1, 1, 5, tzinfo=UTC)


@given(st.text(min_size=1), st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.sets(st.integers(0, 60), max_size=3))
def test_every_content_has_its_turn_and_a_missed_one_is_made_up_for(path: str, sealed: date, missed: set[int]) -> None:
    since = sealed
    for ahead in range(90):
        today = sealed + timedelta(days=ahead)
        if ahead not in missed and is_due(path, since, today):
            since = today
        assert (today - since).days < ROTATION + 1 + len(missed)


def test_bytes_are_whole_only_by_size_and_hash() -> None:
    assert content_fault(WANTED, 8, "0" * 64) is None
    assert content_fault(WANTED, 9, "0" * 64) is not None
    assert content_fault(WANTED, 8, "1" * 64) is not None


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        (Rule("r", "delete", "objects", 406, "creation"), 1),
        (Rule("r", "delete", "objects", 407, "creation"), 0),
        (Rule("r", "delete", "objects", 1, "creation", ("tables/",)), 0),
        (Rule("r", "delete", "objects", 1, "last access", ("tables/", "calls/"), by_tags=True), 1),
        (Rule("r", "archive", "objects", 4000, "creation"), 1),
        (Rule("r", "archive", "versions", 1, "creation"), 0),
        (Rule("r", "delete", "versions", 1, "creation"), 1),
    ],
    ids=range(7),
)
def test_a_lifecycle_rule_contradicts_where_it_reaches_what_is_promised(rule: Rule, count: int) -> None:
    assert BLOB.created_at is not None
    hits = RuleHits(rule)
    hits.weigh(WANTED, BLOB.created_at)
    assert len(list(contradictions([hits]))) == count


def test_what_a_clock_that_went_ahead_read_is_read_again() -> None:
    today = date(2026, 11, 21)
    turns = [is_due("calls/a", today + timedelta(days=400), today + timedelta(days=day)) for day in range(28)]
    assert all(turns)

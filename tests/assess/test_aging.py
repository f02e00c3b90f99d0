"""How failures age, as a table: one word a night, and what is said of the whole at the end of the last."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.aging import (
    BUCKETS,
    UNKNOWN,
    Aging,
    BackupRun,
    Key,
    Look,
    Moved,
    SeenPoint,
    State,
    age_failures,
    bucket,
    movement,
    point_of,
)

FIRST = date(2026, 11, 2)
VAULT, ITEM = "/vaults/v1", "/vaults/v1/items/vm1"
KEY = Key(VAULT, ITEM, "Backup")
STATUS = {
    "F": "Failed",
    "C": "Completed",
    "c": "Completed",
    "W": "CompletedWithWarnings",
    "X": "Cancelled",
    "R": "InProgress",
}
"""`C` left a recovery point, `c` none; a dot is a night without a job, a question mark one that was not read."""


def at(number: int, hours: float = 22.0) -> datetime:
    return datetime.combine(FIRST, time(), UTC) + timedelta(days=number, hours=hours)


def job(
    number: int, word: str, *, item: str | None = ITEM, operation: str = "Backup", hours: float = 22.0
) -> BackupRun:
    began = at(number, hours)
    return BackupRun(
        VAULT, item, "vm1", "VM", operation, STATUS[word], began, began + timedelta(hours=1),
        FIRST + timedelta(days=number), f"{operation}-{number}-{hours}", "UserError" if word == "F" else None,
    )  # fmt: skip


def judged(nights: str, **changes: str) -> Aging:
    runs = [job(number, word, **changes) for number, word in enumerate(nights) if word in STATUS]  # type: ignore[arg-type]
    made = [SeenPoint(at(n, 22.2), at(n, 22.2), f"point-{n}") for n, word in enumerate(nights) if word == "C"]
    unread = [FIRST + timedelta(days=number) for number, word in enumerate(nights) if word == "?"]
    random.Random(7).shuffle(runs)  # noqa: S311 - order only: no result may rest on it
    return age_failures(runs, {ITEM: made}, {VAULT: unread}, at(len(nights), 6))


CASES: list[tuple[str, tuple[str, str, int, int, int] | None]] = [
    # nights       state, bucket, age in days, failed nights, unread nights
    ("CCCCCCC", None),
    ("", None),
    ("F", ("failing", "0-1", 0, 1, 0)),
    ("CF", ("failing", "0-1", 0, 1, 0)),
    ("CFF", ("failing", "0-1", 1, 2, 0)),
    ("CFFF", ("failing", "2-3", 2, 3, 0)),
    ("CF...", ("failing", "2-3", 3, 1, 0)),
    ("FC", None),
    ("FCF", ("failing", "0-1", 0, 1, 0)),
    ("Fc", ("unproven", "0-1", 1, 1, 0)),
    ("FcF", ("failing", "2-3", 2, 2, 0)),
    ("FcC", None),
    ("FcCF", ("failing", "0-1", 0, 1, 0)),
    ("cF", ("failing", "0-1", 0, 1, 0)),
    ("FW", ("failing", "0-1", 1, 1, 0)),
    ("FX", ("failing", "0-1", 1, 1, 0)),
    ("FR", ("failing", "0-1", 1, 1, 0)),
    ("XXWRX", None),
    ("F?", ("unknown", UNKNOWN, 1, 1, 1)),
    ("F?.", ("unknown", UNKNOWN, 2, 1, 1)),
    ("F?F", ("failing", "2-3", 2, 2, 0)),
    ("F?F??", ("unknown", UNKNOWN, 4, 2, 2)),
    ("?F", ("failing", "0-1", 0, 1, 0)),
    ("F?C", None),
    ("F?c", ("unknown", UNKNOWN, 2, 1, 1)),
    ("FC?", None),
    ("F" * 8, ("failing", "4-7", 7, 8, 0)),
    ("F" * 9, ("failing", "8-14", 8, 9, 0)),
    ("F" + "." * 15, ("failing", "15-30", 15, 1, 0)),
    ("F" + "." * 31, ("failing", "31-60", 31, 1, 0)),
    ("F" + "." * 61, ("failing", "61-90", 61, 1, 0)),
    ("F" + "." * 91, ("failing", "over 90", 91, 1, 0)),
]


@pytest.mark.parametrize(("nights", "expected"), CASES)
def test_a_failure_ages_until_a_success_and_its_point_resolve_it(
    nights: str, expected: tuple[str, str, int, int, int] | None
) -> None:
    found = judged(nights).unresolved
    told = [(str(one.state), one.bucket, one.age_days, one.nights_failing, one.unread_nights) for one in found]
    assert told == ([] if expected is None else [expected])


def test_what_resolved_it_is_told_with_job_and_point() -> None:
    closure = judged("FFC").closed[KEY]
    assert (closure.run.job_id, closure.point.point_id) == ("Backup-2-22.0", "point-2")
    assert judged("CCC").closed == {}
    assert judged("FFCF").closed == {}


def test_first_and_last_failure_last_and_later_success_are_told() -> None:
    (found,) = judged("CFFc").unresolved
    assert [one.job_id for one in (found.first, found.last)] == ["Backup-1-22.0", "Backup-2-22.0"]
    assert found.last_success is not None
    assert found.last_success.job_id == "Backup-0-22.0"
    assert found.later_success is not None
    assert found.later_success.job_id == "Backup-3-22.0"
    assert (found.failed_jobs, found.last.error) == (2, "UserError")


def test_each_operation_of_an_item_is_judged_by_itself() -> None:
    runs = [job(0, "F", operation="Backup (Log)"), job(1, "C", operation="Backup (Full)")]
    points = {ITEM: [SeenPoint(at(1, 22.2), at(1, 22.2), "full")]}
    (found,) = age_failures(runs, points, {}, at(3)).unresolved
    assert found.key.operation == "Backup (Log)"


def test_two_failures_of_a_night_are_two_jobs_of_one_night() -> None:
    (found,) = age_failures([job(0, "F"), job(0, "F", hours=23)], {}, {}, at(1, 6)).unresolved
    assert (found.failed_jobs, found.nights_failing) == (2, 1)


def test_a_job_whose_item_cannot_be_told_is_unknown_and_no_success_of_the_same_name_resolves_it() -> None:
    runs = [job(0, "F", item=None), job(1, "C", item=None)]
    points = {"": [SeenPoint(at(1, 22.2), at(1, 22.2), "stray")], ITEM: []}
    found = age_failures(runs, {ITEM: points[ITEM]}, {}, at(3)).unresolved
    assert [(one.key.subject, one.state, one.bucket) for one in found] == [("name: vm1", State.UNKNOWN, UNKNOWN)]


def test_what_began_at_the_end_or_after_it_is_left_aside() -> None:
    as_of = at(3, 6)
    late = [job(2, "F"), job(3, "C", hours=6.0)]
    points = {ITEM: [SeenPoint(at(3, 6.1), at(3, 6.1), "late")]}
    (found,) = age_failures(late, points, {}, as_of).unresolved
    assert found.state is State.FAILING


LOG = "Backup (Log)"
RANGES = [
    # operation, start, end, proves
    ("Backup", 22.0, 22.0, True),
    ("Backup", 21.95, 21.95, True),
    ("Backup", 21.9, 21.9, False),
    ("Backup", 23.05, 23.05, True),
    ("Backup", 23.1, 23.1, False),
    ("Backup", 10.0, 23.0, False),
    (LOG, 10.0, 22.0, True),
    (LOG, 10.0, 21.9, False),
    (LOG, 23.1, 24.0, False),
    (LOG, 22.5, 40.0, True),
]


@pytest.mark.parametrize(("operation", "start", "end", "proves"), RANGES)
def test_a_point_lies_in_its_job_and_a_range_reaches_it(operation: str, start: float, end: float, proves: bool) -> None:
    run = job(0, "C", operation=operation)
    assert (point_of(run, [SeenPoint(at(0, start), at(0, end), "p")], at(9)) is not None) is proves


@pytest.mark.parametrize(("end", "state"), [(22.5, State.FAILING), (30.0, State.UNPROVEN)])
def test_a_later_range_of_log_backups_without_a_job_proves_nothing_and_is_told(end: float, state: State) -> None:
    ranges = {ITEM: [SeenPoint(at(0, 10), at(0, end), None)]}
    (found,) = age_failures([job(0, "F", operation=LOG)], ranges, {}, at(3)).unresolved
    assert found.state is state


def test_the_oldest_stands_first() -> None:
    other = f"{ITEM}-b"
    runs = [job(3, "F"), job(1, "F", item=other), job(2, "F", item=f"{ITEM}-c")]
    found = age_failures(runs, {}, {}, at(5, 6)).unresolved
    assert [one.first.night.day for one in found] == [3, 4, 5]


@pytest.mark.parametrize(
    ("days", "name"),
    [(0, "0-1"), (1, "0-1"), (2, "2-3"), (3, "2-3"), (4, "4-7"), (7, "4-7"), (8, "8-14"), (14, "8-14"), (15, "15-30"),
     (30, "15-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "over 90"), (9999, "over 90")],
)  # fmt: skip
def test_every_age_has_one_bucket(days: int, name: str) -> None:
    assert bucket(days) == name
    assert name in BUCKETS


MOVES: list[tuple[str | None, str | None, bool, Moved | None]] = [
    # before, now (a bucket and the first job), closed, moved
    (None, "0-1 a", False, Moved.NEW),
    (None, f"{UNKNOWN} a", False, Moved.NEW),
    ("0-1 a", "0-1 a", False, Moved.SAME),
    ("0-1 a", "4-7 a", False, Moved.OLDER),
    ("0-1 a", "0-1 b", False, Moved.AGAIN),
    ("8-14 a", "0-1 b", False, Moved.AGAIN),
    ("0-1 a", f"{UNKNOWN} a", False, Moved.UNCLEAR),
    (f"{UNKNOWN} a", "4-7 a", False, Moved.CLEAR),
    ("0-1 a", None, True, Moved.RESOLVED),
    ("0-1 a", None, False, Moved.LEFT),
    (f"{UNKNOWN} a", None, True, Moved.RESOLVED),
    (None, None, True, None),
]


def look(told: str | None) -> dict[Key, Look]:
    return {} if told is None else {KEY: Look(*told.split())}


@pytest.mark.parametrize(("before", "now", "closed", "expected"), MOVES)
def test_what_moved(before: str | None, now: str | None, closed: bool, expected: Moved | None) -> None:
    found = movement(look(now), [KEY] if closed else [], look(before))
    assert found == ({} if expected is None else {KEY: expected})


words: st.SearchStrategy[Sequence[str]] = st.lists(st.sampled_from("FCcWXR.?"), max_size=40)


@given(words)
def test_nothing_is_lost_and_nothing_unknown_is_called_resolved(nights: Sequence[str]) -> None:
    found = judged("".join(nights))
    assert len(found.unresolved) + len(found.closed) <= 1
    last = max((n for n, word in enumerate(nights) if word == "F"), default=None)
    if last is None:
        assert not found.unresolved
        return
    resolved = "C" in nights[last:]
    assert bool(found.closed) is resolved
    assert bool(found.unresolved) is not resolved
    for one in found.unresolved:
        assert (one.bucket == UNKNOWN) is ("?" in nights[last:])

"""Log backups by the time that they cover: holes, chains, and readings that ended early."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.slots.logs import holes, log_ranges, recoverable_until
from evidence.assess.slots.values import Expected, Outcome, Part, SlotPoint
from tests.assess.slots.given import at, item, judged, log_range, logs, parts, point, read, simple, slots, version

SQL = version(parts(Full=simple("Weekly", "22:00", days=["Sunday"]), Log=logs(30)), management_type="AzureWorkload")


def log_slot(**told: datetime | None) -> Expected:
    (slot,) = slots(item(**told), SQL)  # type: ignore[arg-type]  # `logs_from` alone
    assert slot.part is Part.LOG
    return slot


def test_a_night_of_logs_ends_with_the_night() -> None:
    slot = log_slot()
    assert (slot.slot_at, slot.window_end) == (at("11-10 06:00"), at("11-11 06:00"))
    assert slot.every == timedelta(minutes=30)


def test_logs_that_cover_the_night() -> None:
    found = judged(log_slot(), points=[log_range("11-01 00:00", "11-11 05:45")], as_of="11-11 06:30")
    assert found.outcome is Outcome.SUCCESS
    assert found.gap_s == 15 * 60
    assert (found.recovery_point_id, found.recovery_point_at) == ("range", at("11-11 05:45"))


def test_a_hole_is_told_with_its_ends_and_length() -> None:
    points = [log_range("11-01 00:00", "11-10 23:00"), log_range("11-11 00:31", "11-11 06:00")]
    found = judged(log_slot(), points=points, as_of="11-11 06:30")
    assert found.outcome is Outcome.FAILED
    assert found.gap_s == 91 * 60
    assert "2026-11-10 23:00 UTC to 2026-11-11 00:31 UTC" in found.reason
    assert found.error_family == "log-gap"


def test_a_hole_of_just_twice_the_interval_is_none() -> None:
    points = [log_range("11-01 00:00", "11-10 23:00"), log_range("11-11 00:00", "11-11 06:00")]
    assert judged(log_slot(), points=points).outcome is Outcome.SUCCESS


def test_an_open_end_is_pending_until_it_is_final() -> None:
    points = [log_range("11-01 00:00", "11-11 03:00")]
    assert judged(log_slot(), points=points, as_of="11-11 06:30").outcome is Outcome.PENDING
    assert judged(log_slot(), points=points, as_of="11-11 12:00").outcome is Outcome.FAILED


def test_time_after_the_last_reading_is_neither_covered_nor_missing() -> None:
    points = [log_range("11-01 00:00", "11-10 22:00")]
    early = read("11-10 22:30", "11-10 22:30")
    pending = judged(log_slot(), points=points, sources=early, as_of="11-10 22:40")
    assert (pending.outcome, pending.gap_s) == (Outcome.PENDING, 30 * 60)
    assert judged(log_slot(), points=points, sources=early, as_of="11-12 22:40").outcome is Outcome.UNKNOWN


def test_logs_that_were_not_read() -> None:
    assert judged(log_slot(), sources=read("11-12 06:30")).outcome is Outcome.UNKNOWN
    assert judged(log_slot(), sources=read("11-12 06:30", "11-10 05:00")).outcome is Outcome.UNKNOWN
    assert judged(log_slot(), sources=read(), as_of="11-10 05:00").outcome is Outcome.PENDING


def test_logs_count_from_the_first_full_backup() -> None:
    points = [log_range("11-11 00:20", "11-11 06:00")]
    found = judged(log_slot(logs_from=at("11-11 00:05")), points=points)
    assert found.outcome is Outcome.SUCCESS
    assert found.gap_s == 15 * 60


def test_logs_of_a_database_without_full_backup_are_unknown_unless_there_are_any() -> None:
    slot = log_slot(logs_from=None)
    assert judged(slot).outcome is Outcome.UNKNOWN
    assert judged(slot, points=[log_range("11-01 00:00", "11-11 06:00")]).outcome is Outcome.SUCCESS


def test_ranges_that_touch_or_overlap_are_one() -> None:
    told = [log_range("11-10 03:00", "11-10 05:00"), log_range("11-10 00:00", "11-10 03:00"), point("11-10 01:00")]
    assert log_ranges(told) == [(at("11-10 00:00"), at("11-10 05:00"))]


def test_a_backward_range_covers_nothing() -> None:
    assert log_ranges([log_range("11-10 05:00", "11-10 03:00")]) == []


SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=8)


@given(SPANS, st.integers(0, 100), st.integers(0, 150))
def test_each_minute_is_covered_or_in_a_hole(spans: list[tuple[int, int]], begin: int, length: int) -> None:
    zero, minute = at("11-10 00:00"), timedelta(minutes=1)
    points = [
        SlotPoint("r", None, range_start_at=zero + start * minute, range_end_at=zero + (start + long) * minute)
        for start, long in spans
    ]
    found = holes(log_ranges(points), zero + begin * minute, zero + (begin + length) * minute)
    for at_minute in range(begin, begin + length):
        moment = zero + at_minute * minute
        covered = any(start <= at_minute < start + long for start, long in spans)
        assert covered is not any(start <= moment < end for start, end in found)


FULL, DIFFERENTIAL = point("11-08 22:00", kind="Full"), point("11-09 22:00", kind="Differential")


@pytest.mark.parametrize(
    ("points", "until"),
    [
        ([], None),
        ([DIFFERENTIAL, log_range("11-08 00:00", "11-10 00:00")], None),
        ([FULL], "11-08 22:00"),
        ([FULL, DIFFERENTIAL], "11-09 22:00"),
        ([FULL, log_range("11-08 00:00", "11-10 00:00")], "11-10 00:00"),
        ([FULL, log_range("11-08 23:00", "11-10 00:00")], "11-08 22:00"),
        ([FULL, DIFFERENTIAL, log_range("11-08 23:00", "11-10 00:00")], "11-10 00:00"),
        ([FULL, log_range("11-08 00:00", "11-09 00:00"), log_range("11-09 01:00", "11-10 00:00")], "11-09 00:00"),
        ([point("11-07 22:00", kind="Differential"), FULL], "11-08 22:00"),
    ],
)
def test_how_far_a_chain_reaches(points: list[SlotPoint], until: str | None) -> None:
    assert recoverable_until(points) == (None if until is None else at(until))


def test_how_far_a_chain_reaches_over_a_hole_that_is_allowed() -> None:
    points = [FULL, log_range("11-08 23:00", "11-10 00:00")]
    assert recoverable_until(points, timedelta(hours=1)) == at("11-10 00:00")

"""The filter's times: 12 hours, AM and PM, whatever the locale; slices that leave no gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.nights import Window
from evidence.sources.azure.filters import LONGEST_SLICE, began_in, jobs_filter, moment, slices, whole_seconds

MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("hour", "told"),
    [
        (0, "12:00:00 AM"),
        (1, "01:00:00 AM"),
        (11, "11:00:00 AM"),
        (12, "12:00:00 PM"),
        (13, "01:00:00 PM"),
        (23, "11:00:00 PM"),
    ],
)
def test_hours_are_told_in_twelve(hour: int, told: str) -> None:
    assert moment(datetime(2026, 11, 5, hour, tzinfo=UTC)) == f"2026-11-05 {told}"


@given(MOMENTS)
def test_a_moment_can_be_read_back(value: datetime) -> None:
    day, clock, half = moment(value).split(" ")
    hour, minute, second = (int(part) for part in clock.split(":"))
    assert 1 <= hour <= 12
    assert len(moment(value)) == len("2026-11-05 12:00:00 AM")
    back = datetime.fromisoformat(day).replace(tzinfo=UTC, minute=minute, second=second)
    assert back + timedelta(hours=hour % 12 + (12 if half == "PM" else 0)) == value.replace(microsecond=0)


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_another_zone_tells_the_same_moment(value: datetime, minutes: int) -> None:
    assert moment(value.astimezone(timezone(timedelta(minutes=minutes)))) == moment(value)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without time zone"):
        moment(datetime(2026, 11, 5))


def test_a_filter_names_both_ends() -> None:
    window = Window(datetime(2026, 11, 4, 12, tzinfo=UTC), datetime(2026, 11, 5, 0, tzinfo=UTC))
    both = "startTime eq '2026-11-04 12:00:00 PM' and endTime eq '2026-11-05 12:00:00 AM'"
    assert jobs_filter(window) == both
    assert jobs_filter(window, "MAB") == f"backupManagementType eq 'MAB' and {both}"


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=400)),
)
def test_slices_cover_the_window_without_gap(start: datetime, length: timedelta) -> None:
    window = Window(start, start + length)
    parts = list(slices(window))
    assert (parts[0].start, parts[-1].end) == (window.start, window.end)
    assert all(before.end == after.start for before, after in pairwise(parts))
    assert all(timedelta(0) < part.end - part.start <= LONGEST_SLICE for part in parts)


def test_an_empty_window_is_refused() -> None:
    now = datetime(2026, 11, 5, tzinfo=UTC)
    with pytest.raises(ConfigurationError):
        list(slices(Window(now, now)))


@given(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)),
    st.timedeltas(timedelta(microseconds=1), timedelta(days=2)),
)
def test_whole_seconds_never_narrow_a_window(start: datetime, length: timedelta) -> None:
    widened = whole_seconds(Window(start, start + length))
    assert widened.start <= start < start + length <= widened.end
    assert widened.start.microsecond == widened.end.microsecond == 0
    assert widened.end - (start + length) < timedelta(seconds=1)


WINDOW = Window(datetime(2026, 11, 12, 6, tzinfo=UTC), datetime(2026, 11, 15, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    ("told", "inside"),
    [
        ("2026-11-12T06:00:00Z", True),
        ("2026-11-15T06:00:00.0000000Z", True),
        ("2026-11-15T06:00:00.0001Z", False),
        ("2026-11-13T01:02:03.1234567Z", True),
        ("2026-11-13T01:02:03.1234", True),
        ("2026-11-13T01:02:03", True),
        ("2026-11-13T01:02:03+02:00", True),
        ("0001-01-01T00:00:00", False),
        ("2001-01-01T00:00:00Z", False),
        ("soon", None),
        (None, None),
        (7, None),
    ],
)
def test_a_start_is_compared_with_the_window(told: object, inside: bool | None) -> None:
    assert began_in({"properties": {"startTime": told}}, WINDOW) is inside


@pytest.mark.parametrize("row", [{}, {"properties": None}, {"properties": []}, {"properties": {}}])
def test_a_row_without_a_start_tells_nothing(row: dict[str, object]) -> None:
    assert began_in(row, WINDOW) is None

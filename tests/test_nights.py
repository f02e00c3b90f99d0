from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.nights import LONGEST_RANGE, Calendar, Window, look_back, nights_between
from tests.strategies import moments

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
)
"""With the odd ones: half-hour changes, two-hour changes, a skipped day (Apia, 30 December 2011), changes at midnight."""

calendars = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59])) | st.just(time(2, 30)),
)
days = st.dates(date(2003, 1, 1), date(2060, 12, 31))


@given(calendars, days)
def test_windows_of_consecutive_nights_touch(calendar: Calendar, night: date) -> None:
    window, following = calendar.window(night), calendar.window(night + timedelta(days=1))
    assert window.end == following.start
    assert window.start.tzinfo is UTC
    assert window.start <= window.end


@given(calendars, moments)
def test_every_moment_lies_in_the_one_night_it_is_given(calendar: Calendar, moment: datetime) -> None:
    night = calendar.night_of(moment)
    holding = [one for one in (night + timedelta(days=n) for n in range(-2, 3)) if moment in calendar.window(one)]
    assert holding == [night]


@given(calendars, days)
def test_a_window_holds_its_start_and_not_its_end(calendar: Calendar, night: date) -> None:
    window = calendar.window(night)
    if window.start < window.end:
        assert calendar.night_of(window.start) == night
        assert calendar.night_of(window.end - timedelta(microseconds=1)) == night
    assert window.end not in window


@given(calendars, days, st.integers(0, 40))
def test_a_span_is_its_nights_put_together(calendar: Calendar, first: date, more: int) -> None:
    last = first + timedelta(days=more)
    assert calendar.span(first, last) == Window(calendar.window(first).start, calendar.window(last).end)


@given(calendars, days)
def test_an_opening_reads_as_the_cut_over_where_the_clock_shows_it(calendar: Calendar, night: date) -> None:
    opening = calendar.window(night).start.astimezone(ZoneInfo(calendar.time_zone))
    shown = datetime.combine(night, calendar.starts_at, ZoneInfo(calendar.time_zone))
    exists = shown.astimezone(UTC).astimezone(shown.tzinfo).replace(fold=0) == shown.replace(fold=0)
    assert not exists or (opening.date(), opening.time()) == (night, calendar.starts_at)


@pytest.mark.parametrize(
    ("night", "hours"),
    [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25), (date(2026, 6, 1), 24), (date(2026, 3, 29), 24)],
)
def test_the_night_of_a_clock_change_has_23_or_25_hours(night: date, hours: int) -> None:
    window = Calendar("Europe/Berlin").window(night)
    assert window.end - window.start == timedelta(hours=hours)


def test_a_cut_over_that_is_skipped_is_read_with_the_offset_before_the_gap() -> None:
    # 29 March 2026: 02:00 becomes 03:00 in Berlin, so there is no 02:30; with +01:00 it is 01:30 UTC.
    calendar = Calendar("Europe/Berlin", time(2, 30))
    assert calendar.window(date(2026, 3, 29)).start == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_of_a_cut_over_that_happens_twice_the_first_counts() -> None:
    calendar = Calendar("Europe/Berlin", time(2, 30))
    assert calendar.window(date(2026, 10, 25)).start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert calendar.night_of(second) == date(2026, 10, 25)


def test_a_day_that_a_country_skipped_is_an_empty_night() -> None:
    calendar = Calendar("Pacific/Apia")
    skipped = calendar.window(date(2011, 12, 30))
    assert skipped.start == skipped.end
    assert calendar.night_of(skipped.start) == date(2011, 12, 31)


def test_the_night_before_a_skipped_day_lasts_until_the_cut_over_of_the_day_after() -> None:
    calendar = Calendar("Pacific/Apia", time(0, 30))
    moment = datetime(2011, 12, 31, 0, 10, tzinfo=ZoneInfo("Pacific/Apia"))
    assert moment in calendar.window(date(2011, 12, 29))
    assert calendar.night_of(moment) == date(2011, 12, 29)


def test_a_late_job_and_its_early_retry_share_a_night() -> None:
    calendar = Calendar("Europe/Berlin")
    assert calendar.night_of(datetime(2026, 11, 21, 22, tzinfo=UTC)) == date(2026, 11, 21)
    assert calendar.night_of(datetime(2026, 11, 22, 0, tzinfo=UTC)) == date(2026, 11, 21)
    assert calendar.night_of(datetime(2026, 11, 22, 5, tzinfo=UTC)) == date(2026, 11, 22)


def test_a_moment_without_zone_has_no_night() -> None:
    with pytest.raises(ConfigurationError, match="without time zone"):
        Calendar().night_of(datetime(2026, 11, 21, 12))


def test_nights_between_holds_both_ends() -> None:
    first = date(2028, 2, 28)
    assert list(nights_between(first, date(2028, 3, 1))) == [first, date(2028, 2, 29), date(2028, 3, 1)]
    assert list(nights_between(first, first)) == [first]


@pytest.mark.parametrize("last", [date(2026, 11, 20), date(2026, 11, 21) + timedelta(days=LONGEST_RANGE)])
def test_a_backward_or_absurd_range_is_refused_at_once(last: date) -> None:
    with pytest.raises(ConfigurationError):
        nights_between(date(2026, 11, 21), last)


@given(days, st.integers(1, 100))
def test_looking_back_counts_the_night_itself(night: date, count: int) -> None:
    assert len(list(nights_between(look_back(night, count), night))) == count

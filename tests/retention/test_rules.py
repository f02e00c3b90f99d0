from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - sets the profile
from evidence.retention.rules import add_years, audit_year_end, keep_until

days = st.dates(date(2020, 1, 1), date(2120, 12, 31))
starts = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: f"{day:%m-%d}")
years = st.integers(1, 99)


def is_leap_day(day: date) -> bool:
    return (day.month, day.day) == (2, 29)


def test_years_are_added_as_dateutil_adds_them_but_never_to_an_earlier_day() -> None:
    first = date(2020, 1, 1)
    for day in (first + timedelta(days=n) for n in range(13 * 366)):
        for count in (1, 2, 4, 7, 99):
            theirs, ours = day + relativedelta(years=count), add_years(day, count)
            if is_leap_day(day) and not is_leap_day(theirs):
                # dateutil goes back to 28 February, a day too soon for whoever keeps things a whole year.
                assert ours == theirs + timedelta(days=1) == date(day.year + count, 3, 1)
            else:
                assert ours == theirs


def test_a_leap_day_kept_four_years_is_kept_until_a_leap_day() -> None:
    assert add_years(date(2028, 2, 29), 4) == date(2032, 2, 29)
    assert add_years(date(2028, 2, 29), 1) == date(2029, 3, 1)
    assert add_years(date(2096, 2, 29), 4) == date(2100, 3, 1)


@given(days, starts)
def test_the_audit_year_of_a_night_ends_after_it_and_within_a_year(night: date, start: str) -> None:
    end = audit_year_end(night, start)
    assert night < end <= add_years(night, 1)
    assert f"{end:%m-%d}" == start


@settings(max_examples=500)
@given(days, st.integers(0, 4000), starts, years)
def test_nothing_is_kept_less_than_any_rule_says(last_night: date, later: int, start: str, count: int) -> None:
    sealed = last_night + timedelta(days=later)
    kept = keep_until(sealed, last_night, years=count, audit_year_starts=start)
    rules = (sealed + relativedelta(years=count), audit_year_end(last_night, start) + relativedelta(years=count))
    assert all(kept.day >= rule for rule in rules)
    assert kept.day - max(rules) <= timedelta(days=1)
    assert kept.day >= sealed + relativedelta(years=1)


@given(days, days, starts, years)
def test_more_years_never_shorten(sealed: date, night: date, start: str, count: int) -> None:
    shorter = keep_until(sealed, night, years=count, audit_year_starts=start)
    longer = keep_until(sealed, night, years=count + 1, audit_year_starts=start)
    assert longer.day > shorter.day


@pytest.mark.parametrize(
    ("sealed", "night", "start", "day", "rule"),
    [
        (date(2026, 11, 22), date(2026, 11, 21), "01-01", date(2028, 1, 1), "end of the audit year"),
        (date(2027, 1, 1), date(2026, 12, 31), "01-01", date(2028, 1, 1), "end of the audit year"),
        (date(2027, 1, 2), date(2026, 12, 31), "01-01", date(2028, 1, 2), "sealing"),
        (date(2026, 4, 1), date(2026, 3, 31), "04-01", date(2027, 4, 1), "end of the audit year"),
        (date(2026, 4, 2), date(2026, 4, 1), "04-01", date(2028, 4, 1), "end of the audit year"),
        (date(2029, 6, 1), date(2026, 4, 1), "04-01", date(2030, 6, 1), "sealing"),
    ],
)
def test_the_latest_rule_is_named(sealed: date, night: date, start: str, day: date, rule: str) -> None:
    kept = keep_until(sealed, night, years=1, audit_year_starts=start)
    assert kept.day == day
    assert kept.rule.startswith(rule)
    assert kept.rule.endswith("1 year")


def test_the_rule_says_how_many_years() -> None:
    kept = keep_until(date(2026, 11, 22), date(2026, 11, 21), years=7, audit_year_starts="04-01")
    assert kept.day == date(2034, 4, 1)
    assert kept.rule == "end of the audit year (from 04-01) of 2026-11-21 + 7 years"

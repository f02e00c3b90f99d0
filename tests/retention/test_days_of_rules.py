"""Days that rules ask for, beside an independent calculation through dateutil."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from dateutil import tz
from dateutil.relativedelta import relativedelta

from evidence.retention.calendar import day_of, may_go, months_from
from evidence.retention.policies import Policy, Subject
from evidence.retention.rules import Term, add_months, audit_year_end
from evidence.retention.values import Kind
from evidence.settings.retention import Engagement, Retention, RetentionRule

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Havana", "Africa/Casablanca"),
)


def theirs_after(day: date, *, years: int = 0, months: int = 0, days: int = 0) -> date:
    """As dateutil adds, and a day more where it went back to the end of a shorter month."""
    moved = day + relativedelta(years=years, months=months)
    return moved + timedelta(days=days + (moved.day < day.day))


def theirs_year_end(night: date, starts: str) -> date:
    begin = night + relativedelta(month=int(starts[:2]), day=int(starts[3:]))
    return begin if begin > night else begin + relativedelta(years=1)


def a_day(random: Random) -> date:
    if random.random() < 0.1:
        return date(random.choice([2020, 2024, 2028, 2032, 2096]), 2, 29)
    if random.random() < 0.2:
        year, month = random.randint(2020, 2120), random.randint(1, 12)
        return date(year, month, 1) + relativedelta(months=1) - timedelta(days=1)
    return date(2020, 1, 1) + timedelta(days=random.randrange(36_000))


def a_start(random: Random) -> str:
    """Any day of the year but 29 February."""
    return f"{date(2001, 1, 1) + timedelta(days=random.randrange(365)):%m-%d}"


def a_term(random: Random) -> tuple[str, dict[str, int]]:
    name = random.choice(("years", "months", "days"))
    count = {"years": random.randint(1, 99), "months": random.randint(12, 999), "days": random.randint(366, 99_999)}[
        name
    ]
    return f"{count}{name[0]}", {name: count}


@pytest.mark.parametrize("cases", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_random_dates_are_those_that_dateutil_reckons(cases: int) -> None:
    random, setters = Random(7), Counter[str]()  # noqa: S311 - cases, not secrets
    for number in range(cases):
        if number % 8 == 0:  # settings cost more than dates
            starts, (keep, span), years, release = a_start(random), a_term(random), random.randint(1, 12), a_day(random)
            settings = Retention(
                default=f"{years}y",
                audit_year_starts=starts,
                rules=(RetentionRule(name="r", keep=keep),),
                engagements=(Engagement(name="e", release=release),),
            )
        sealed = a_day(random)
        night = sealed - timedelta(days=random.choice((1, 1, 1, 2, 40, 366, 1_000))) if random.random() < 0.9 else None
        found = max(
            Policy(settings).candidates(Subject(Kind.CALLS, sealed, night, night), "s"), key=lambda one: one.day
        )
        expected = [theirs_after(sealed, years=years), theirs_after(sealed, **span), release]
        if night is not None:
            end = theirs_year_end(night, starts)
            expected += [theirs_after(end, years=years), theirs_after(end, **span)]
        assert found.day == max(expected), (sealed, night, settings)
        setters[found.rule.split(" ")[0]] += 1
    assert len(setters) == 4, "rules, releases and both ways of counting each set dates"


def test_a_year_of_audit_may_begin_on_any_day() -> None:
    for offset in range(365):
        starts = f"{date(2001, 1, 1) + timedelta(days=offset):%m-%d}"
        for night in (date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2027, 12, 31), date(2028, 1, 1)):
            assert audit_year_end(night, starts) == theirs_year_end(night, starts), (starts, night)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2028, 1, 31), 1, date(2028, 3, 1)),
        (date(2026, 8, 31), 1, date(2026, 10, 1)),
        (date(2026, 10, 31), 4, date(2027, 3, 1)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2027, 11, 30), 3, date(2028, 3, 1)),
        (date(2027, 12, 1), 1, date(2028, 1, 1)),
    ],
)
def test_a_month_that_is_too_short_ends_with_the_first_day_after_it(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_a_term_beyond_the_calendar_ends_with_it() -> None:
    assert audit_year_end(date.max, "04-01") == date.max
    assert audit_year_end(date.min, "04-01") == date(1, 4, 1)
    assert Term(years=99).after(date(9950, 1, 1)) == date.max
    assert Term(days=99_999).after(date(9999, 1, 1)) == date.max


def test_an_object_may_go_on_the_day_after_in_utc_and_in_its_zone() -> None:
    random = Random(11)  # noqa: S311 - cases, not secrets
    for _ in range(500):
        until = date(2024, 1, 1) + timedelta(days=random.randrange(3_000))
        name = random.choice(ZONES)
        after = until + timedelta(days=1)
        local = tz.resolve_imaginary(datetime(after.year, after.month, after.day, tzinfo=tz.gettz(name)))
        opens = max(datetime(after.year, after.month, after.day, tzinfo=UTC), local.astimezone(UTC))
        assert may_go(until, day_of(opens, name)), (until, name)
        assert not may_go(until, day_of(opens - timedelta(microseconds=1), name)), (until, name)


def test_what_has_no_day_may_never_go() -> None:
    assert not may_go(None, date.max)


def test_months_of_a_calendar_touch_and_begin_with_the_first() -> None:
    months = months_from(date(2027, 11, 30), 15)
    assert months[0] == (date(2027, 11, 1), date(2027, 11, 30))
    assert months[3] == (date(2028, 2, 1), date(2028, 2, 29))
    assert months[-1] == (date(2029, 1, 1), date(2029, 1, 31))

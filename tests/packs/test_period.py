from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.packs.bag import is_safe
from evidence.packs.period import Period, parse_period, span_period
from tests.strategies import texts

days = st.dates(date(1970, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("text", "name", "first", "last"),
    [
        ("2026Q3", "2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-q1", "2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2028Q1", "2028Q1", date(2028, 1, 1), date(2028, 3, 31)),
        ("2026Q4", "2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-02", "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2100-02", "2100-02", date(2100, 2, 1), date(2100, 2, 28)),
        ("2026-12", "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026", "2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11-21", "2026-11-21", date(2026, 11, 21), date(2026, 11, 21)),
        ("2028-02-29", "2028-02-29", date(2028, 2, 29), date(2028, 2, 29)),
        (" 2026-11-01 .. 2026-11-10 ", "2026-11-01--2026-11-10", date(2026, 11, 1), date(2026, 11, 10)),
        ("2026-11-21..2026-11-21", "2026-11-21", date(2026, 11, 21), date(2026, 11, 21)),
        ("2026-W47", "2026-W47", date(2026, 11, 16), date(2026, 11, 22)),
        ("2026-w01", "2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
    ],
)
def test_periods_by_their_names(text: str, name: str, first: date, last: date) -> None:
    assert parse_period(text) == Period(name, first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026Q0",
        "2026Q5",
        "26Q1",
        "2026-13",
        "2026-00",
        "0000",
        "2027-02-29",
        "2026-11-31",
        "2026-11-10..2026-11-01",
        "2026-11-01..",
        "..2026-11-01",
        "2026-11-01..2026-11-02..2026-11-03",
        "2026-11-01--2026-11-02",
        "20261121",
        "2026-W47-6",
        "2026W47",
        "2026-W7",
        "2026-W00",
        "2026-W54",
        "2027-W53",
        "0000-W01",
        "9999-W52",
        "2026-W47..2026-W48",
        "２０２６",
        "last month",
        "2026Q1/..",
        "2026-11-21T06:00",
    ],
)
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_period(text)
    assert "2026Q3" in caught.value.next_step or "lies before" in caught.value.message


@given(st.integers(1970, 2199))
def test_the_quarters_of_a_year_are_its_nights(year: int) -> None:
    quarters = [parse_period(f"{year}Q{n}") for n in (1, 2, 3, 4)]
    nights = [night for quarter in quarters for night in quarter.nights()]
    assert tuple(nights) == parse_period(str(year)).nights()


@given(days, st.integers(0, 400))
def test_a_span_holds_its_nights_and_its_name_says_them(first: date, more: int) -> None:
    last = first + timedelta(days=more)
    period = span_period(first, last)
    assert (period.nights()[0], period.nights()[-1], len(period.nights())) == (first, last, more + 1)
    assert parse_period(period.name.replace("--", "..")) == period


@given(texts | st.from_regex(r"[0-9Q.\- ]{1,24}", fullmatch=True))
def test_any_text_is_a_period_with_a_safe_name_or_refused(text: str) -> None:
    try:
        period = parse_period(text)
    except ConfigurationError:
        return
    assert is_safe(period.name)
    assert period.first <= period.last

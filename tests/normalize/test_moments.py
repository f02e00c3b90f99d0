from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize.moments import parse_moment
from tests.strategies import moments, texts


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T22:00:04.3208571Z", datetime(2026, 11, 20, 22, 0, 4, 320857, UTC)),
        ("2026-11-20T22:00:04.3208Z", datetime(2026, 11, 20, 22, 0, 4, 320800, UTC)),
        ("2026-11-20T22:00:04.999999999Z", datetime(2026, 11, 20, 22, 0, 4, 999999, UTC)),
        ("2026-11-20T22:00:04Z", datetime(2026, 11, 20, 22, 0, 4, tzinfo=UTC)),
        ("2026-11-20T22:00:04.5", datetime(2026, 11, 20, 22, 0, 4, 500000, UTC)),
        ("2026-11-20T22:00:04+02:00", datetime(2026, 11, 20, 20, 0, 4, tzinfo=UTC)),
        ("2026-11-20 22:00:04Z", datetime(2026, 11, 20, 22, 0, 4, tzinfo=UTC)),
        ("5/6/2026 2:11:38 AM", datetime(2026, 5, 6, 2, 11, 38, tzinfo=UTC)),
        ("5/26/2026 12:00:00 AM", datetime(2026, 5, 26, 0, 0, 0, tzinfo=UTC)),
        ("5/26/2026 12:00:00 PM", datetime(2026, 5, 26, 12, 0, 0, tzinfo=UTC)),
        ("5/26/2026 2:11:38\u202fPM", datetime(2026, 5, 26, 14, 11, 38, tzinfo=UTC)),
        ("06/19/2026 15:02:38", datetime(2026, 6, 19, 15, 2, 38, tzinfo=UTC)),
        ("14/05/2026 15:02:02", datetime(2026, 5, 14, 15, 2, 2, tzinfo=UTC)),
        ("10/10/2026 15:02:02", datetime(2026, 10, 10, 15, 2, 2, tzinfo=UTC)),
    ],
)
def test_formats_that_azure_sends(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "  ", "0001-01-01T00:00:00", "2001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1/1/0001 12:00:00 AM"],
)
def test_sentinels_and_empty_texts_are_no_moments(text: str) -> None:
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "05/06/2026 15:02:38",  # the fifth of June or the sixth of May
        "26/5/2026 2:11:38 AM",
        "13/13/2026 02:11:38",
        "5/26/2026 13:11:38 PM",
        "5/26/2026 0:11:38 AM",
        "2026-02-30T00:00:00Z",
        "2026-11-20",
        "2026-11-20T24:00:00Z",
        "2026-W47-5T00:00:00Z",
        "20261120T220004Z",
        "2026-11-20T22:00:60Z",
        "9999-12-31T23:59:59-12:00",
        "２０２６-11-20T22:00:04Z",
        "yesterday",
    ],
)
def test_what_could_mean_two_moments_or_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


@given(moments, st.integers(0, 999))
def test_digits_beyond_microseconds_never_reach_the_next_one(moment: datetime, rest: int) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}{rest:03}Z"
    assert parse_moment(text) == moment


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_every_zone_means_the_same_moment(moment: datetime, minutes: int) -> None:
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_moment(local.isoformat()) == moment


@given(moments)
def test_american_texts_mean_the_second(moment: datetime) -> None:
    half = "AM" if moment.hour < 12 else "PM"
    day = f"{moment.month}/{moment.day}/{moment.year}"
    text = f"{day} {moment.hour % 12 or 12}:{moment.minute:02}:{moment.second:02} {half}"
    assert parse_moment(text) == moment.replace(microsecond=0)


@given(moments)
def test_day_and_month_are_told_apart_or_refused(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    for text in (f"{whole:%m/%d/%Y %H:%M:%S}", f"{whole:%d/%m/%Y %H:%M:%S}"):
        try:
            assert parse_moment(text) == whole
        except ValueError:
            assert whole.day <= 12
            assert whole.day != whole.month


@given(texts | st.from_regex(r"[0-9/:.TZ+\- APM]{1,35}", fullmatch=True))
def test_any_text_gives_a_utc_moment_none_or_a_refusal(text: str) -> None:
    try:
        moment = parse_moment(text)
    except ValueError:
        return
    assert moment is None or (moment.tzinfo is UTC and moment.year > 2001)

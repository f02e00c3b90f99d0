from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.filters import FilterError, bad_filter, interval, parse_filter, parse_moment

NAMES = ("startTime", "endTime", "status", "operation")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", {}),
        ("status eq 'Failed'", {"status": "Failed"}),
        ("operation eq ''", {}),
        ("operation eq 'Restore' and status eq 'InProgress'", {"operation": "Restore", "status": "InProgress"}),
        ("Status EQ'x'", None),
        ("status eq 'O''Brien'", {"status": "O'Brien"}),
        ("status -eq 'Failed'", None),
        ("status eq Failed", None),
        ("status eq 'Failed' or status eq 'Completed'", None),
        ("status eq 'Failed' and status eq 'Completed'", None),
        ("status eq 'Failed' and", None),
        ("status eq 'Failed' status eq 'Completed'", None),
        ("color eq 'red'", None),
        ("startTime ge '2026-11-01 10:00:00 AM'", None),
    ],
)
def test_only_eq_and_and_are_understood(text: str, asked: dict[str, str] | None) -> None:
    if asked is None:
        with pytest.raises(FilterError):
            parse_filter(text, NAMES)
    else:
        assert parse_filter(text, NAMES) == asked


@given(st.dictionaries(st.sampled_from(NAMES), st.text(min_size=1), min_size=1))
def test_any_value_survives_quoting(asked: dict[str, str]) -> None:
    text = " and ".join(f"{name} eq '{value.replace(chr(39), chr(39) * 2)}'" for name, value in asked.items())
    assert parse_filter(text, NAMES) == {name.lower(): value for name, value in asked.items()}


@given(st.datetimes(datetime(2016, 1, 1), datetime(2099, 1, 1)))
def test_twelve_hour_moments_are_read_as_they_are_written(moment: datetime) -> None:
    hour, half = moment.hour % 12 or 12, "AM" if moment.hour < 12 else "PM"
    text = f"{moment:%Y-%m-%d} {hour:02}:{moment:%M:%S} {half}"
    assert parse_moment(text) == moment.replace(microsecond=0, tzinfo=UTC)


def test_azures_own_example_writes_midnight_with_a_zero() -> None:
    assert parse_moment("2016-01-01 00:00:00 AM") == datetime(2016, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2020-08-1400:32:38", "2026-11-01T10:00:00Z", "2026-11-01 13:00:00 PM", "2026-02-30 01:00:00 AM", "10:00"]
)
def test_other_forms_of_a_moment_are_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse_moment(text)


def test_both_ends_of_an_interval_belong_together() -> None:
    first, last = "2026-11-01 06:00:00 AM", "2026-11-02 06:00:00 AM"
    with pytest.raises(FilterError):
        interval({"starttime": first}, "startTime", "endTime")
    with pytest.raises(FilterError):
        interval({"starttime": last, "endtime": first}, "startTime", "endTime")
    assert interval({}, "startTime", "endTime") is None
    assert interval({"starttime": first, "endtime": last}, "startTime", "endTime") == (
        datetime(2026, 11, 1, 6, tzinfo=UTC),
        datetime(2026, 11, 2, 6, tzinfo=UTC),
    )


def test_the_refusal_is_azures() -> None:
    answer = bad_filter("Get jobs", "give both ends")
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["message"].startswith("The inputs specified for Get jobs API are incorrect")

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize.durations import parse_duration
from evidence.normalize.moments import parse_moment
from evidence.sources.saved.values import is_truncated, plain, plain_duration
from tests.strategies import json_values, moments


@given(moments.filter(lambda moment: moment.year < 9000))
def test_a_date_of_powershell_is_the_same_moment_to_the_millisecond(moment: datetime) -> None:
    whole = moment - timedelta(microseconds=moment.microsecond % 1000)
    milliseconds = (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    for text in (f"/Date({milliseconds})/", f"/Date({milliseconds}+0200)/"):
        told = plain(text)
        assert isinstance(told, str)
        assert parse_moment(told) == whole
    assert plain({"value": f"/Date({milliseconds})/", "DisplayHint": 2, "DateTime": "x"}) == plain(
        f"/Date({milliseconds})/"
    )


def test_a_sentinel_of_powershell_stays_one() -> None:
    told = plain("/Date(-62135596800000)/")
    assert told == "0001-01-01T00:00:00.000Z"
    assert parse_moment(str(told)) is None


@given(st.timedeltas(min_value=timedelta(days=-900), max_value=timedelta(days=900)))
def test_durations_of_python_and_powershell_mean_what_they_meant(span: timedelta) -> None:
    told = plain_duration(str(span))
    assert isinstance(told, str)
    assert parse_duration(told) == pytest.approx(span.total_seconds(), abs=1e-6)
    ticks = span // timedelta(microseconds=1) * 10
    bag = {"Ticks": ticks, "TotalSeconds": 1.5, "Days": 3}
    assert parse_duration(str(plain(bag))) == pytest.approx(span.total_seconds(), abs=1e-6)


@given(json_values())
def test_what_has_no_form_of_its_own_stays_the_very_object(value: object) -> None:
    if "/Date(" not in json.dumps(value):
        assert plain(value) is value


@pytest.mark.parametrize(
    "text",
    [
        "@{a=1; b=System.Object[]}",
        "System.Collections.Hashtable",
        "System.Object[]",
        "Microsoft.Azure.X.Y",
        "System.Collections.Generic.List`1[System.String]",
    ],
)
def test_what_powershell_cut_off_is_seen(text: str) -> None:
    assert is_truncated(text)


@pytest.mark.parametrize("text", ["", "Completed", "System", "sqldb [System.x]", "user@{x", "PT9M", None, 3, {}])
def test_other_texts_are_not(text: object) -> None:
    assert not is_truncated(text)

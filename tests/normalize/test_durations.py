from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize.durations import parse_duration
from tests.strategies import durations, texts


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT9M12.3456789S", 552.3456789),
        ("-PT5.8026456S", -5.8026456),
        ("PT0S", 0.0),
        ("PT1H21M12S", 4872.0),
        ("P1DT2H", 93_600.0),
        ("P15D", 1_296_000.0),
        ("00:03:05.1347479", 185.1347479),
        ("13.23:59:41.1234567", 1_209_581.1234567),
        ("-00:00:01", -1.0),
    ],
)
def test_forms_that_azure_sends(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1M", "P1Y", "P1DT", "PT1.5M", "1:2:3:4", "00:60:00", "24:00:00", "5"]
)
def test_what_is_no_fixed_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@given(durations, st.booleans())
def test_iso_and_dotnet_forms_mean_the_same(length: timedelta, negative: bool) -> None:
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f"{seconds:02}.{length.microseconds:06}"
    sign = "-" if negative else ""
    iso = parse_duration(f"{sign}P{length.days}DT{hours}H{minutes}M{fraction}S")
    dotnet = parse_duration(f"{sign}{length.days}.{hours:02}:{minutes:02}:{fraction}")
    assert iso == dotnet == pytest.approx(-length.total_seconds() if negative else length.total_seconds())


@given(texts | st.from_regex(r"-?[P0-9:.TDHMS]{1,30}", fullmatch=True))
def test_any_text_gives_finite_seconds_or_a_refusal(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert abs(seconds) < 1e15

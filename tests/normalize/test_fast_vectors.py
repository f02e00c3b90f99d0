from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.nights import Calendar
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fast.nights import NightColumns
from evidence.normalize.fast.vectors import Values, Vector, durations, moments, texts
from evidence.normalize.fields import Fields, Place
from evidence.normalize.results import Problem
from evidence.tables.columns import TEXT, TIME
from tests.strategies import moments as some_moments
from tests.strategies import spoken_values

digits = st.text("0123456789.:-TZPHMS +", max_size=32)
iso = st.builds(
    lambda at, fraction, zone: f"{at:%Y-%m-%dT%H:%M:%S}{fraction}{zone}",
    st.datetimes(datetime(1900, 1, 1), datetime(2300, 1, 1)),
    st.sampled_from(["", ".", ".1", ".1234567", ".123456789", ".1234567890"]),
    st.sampled_from(["Z", "", "z", "+01:00", "+0100", " Z"]),
)
lengths = st.builds(
    lambda head, rest, end: f"{head}{rest}{end}",
    st.sampled_from(["PT", "PT9M", "PT1H", "PT1H5M", "P1DT", "-PT", "PT9M9M", "MPT", ""]),
    st.sampled_from(["0", "12.3456789", "5.", ".5", "1.2.3", "1234567890", "1.1234567890", "1e5", "１"]),
    st.sampled_from(["S", "", "s", "S\n", "M", "SS"]),
)
anything = iso | lengths | digits | spoken_values.filter(lambda value: isinstance(value, str)) | st.none()
Reading = tuple[Callable[[Values], Vector], Callable[[Fields], object]]
READINGS: dict[str, Reading] = {
    "moments": (moments, lambda fields: fields.moment("x")),
    "durations": (durations, lambda fields: fields.duration("x")),
    "texts": (lambda values: Vector(texts(values)), lambda fields: fields.text("x")),
}


def check(reading: Reading, values: list[object]) -> None:
    """A value is read as the reference reads it, or refused; and whatever the reference finds unreadable is refused."""
    whole, one = reading
    vector = whole(pa.array(values, TEXT))
    assert len(vector.values) == len(values)
    for place, (found, value) in enumerate(zip(vector.values.to_pylist(), values, strict=True)):
        problems: list[Problem] = []
        wanted = one(Fields({"x": value}, Place("c", "t", problems), 0))
        assert place in vector.refused or (found == wanted and not problems), (value, found, wanted)


@pytest.mark.parametrize("name", READINGS)
@given(values=st.lists(anything, max_size=6))
def test_values_are_read_as_the_reference_reads_them(name: str, values: list[object]) -> None:
    check(READINGS[name], values)


@given(st.lists(iso.filter(lambda text: text.endswith("Z")), max_size=6))
def test_times_of_one_form_are_read_as_the_reference_reads_them(values: list[object]) -> None:
    check(READINGS["moments"], values)


@given(st.lists(lengths.filter(lambda text: text.endswith("S")) | st.none(), max_size=6))
def test_durations_of_one_form_are_read_as_the_reference_reads_them(values: list[object]) -> None:
    check(READINGS["durations"], values)


def test_usual_values_are_refused_by_no_vector() -> None:
    sent: list[object] = ["2026-11-20T22:00:04.3208571Z", None, "2001-01-01T00:00:00Z", "", "2026-11-20T22:00:04Z"]
    found = moments(pa.array(sent, TEXT))
    assert (list(found.refused), found.values.null_count) == ([], 3)
    assert durations(pa.array(["PT9M12.3456789S", "PT0S", None, "PT1H2M3S"], TEXT)).values.to_pylist() == [
        552.3456789,
        0.0,
        None,
        3723.0,
    ]


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
starts = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30, 59]))
crowds = st.lists(st.datetimes(datetime(2011, 12, 20), datetime(2012, 4, 20), timezones=st.just(UTC)), max_size=8)


@given(zones, starts, st.lists(some_moments | st.none(), max_size=4) | crowds)
def test_nights_are_those_of_the_calendar(zone: str, start: time, events: list[datetime | None]) -> None:
    calendar = Calendar(zone, start)
    otherwise, one_by_one = date(2026, 11, 20), EventNights(calendar)
    column: pa.Array[Any] = pa.array(events, TIME)
    assert NightColumns(calendar).of(column, otherwise).to_pylist() == [
        one_by_one.night_of(event) or otherwise for event in events
    ]

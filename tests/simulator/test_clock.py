from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from simulator.clock import Clock, parse_moment
from simulator.errors import ClockError

START = datetime(2026, 11, 1, 6, tzinfo=UTC)


class Counter:
    """A monotonic counter that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_it_runs_with_real_time_between_two_settings() -> None:
    counter = Counter()
    clock = Clock(START, counter)
    counter.at += 90
    assert clock.now() == START + timedelta(seconds=90)
    clock.set(START + timedelta(days=1))
    counter.at += 0.5
    assert clock.now() == START + timedelta(days=1, seconds=0.5)


def test_it_never_goes_back_and_stays_where_it_was() -> None:
    counter = Counter()
    clock = Clock(START, counter)
    counter.at += 10
    with pytest.raises(ClockError, match="cannot go back"):
        clock.set(START + timedelta(seconds=9))
    assert clock.now() == START + timedelta(seconds=10)


def test_moments_are_utc_whatever_zone_they_came_with() -> None:
    assert parse_moment("2026-11-01T06:00:00") == START
    assert parse_moment("2026-11-01T07:00:00+01:00") == START
    clock = Clock(START.astimezone(timezone(timedelta(hours=5))))
    assert clock.now().tzinfo is UTC
    with pytest.raises(ClockError, match="ISO 8601"):
        parse_moment("yesterday")

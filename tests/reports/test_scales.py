"""Positions grow with numbers and stay on the line, and marks hold what is shown."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.scales import LEAST_GAP, Linear, Logarithmic, minutes_scale, minutes_ticks, span_words, split

MINUTES = st.floats(0, 1e6, allow_nan=False)
AMOUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=2, max_size=20))
def test_a_line_keeps_the_order_of_numbers(top: int, values: list[int]) -> None:
    places = [Linear(top, 236).at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 236 for place in places)


def test_a_line_of_nothing_has_one_place() -> None:
    assert Linear(0, 100).at(5) == 0


@given(st.lists(MINUTES, min_size=1, max_size=20))
def test_an_axis_of_minutes_holds_all_values(values: list[float]) -> None:
    scale = minutes_scale(values, 218)
    assert 0 < scale.low < scale.high
    assert max(values) <= scale.high
    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 218 for place in places)


@given(st.lists(MINUTES, min_size=1, max_size=20))
def test_marks_stand_apart_between_both_ends(values: list[float]) -> None:
    scale = minutes_scale(values, 218)
    ticks = minutes_ticks(scale)
    assert ticks[0] == scale.low
    assert all(scale.low <= tick <= scale.high for tick in ticks)
    inner = [scale.at(tick) for tick in ticks]
    assert all(right - left >= LEAST_GAP - 1e-9 for left, right in pairwise(inner))


def test_a_doubling_is_as_long_anywhere() -> None:
    scale = Logarithmic(1, 1024, 100)
    assert [round(scale.at(2**power), 6) for power in (0, 1, 5, 10)] == [0, 10, 50, 100]
    assert scale.at(0) == 0


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "1 min"), (90, "90 min"), (240, "4 h"), (1440, "1 d"), (2160, "36 h"), (10080, "7 d"), (610.5, "610 min")],
)
def test_steps_are_said_in_the_unit_that_fits(minutes: float, said: str) -> None:
    assert span_words(minutes) == said


@given(AMOUNTS, st.floats(0, 500))
def test_parts_stand_side_by_side_and_none_is_lost(amounts: list[int], width: float) -> None:
    parts = split(amounts, width, 1.6)
    assert len(parts) == len(amounts)
    for (begin, length), amount in zip(parts, amounts, strict=True):
        assert begin >= 0
        assert (length == 0) if amount == 0 else length >= 1.6 - 1e-6
    for (begin, length), (following, _) in pairwise(parts):
        assert following == pytest.approx(begin + length)
    shown = sum(amount > 0 for amount in amounts)
    assert sum(length for _, length in parts) <= max(width, 0) + shown * 1.6 + 1e-6


@given(AMOUNTS)
def test_more_is_never_shorter(amounts: list[int]) -> None:
    lengths = [length for _, length in split(amounts, 236, 1.6)]
    pairs = sorted(zip(amounts, lengths, strict=True))
    assert all(left <= right + 1e-6 for (_, left), (_, right) in pairwise(pairs))

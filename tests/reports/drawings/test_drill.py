"""The line of time of a drill: where dot and tick stand, what is told by signs, and words that do not run off the picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.packs.charts.values import DrillLine
from reports.drawings.drill import WIDTH, drill_line, line_is_sound
from reports.drawings.shapes import BLUE, PLUM, WHITE, Dot, Letters, Line, Picture, Rect

MET = DrillLine("Met.", (120, 161), 210, 240, met=True)
MISSED = DrillLine("Missed.", (120, 161), 315, 240, met=False)
UNKNOWN = DrillLine("Not measured.", None, None, 240, met=None)


def drawn(line: DrillLine) -> Picture:
    return drill_line(line, "k-1")


def dots(picture: Picture) -> list[Dot]:
    return [shape for shape in picture.shapes if isinstance(shape, Dot)]


def words(picture: Picture) -> list[str]:
    return [shape.text for shape in picture.shapes if isinstance(shape, Letters)]


def test_met_is_filled_and_missed_is_hollow_with_a_sign() -> None:
    (met,), (missed,) = dots(drawn(MET)), dots(drawn(MISSED))
    assert (met.fill, met.outline) == (BLUE, BLUE)
    assert (missed.fill, missed.outline) == (WHITE, PLUM)
    assert "!" in words(drawn(MISSED))
    assert "!" not in words(drawn(MET))


def test_a_dot_stands_before_its_tick_where_it_met_and_behind_it_where_not() -> None:
    for line, before in ((MET, True), (MISSED, False)):
        picture = drawn(line)
        (dot,) = dots(picture)
        tick = max((one for one in picture.shapes if isinstance(one, Line)), key=lambda one: one.thickness)
        assert (dot.x < tick.x1) is before


def test_the_job_has_a_bar_of_its_own_and_its_own_words() -> None:
    picture = drawn(MET)
    (bar,) = (shape for shape in picture.shapes if isinstance(shape, Rect))
    assert bar.y > max(dot.y for dot in dots(picture)) + 10
    assert {"job alone", "41 min", "RTO 4 h"} <= set(words(picture))


def test_what_is_not_known_is_a_question_and_no_dot() -> None:
    picture = drawn(UNKNOWN)
    assert dots(picture) == []
    assert words(picture).count("?") == 2
    assert picture.says == "Not measured."


@pytest.mark.parametrize(
    "line",
    [
        DrillLine("x", (161, 120), None, 240, met=None),
        DrillLine("x", None, -1, 240, met=None),
        DrillLine("x", None, 10, 0, met=None),
    ],
)
def test_a_line_that_runs_backwards_is_no_line(line: DrillLine) -> None:
    assert not line_is_sound(line)
    assert line_is_sound(MET)


_MINUTES = st.floats(0, 1e6, allow_nan=False)


@given(
    st.none() | st.tuples(st.floats(-1e5, 1e6), st.floats(0, 1e5)),
    st.none() | _MINUTES,
    st.none() | st.floats(0.1, 1e6),
    st.sampled_from([True, False, None]),
)
def test_nothing_is_drawn_outside_the_picture(
    job: tuple[float, float] | None, usable: float | None, target: float | None, met: bool | None
) -> None:
    line = DrillLine("x", None if job is None else (job[0], job[0] + job[1]), usable, target, met)
    assert line_is_sound(line)
    picture = drawn(line)
    for shape in picture.shapes:
        if isinstance(shape, Dot):
            assert 0 <= shape.x <= WIDTH
        if isinstance(shape, Rect):
            assert shape.x >= 0
            assert shape.x + shape.width <= WIDTH + 1
        if isinstance(shape, Line):
            assert 0 <= min(shape.x1, shape.x2) <= max(shape.x1, shape.x2) <= WIDTH

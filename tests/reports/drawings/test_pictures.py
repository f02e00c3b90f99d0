"""What stands in the pictures: every amount a shape, every state a sign, and nothing told by colour alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.packs.charts.values import (
    CODE,
    NIGHT_STATES,
    NO_DATA,
    NONE_BEGAN,
    NOT_DUE,
    Chart,
    NightCalendar,
    NightCell,
    NightPanel,
    Part,
    RestoreTimes,
    StackedBar,
    StackedBars,
    StackedPanel,
)
from reports.charts import drawn
from reports.drawings import calendar, shapes
from reports.drawings.bars import share
from reports.drawings.shapes import Dot, Drawn, Letters, Picture, Rect
from tests.reports.charts_made import FIRST, aging, all_charts, attainment, failures, nights, restores


def made(chart: Chart) -> Drawn:
    found = drawn(chart)
    assert found is not None
    return found


def pictures(found: Drawn) -> list[Picture]:
    lines = [row.picture for group in found.groups for row in group.rows]
    axis = [found.axis] if found.axis else []
    return [*axis, *(panel.picture for panel in found.panels), *lines, *(entry.picture for entry in found.key)]


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("place", range(6))
def test_the_first_picture_says_the_finding_and_each_says_something(place: int) -> None:
    chart = all_charts("vault-a")[place]
    found = pictures(made(chart))
    assert chart.finding in found[0].says
    assert all(picture.says for picture in found)
    names = [picture.name for picture in found]
    assert len(set(names)) == len(names)


def test_where_nothing_is_drawn_the_finding_is_all() -> None:
    chart = all_charts("x")[-1]
    assert drawn(chart) is None
    assert "not judged" in chart.finding


@pytest.mark.parametrize("place", range(6))
def test_shapes_stay_in_their_picture_and_letters_are_ours(place: int) -> None:
    for picture in pictures(made(all_charts("خادم-1")[place])):
        for shape in picture.shapes:
            if isinstance(shape, Rect):
                assert -0.01 <= shape.x <= shape.x + shape.width <= picture.width + 0.01
                assert -0.01 <= shape.y <= shape.y + shape.height <= picture.height + 0.01
            if isinstance(shape, Letters):
                assert shape.text.isascii(), "letters of a picture are set one by one: no name stands in one"


@given(st.integers(1, 900), st.integers(0, 6))
def test_every_night_has_a_box_of_its_own(count: int, begin: int) -> None:
    first = FIRST + timedelta(days=begin)
    cells = tuple(NightCell(first + timedelta(days=day), NIGHT_STATES[day % 6]) for day in range(count))
    chart = Chart("C", "t", "f", NightCalendar(first, cells[-1].night, (NightPanel("v", cells),)))
    found = made(chart)
    assert found.axis is not None or found.panels
    boxes = [
        (picture.name, shape.x, shape.y)
        for picture in pictures(replace(found, key=(), axis=None))
        for shape in picture.shapes
        if isinstance(shape, Rect)
    ]
    assert len(boxes) == len(set(boxes)) == count


def test_weeks_run_to_the_right_and_begin_on_monday() -> None:
    (panel,) = made(nights(31, "v")).panels
    boxes = [shape for shape in panel.picture.shapes if isinstance(shape, Rect)]
    assert FIRST.weekday() == 2
    assert [boxes[place].x == boxes[0].x for place in (1, 4, 5)] == [True, True, False], (
        "Sunday 5 July ends the first week"
    )
    assert boxes[5].y == min(box.y for box in boxes), "Monday is the first line"


def test_what_nobody_knows_differs_from_zero_from_success_and_from_what_was_not_due() -> None:
    looks = {state: (calendar.FILLS[state], calendar.SIGNS[state]) for state in NIGHT_STATES}
    assert len(set(looks.values())) == len(looks)
    assert looks[NO_DATA][0] == shapes.HATCH
    assert looks[NONE_BEGAN] == (shapes.WHITE, "0")
    assert looks[NOT_DUE] == (shapes.PALE, "")
    in_grey = [look for look in looks.values() if look[0] != shapes.HATCH]
    assert len({sign for _, sign in in_grey if sign}) == 3, (
        "failed, warned and none began are told by signs of their own"
    )


def test_signs_are_read_on_every_fill() -> None:
    fills = {
        *shapes.PARTS,
        *(fill for fill in calendar.FILLS.values() if fill != shapes.HATCH),
        shapes.BLUE,
        shapes.PLUM,
    }
    assert {
        fill: contrast(shapes.ink_on(fill), fill) for fill in fills if contrast(shapes.ink_on(fill), fill) < 4.5
    } == {}
    outlined = [fill for fill in shapes.PARTS if shapes.box(0, 0, 1, 1, fill).outline]
    bare = [fill for fill in shapes.PARTS if fill not in outlined]
    assert all(contrast(fill, shapes.WHITE) >= 3 for fill in bare)
    assert contrast(shapes.GREY, shapes.WHITE) >= 3
    assert all(abs(luminance(one) - luminance(other)) > 0.1 for one, other in pairwise(shapes.PARTS)), (
        "told apart in grey"
    )


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any))
def test_every_part_that_is_not_zero_is_drawn(amounts: list[int]) -> None:
    parts = tuple(Part(f"code {place}", CODE, "ABCDEFGHI"[place]) for place in range(len(amounts)))
    bars = StackedBars(parts, (StackedPanel("VM", (StackedBar("v", tuple(amounts)),)),))
    (group,) = made(Chart("C", "t", "f", bars)).groups
    (row,) = group.rows
    assert sum(isinstance(shape, Rect) for shape in row.picture.shapes) == sum(amount > 0 for amount in amounts)
    assert row.amount == f"{sum(amounts):,}"
    for place, amount in enumerate(amounts):
        assert (f"{amount:,} code {place}" in row.picture.says) is (amount > 0)


def test_a_failure_without_a_code_is_hatched_and_others_are_white() -> None:
    found = made(failures())
    fills = [shape.fill for shape in found.groups[0].rows[0].picture.shapes if isinstance(shape, Rect)]
    assert fills[0] == shapes.PLUM
    assert shapes.HATCH in fills
    assert shapes.WHITE in fills
    assert [entry.words for entry in found.key] == ["UserError rsv-prod", "2 other codes", "no code sent"]


def test_dots_tell_met_from_missed_and_no_time_has_none() -> None:
    lost, slow, quick = made(restores()).groups[0].rows

    def dots(picture: Picture) -> list[Dot]:
        return [shape for shape in picture.shapes if isinstance(shape, Dot)]

    assert dots(lost.picture) == []
    assert lost.amount == "Failed: no time to compare"
    assert [dot.fill for dot in dots(slow.picture)] == [shapes.WHITE]
    assert [dot.fill for dot in dots(quick.picture)] == [shapes.BLUE]
    assert (slow.amount, quick.amount) == ("610.5 min of 4 h", "38.2 min of 4 h")
    signs = [[shape.text for shape in row.picture.shapes if isinstance(shape, Letters)] for row in (lost, slow, quick)]
    assert signs == [["?"], ["!"], []]


def test_shares_are_never_rounded_up() -> None:
    first, second = made(attainment()).groups[0].rows
    assert first.amount == "1,199 / 1,200 = 99.9%"
    assert second.amount == "5 / 10 = 50.0%"
    assert share(99_999, 100_000) == "99.9%"
    assert share(5, 5) == "100.0%"


def test_what_could_not_be_judged_is_hatched_and_not_among_the_met() -> None:
    _, second = made(attainment()).groups[0].rows
    boxes = [shape for shape in second.picture.shapes if isinstance(shape, Rect) and shape.height > 8]
    assert [box.fill for box in boxes] == [shapes.BLUE, shapes.HATCH]
    assert boxes[0].width == pytest.approx(boxes[1].width, abs=1)


def test_an_empty_span_of_ages_has_a_line_and_its_change_as_text() -> None:
    young, older = made(aging()).groups[0].rows
    assert (young.amount, older.amount) == ("5 (+2)", "0 (−2)")
    assert not any(isinstance(shape, Rect) for shape in older.picture.shapes)


def test_one_scale_for_all_lines_of_restores() -> None:
    chart = restores()
    assert isinstance(chart.drawing, RestoreTimes)
    alone = replace(chart, drawing=RestoreTimes(chart.drawing.rows[-1:]))
    together, single = made(chart).groups[0].rows[-1], made(alone).groups[0].rows[-1]
    assert together.picture != single.picture, "the axis follows what it must hold"

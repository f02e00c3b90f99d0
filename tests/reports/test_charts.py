"""The calendar: every night has one cell, and the sentence says what the colours say."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from evidence.packs.interface import NightMark
from reports.charts import STRIP_NIGHTS, WORDS, blocks, finding


def marks(first: date, states: list[str]) -> list[NightMark]:
    return [NightMark(first + timedelta(days=number), state, "") for number, state in enumerate(states)]


def test_one_night_needs_no_picture() -> None:
    assert blocks(marks(date(2026, 11, 21), ["good"])) == ()


def test_few_nights_stand_in_one_row() -> None:
    (strip,) = blocks(marks(date(2026, 11, 21), ["good"] * STRIP_NIGHTS))
    assert (strip.columns, strip.rows, strip.strip) == (STRIP_NIGHTS, 1, True)


def test_many_nights_are_months_of_weeks_from_monday() -> None:
    july, august = blocks(marks(date(2026, 7, 1), ["good"] * 40))
    assert (july.title, august.title) == ("July 2026", "August 2026")
    first = july.cells[0]
    assert (first.column, first.row) == (2, 0), "2026-07-01 is a Wednesday"
    assert [(c.column, c.row) for c in august.cells[:3]] == [(5, 0), (6, 0), (0, 1)]


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.lists(st.sampled_from(sorted(WORDS)), min_size=2, max_size=400),
)
def test_each_night_has_a_cell_of_its_own(first: date, states: list[str]) -> None:
    nights = marks(first, states)
    made = blocks(nights[::-1])
    assert [cell.mark for block in made for cell in block.cells] == nights
    for block in made:
        places = {(cell.column, cell.row) for cell in block.cells}
        assert len(places) == len(block.cells)
        assert all(column < block.columns and row < block.rows for column, row in places)


def test_the_finding_counts_and_names_what_is_not_good() -> None:
    said = finding(marks(date(2026, 11, 20), ["good", "failed", "no_data", "warning", "good"]))
    assert said == (
        "Nights: 2 of 5 good, 1 of 5 with warnings, 1 of 5 failed, 1 of 5 no data."
        " 2026-11-21 failed; 2026-11-22 no data; 2026-11-23 with warnings."
    )
    assert finding(marks(date(2026, 11, 20), ["good"])) == "Nights: 1 of 1 good."

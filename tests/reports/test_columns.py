"""Widths of columns: as asked, but numbers and headings stay whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evidence.packs.interface import ReportColumn
from reports.columns import widths
from tests.reports.reports_made import table


def percents(*columns: ReportColumn, row: tuple[str, ...]) -> list[float]:
    return [float(width.removesuffix("%")) for width in widths(table(rows=(row,), columns=columns))]


def test_shares_are_kept_where_all_fits() -> None:
    assert percents(ReportColumn("A", 1), ReportColumn("B", 3), row=("", "")) == [25.0, 75.0]


def test_a_number_is_not_broken_by_a_small_share() -> None:
    number, name = percents(ReportColumn("n", 1, align_right=True), ReportColumn("Name", 99), row=("1,234,567", "x"))
    assert number > 8
    assert abs(number + name - 100) < 0.01


def test_a_heading_is_not_broken_by_a_small_share() -> None:
    heading, _ = percents(ReportColumn("Recommendation", 1), ReportColumn("Name", 99), row=("", ""))
    assert heading > 14


def test_a_time_stays_on_one_line_where_others_can_give() -> None:
    time, name = percents(ReportColumn("At", 15), ReportColumn("Name", 85), row=("2026-11-21 22:04:00Z", "x" * 200))
    assert time > 100 * 20 * 1.7 / 172
    assert name > 75


def test_columns_of_sentences_keep_what_was_asked_for_them() -> None:
    columns = [ReportColumn("Id", 10, mono=True), *(ReportColumn(f"C{number}", 15) for number in range(6))]
    made = percents(*columns, row=("0f3c2a1b-1c2d-4e5f-8a9b-000000000000", *["x" * 100] * 6))
    assert made == [10.0, *[15.0] * 6]


def test_a_column_below_another_takes_no_room_of_its_own() -> None:
    columns = (ReportColumn("A", 1), ReportColumn("B", 1, below=True), ReportColumn("C", 1))
    assert percents(*columns, row=("", "", "")) == [50.0, 50.0]


def test_a_word_is_not_broken_by_a_small_share() -> None:
    word, _ = percents(
        ReportColumn("S", 1), ReportColumn("Name", 99), row=("CompletedOnce and for all of these", "x" * 99)
    )
    assert word > 100 * len("Completed") * 1.5 / 172


@given(st.lists(st.tuples(st.text("Wm ", max_size=60), st.integers(1, 1000), st.booleans()), min_size=1, max_size=30))
def test_widths_fill_the_table_whatever_is_asked(asked: list[tuple[str, int, bool]]) -> None:
    columns = [ReportColumn(title, share, right) for title, share, right in asked]
    made = percents(*columns, row=tuple("9" * (share % 40) for _, share, _ in asked))
    assert all(width > 0 for width in made)
    assert abs(sum(made) - 100) < 0.1

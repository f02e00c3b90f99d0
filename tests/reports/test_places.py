"""Where chapters and cells stand: in their place of the report, under the cell they belong to, or in two columns."""

from __future__ import annotations

from dataclasses import replace

from evidence.packs.interface import APPENDIX, FRONT, Section
from reports.html import FEW_ROWS, report_html
from tests.reports.charts_made import report_of, restores
from tests.reports.reports_made import STACKED_COLUMNS, job_rows, report, table

LONG = Section("l", "Long", tables=(table(job_rows(13)),))
SHORT = Section("s", "Short", tables=(table(),))


def test_the_places_of_a_report_are_kept_in_order() -> None:
    made = report_of(restores())
    (chapter,) = made.sections
    front, last = replace(SHORT, place=FRONT), replace(LONG, anchor="z", title="Last", place=APPENDIX)
    last = replace(last, tables=(table(anchor="other"),))
    html = report_html(replace(made, sections=(last, chapter, front)))
    places = [html.index(f'id="s-{anchor}"') for anchor in ("s", chapter.anchor, "z")]
    assert places == sorted(places)
    assert html.index('id="at-a-glance"') < places[0] < html.index('class="contents"')
    assert html.index('id="how-to-verify"') < places[2]


def test_cells_that_name_a_chapter_lead_to_its_page() -> None:
    pages = replace(table().columns[0], pages=True)
    rows = (("jobs", "a", "1", "x"), ("nowhere", "b", "2", "y"))
    html = report_html(report(table(rows, columns=(pages, *table().columns[1:]))))
    assert '<a class="page" href="#s-jobs"></a>' in html
    assert "<td>nowhere</td>" in html


def test_a_cell_below_another_stands_in_its_cell_and_under_its_heading() -> None:
    html = report_html(report(table(job_rows(1), columns=STACKED_COLUMNS)))
    assert '<th scope="col">Item<br>Job</th>' in html
    assert '<td><div class="">vm' in html
    assert '<div class="below mono">0f3c2a1b' in html
    assert html.count('<col style="width') >= len(STACKED_COLUMNS) - 1


def test_listed_tables_stand_in_two_columns_after_the_others() -> None:
    html = report_html(report(table(listed=True), table(anchor="plain")))
    assert html.index('id="t-plain"') < html.index('class="two-columns"') < html.index('id="t-failed-jobs"')
    assert "<em>" in html


def test_only_tables_of_few_rows_are_kept_on_one_page() -> None:
    few, many = (report_html(report(table(job_rows(number)))) for number in (FEW_ROWS, FEW_ROWS + 1))
    assert 'class="rows few"' in few
    assert 'class="rows few"' not in many

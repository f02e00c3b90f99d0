"""Which chapters are landscape: no page is turned for a few rows or for a sentence that says none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.packs.interface import APPENDIX, FRONT, Section
from reports.html import ROWS_ON_WIDE, report_html, wide_sections
from tests.reports.charts_made import attainment, report_of, restores
from tests.reports.reports_made import job_rows, report, table

WIDE = Section("w", "Wide", tables=(table(wide=True),))
MIXED = Section("m", "Mixed", tables=(table(), table(wide=True)))
LONG = Section("l", "Long", tables=(table(job_rows(ROWS_ON_WIDE + 1)),))
SHORT = Section("s", "Short", tables=(table(),))
EMPTY = Section("e", "Empty", ("None.",), tables=(table((), wide=True),))
DRAWN = Section("d", "Drawn", chart=restores())
IN_WORDS = Section("i", "In words", chart=replace(attainment(), drawing=None))


@pytest.mark.parametrize(
    ("sections", "turned"),
    [
        ([WIDE, LONG, WIDE], [True, False, True]),
        ([WIDE, SHORT, WIDE], [True, True, True]),
        ([WIDE, SHORT, LONG], [True, False, False]),
        ([SHORT, WIDE], [False, True]),
        ([WIDE, EMPTY, WIDE], [True, True, True]),
        ([WIDE, EMPTY, LONG], [True, False, False]),
        ([WIDE, EMPTY, IN_WORDS], [True, True, True]),
        ([LONG, EMPTY, EMPTY, WIDE], [False, True, True, True]),
        ([EMPTY], [False]),
        ([WIDE, DRAWN, WIDE], [True, False, True]),
        ([WIDE, IN_WORDS, WIDE], [True, True, True]),
        ([MIXED], [True]),
    ],
)
def test_a_chapter_is_turned_only_where_that_pays(sections: list[Section], turned: list[bool]) -> None:
    assert wide_sections(sections) == turned


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

"""Charts as they stand in the document: SVG with words for those who do not see it, names as text, equal bytes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from evidence.packs.charts.values import (
    NightCalendar,
    NightCell,
    NightPanel,
    Part,
    RestoreTime,
    RestoreTimes,
    StackedBars,
)
from evidence.packs.interface import Report
from reports.check import refuse_malformed
from reports.errors import RenderError
from reports.html import points, report_html
from reports.printable import printable
from tests.reports.charts_made import FIRST, all_charts, attainment, failures, nights, report_of, restores
from tests.reports.test_html import HOSTILE, tags

SVG = "{http://www.w3.org/2000/svg}"


def pictures(made: Report) -> list[ET.Element]:
    found = re.findall(r"<svg.*?</svg>", report_html(made), re.DOTALL)
    return [ET.fromstring(one) for one in found]  # noqa: S314  # our own SVG, and a bomb in it would be our bug


def test_each_picture_has_words_and_the_finding_is_told_twice() -> None:
    for chart in all_charts("vault-a"):
        found = pictures(report_of(chart))
        titles = [one.findtext(f"{SVG}title") for one in found]
        assert all(titles)
        assert titles == [one.findtext(f"{SVG}desc") for one in found]
        assert not found or chart.finding in str(titles[0])
        html = report_html(report_of(chart))
        assert f'<p class="finding">{chart.finding}</p>' in html
        assert chart.source in html


@pytest.mark.parametrize("name", [*HOSTILE, "x' onload='y", "\u202egnp.exe", "</svg><script>"])
def test_a_hostile_name_stays_text_in_every_chart(name: str) -> None:
    html = report_html(report_of(*all_charts(name)))
    assert tags(html) == tags(report_html(report_of(*all_charts("x"))))
    assert "\u202e" not in html
    for picture in pictures(report_of(*all_charts(name))):
        assert {one.tag.removeprefix(SVG) for one in picture.iter()} <= {
            "svg", "title", "desc", "defs", "pattern", "rect", "line", "circle", "text",
        }  # fmt: skip
    assert any(printable(name) in str(one.findtext(f"{SVG}title")) for one in pictures(report_of(*all_charts(name))))


def test_equal_charts_give_equal_text() -> None:
    assert report_html(report_of(*all_charts("v"))) == report_html(report_of(*all_charts("v")))


def test_pictures_ask_for_nothing_and_name_their_own_patterns_only() -> None:
    html = report_html(report_of(*all_charts("v")))
    assert not re.search(r"\b(?:href|src)=\"(?!#)", "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL)))
    for picture in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        asked, there = (
            set(re.findall(r"url\(#([\w-]+)\)", picture)),
            set(re.findall(r'<pattern id="([\w-]+)"', picture)),
        )
        assert asked == there
    patterns = re.findall(r'<pattern id="([\w-]+)"', html)
    assert len(set(patterns)) == len(patterns)


def test_names_stand_beside_the_pictures_as_text_of_the_page() -> None:
    html = report_html(report_of(failures("خادم")))
    assert '<th scope="row">خادم</th>' in html
    assert '<th scope="rowgroup" colspan="2">VM خادم</th>' in html
    assert not any(
        "خادم" in str(text.text) for one in pictures(report_of(failures("خادم"))) for text in one.iter(f"{SVG}text")
    )


@pytest.mark.parametrize(
    ("length", "said"), [(12.0, "12"), (0.0, "0"), (1.005, "1"), (10.126, "10.13"), (100, "100"), (0.5, "0.5")]
)
def test_lengths_have_no_digit_too_many(length: float, said: str) -> None:
    assert points(length) == said


_BAD_NIGHT = NightPanel("v", (NightCell(FIRST, "fine"),))
_STACKED = failures().drawing
assert isinstance(_STACKED, StackedBars)
CONTRADICTIONS = [
    (replace(failures(), finding=" "), "says nothing in words"),
    (replace(failures(), rows=(("a",),)), "row 1 has 1 cells"),
    (replace(failures(), rows=(("a", "1"),)), "3 parts and 1 rows"),
    (replace(failures(), drawing=StackedBars(_STACKED.parts[:1], _STACKED.panels)), "has 1 parts"),
    (
        replace(failures(), drawing=StackedBars((*_STACKED.parts[:2], Part("x", "odd", "x")), _STACKED.panels)),
        "kind 'odd'",
    ),
    (replace(failures(), drawing=StackedBars(_STACKED.parts, ())), "bars of nothing"),
    (replace(nights(3, "v"), drawing=NightCalendar(FIRST, FIRST, (_BAD_NIGHT,))), "unknown state 'fine'"),
    (replace(nights(3, "v"), drawing=NightCalendar(FIRST, FIRST, (NightPanel("v", ()),))), "no night of v"),
    (replace(nights(3, "v"), drawing=NightCalendar(FIRST, FIRST, ())), "no panel"),
    (
        replace(nights(3, "v"), drawing=NightCalendar(FIRST, FIRST, (NightPanel("v", _BAD_NIGHT.cells * 2),))),
        "twice, out of order",
    ),
    (replace(restores(), drawing=RestoreTimes((RestoreTime("v", "", 3.0, 0, ""),))), "no target"),
    (replace(restores(), drawing=RestoreTimes(())), "no line"),
]


@pytest.mark.parametrize(("chart", "said"), CONTRADICTIONS, ids=[said for _, said in CONTRADICTIONS])
def test_a_chart_that_contradicts_itself_is_refused(chart: object, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        refuse_malformed(report_of(chart))  # type: ignore[arg-type]  # one of each kind
    assert said in caught.value.cause


def test_two_charts_of_one_anchor_are_refused() -> None:
    with pytest.raises(RenderError) as caught:
        refuse_malformed(report_of(attainment(), attainment()))
    assert "chart C-02 is there 2 times" in caught.value.cause


def test_sound_charts_pass() -> None:
    refuse_malformed(report_of(*all_charts("v")))

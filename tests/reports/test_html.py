"""Values stay values: whatever they hold, they are neither markup nor style nor address."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.packs.interface import Report
from reports.html import report_html
from reports.printable import anchor
from tests.reports.reports_made import report, report_of_nights, table

HOSTILE = [
    "</style></title></script><script>alert(1)</script>",
    "{{ 7 * 7 }}{% for x in y %}{# #}",
    "<img src=file:///etc/passwd>",
    '" onload="x" href="javascript:x',
    "<link rel=attachment href=file:///etc/passwd>",
    "' <a href=http://127.0.0.1/>",
    "&lt;img src=x&gt; &#60;b&#62;",
    "]]><!--",
    "\\22 } * { background: url(file:///etc/passwd) }",
]
MACHINE = {"tone", "state", "time_zone", "anchor", "place"}
"""Fields that hold words of a closed list, or names; all others are free text."""


class Tags(HTMLParser):
    """Collects elements with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def tags(html: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


def poisoned(value: Any, text: str) -> Any:
    """The same value with the text put after every free text in it."""
    if isinstance(value, tuple):
        return tuple(poisoned(one, text) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: poisoned(getattr(value, f.name), text) for f in fields(value) if f.name not in MACHINE}
        return replace(value, **changed)
    return value + text if type(value) is str else value


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values_add_no_element_and_no_attribute(text: str) -> None:
    clean: Report = report()
    assert tags(report_html(poisoned(clean, text))) == tags(report_html(poisoned(clean, "x")))


@given(st.text(min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_no_value_adds_an_element(text: str) -> None:
    clean: Report = report()
    assert tags(report_html(poisoned(clean, text))) == tags(report_html(poisoned(clean, "x")))


def test_templates_are_not_run_on_values() -> None:
    html = report_html(replace(report(), title="{{ 7 * 7 }}"))
    assert "{{ 7 * 7 }}" in html
    assert "49" not in html


def test_anchors_are_names_fit_for_links() -> None:
    assert anchor('a" onload="x') == "a--onload--x"
    assert anchor("F-01") == "F-01"


def test_every_link_has_its_target() -> None:
    html = report_html(report(table(anchor="a b"), table(anchor="c")))
    targets = set(_values(html, "id"))
    links = {value.removeprefix("#") for value in _values(html, "href")}
    assert links
    assert links <= targets


def test_pictures_say_in_words_what_they_show() -> None:
    html = report_html(report_of_nights(("good", "failed", "no_data")))
    assert "<title>2026-11-19 to 2026-11-21. Nights: 1 of 3 good, 1 of 3 failed, 1 of 3 no data." in html
    assert html.count("<desc>") == 1


def _values(html: str, name: str) -> list[str]:
    class Values(HTMLParser):
        found: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found += [value or "" for key, value in attrs if key == name]

    parser = Values()
    parser.found = []
    parser.feed(html)
    return parser.found

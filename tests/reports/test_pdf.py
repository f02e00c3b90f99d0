"""The PDF as poppler reads it: whole, tagged, in our fonts only, and the same bytes for the same report."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO

import pytest

from evidence.packs.interface import DEVELOPMENT, NOT_CONFIRMED, Fact, Report, ReportColumn
from evidence.records import Completeness
from reports.errors import RenderError
from reports.html import report_html
from reports.renderer import ReportRenderer
from reports.worker import MADE, read_frame, shared_worker, write_frame
from tests.paths import ROOT
from tests.reports import poppler
from tests.reports.reports_made import SHA256, STACKED_COLUMNS, job_rows, report, report_of_nights, table
from tests.reports.test_html import HOSTILE, poisoned

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")

SCRIPTS = [
    "Österreich-Büro",
    "Ελληνικά",
    "Сервер",
    "サーバー東京",
    "北京财务數據庫",
    "서울데이터베이스",
    "საქართველო",
    "Հայաստան",
    "ዳታቤዝ",
    "ລາວ",
    "ไทย",
]
RIGHT_TO_LEFT = ["خادم", "שרת"]


def rendered(made: Report) -> bytes:
    return ReportRenderer().pdf(made)


@pytest.fixture(scope="module")
def night() -> bytes:
    return rendered(report(table(job_rows(3), total=1234)))


def test_the_cover_says_what_must_be_said(night: bytes) -> None:
    cover = " ".join(poppler.pages(night)[0].split())
    expected = [
        "Contoso",
        "Night of 2026-11-21",
        "night pack",
        "COMPLETENESS COMPLETE WITH GAPS",
        "Vaults read 5 of 6",
        "rsv-legal: recovery points not reached: HTTP 403.",
        NOT_CONFIRMED,
        "[2026-11-21T05:00:00Z, 2026-11-22T05:00:00Z)",
        "[2026-11-21 06:00+01:00, 2026-11-22 06:00+01:00)",
        "All vaults of 2 subscriptions.",
        "all-night-internal-2026-11-21-r0001",
        "Revision 1; supersedes nothing",
        "2027-12-31",
        "the end of the audit year that holds the night",
        "NOT TIME-STAMPED: the authority did not answer.",
        "Information produced by the entity. Not an auditor's opinion.",
    ]
    assert [words for words in expected if words not in cover] == []
    places = [cover.index(words) for words in expected]
    assert places == sorted(places)


def test_chapters_come_in_order(night: bytes) -> None:
    text = poppler.words(night)
    order = [
        "At a glance",
        "[F-01]",
        "Contents",
        "Failed jobs",
        "vm-000",
        "vm-002",
        "Code version",
        "sha256sum --strict",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_every_figure_prints_its_count_and_denominator(night: bytes) -> None:
    text = poppler.words(night)
    for figure in report().figures:
        assert f"[{figure.anchor}] {figure.label}" in text
        assert (f"{figure.count:,} of {figure.denominator:,}" if figure.denominator else f"{figure.count:,}") in text
    assert "0 of 2" in text


def test_what_is_not_printed_is_counted_and_found(night: bytes) -> None:
    text = poppler.words(night)
    assert f"First 3 of 1,234 rows; the whole is in data/jobs.csv, SHA-256 {SHA256}." in text


def test_a_whole_table_and_an_empty_one_say_so() -> None:
    text = poppler.words(rendered(report(table(), table((), anchor="none"))))
    assert f"All 3 rows; also in data/jobs.csv, SHA-256 {SHA256}." in text
    assert "No job failed in this night." in text


def test_it_says_that_it_is_tagged_archival_pdf(night: bytes) -> None:
    info = poppler.info(night)
    assert info["Tagged"] == "yes"
    assert info["PDF version"] == "1.7"
    assert info["Title"] == "Night of 2026-11-21 – Contoso"
    assert info["CreationDate"] == info["ModDate"]
    assert info["JavaScript"] == info["Encrypted"] == "no"
    metadata = poppler.metadata(night)
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert "2026-11-22T05:12:09Z" in metadata


def test_tables_and_pictures_are_tagged_for_readers_who_listen() -> None:
    structure = poppler.structure(rendered(report_of_nights(("good", "failed", "no_data"))))
    for tag in ("H1", "H2", "Table", "Caption", "THead", "TH <", "/Headers", "Figure", "L", "LBody", "Link"):
        assert re.search(rf"^\s*{tag}", structure, re.MULTILINE), tag


def test_only_shipped_fonts_are_embedded_and_only_what_is_used(night: bytes) -> None:
    found = poppler.fonts(night)
    assert found
    for name, *_, embedded, subset, to_unicode, _, _ in found:
        assert re.fullmatch(r"[A-Z]{6}\+Evidence-(Sans|Sans-Bold|Sans-Oblique|Mono)", name)
        assert (embedded, subset, to_unicode) == ("yes", "yes", "yes")


def test_names_in_every_script_print_right() -> None:
    columns = (ReportColumn("Name", 50), ReportColumn("Same in mono", 50, mono=True))
    names = [*SCRIPTS, *RIGHT_TO_LEFT]
    made = rendered(report(table(tuple((name, name) for name in names), columns=columns)))
    text = poppler.text(made)
    assert [name for name in SCRIPTS if text.count(name) < 2] == []
    letters = set(text)
    assert [name for name in RIGHT_TO_LEFT if not set(name) <= letters] == []
    assert all("Evidence-" in font[0] for font in poppler.fonts(made))


def test_ids_can_be_copied_whole_however_they_are_broken() -> None:
    job, vault = "6ec9d286-1c2d-4e5f-8a9b-c3249b810e76", "rsv-prod-weu-01-with-a-name-longer-than-its-column"
    columns = (ReportColumn("Job", 12, mono=True), ReportColumn("Vault", 14), ReportColumn("Rest", 74))
    text = poppler.text(rendered(report(table(((job, vault, ""),), columns=columns))))
    assert job not in text, "it is broken over lines"
    assert job in re.sub(r"\s", "", text)
    assert vault in re.sub(r"\s", "", text)


def test_a_development_report_says_so_on_every_page() -> None:
    pages = poppler.pages(rendered(replace(report(table(job_rows(150))), development=True)))
    assert len(pages) >= 4
    assert all(DEVELOPMENT in page for page in pages)


def test_every_page_carries_the_pack_and_its_number(night: bytes) -> None:
    pages = poppler.pages(night)
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert report().pack_id in page


def test_cells_below_others_and_listed_rows_are_printed_whole() -> None:
    rows = job_rows(40)
    text = re.sub(r"\s", "", poppler.text(rendered(report(table(rows, columns=STACKED_COLUMNS)))))
    listed = re.sub(r"\s", "", poppler.text(rendered(report(table(rows, listed=True)))))
    cells = [re.sub(r"\s", "", cell) for row in rows for cell in row]
    assert [cell for cell in cells if cell not in text or cell not in listed] == []


def test_many_gaps_are_listed_whole_after_the_cover() -> None:
    gaps = tuple(f"rsv-{number:02}: jobs not reached." for number in range(20))
    pages = poppler.pages(rendered(replace(report(), completeness=Completeness.INCOMPLETE, gaps=gaps)))
    assert "20 gaps are listed under All gaps, page 2" in " ".join(pages[0].split())
    assert all(gap in pages[1] for gap in gaps)


def test_a_row_higher_than_a_page_is_printed_whole() -> None:
    message = " ".join(f"word{number}" for number in range(1500))
    text = poppler.words(rendered(report(table((("vm", "id", "1", message),)))))
    assert all(f"word{number}" in text for number in range(0, 1500, 50))


def test_hostile_values_are_printed_as_they_are() -> None:
    made: Report = replace(report(), provenance=tuple(Fact(f"Fact {n}", text) for n, text in enumerate(HOSTILE)))
    text = re.sub(r"\s", "", poppler.text(rendered(made)))
    assert [value for value in HOSTILE if re.sub(r"\s", "", value) not in text] == []
    everywhere: Report = poisoned(report(), HOSTILE[0])
    assert b"EmbeddedFile" not in rendered(everywhere)


@pytest.mark.parametrize(
    "markup",
    [
        "<img alt=x src=file:///etc/passwd>",
        "<img alt=x src=http://127.0.0.1:9/x.png>",
        "<img alt=x src='data:image/png;base64,AAAA'>",
        "<img alt=x src=evidence-font:../../secret>",
        "<link rel=attachment href=file:///etc/passwd>",
        "<link rel=stylesheet href=file:///etc/passwd>",
        "<p style='background: url(file:///etc/passwd)'>x</p>",
        "<style>@import url(http://127.0.0.1:9/)</style>",
        "<style>@font-face { font-family: x; src: url(file:///etc/passwd) }</style>",
    ],
)
def test_even_markup_could_fetch_nothing(markup: str) -> None:
    with pytest.raises(RenderError) as caught:
        shared_worker().pdf(f"<!DOCTYPE html><html lang=en><head><title>x</title></head><body>{markup}</body></html>")
    assert "not ours" in caught.value.cause


def test_a_missing_glyph_is_an_error_and_no_box() -> None:
    html = report_html(report()).replace("Contoso", "Contoso \U0001f642")
    with pytest.raises(RenderError, match="laid out") as caught:
        shared_worker().pdf(html)
    assert "U+1F642" in caught.value.cause


def test_equal_reports_give_equal_bytes_and_different_ones_do_not(night: bytes) -> None:
    again = report(table(job_rows(3), total=1234))
    assert rendered(again) == night
    assert rendered(replace(again, scope="eu")) != night


@pytest.mark.slow
def test_bytes_do_not_depend_on_process_zone_or_hash_seed() -> None:
    html = report_html(report_of_nights(("good", "failed", "no_data")))
    here = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "C"}
    there = {"PYTHONHASHSEED": "77", "TZ": "America/New_York", "LANG": "C.UTF-8"}
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(partial(in_a_process_of_its_own, html), (here, there))
    assert first == second == shared_worker().pdf(html)


def in_a_process_of_its_own(html: str, changed: Mapping[str, str]) -> bytes:
    message = BytesIO()
    write_frame(message, 0, html.encode())
    fontconfig = str(ROOT / "reports" / "fonts" / "fonts.conf")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FONTCONFIG_FILE": fontconfig, **changed}
    command = [sys.executable, "-W", "ignore", "-m", "reports.pdf"]
    done = subprocess.run(
        command, input=message.getvalue(), env=environment, capture_output=True, check=True, timeout=60
    )
    outcome, pdf = read_frame(BytesIO(done.stdout))
    assert outcome == MADE
    return pdf

"""The PDF as tools that are not ours judge it: sound for qpdf, every font embedded for pdffonts, whatever the names are."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.packs.interface import Fact, Report
from reports.html import report_html
from reports.renderer import ReportRenderer
from tests.reports import poppler
from tests.reports.charts_made import all_charts, failures, report_of, restores
from tests.reports.reports_made import STACKED_COLUMNS, job_rows, report, table
from tests.reports.test_html import HOSTILE

NAMES = "Österreich Ελληνικά Сервер 東京 서울 خادم שרת เซิร์ฟเวอร์ 😀 👩‍👩‍👧"


def reports() -> dict[str, Report]:
    hostile = replace(report(), provenance=tuple(Fact(text, text) for text in HOSTILE))
    return {
        "night": replace(
            report(table(job_rows(5), total=1234), table(anchor="below", columns=STACKED_COLUMNS)), development=True
        ),
        "charts": report_of(*all_charts(NAMES)),
        "hostile": hostile,
    }


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {name: ReportRenderer().pdf(one) for name, one in reports().items()}


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_fault(made: dict[str, bytes], tmp_path: Path) -> None:
    for name, pdf in made.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(pdf)
        done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "No syntax or stream encoding errors found" in done.stdout
        path.write_bytes(pdf.replace(b"endstream", b"endstraem", 1))
        bad = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False, timeout=60)
        assert bad.returncode != 0, "it finds a fault where there is one"


@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="poppler-utils is not installed")
def test_every_font_is_embedded_and_can_be_read_back(made: dict[str, bytes]) -> None:
    for name, pdf in made.items():
        found = poppler.fonts(pdf)
        assert found, name
        assert [font[0] for font in found if font[-5:-2] != ["yes", "yes", "yes"]] == [], name
        assert all("Evidence-" in font[0] for font in found), name


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_names_of_charts_are_text_in_every_script(made: dict[str, bytes]) -> None:
    text = poppler.words(made["charts"])
    for name in ("Österreich", "Ελληνικά", "Сервер", "東京", "서울", "⟨U+1F600⟩"):
        assert text.count(name) >= 5, name
    assert set("خادمשרת") <= set(text)


def test_every_picture_has_words_for_those_who_do_not_see_it(made: dict[str, bytes]) -> None:
    packed = re.findall(rb"/ObjStm.*?stream\r?\n(.*?)\r?\nendstream", made["charts"], re.DOTALL)
    tags = b"".join(map(zlib.decompress, packed))
    pictures = report_html(reports()["charts"]).count("<svg")
    assert (tags.count(b"/S /Figure"), tags.count(b"/Alt ")) == (pictures, pictures)
    for chart in (failures(), restores()):
        assert b"/Alt (" + chart.finding.encode() + b")" in tags, chart.anchor

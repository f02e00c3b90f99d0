"""veraPDF's verdict on reports, unsigned and signed: the reference for PDF/A (ISO 19005-3, level A)."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.packs.interface import Fact
from evidence.seals.development import create_development_keys
from evidence.seals.pem import load_pem_signer
from reports.renderer import ReportRenderer
from tests.paths import ROOT
from tests.reports.charts_made import all_charts, report_of
from tests.reports.reports_made import STACKED_COLUMNS, job_rows, report, report_of_nights, table
from tests.reports.test_html import HOSTILE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed, which veraPDF needs"),
]
UNAVAILABLE = 69


def verdict(*paths: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [ROOT / "tools" / "verapdf.sh", *paths], capture_output=True, text=True, check=False, timeout=500
    )
    if done.returncode == UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    return done


def signed(pdf: bytes, folder: Path) -> bytes:
    at = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
    keys = create_development_keys(folder / "store", "Contoso", at - timedelta(days=1), at + timedelta(days=820))
    return load_pem_signer(keys.key, keys.certificate).sign_pdf(pdf, at, None)


def test_reports_are_archival_before_and_after_signing(tmp_path: Path) -> None:
    many = report(
        table(job_rows(100), total=1234),
        table(job_rows(3), anchor="below", columns=STACKED_COLUMNS),
        table(job_rows(90), anchor="listed", listed=True),
    )
    reports = {
        "night": replace(many, development=True),
        "charts": report_of(*all_charts("東京 خادم <b>")),
        "audit": report_of_nights(("good", "warning", "failed", "no_data") * 10),
        "hostile": replace(report(), provenance=tuple(Fact(text, text) for text in (*HOSTILE, "東京 서울 خادم שרת"))),
    }
    for name, made in reports.items():
        (tmp_path / f"{name}.pdf").write_bytes(ReportRenderer().pdf(made))
    (tmp_path / "signed.pdf").write_bytes(signed((tmp_path / "night.pdf").read_bytes(), tmp_path))
    done = verdict(*sorted(tmp_path.glob("*.pdf")))
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASS") == 5


def test_what_is_no_archival_pdf_fails(tmp_path: Path) -> None:
    plain = tmp_path / "plain.pdf"
    header, mark, rest = ReportRenderer().pdf(report()).split(b"\n", 2)
    plain.write_bytes(b"\n".join((header, b"%" + b"a" * (len(mark) - 1), rest)))
    done = verdict(plain)
    assert done.returncode == 1
    assert "FAIL" in done.stdout

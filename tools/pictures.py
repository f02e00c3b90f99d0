"""Makes the README's pictures from a finished demo: two pages of the audit report and Dagster's lineage.

Needs poppler-utils and Chromium; run by hand after `make demo` when a picture has changed: .venv/bin/python tools/pictures.py
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
PICTURES = ROOT / "docs" / "pictures"
CHART = "Nights by vault"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
]


def main() -> int:
    """Write the pictures; 1 where the demo or Chromium is missing."""
    reports = sorted((DEMO / "store" / "packs" / "all" / "audit").rglob("report.pdf"))
    browser = shutil.which("chromium")
    if not reports or browser is None:
        sys.stderr.write("Run `make demo` first, and install Chromium.\n")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    report_pictures(reports[-1])
    _lineage(browser, PICTURES / "lineage.png")
    return 0


def report_pictures(report: Path) -> None:
    """The first page of a report, and the one that shows its nights by vault."""
    text = subprocess.run(["pdftotext", str(report), "-"], check=True, capture_output=True, text=True).stdout
    chart = next(number for number, page in enumerate(text.split("\f"), 1) if CHART in page)
    for name, page in (("report", 1), ("charts", chart)):
        words = ["-png", "-r", "72", "-f", str(page), "-l", str(page), "-singlefile", str(report), str(PICTURES / name)]
        subprocess.run(["pdftoppm", *words], check=True)


def _lineage(browser: str, target: Path) -> None:
    port = _free_port()
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(DEMO / "dagster"),
        "BACKUP_EVIDENCE_CONFIG": str(DEMO / "evidence.yaml"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    words = [
        str(ROOT / ".venv/bin/dagster-webserver"),
        "-w",
        "workspace.yaml",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "--read-only",
    ]
    server = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/server_info")
        with tempfile.TemporaryDirectory() as profile:
            page = f"http://127.0.0.1:{port}/asset-groups"
            shot = [
                f"--user-data-dir={profile}",
                "--window-size=1900,1340",
                "--virtual-time-budget=25000",
                f"--screenshot={target}",
            ]
            subprocess.run([browser, *FLAGS, *shot, page], check=True, stderr=subprocess.DEVNULL, timeout=120)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{url} does not answer.")


if __name__ == "__main__":
    sys.exit(main())

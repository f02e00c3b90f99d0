"""`make demo` as a person runs it: interrupted, continued, and once more, when the ledger knows that all is done."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.slow


def started(folder: Path) -> subprocess.Popen[str]:
    """The demonstration in a session of its own, as a terminal gives it one."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tools" / "demo.py"), "--folder", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell's background jobs ignore it, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads are running here
    )


def sealed(folder: Path) -> int:
    return len(list(folder.glob("store/packs/all/night/internal/*/*/*.zip")))


def still_serving(folder: Path) -> list[str]:
    """Command lines of processes that still work for a demonstration."""
    words = ["ps", "-eo", "args"]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if str(folder) in line]


def test_the_demonstration_can_be_interrupted_and_continued_and_is_short_the_second_time(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with started(folder) as process:
        while sealed(folder) < 2:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "it continues where it stopped" in said
    assert "Traceback" not in said
    assert not still_serving(folder)

    with started(folder) as process:
        said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert re.search(r"^  [23] of 10 are in the ledger already", said, re.MULTILINE), said
    assert "12 authentic" in said
    assert "12 agree" in said
    assert "22 drafted for 2027Q1" in said
    assert "INCOMPLETE as planned" in said
    entries = {path.name: path.read_bytes() for path in (folder / "store" / "ledger").iterdir()}

    with started(folder) as process:
        said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert "10 of 10 are in the ledger already" in said
    assert {path.name: path.read_bytes() for path in (folder / "store" / "ledger").iterdir()} == entries
    assert not still_serving(folder)

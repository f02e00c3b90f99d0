"""The same store and clock give the same files in any process, time zone, language and hash seed, up to signature and time stamp."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

SURROUNDINGS = (
    {"TZ": "UTC", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
    {"TZ": "Pacific/Apia", "PYTHONHASHSEED": "4242", "LC_ALL": "C", "PYTHONUTF8": "0", "SOURCE_DATE_EPOCH": "1"},
)


@pytest.mark.slow
def test_two_processes_in_other_surroundings_build_the_same_bytes(tmp_path: Path) -> None:
    first, second = (_built(one, tmp_path) for one in SURROUNDINGS)
    assert len(first) > 2 * 20
    assert {path for path in first | second if first.get(path) != second.get(path)} == set()


def _built(surroundings: dict[str, str], keys: Path) -> dict[str, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.packs.building", str(keys)],
        cwd=ROOT,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, str] = json.loads(ran.stdout)
    return found

"""Where tests find things that are not in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = Path(os.environ.get("EVIDENCE_RECORDINGS", ROOT.parent / "shared" / "data" / "azure-recordings"))

needs_recordings = pytest.mark.skipif(
    not (RECORDINGS / "manifest.json").is_file(),
    reason="the Azure recordings are not here (set EVIDENCE_RECORDINGS to their folder)",
)

JUDGES = Path(os.environ.get("EVIDENCE_JUDGES", ROOT / ".venv-judges")) / "bin"
"""Commands of the validators that have an environment of their own."""

needs_judges = pytest.mark.skipif(
    not (JUDGES / "trestle").is_file(),
    reason="the judges' environment is not here: `make judges` makes .venv-judges, as `make test-long` does",
)

"""Which code this is: the release, and the commit where it runs from a checkout.

Invariant: evidence names the code that made it; a checkout with changes says so.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


@cache
def code_version() -> str:
    """`0.1.0+g1a2b3c4d5e6f`, with `.changed` for a checkout that differs from its commit; the release alone elsewhere."""
    try:
        release = version("backup-evidence")
    except PackageNotFoundError:
        release = "0"
    commit = _git("rev-parse", "--short=12", "HEAD") if (_ROOT / ".git").exists() else None
    if commit is None:
        return release
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{release}+g{commit}{'.changed' if changed else ''}"


def _git(*words: str) -> str | None:
    # Within a hook of another repository the environment names that one.
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(_ROOT), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True, env=own)
    except (OSError, subprocess.SubprocessError):
        return None  # no git here, or no repository: the release alone names the code
    return done.stdout.strip()

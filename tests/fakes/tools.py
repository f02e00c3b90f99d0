"""Tools of others that some tests call; where one is absent, its tests are skipped and say so."""

from __future__ import annotations

import shutil

import pytest


def needs(*tools: str) -> pytest.MarkDecorator:
    """Skip a test where a tool is not installed."""
    missing = [one for one in tools if shutil.which(one) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed here: {', '.join(missing)}")

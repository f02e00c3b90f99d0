"""What holds for all tests: no deadlines, the same examples in every CI run, fewer of them in the quick suite, and no telemetry."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Examples are slow on a busy machine, and a CI run must not fail by chance: what chance finds belongs to the desk.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
QUICK_EXAMPLES = 40
"""Of each property in the quick suite, where a test asks for no number of its own; the long one tries hypothesis's hundred."""
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the examples before any test module is read: `-m "not slow"` is the quick suite."""
    settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")
    if config.getoption("markexpr") == "not slow":
        settings.register_profile("quick", settings(), max_examples=QUICK_EXAMPLES)
        settings.load_profile("quick")

"""What holds for all tests: no deadlines, the same examples in every CI run, and no telemetry."""

from __future__ import annotations

import os

from hypothesis import settings

# Examples are slow on a busy machine, and a CI run must not fail by chance: what chance finds belongs to the desk.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

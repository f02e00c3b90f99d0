"""Checks what Azure listed against what was asked of it; nothing is dropped, everything odd is counted and said.

Not here: judging one body (`answers`). Invariant: a check adds notes to a reading and never removes a row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from evidence.nights import Window
from evidence.sources.azure.filters import began_in
from evidence.sources.azure.questions import Reading


def with_duplicates(reading: Reading) -> Reading:
    """Note ids that came more than once in one list."""
    ids = Counter(row["id"].lower() for row in reading.rows if isinstance(row.get("id"), str))  # type: ignore[attr-defined]  # isinstance above
    twice = sum(count > 1 for count in ids.values())
    return _noted(
        reading,
        twice,
        "id came more than once and was kept each time",
        "ids came more than once and were kept each time",
    )


def with_window(reading: Reading, window: Window) -> Reading:
    """Note jobs outside the window asked for, and jobs that do not tell when they began."""
    told = [began_in(row, window) for row in reading.rows]
    outside, silent = told.count(False), told.count(None)
    reading = _noted(
        reading, outside, "row outside the window asked for was kept", "rows outside the window asked for were kept"
    )
    return _noted(
        reading, silent, "row tells no time of begin and was kept", "rows tell no time of begin and were kept"
    )


def _noted(reading: Reading, count: int, one: str, many: str) -> Reading:
    if not count:
        return reading
    return replace(reading, notes=(*reading.notes, f"{count} {one if count == 1 else many}"))

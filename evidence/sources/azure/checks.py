"""Checks what Azure listed against what was asked of it; nothing is dropped, everything odd is counted and said.

Not here: judging one body (`answers`). Invariants: a check never removes a row; a list that tells a thing twice, or things
that were not asked for, is not the answer to what was asked, so it is never taken for a whole one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from evidence.nights import Window
from evidence.sources.azure.filters import began_in
from evidence.sources.azure.questions import Reading


def with_duplicates(reading: Reading) -> Reading:
    """Doubt a list in which ids came more than once: where its pages overlap, they may leave gaps too."""
    ids = Counter(row["id"].lower() for row in reading.rows if isinstance(row.get("id"), str))  # type: ignore[attr-defined]  # isinstance above
    twice = sum(count > 1 for count in ids.values())
    return _doubted(
        reading,
        twice,
        "id came more than once and was kept each time",
        "ids came more than once and were kept each time",
    )


def with_window(reading: Reading, window: Window) -> Reading:
    """Doubt a list of jobs outside the window asked for; note jobs that do not tell when they began."""
    told = [began_in(row, window) for row in reading.rows]
    outside, silent = told.count(False), told.count(None)
    reading = _doubted(
        reading, outside, "row outside the window asked for was kept", "rows outside the window asked for were kept"
    )
    if not silent:
        return reading
    timeless = "row tells no time of begin and was kept" if silent == 1 else "rows tell no time of begin and were kept"
    return replace(reading, notes=(*reading.notes, f"{silent} {timeless}"))


def _doubted(reading: Reading, count: int, one: str, many: str) -> Reading:
    if not count:
        return reading
    return replace(reading, doubts=(*reading.doubts, f"{count} {one if count == 1 else many}"))

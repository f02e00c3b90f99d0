"""Counts the figures of the nightly judgement a second time, from the Parquet files of a pack. Shares no counting with `evidence.packs.figures`.

Not here: comparing (`figures`), other figures (`figures_counted`). Source: docs/pack-format.md, section Figures.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Number = tuple[int | None, int | None]
_GOOD, _OPEN = ("success", "failed_recovered"), ("pending", "unknown")
_ENDED = frozenset({"closed", "withdrawn"})


def judged_again(table: Callable[..., pa.Table]) -> dict[str, Number]:
    """By anchor; `table` gives some columns of a table of the pack."""
    slots = table("slots", "outcome", "slot_at", "recovered_at")
    tally: dict[Any, int] = {}
    for word in slots["outcome"].to_pylist():
        tally[word] = tally.get(word, 0) + 1
    due = sum(count for word, count in tally.items() if word != "not_expected")
    recovered = tally.get("failed_recovered", 0)
    tried = table("canaries", "found", "silent_on_healthy").to_pylist()
    held = table("exceptions", "state", "hint").to_pylist()
    standing = [row for row in held if row["state"] not in _ENDED]
    return {
        "F-51": (sum(tally.get(word, 0) for word in _GOOD), due),
        "F-52": (sum(tally.get(word, 0) for word in _OPEN), due),
        "F-53": (recovered, recovered + tally.get("failed", 0)),
        "F-54": (_minutes(slots), None),
        "F-55": (sum(bool(row["found"]) for row in tried), len(tried)),
        "F-56": (sum(bool(row["silent_on_healthy"]) for row in tried), len(tried)),
        "F-57": (sum(bool(row["hint"]) for row in standing), len(standing)),
        "F-58": (table("not_compared", "what").num_rows, None),
    }


def _minutes(slots: pa.Table) -> int | None:
    if not slots.num_rows:
        return None
    mine = slots.filter(pc.equal(slots["outcome"].cast(pa.string()), pa.scalar("failed_recovered")))
    spans = [
        row["recovered_at"] - row["slot_at"]
        for row in mine.select(["slot_at", "recovered_at"]).to_pylist()
        if row["recovered_at"] is not None
    ]
    return median(spans) // timedelta(minutes=1) if spans else None

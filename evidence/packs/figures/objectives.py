"""The figures of recovery point objectives: F-88 to F-91. Data, and their counting; `evidence.packs.verification` counts them again.

Not here: attainment itself (`evidence.packs.objectives`). Invariant: time and items of which nothing is known are in the denominator, never among the good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.columns import one_of, total
from evidence.packs.figures.definition import Definition
from evidence.tables import ATTAINMENT

_OF = "standing in attained, breached, unknown"
_HOUR = 3_600_000_000
"""In microseconds."""

OBJECTIVES: Mapping[str, Definition] = {
    "F-88": Definition(
        "Items within their recovery point objective over the whole period",
        "By points that nights saw, also those that expired since; objectives as configured then.",
        "items",
        "Items with standing attained, of those that have an objective and were protected in the period.",
        ATTAINMENT.name,
        f"standing = attained; of {_OF}",
        share=True,
    ),
    "F-89": Definition(
        "Items proven to have been out of their recovery point objective",
        "Every point that could have kept them within it is known.",
        "items",
        "Items with standing breached, of those that have an objective and were protected in the period.",
        ATTAINMENT.name,
        f"standing = breached; of {_OF}",
        "bad",
    ),
    "F-90": Definition(
        "Items of which it is not known whether they kept their recovery point objective",
        "Points were not read for some of the time.",
        "items",
        "Items with standing unknown, of those that have an objective and were protected in the period.",
        ATTAINMENT.name,
        f"standing = unknown; of {_OF}",
        "unknown",
    ),
    "F-91": Definition(
        "Item hours within the recovery point objective",
        "The rest was out of it, or is not known.",
        "hours",
        "Sum of within_s, of the sum of within_s, out_s and unknown_s, over items that have an objective, in whole hours rounded down.",
        ATTAINMENT.name,
        _OF,
        share=True,
    ),
}


def count_objectives(tables: Mapping[str, pa.Table]) -> Mapping[str, tuple[int, int | None] | None] | None:
    """Numbers by anchor; None in a pack that holds no attainment."""
    rows = tables.get(ATTAINMENT.name)
    if rows is None:
        return None
    judged = rows.filter(one_of(rows["standing"], "attained", "breached", "unknown"))
    items = judged.num_rows
    within, out, unknown = (_microseconds(judged[name]) for name in ("within_s", "out_s", "unknown_s"))
    counts = {word: total(one_of(judged["standing"], word)) for word in ("attained", "breached", "unknown")}
    return {
        "F-88": (counts["attained"], items) if items else None,
        "F-89": (counts["breached"], items) if items else None,
        "F-90": (counts["unknown"], items) if items else None,
        "F-91": (within // _HOUR, (within + out + unknown) // _HOUR) if items else None,
    }


def _microseconds(seconds: pa.ChunkedArray[Any]) -> int:
    """The sum of seconds, exactly: times are told to the microsecond, and sums of fractions are not."""
    told: Any = pc.round(pc.multiply(seconds, pa.scalar(1e6)))
    return int(pc.sum(told.cast(pa.int64()), min_count=0).as_py())

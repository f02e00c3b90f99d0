"""Counts the packed rows of restore drills once. Pure.

Not here: what each number is called (`drills`), the same numbers from the drills themselves (`evidence.drills.coverage`). Invariant: an item that was due and
never planned is in the denominator like one whose drill was missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

import pyarrow as pa

from evidence.drills.values import ACCEPTING, REVIEWED, UNFINISHED
from evidence.tables import DEVIATIONS, DRILL_ITEMS, DRILL_RESTORES, DRILLS, SIGNOFFS

Row = Mapping[str, object]
Number = tuple[int, int | None] | None
HOUR = 3_600_000_000
"""In microseconds."""
TIERS = 4
"""Tiers that have a figure of their own; the others share one."""
_WITH_TARGET = ("met", "missed", "not measured")


def count_drills(tables: Mapping[str, pa.Table]) -> Mapping[str, Number] | None:
    """Every figure of drills by its anchor; None in a pack that tells no drills."""
    if DRILLS.name not in tables:
        return None
    drills: Sequence[Row] = tables[DRILLS.name].to_pylist()
    planned = [row for row in drills if row["counted"] == "quarter"]
    mine = [row for row in planned if row["superseded_by"] is None]
    items: Sequence[Row] = tables[DRILL_ITEMS.name].to_pylist()
    return {
        **_due(planned, items),
        **_reviewed(mine),
        **_measured([row for row in mine if row["state"] in ACCEPTING]),
        **_ended(mine),
        **_restores(tables[DRILL_RESTORES.name]),
        **_deviations(tables[DEVIATIONS.name]),
        "F-85": _proven(tables[SIGNOFFS.name].to_pylist()),
    }


def due_items(planned: Sequence[Row], items: Sequence[Row]) -> Mapping[tuple[object, object], bool]:
    """Tier and item of everything that was due, and whether a drill of it was accepted that stands: a superseded one leaves its item due."""
    found: dict[tuple[object, object], bool] = {}
    for row in planned:
        key = row["tier"], row["item_key"]
        found[key] = found.get(key, False) or (row["state"] in ACCEPTING and row["superseded_by"] is None)
    left_out = {(row["tier"], row["item_key"]): False for row in items if row["due_because"] and not row["planned"]}
    return {**left_out, **found}


def _due(planned: Sequence[Row], items: Sequence[Row]) -> Mapping[str, Number]:
    due = due_items(planned, items)
    accepted: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for (tier, _), done in due.items():
        anchor = f"F-{60 + tier}" if isinstance(tier, int) and tier < TIERS else "F-64"
        whole[anchor] += 1
        accepted[anchor] += done
    there = [row for row in items if row["absent_because"] is None]
    unplanned = sum(bool(row["due_because"]) and not row["planned"] for row in items)
    return {
        "F-59": (sum(due.values()), len(due)),
        **{anchor: (accepted[anchor], whole[anchor]) for anchor in (f"F-{place}" for place in range(60, 65))},
        "F-65": (sum(bool(row["within_a_year"]) for row in there), len(there)),
        "F-86": (unplanned, len(due)),
    }


def _reviewed(mine: Sequence[Row]) -> Mapping[str, Number]:
    first = [row["first_decision"] for row in mine if row["retest_of"] is None and row["first_decision"] is not None]
    spans = [
        (decided - ended) // timedelta(microseconds=1)
        for row in mine
        if isinstance(decided := row["first_decided_at"], datetime)
        and isinstance(ended := row["restore_ended_at"], datetime)
    ]
    return {
        "F-66": (sum(word in ACCEPTING for word in first), len(first)),
        "F-73": (int(median(spans) // HOUR), None) if spans else None,
        "F-74": (sum(row["first_decided_at"] is not None for row in mine), len(mine)),
    }


def _measured(accepted: Sequence[Row]) -> Mapping[str, Number]:
    rto, rpo = (Counter(str(row[name]) for row in accepted) for name in ("rto_reached", "rpo_reached"))
    with_rto, with_rpo = (sum(found[word] for word in _WITH_TARGET) for found in (rto, rpo))
    return {
        "F-67": (rto["met"], with_rto),
        "F-68": (rto["not measured"], with_rto),
        "F-69": (rpo["met"], with_rpo),
        "F-70": (rpo["not measured"], with_rpo),
        "F-71": (rto["no target set"], len(accepted)),
        "F-72": (rpo["no target set"], len(accepted)),
    }


def _ended(mine: Sequence[Row]) -> Mapping[str, Number]:
    states = Counter(str(row["state"]) for row in mine)
    executed = [row for row in mine if row["job_id"] is not None]
    return {
        "F-75": (states["missed"], len(mine)),
        "F-76": (states["waived"], len(mine)),
        "F-77": (states["cancelled"], len(mine)),
        "F-78": (sum(row["decision"] == "rejected" for row in mine), len(mine)),
        "F-79": (sum(states[state] for state in UNFINISHED), len(mine)),
        "F-87": (sum(row["clean_up_at"] is not None for row in executed), len(executed)),
    }


def _restores(rows: pa.Table) -> Mapping[str, Number]:
    verdicts = Counter(rows["verdict"].to_pylist())
    told = (("F-80", "drill"), ("F-81", "production_recovery"), ("F-82", "unclassified"))
    return {anchor: (verdicts[word], rows.num_rows) for anchor, word in told}


def _deviations(rows: pa.Table) -> Mapping[str, Number]:
    states = Counter(rows["state"].to_pylist())
    return {"F-83": (states["open"] + states["overdue"], rows.num_rows), "F-84": (states["overdue"], rows.num_rows)}


def _proven(rows: Sequence[Row]) -> Number:
    found = [row for row in rows if row["drill_id"] is not None and row["decision"] in REVIEWED]
    return sum(row["evidence_grade"] == "B" for row in found), len(found)

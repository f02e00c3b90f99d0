"""Counts the figures of restore drills a second time, from the Parquet files of a pack. Shares no counting with `evidence.packs.figures`.

Not here: comparing (`figures`), the drills as their events make them (`drills`). Source: docs/pack-format.md, section Figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

import pyarrow as pa

Number = tuple[int | None, int | None]
Row = Mapping[str, Any]
_GOOD = ("accepted", "accepted_with_deviations")
_DRILLS = (
    *("counted", "superseded_by", "tier", "item_key", "state", "retest_of", "first_decision", "first_decided_at"),
    *("restore_ended_at", "rto_reached", "rpo_reached", "job_id", "clean_up_at", "decision"),
)
_ITEMS = ("item_key", "tier", "due_because", "planned", "within_a_year", "absent_because")
_AT_WORK = ("planned", "executed", "evidence_linked", "validated", "in_review")


def drills_again(table: Callable[..., pa.Table]) -> dict[str, Number]:
    """By anchor; `table` gives some columns of a table of the pack."""
    every = table("drills", *_DRILLS).to_pylist()
    planned = [row for row in every if row["counted"] == "quarter"]
    mine = [row for row in planned if not row["superseded_by"]]
    good = [row for row in mine if row["state"] in _GOOD]
    items = table("drill_items", *_ITEMS).to_pylist()
    return {
        **_items(planned, items),
        **_objective(good, "rto_reached", ("F-67", "F-68", "F-71")),
        **_objective(good, "rpo_reached", ("F-69", "F-70", "F-72")),
        **_reviews(mine),
        **_states(mine),
        **_others(table),
    }


def _items(planned: Iterable[Row], items: Iterable[Row]) -> dict[str, Number]:
    due: dict[tuple[Any, str], set[str]] = {}
    for row in planned:
        due.setdefault((row["tier"], row["item_key"]), set()).update(() if row["superseded_by"] else (row["state"],))
    known = [row for row in items if row["item_key"]]
    forgotten = [row for row in known if row["due_because"] and not row["planned"]]
    for row in forgotten:
        due.setdefault((row["tier"], row["item_key"]), set())
    found: dict[str, Number] = {"F-59": _accepted(due.values())}
    for tier in range(4):
        found[f"F-{60 + tier}"] = _accepted(states for (one, _), states in due.items() if one == tier)
    found["F-64"] = _accepted(states for (one, _), states in due.items() if one not in range(4))
    there = [row for row in known if not row["absent_because"]]
    found["F-65"] = (len([row for row in there if row["within_a_year"]]), len(there))
    found["F-86"] = (len(forgotten), len(due))
    return found


def _accepted(due: Iterable[set[str]]) -> Number:
    found = [not states.isdisjoint(_GOOD) for states in due]
    return sum(found), len(found)


def _objective(good: Iterable[Row], column: str, anchors: tuple[str, str, str]) -> dict[str, Number]:
    words = [row[column] for row in good]
    aimed = len([word for word in words if word in {"met", "missed", "not measured"}])
    met, unmeasured, without = anchors
    return {
        met: (words.count("met"), aimed),
        unmeasured: (words.count("not measured"), aimed),
        without: (words.count("no target set"), len(words)),
    }


def _reviews(mine: Sequence[Row]) -> dict[str, Number]:
    firsts = [row["first_decision"] for row in mine if row["first_decision"] and not row["retest_of"]]
    took = [
        row["first_decided_at"] - row["restore_ended_at"]
        for row in mine
        if row["first_decided_at"] is not None and row["restore_ended_at"] is not None
    ]
    return {
        "F-66": (len([word for word in firsts if word in _GOOD]), len(firsts)),
        "F-73": (int(median(took) / timedelta(hours=1) // 1) if took else None, None),
        "F-74": (len([row for row in mine if row["first_decided_at"]]), len(mine)),
    }


def _states(mine: Sequence[Row]) -> dict[str, Number]:
    states, done = [row["state"] for row in mine], [row for row in mine if row["job_id"]]
    return {
        "F-75": (states.count("missed"), len(mine)),
        "F-76": (states.count("waived"), len(mine)),
        "F-77": (states.count("cancelled"), len(mine)),
        "F-78": (len([row for row in mine if row["decision"] == "rejected"]), len(mine)),
        "F-79": (len([state for state in states if state in _AT_WORK]), len(mine)),
        "F-87": (len([row for row in done if row["clean_up_at"]]), len(done)),
    }


def _others(table: Callable[..., pa.Table]) -> dict[str, Number]:
    verdicts = table("drill_restores", "verdict")["verdict"].to_pylist()
    states = table("deviations", "state")["state"].to_pylist()
    said = table("signoffs", "drill_id", "decision", "evidence_grade").to_pylist()
    reviews = [row for row in said if row["drill_id"] and row["decision"] in {*_GOOD, "rejected"}]
    return {
        "F-80": (verdicts.count("drill"), len(verdicts)),
        "F-81": (verdicts.count("production_recovery"), len(verdicts)),
        "F-82": (verdicts.count("unclassified"), len(verdicts)),
        "F-83": (len([state for state in states if state != "closed"]), len(states)),
        "F-84": (states.count("overdue"), len(states)),
        "F-85": (len([row for row in reviews if row["evidence_grade"] == "B"]), len(reviews)),
    }

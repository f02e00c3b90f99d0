"""The claims that a pack of restore drills makes beside those of every pack, and their judging over its own tables. Pure.

Not here: the claims of all packs (`claims`, `judged`), the controls that a claim bears on (`reading`). Invariants: what is still open, not measured, not classified or typed without a
sign-in is unknown, never met; what was waived is an exception that somebody answers for, not an acceptance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from evidence.drills.values import ACCEPTING, REVIEWED, UNFINISHED
from evidence.packs.controls.claims import CLAIMS, Claim
from evidence.packs.controls.counted import Counted
from evidence.records import Kind
from evidence.tables import (
    DEVIATIONS,
    DRILL_EXECUTIONS,
    DRILL_ITEMS,
    DRILL_PLANS,
    DRILL_RESTORES,
    DRILLS,
    SIGNOFFS,
    VALIDATIONS,
)

Row = Mapping[str, object]
_MINE = "Rows of drills with counted quarter and superseded_by null"
_PROOF = frozenset({"checksum", "database_check", "row_count", "file_count"})
"""Kinds of check that look at what came back."""
_MADE = (
    Claim(
        "drills-accepted",
        "Every item that was due for a restore drill has an accepted one.",
        f"{_MINE}, by tier and item_key, and rows of drill_items with due_because that are not planned; unknown are items with no accepted drill and one that is not at its end; "
        "exceptions are all others without an accepted one: missed, rejected, waived, cancelled or never planned.",
        "items due",
        "have no accepted drill",
        "have a drill that is not at its end",
        (DRILLS.name, DRILL_ITEMS.name),
        (Kind.JOBS, Kind.PROTECTED_ITEMS),
    ),
    Claim(
        "drills-rto-met",
        "Every accepted drill met its recovery time objective, from declared loss to usable service.",
        f"{_MINE} and an accepting state; exceptions have rto_reached missed; unknown are not measured and no target set.",
        "accepted drills",
        "took longer",
        "were not measured, or have no objective",
        (DRILLS.name,),
    ),
    Claim(
        "drills-rpo-met",
        "Every accepted drill met its recovery point objective.",
        f"{_MINE} and an accepting state, without those to which none applies; exceptions have rpo_reached missed; unknown are not measured and no target set.",
        "accepted drills",
        "lost more",
        "were not measured, or have no objective",
        (DRILLS.name,),
    ),
    Claim(
        "drills-validated",
        "Of every accepted drill a check shows that what came back is whole.",
        f"{_MINE} and an accepting state; exceptions have a row of validations with result failed; unknown have no passed checksum, database_check, row_count or file_count.",
        "accepted drills",
        "have a failed check",
        "have no passed check of what came back",
        (DRILLS.name, VALIDATIONS.name),
    ),
    Claim(
        "drills-apart",
        "Every accepted drill restored to another place than the original.",
        "Rows of drill_executions that stand, of accepted drills of the quarter; exceptions have location_type original; unknown have none.",
        "restores of accepted drills",
        "went to the original place",
        "went to a place that Azure does not tell",
        (DRILL_EXECUTIONS.name, DRILLS.name),
    ),
    Claim(
        "drills-reviewed",
        "Every review was decided by a person who signed in.",
        "Rows of signoffs about drills with a decision of a review; unknown have evidence_grade C. That reviewers had no part in the drill is a guard of the ledger, which verify folds again.",
        "reviews",
        None,
        "rest on a word typed",
        (SIGNOFFS.name,),
    ),
    Claim(
        "deviations-followed",
        "Every deviation is closed, or has an owner and a date that has not passed.",
        "Rows of deviations; exceptions have state overdue, or are not closed and have no owner or no due.",
        "deviations",
        "are overdue, or nobody's",
        None,
        (DEVIATIONS.name,),
    ),
    Claim(
        "restores-classified",
        "Of every restore of the quarter it is told whether it was a drill or a recovery of production.",
        "Rows of drill_restores; unknown have verdict unclassified.",
        "restore jobs",
        None,
        "cannot be told",
        (DRILL_RESTORES.name,),
        (Kind.JOBS,),
    ),
    Claim(
        "samples-committed",
        "Every plan of the quarter was approved, and its sample drawn by a seed committed to before the quarter.",
        "Rows of drill_plans; exceptions have committed_late, or no approved_at; unknown have no seed, or incomplete that is not empty.",
        "plans",
        "were committed to late, or approved by nobody",
        "have no revealed seed, or a population that was not read whole",
        (DRILL_PLANS.name,),
    ),
)
DRILL_CLAIMS: Mapping[str, Claim] = {one.key: one for one in _MADE}
"""In the order in which they are printed; a new one goes to the end."""
EVERY: Mapping[str, Claim] = {**CLAIMS, **DRILL_CLAIMS}
"""All that a control map may name."""


def count_drill_claims(tables: Mapping[str, pa.Table]) -> Mapping[str, Counted]:
    """The counts of each claim; none in a pack that tells no drills."""
    if DRILLS.name not in tables:
        return {}
    drills: Sequence[Row] = tables[DRILLS.name].to_pylist()
    mine = [row for row in drills if row["counted"] == "quarter" and row["superseded_by"] is None]
    accepted = [row for row in mine if row["state"] in ACCEPTING]
    names = {row["drill_id"] for row in accepted}
    restores: Sequence[Row] = tables[DRILL_RESTORES.name].to_pylist()
    return {
        "drills-accepted": _accepted(mine, tables[DRILL_ITEMS.name].to_pylist()),
        "drills-rto-met": _met(accepted, "rto_reached"),
        "drills-rpo-met": _met(accepted, "rpo_reached"),
        "drills-validated": _validated(names, tables[VALIDATIONS.name].to_pylist()),
        "drills-apart": _apart(names, tables[DRILL_EXECUTIONS.name].to_pylist()),
        "drills-reviewed": _reviewed(tables[SIGNOFFS.name].to_pylist()),
        "deviations-followed": _followed(tables[DEVIATIONS.name].to_pylist()),
        "restores-classified": Counted(len(restores), 0, sum(row["verdict"] == "unclassified" for row in restores)),
        "samples-committed": _committed(tables[DRILL_PLANS.name].to_pylist()),
    }


def _accepted(mine: Sequence[Row], items: Sequence[Row]) -> Counted:
    states: dict[tuple[object, object], set[object]] = {}
    for row in mine:
        states.setdefault((row["tier"], row["item_key"]), set()).add(row["state"])
    for row in items:
        if row["due_because"] and not row["planned"]:
            states.setdefault((row["tier"], row["item_key"]), set())
    left = [found for found in states.values() if not found & ACCEPTING]
    unknown = sum(bool(found & UNFINISHED) for found in left)
    return Counted(len(states), len(left) - unknown, unknown)


def _met(accepted: Sequence[Row], column: str) -> Counted:
    words = [row[column] for row in accepted if row[column] != "not applicable"]
    return Counted(len(words), words.count("missed"), words.count("not measured") + words.count("no target set"))


def _validated(names: set[object], rows: Sequence[Row]) -> Counted:
    failed = {row["drill_id"] for row in rows if row["result"] == "failed"} & names
    passed = {row["drill_id"] for row in rows if row["result"] == "passed" and row["kind"] in _PROOF} & names
    return Counted(len(names), len(failed), len(names - passed - failed))


def _apart(names: set[object], rows: Sequence[Row]) -> Counted:
    places = [row["location_type"] for row in rows if row["stands"] and row["drill_id"] in names]
    return Counted(len(places), places.count("original"), places.count(None))


def _reviewed(rows: Sequence[Row]) -> Counted:
    reviews = [row for row in rows if row["drill_id"] is not None and row["decision"] in REVIEWED]
    return Counted(len(reviews), 0, sum(row["evidence_grade"] != "B" for row in reviews))


def _followed(rows: Sequence[Row]) -> Counted:
    bare = [
        row
        for row in rows
        if row["state"] == "overdue" or (row["state"] == "open" and not (row["owner"] and row["due"]))
    ]
    return Counted(len(rows), len(bare))


def _committed(rows: Sequence[Row]) -> Counted:
    bad = [row for row in rows if row["committed_late"] or row["approved_at"] is None]
    unknown = [row for row in rows if row not in bad and (row["seed"] is None or row["incomplete"])]
    return Counted(len(rows), len(bad), len(unknown))

"""Rows of the restore jobs of a quarter: what each is held to be and why, whether or not it stands in the record of a drill. Pure.

Not here: finding and classifying them (`evidence.runs.drills.found`). Invariant: a restore whose night nobody knows is listed too, for it may be of the quarter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from evidence.drills.grades import execution_grade
from evidence.packs.restore_drills.rows_of_facts import target_columns
from evidence.runs.drills.found import FoundRestore

Row = Mapping[str, object]


def restores_within(
    found: Sequence[FoundRestore], first: date, last: date, in_scope: Callable[[str], bool]
) -> tuple[FoundRestore, ...]:
    """Restores of vaults in scope that began in some nights, and those of which no night is known."""
    return tuple(
        one
        for one in found
        if in_scope(one.execution.vault_id) and (one.execution.night is None or first <= one.execution.night <= last)
    )


def restore_rows(found: Sequence[FoundRestore]) -> list[Row]:
    """One row a restore job."""
    return [_row(one) for one in found]


def _row(found: FoundRestore) -> Row:
    one, held = found.execution, found.classification
    return {
        "vault_id": one.vault_id,
        "job_id": one.job_id,
        "event_night": one.night,
        "item_key": one.item_key,
        "status": one.status,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "location_type": one.location_type,
        **target_columns(one.target),
        "recovery_point_at": one.recovery_point_at,
        "link": one.link,
        "initiator": one.initiator and one.initiator.name,
        "verdict": str(held.verdict),
        "score": held.score,
        "reasons": list(held.reasons),
        "known_by": list(found.known_by),
        "decided_by": held.decided_by and held.decided_by.name,
        "drill_id": found.drill_id,
        "evidence_grade": str(execution_grade(one)),
    }

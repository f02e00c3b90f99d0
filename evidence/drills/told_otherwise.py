"""What Azure tells of a restore job otherwise than the record of its drill does: a record that was handed in keeps what it says, and the difference shows.

Not here: telling again what became known before that (`evidence.runs.drills.nightly`). Invariant: only what decides whether data came back, and to where, is
compared; what is no longer told takes nothing away.
"""

from __future__ import annotations

from evidence.drills.values import Execution

_DECIDING = (
    ("status", "status"),
    ("place", "location_type"),
    ("files restored", "files_restored"),
    ("files skipped", "files_skipped"),
    ("files failed", "files_failed"),
)


def told_otherwise(record: Execution, now: Execution) -> tuple[str, ...]:
    """Each difference in words, such as `status Completed, now CompletedWithWarnings`."""
    pairs = ((name, getattr(record, column), getattr(now, column)) for name, column in _DECIDING)
    return tuple(
        f"{name} {'not told' if then is None else then}, now {value}"
        for name, then, value in pairs
        if value is not None and value != then
    )

"""When each object was last seen whole, for `backup-evidence status`: the last test in short, or object by object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.output import Result
from cli.retention_check import lines_of, meta_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from evidence.compose import Composition
    from evidence.ledger.entries import LedgerEntry

COLUMNS = ("path", "last_whole", "last_seen", "standing")
OVERDUE_DAYS = 30
MOST_TOLD = 5


def seen_told(composition: Composition) -> dict[str, object] | None:
    """The newest test over everything; None where there is none."""
    from evidence.ledger.truths import last_truth_test

    test = last_truth_test(composition.ledger.entries())
    return None if test is None else meta_of(test)


def seen_remarks(composition: Composition, now: datetime) -> list[str]:
    """The same for people, and what was not read whole for too long."""
    from evidence.ledger.truths import last_truth_test

    entries = composition.ledger.entries()
    test = last_truth_test(entries)
    if test is None:
        return ["NEVER TESTED against the register: backup-evidence retention check"] if entries else []
    late = [row for row in _rows(composition, entries) if _is_late(row, now)]
    told = list(lines_of(test))
    if late:
        first = late[0]["path"]
        told.append(f"{len(late)} objects were not read whole for more than {OVERDUE_DAYS} days; the first: {first}")
    return told


def seen_result(composition: Composition) -> Result:
    """Each object with when it was last read whole and last seen."""
    entries = composition.ledger.entries()
    rows = _rows(composition, entries)
    never = sum(row["last_whole"] is None for row in rows)
    meta = {"store": composition.store.description, "objects": len(rows), "never_read_whole": never}
    return Result("backup-evidence/status-objects/1", rows, COLUMNS, meta)


def _rows(composition: Composition, entries: Sequence[LedgerEntry]) -> list[dict[str, object]]:
    from evidence.runs.retention.last_seen import last_seen, sealing_moments

    sealed = sealing_moments(entries)
    found = last_seen(composition.store, entries, sealed)
    return [
        {
            "path": path,
            "sealed_at": at,
            "last_whole": found.whole_at.get(path),
            "last_seen": found.seen_at.get(path),
            "standing": found.standing.get(path),
        }
        for path, at in sorted(sealed.items())
    ]


def _is_late(row: dict[str, object], now: datetime) -> bool:
    from datetime import datetime

    since = row["last_whole"] or row["sealed_at"]
    return isinstance(since, datetime) and (now - since).days > OVERDUE_DAYS


def protection_remarks(composition: Composition) -> list[str]:
    """What kept this run from protecting what it sealed, each reason once; the seals stand all the same."""
    guardian = composition.guardian
    return (
        [f"NOT ENFORCED: what was sealed could not be protected: {one}" for one in guardian.troubles]
        if guardian
        else []
    )

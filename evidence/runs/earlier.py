"""What earlier nights tell a new capture: which restores need no details any more, and whose points were read when.

Not here: each of these rules. Invariant: only sealed rows are told, so two captures begun at one size of the ledger are told the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from evidence.nights import Calendar, look_back
from evidence.runs.capture import NIGHTS_READ_AGAIN, Earlier
from evidence.runs.containers_seen import containers_seen
from evidence.runs.points_plan import points_memory
from evidence.runs.sealed import SealedRows
from evidence.tables import RESTORE_JOBS

COMPLETED = "Completed"


def earlier_nights(sealed: SealedRows, night: date, calendar: Calendar) -> Earlier:
    """What the sealed nights before `night` tell."""
    restores, points = detailed_restores(sealed, night), points_memory(sealed, night, calendar)
    return Earlier(restores, points, containers_seen(sealed, night))


def detailed_restores(sealed: SealedRows, night: date) -> Mapping[str, frozenset[str]]:
    """Restores of the nights whose jobs are listed again that had completed when their details were read, and told their point.

    Packs keep the fullest observation of a restore's last state, so asking once more would add nothing.
    """
    columns = ["vault_id", "job_id", "status", "restore_type", "recovery_point_at_sent"]
    # What a person uploaded does not keep us from asking Azure.
    rows = sealed.of_azure().rows(
        RESTORE_JOBS, first=look_back(night, NIGHTS_READ_AGAIN), last=look_back(night, 2), columns=columns
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows.to_pylist():
        if row["status"] == COMPLETED and row["restore_type"] and row["recovery_point_at_sent"]:
            found[row["vault_id"]].add(row["job_id"].lower())
    return {vault_id: frozenset(jobs) for vault_id, jobs in found.items()}

"""Jobs that were still running when they were last seen: each is asked again by id until it ends or is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from evidence.nights import look_back
from evidence.records import Kind
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, JOBS

NIGHTS_SEARCHED = 14
"""Every night asks again, so that an unfinished job has a fresh observation; the margin bridges failed nights."""
UNFINISHED = frozenset({"InProgress", "Cancelling"})


def unfinished_jobs(sealed: SealedRows, night: date) -> Mapping[str, tuple[str, ...]]:
    """Job ids by vault id whose last observation before `night` had not ended."""
    first, last = look_back(night, NIGHTS_SEARCHED + 1), look_back(night, 2)
    columns = ["vault_id", "job_id", "status", "observed_at"]
    seen: dict[tuple[str, str], tuple[object, str]] = {}
    for row in sealed.rows(JOBS, first=first, last=last, columns=columns).to_pylist():
        key = (row["vault_id"], row["job_id"])
        if key not in seen or row["observed_at"] >= seen[key][0]:
            seen[key] = (row["observed_at"], row["status"])
    gone = _gone(sealed, first, last)
    found: dict[str, list[str]] = defaultdict(list)
    for (vault_id, job_id), (_, status) in sorted(seen.items()):
        if status in UNFINISHED and (vault_id, job_id) not in gone:
            found[vault_id].append(job_id)
    return {vault_id: tuple(jobs) for vault_id, jobs in found.items()}


def _gone(sealed: SealedRows, first: date, last: date) -> frozenset[tuple[str, str]]:
    columns = ["vault_id", "kind", "subject", "status"]
    rows = sealed.rows(CALLS, first=first, last=last, columns=columns).to_pylist()
    missing = 404
    return frozenset(
        (row["vault_id"], row["subject"])
        for row in rows
        if row["kind"] == Kind.JOB_DETAILS and row["status"] == missing
    )

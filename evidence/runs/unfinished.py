"""Jobs that were still running when they were last seen: each is asked again by id until it ends or is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from evidence.nights import look_back
from evidence.records import Kind
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, JOBS

NIGHTS_SEARCHED = 14
"""Every night asks again, so that an unfinished job has a fresh observation; the margin bridges failed nights."""
NOT_FOUND = 404
UNFINISHED = frozenset({"InProgress", "Cancelling"})


def unfinished_jobs(sealed: SealedRows, night: date) -> Mapping[str, tuple[str, ...]]:
    """Job ids by vault id whose last observation before `night` had not ended."""
    first, last = look_back(night, NIGHTS_SEARCHED + 1), look_back(night, 2)
    columns = ["vault_id", "job_id", "status", "observed_at"]
    seen: dict[tuple[str, str], tuple[datetime, str]] = {}
    for row in sealed.rows(JOBS, first=first, last=last, columns=columns).to_pylist():
        key = (row["vault_id"], row["job_id"])
        if key not in seen or row["observed_at"] >= seen[key][0]:
            seen[key] = (row["observed_at"], row["status"])
    gone = _gone(sealed, first, last)
    found: dict[str, list[str]] = defaultdict(list)
    for key, (observed_at, status) in sorted(seen.items()):
        if status in UNFINISHED and not (key in gone and gone[key] >= observed_at):
            found[key[0]].append(key[1])
    return {vault_id: tuple(jobs) for vault_id, jobs in found.items()}


def _gone(sealed: SealedRows, first: date, last: date) -> Mapping[tuple[str, str], datetime]:
    """When a job was last said to be gone: Azure answered 404 for it."""
    columns = ["vault_id", "kind", "subject", "status", "observed_at"]
    gone: dict[tuple[str, str], datetime] = {}
    for row in sealed.rows(CALLS, first=first, last=last, columns=columns).to_pylist():
        if row["kind"] == Kind.JOB_DETAILS and row["status"] == NOT_FOUND:
            key = (row["vault_id"], row["subject"])
            gone[key] = max(row["observed_at"], gone.get(key, row["observed_at"]))
    return gone

"""Jobs that were still running when they were last seen: each is asked again by id until it ends or is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import look_back
from evidence.records import Kind
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, JOBS

NIGHTS_SEARCHED = 14
"""Every night asks again, so that an unfinished job has a fresh observation; the margin bridges failed nights."""
NOT_FOUND = pa.array([404], pa.int64())
Key = tuple[str, str]
"""Vault id and job id."""
UNFINISHED = pa.array(["Cancelling", "InProgress"])


def unfinished_jobs(sealed: SealedRows, night: date) -> Mapping[str, tuple[str, ...]]:
    """Job ids by vault id whose last observation before `night` had not ended."""
    sealed = sealed.of_azure()  # an uploaded file neither ends a job nor makes us ask for one
    first, last = look_back(night, NIGHTS_SEARCHED + 1), look_back(night, 2)
    seen = _last_seen(sealed, first, last)
    gone = _gone(sealed, first, last)
    found: dict[str, list[str]] = defaultdict(list)
    for key, (observed_at, status) in sorted(seen.items()):
        if status in UNFINISHED.to_pylist() and not (key in gone and gone[key] >= observed_at):
            found[key[0]].append(key[1])
    return {vault_id: tuple(jobs) for vault_id, jobs in found.items()}


def _last_seen(sealed: SealedRows, first: date, last: date) -> Mapping[Key, tuple[datetime, str | None]]:
    """When a job that was ever seen unfinished was last seen, and its status then: two readings, for such jobs are few."""
    columns = ["vault_id", "job_id", "status", "observed_at"]
    ids = sealed.rows(
        JOBS,
        first=first,
        last=last,
        columns=["job_id", "status"],
        where=lambda rows: rows.filter(pc.is_in(rows["status"], value_set=UNFINISHED)),
    )["job_id"].unique()
    seen: dict[Key, tuple[datetime, str | None]] = {}
    rows = sealed.rows(
        JOBS,
        first=first,
        last=last,
        columns=columns,
        where=lambda rows: rows.filter(pc.is_in(rows["job_id"], value_set=ids)),
    )
    for row in rows.to_pylist():
        key = (row["vault_id"], row["job_id"])
        if key not in seen or row["observed_at"] >= seen[key][0]:
            seen[key] = (row["observed_at"], row["status"])
    return seen


def _gone(sealed: SealedRows, first: date, last: date) -> Mapping[Key, datetime]:
    """When a job was last said to be gone: Azure answered 404 for it, and its vault's job list otherwise.

    Of a vault that is gone itself every question is answered with 404; that says nothing about its jobs.
    """
    rows = sealed.rows(
        CALLS,
        first=first,
        last=last,
        columns=["vault_id", "capture_id", "kind", "subject", "status", "outcome", "observed_at"],
        where=lambda rows: rows.filter(pc.or_(_answered_lists(rows), _missing_jobs(rows))),
    )
    there = set(rows.filter(_answered_lists(rows))["capture_id"].to_pylist())
    gone: dict[Key, datetime] = {}
    for row in rows.filter(_missing_jobs(rows)).to_pylist():
        if row["capture_id"] in there:
            key = (row["vault_id"], row["subject"])
            gone[key] = max(row["observed_at"], gone.get(key, row["observed_at"]))
    return gone


def _answered_lists(rows: pa.Table) -> pa.BooleanArray:
    return pc.and_(pc.equal(rows["kind"], pa.scalar(str(Kind.JOBS))), pc.equal(rows["outcome"], pa.scalar("ok")))


def _missing_jobs(rows: pa.Table) -> pa.BooleanArray:
    """The calls for a job that were answered with 404; a call without an answer has no status, and is none of them."""
    missing = pc.equal(rows["kind"], pa.scalar(str(Kind.JOB_DETAILS)))
    return pc.and_(missing, pc.is_in(rows["status"], value_set=NOT_FOUND))

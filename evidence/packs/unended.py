"""Jobs that had not ended when their night was sealed: what became of them later. Values, and one look at calls.

Not here: finding what changed (`restated`). Invariant: that a job is gone is Azure's word about the job, never about its vault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.records import Kind

GONE = "gone"
"""State of a job of which Azure says that there is none, last seen before it ended."""
NOT_FOUND = 404
Key = tuple[str, str]
"""Vault id and job id."""


@dataclass(frozen=True, slots=True)
class Restated:
    """A job of an earlier night whose state is another than the pack of its night says."""

    vault_id: str
    job_id: str
    item: str
    night: date
    """In which it began."""
    before: str | None
    """State in that pack."""
    now: str | None
    """Last known state, or `gone`."""
    observed_at: datetime
    pack_id: str
    """The earlier pack."""


def gone_jobs(calls: Sequence[Mapping[str, object]]) -> Mapping[Key, datetime]:
    """When Azure said that there is no such job, by vault and job; a vault that is gone itself says nothing of its jobs."""
    there = {row["capture_id"] for row in calls if row["kind"] == Kind.JOBS and row["outcome"] == "ok"}
    found: dict[Key, datetime] = {}
    for row in calls:
        asked = row["kind"] == Kind.JOB_DETAILS and row["status"] == NOT_FOUND and row["capture_id"] in there
        if asked and isinstance(row["observed_at"], datetime):
            found[str(row["vault_id"]), str(row["subject"])] = row["observed_at"]
    return found

"""Every restore job of a pack of drills stands in its list of what restores were held to be, and in no drill that does not tell it.

Not here: why a restore is held for what it is. Invariant: a restore that Azure told and the list leaves out is found, for masked packs too.
"""

from __future__ import annotations

from evidence.errors import IntegrityError
from evidence.packs.verification.figures_counted import Rows


def every_restore(rows: Rows) -> tuple[str, None]:
    """Compare the list with the restore jobs and with the drills' own; raises IntegrityError."""
    listed = rows.table("drill_restores", "vault_id", "job_id", "event_night", "drill_id").to_pylist()
    by_job = {(row["vault_id"], row["job_id"].lower()): row for row in listed}
    told = {
        (row["vault_id"], row["job_id"].lower()) for row in rows.table("restore_jobs", "vault_id", "job_id").to_pylist()
    }
    if missing := sorted(told - by_job.keys()):
        raise IntegrityError(f"Restore job {missing[0][1]} is left out of the list of restores.")
    dated = {key for key, row in by_job.items() if row["event_night"] is not None}
    if more := sorted(dated - told):
        raise IntegrityError(f"Restore job {more[0][1]} is in the list of restores, and not among the restore jobs.")
    executed = {
        (row["vault_id"], row["job_id"].lower(), row["drill_id"])
        for row in rows.table("drill_executions", "vault_id", "job_id", "drill_id").to_pylist()
    }
    for (vault, job), row in by_job.items():
        if row["drill_id"] is not None and (vault, job, row["drill_id"]) not in executed:
            raise IntegrityError(f"Restore job {job} is said to stand in {row['drill_id']}, which does not tell it.")
        if row["drill_id"] is None and any(key[:2] == (vault, job) for key in executed):
            raise IntegrityError(f"Restore job {job} stands in the record of a drill, and the list does not say so.")
    return f"{len(by_job)} restore jobs, none left out", None

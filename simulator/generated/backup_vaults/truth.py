"""What was planted in the Backup vaults, in the ids that Azure would show: for tests alone."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.generated.backup_vaults.history import BackupHistory
from simulator.generated.backup_vaults.values import Job


def tell_backup_vaults(history: BackupHistory) -> Mapping[str, object]:
    """Everything planted, by family."""
    nights = history.history.nights()
    jobs = [job for night in nights for job in history.planned_jobs(night)]
    gone = [(one, at) for one in history.instances if (at := history.deleted_at(one)) is not None]
    return {
        "vaults": [vault.id for vault in history.vaults],
        "guarded": [vault.id for vault in history.vaults if vault.guarded],
        "instances": [one.id for one in history.instances],
        "jobs": [_job(job) for job in jobs],
        "failures": [_job(job) for job in jobs if job.failure is not None],
        "restores": [_restore(job) for job in jobs if job.restore is not None],
        "deleted_instances": [{"item_id": one.id, "deleted_at": at.isoformat()} for one, at in gone],
    }


def _job(job: Job) -> dict[str, object]:
    return {
        "job_id": job.job_id,
        "item_id": job.instance.id,
        "operation": job.operation,
        "status": job.status,
        "error_code": None if job.failure is None else job.failure.code,
        "started_at": job.started_at.isoformat(),
        "ended_at": job.ended_at.isoformat(),
        "recovery_point_id": None if job.point is None else job.point.point_id,
    }


def _restore(job: Job) -> dict[str, object]:
    restore = job.restore
    point = None if restore is None else restore.point
    return _job(job) | {
        "recovery_point_id": None if point is None else point.point_id,
        "recovery_point_at": None if restore is None else restore.at.isoformat(),
        "link": "id" if point is not None else "unlinked",
    }

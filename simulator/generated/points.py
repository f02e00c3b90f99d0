"""Recovery points, and the ranges that log backups cover.

Times relative to the job are as recorded: VM 2 to 9 seconds after its start, databases 20 to 43, file shares 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from simulator.generated.seeded import Seed
from simulator.generated.values import Job, Point, Workload

SNAPSHOT_DAYS = 2
"""How long a policy keeps snapshots that are ready for an instant restore."""


@dataclass(frozen=True, slots=True)
class Points:
    """Makes the recovery point of a backup job."""

    seed: Seed

    def of(self, job: Job) -> Point:
        """The point of a job that completes."""
        at = job.started_at + timedelta(seconds=self._delay(job.item.workload, job.job_id))
        if job.item.workload in (Workload.SQL, Workload.FILES):
            at = at.replace(microsecond=0)
        elif job.item.workload is Workload.HANA:
            at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        return Point(
            point_id=self.seed.digits(15, "point", job.job_id),
            at=at,
            visible_at=job.snapshot_at or max(job.ended_at, at),
            vaulted_at=None if job.item.workload is Workload.FILES else job.ended_at,
            expires_at=at + timedelta(days=job.item.policy.keep_days),
            kind=job.kind,
        )

    def snapshot_only(self, job: Job) -> Point:
        """The point of a VM backup whose data never reached the vault: gone when its snapshot is."""
        point = self.of(job)
        expires = point.at + timedelta(days=SNAPSHOT_DAYS)
        return Point(point.point_id, point.at, point.visible_at, None, expires, point.kind)

    def _delay(self, workload: Workload, job_id: str) -> int:
        if workload is Workload.FILES:
            return 1
        earliest, latest = (2, 9) if workload is Workload.VM else (20, 43)
        return self.seed.between(earliest, latest, "delay", job_id)

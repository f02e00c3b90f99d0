"""The jobs that a policy, an item's life and the plan make in a night.

Restores are made elsewhere. Jobs that are not planned to be slow end before the night does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from simulator.generated.planned import Deviation, Incident, Plan
from simulator.generated.points import Points
from simulator.generated.schedules import Run, night_of, night_start, runs
from simulator.generated.seeded import Seed
from simulator.generated.values import Item, Job, Workload

_SECONDS: dict[Workload, tuple[int, int]] = {
    Workload.VM: (1_500, 8_400),
    Workload.SQL: (60, 900),
    Workload.HANA: (240, 3_600),
    Workload.FILES: (3, 40),
}
_LATENESS_S = {Workload.VM: 1_500, Workload.FILES: 1_800}


@dataclass(frozen=True, slots=True)
class Backups:
    """Makes backup jobs, and those that set up or delete protection."""

    seed: Seed
    plan: Plan

    def jobs(self, item: Item, night: date) -> Iterator[Job]:
        """All jobs of an item that start in a night, but its restores."""
        yield from self._life(item, night)
        incident = self.plan.incident(item, night)
        for run in runs(item.policy, night):
            if self._protected_at(item, run.at) and not (incident and incident.deviation is Deviation.MISSED):
                yield from self._run(item, run, incident)

    def _protected_at(self, item: Item, moment: datetime) -> bool:
        made, gone = self.plan.protected.get(item.key), self.plan.deleted.get(item.key)
        return (made is None or made <= moment) and (gone is None or moment < gone)

    def _run(self, item: Item, run: Run, incident: Incident | None) -> Iterator[Job]:
        job = self._completed(item, run)
        if incident is not None and incident.deviation is Deviation.WITHOUT_POINT:
            yield replace(job, point=None)
            return
        if incident is None or (incident.failure is None and incident.deviation is not Deviation.SLOW):
            yield job
            return
        if incident.deviation in (Deviation.SLOW, Deviation.SLOW_THEN_FAILED):
            job = self._slowed(job)
        if incident.deviation is Deviation.SLOW:
            yield job
        elif incident.deviation is Deviation.SNAPSHOT_ONLY:
            yield replace(
                job,
                status="CompletedWithWarnings",
                failure=incident.failure,
                megabytes=0,
                point=Points(self.seed).snapshot_only(job),
            )
        else:
            yield from self._failed(job, incident)

    def _completed(self, item: Item, run: Run) -> Job:
        seed, purpose = self.seed, (item.key, run.at.isoformat())
        lateness = seed.between(30, _LATENESS_S.get(item.workload, 600), "lateness", *purpose)
        started = run.at + timedelta(seconds=lateness, microseconds=seed.between(1, 999_999, "start", *purpose))
        length = seed.between(*_SECONDS[item.workload], "length", *purpose)
        ended = started + timedelta(seconds=length, microseconds=seed.between(1, 999_999, "end", *purpose))
        snapshot = None
        if item.workload is Workload.VM:
            snapshot = started + timedelta(
                seconds=seed.between(240, 620, "snapshot", *purpose),
                microseconds=seed.between(1, 999_999, "snapshot part", *purpose),
            )
        job = Job(
            job_id=seed.guid("job", *purpose),
            activity_id=seed.guid("activity", *purpose),
            item=item,
            operation="Backup",
            started_at=started,
            ended_at=ended,
            status="Completed",
            kind=run.kind,
            snapshot_at=snapshot,
            megabytes=int(item.size_mb * (0.2 + seed.fraction("data", *purpose))),
        )
        return replace(job, point=Points(seed).of(job))

    def _slowed(self, job: Job) -> Job:
        cut_over = night_start(night_of(job.started_at)) + timedelta(days=1)
        over = self.seed.between(7_000, 17_000, "slow", job.job_id)
        job = replace(job, ended_at=cut_over + timedelta(seconds=over, microseconds=123_457))
        return replace(job, point=Points(self.seed).of(job))

    def _failed(self, job: Job, incident: Incident) -> Iterator[Job]:
        failed = replace(job, status="Failed", failure=incident.failure, megabytes=0, point=None, snapshot_at=None)
        if incident.deviation is not Deviation.SLOW_THEN_FAILED:
            length = self.seed.between(90, 1_200, "failing", job.job_id)
            failed = replace(failed, ended_at=job.started_at + timedelta(seconds=length, microseconds=765_432))
        yield failed
        if incident.deviation in (Deviation.RETRIED, Deviation.RETRIED_IN_VAIN):
            pause = timedelta(seconds=self.seed.between(2_400, 5_400, "pause", job.job_id))
            again = self._completed(job.item, Run(failed.ended_at + pause, job.kind))
            if incident.deviation is Deviation.RETRIED:
                yield again
            else:
                yield from self._failed(again, replace(incident, deviation=Deviation.FAILED))

    def _life(self, item: Item, night: date) -> Iterator[Job]:
        moments = (
            ("ConfigureBackup", self.plan.protected.get(item.key), -41),
            ("DeleteBackupData", self.plan.deleted.get(item.key), 0),
        )
        for operation, moment, seconds in moments:
            if moment is None or night_of(moment) != night:
                continue
            started = moment + timedelta(seconds=seconds, microseconds=271_828)
            yield Job(
                job_id=self.seed.guid("job", operation, item.key),
                activity_id=self.seed.guid("activity", operation, item.key),
                item=item,
                operation=operation,
                started_at=started,
                ended_at=started + timedelta(seconds=40, microseconds=802_953),
                status="Completed",
                by_user=True,
            )

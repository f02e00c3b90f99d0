"""What happened in the Backup vaults: jobs and points, night by night, with what is planted in every ten nights.

A function of the seed and the nights. Nothing here depends on the clock; what is visible at a moment is decided by the readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from simulator.generated.backup_vaults.estate import Protected, backup_vaults, instances_of
from simulator.generated.backup_vaults.values import (
    BackupVault,
    Failure,
    Instance,
    Job,
    PlannedRestore,
    Point,
    Restore,
    Source,
)
from simulator.generated.history import History
from simulator.generated.schedules import night_start
from simulator.generated.seeded import Seed

PERIOD = 10
KEPT_DELETED = timedelta(days=14)
TIMED_OUT = Failure(
    "MOSJobTimedOutError", "The job did not end in the time that it has.", "Start the backup again in a few minutes."
)
INTERNAL = Failure(
    "InternalServerError",
    "The backup ended with an internal error.",
    "Start the backup again, and ask Microsoft for help if it fails once more.",
    is_retryable=False,
)
_FAILURES = {
    (2, "disk-erp-log"): TIMED_OUT,
    (3, "disk-erp-log"): TIMED_OUT,
    (6, "disk-aks-eus-02"): INTERNAL,
}
"""By offset within ten nights and resource."""
_RESTORES = ((3, "disk-erp-data"), (4, "stblobweu01"), (8, "disk-aks-eus-01"))
_DELETED = "disk-files-02"
_DELETED_AFTER = timedelta(days=4, hours=5, minutes=11, seconds=3)
_SECONDS = {Source.DISK: (120, 420), Source.POSTGRES: (600, 2_400), Source.BLOBS: (300, 900)}
"""Blobs are backed up by jobs only where copies are kept in the vault."""


def _in_order(jobs: Sequence[Job]) -> tuple[Job, ...]:
    return tuple(sorted(jobs, key=lambda job: (job.started_at, job.job_id)))


@dataclass(frozen=True, slots=True)
class MadeBackups:
    """Other Backup vaults than the seed's own, where nothing fails, and what is restored there."""

    vaults: tuple[BackupVault, ...]
    protected: Protected
    restores: tuple[PlannedRestore, ...]


class BackupHistory:
    """The past of both vaults over the nights of a world."""

    def __init__(self, seed: Seed, history: History, *, empty: bool = False, made: MadeBackups | None = None) -> None:
        """The nights and the subscriptions are those of `history`; `empty` makes a world without Backup vaults, `made` one with others."""
        self.seed, self.history, self.made = seed, history, made
        told = made.vaults if made else backup_vaults(history.estate.subscriptions)
        self.vaults = () if empty and made is None else told
        self.instances = tuple(
            one
            for vault in self.vaults
            for one in (instances_of(vault, seed, made.protected) if made else instances_of(vault, seed))
        )

    def deleted_at(self, instance: Instance) -> datetime | None:
        """When an instance was deleted; None for those that stay."""
        return night_start(self.history.first) + _DELETED_AFTER if instance.resource == _DELETED else None

    def living(self, vault: BackupVault, now: datetime) -> list[Instance]:
        """Instances that are not deleted at a moment."""
        mine = [one for one in self.instances if one.vault == vault]
        return [one for one in mine if (gone := self.deleted_at(one)) is None or now < gone]

    def soft_deleted(self, vault: BackupVault, now: datetime) -> list[Instance]:
        """Instances that were deleted and are kept at a moment."""
        mine = [
            (one, gone) for one in self.instances if one.vault == vault and (gone := self.deleted_at(one)) is not None
        ]
        return [one for one, gone in mine if gone <= now < gone + KEPT_DELETED]

    def jobs(self, vault: BackupVault, now: datetime) -> list[Job]:
        """All jobs of a vault that have begun, newest first."""
        begun = [job for job in self._jobs if job.instance.vault == vault and job.started_at <= now]
        return sorted(begun, key=lambda job: (job.started_at, job.job_id), reverse=True)

    def planned_jobs(self, night: date) -> list[Job]:
        """The jobs of both vaults that begin in a night, in order."""
        start = night_start(night)
        return [job for job in self._jobs if start <= job.started_at < start + timedelta(days=1)]

    def points(self, instance: Instance, now: datetime) -> list[Point]:
        """The points of an instance as they stand at a moment, newest first."""
        made = [job.point for job in self._jobs if job.instance == instance and job.point is not None]
        return sorted(
            (one for one in made if one.visible_at <= now < one.expires_at), key=lambda one: one.at, reverse=True
        )

    @cached_property
    def _jobs(self) -> tuple[Job, ...]:
        nights = (self.history.end - self.history.begin).days
        backups = [
            job
            for number in range(nights)
            for one in self.instances
            for job in self._backup(one, self.history.begin + timedelta(days=number))
        ]
        made = {(job.instance.name, (job.started_at - timedelta(hours=6)).date()): job for job in backups}
        if self.made is not None:
            return _in_order([*backups, *(self._planned(one, backups) for one in self.made.restores)])
        restores = [
            self._restore(one, night, made.get((one.name, night - timedelta(days=1))))
            for night in self.history.nights()
            for offset, resource in _RESTORES
            for one in self.instances
            if one.resource == resource and (night - self.history.first).days % PERIOD == offset
        ]
        return _in_order([*backups, *restores])

    def _planned(self, planned: PlannedRestore, backups: Sequence[Job]) -> Job:
        instance = next(one for one in self.instances if one.resource == planned.resource)
        before = [job for job in backups if job.instance == instance and job.ended_at < night_start(planned.night)]
        job = self._restore(instance, planned.night, before[-1])
        restore = None if job.restore is None else replace(job.restore, asked_by=planned.asked_by)
        return replace(job, restore=restore)

    def _backup(self, instance: Instance, night: date) -> Iterator[Job]:
        policy, gone = instance.policy, self.deleted_at(instance)
        if policy.run_at is None:
            return
        due = datetime.combine(night, policy.run_at, UTC)
        due += timedelta(days=due < night_start(night))
        if policy.weekday not in (None, due.weekday()) or (gone is not None and due >= gone):
            return
        seed, purpose = self.seed, ("backup vault", instance.name, night.isoformat())
        started = due + timedelta(microseconds=seed.between(3_000_000, 9_999_999, "start", *purpose))
        length = seed.between(*_SECONDS[policy.source], "length", *purpose)
        ended = started + timedelta(seconds=length, microseconds=seed.between(1, 999_999, "end", *purpose))
        failure = self._failure(instance, night)
        point = Point(
            point_id=seed.guid("point", *purpose).replace("-", ""),
            at=started + timedelta(seconds=length // 2, microseconds=412_345),
            visible_at=ended,
            expires_at=started + timedelta(days=policy.keep_days),
        )
        guids = seed.guid("job", *purpose), seed.guid("activity", *purpose)
        yield Job(*guids, instance, started, ended, failure, None if failure else point)

    def _failure(self, instance: Instance, night: date) -> Failure | None:
        offset = (night - self.history.first).days
        if self.made is not None:
            return None
        return _FAILURES.get((offset % PERIOD, instance.resource)) if offset >= 0 else None

    def _restore(self, instance: Instance, night: date, source: Job | None) -> Job:
        """From the point of the night before; of blobs to a moment of the same morning."""
        seed, purpose = self.seed, ("backup vault restore", instance.name, night.isoformat())
        started = night_start(night) + timedelta(hours=3, microseconds=seed.between(1, 3_600_000_000, *purpose))
        point = None if source is None else source.point
        at = started.replace(second=0, microsecond=0) - timedelta(hours=2) if point is None else point.at
        destination = instance.resource_id if point is None else f"{instance.resource_id}-drill"
        return Job(
            job_id=seed.guid("job", *purpose),
            activity_id=seed.guid("activity", *purpose),
            instance=instance,
            started_at=started,
            ended_at=started + timedelta(seconds=seed.between(60, 900, "length", *purpose), microseconds=31_415),
            restore=Restore(at, point, destination),
        )

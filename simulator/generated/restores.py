"""Restore jobs: drills to another place, one recovery in place, and those that cannot be linked.

Bag times are those recorded: to the second for VMs, SQL and HANA; for file shares 0 to 2 seconds after the point.
A restore to a moment within a log range was never recorded; its shape is that of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.generated.failures import RESTORE_FAILED, WORKLOAD_RESTORE_FAILED
from simulator.generated.planned import PlannedRestore, RestoreKind
from simulator.generated.seeded import Seed
from simulator.generated.values import Item, Job, Point, Restore

DRILL_GROUP = "rg-restore-drill"
_K = RestoreKind
_JOB_TYPES: Mapping[RestoreKind, str] = {
    _K.VM_ALTERNATE: "Recover VM to an alternate location",
    _K.VM_DISKS: "Recover disks",
    _K.VM_DISKS_EXPIRING: "Recover disks",
    _K.VM_FAILED: "Recover disks",
    _K.VM_ORIGINAL: "Replace disks",
    _K.FILES_ALTERNATE: "Recover to an alternate file share",
    _K.FILES_EMPTY: "Recover to an alternate file share",
}
_LOCATIONS: Mapping[RestoreKind, str] = {
    _K.VM_DISKS: "RestoreDisks",
    _K.VM_DISKS_EXPIRING: "RestoreDisks",
    _K.VM_FAILED: "RestoreDisks",
    _K.VM_ORIGINAL: "OriginalLocation",
}
_HOURS: Mapping[RestoreKind, float] = {_K.VM_DISKS_EXPIRING: 15, _K.SQL_LATE: 23.7, _K.VM_ORIGINAL: 2.5}
"""Hours from the start of the night to the start of the job, where it is not the forenoon."""
_MINUTES: Mapping[RestoreKind, int] = {_K.VM_DISKS_EXPIRING: 110, _K.SQL_LATE: 75, _K.SQL_NO_TIME: 1, _K.FILES_EMPTY: 1}


@dataclass(frozen=True, slots=True)
class Restores:
    """Makes the jobs of planned restores."""

    seed: Seed

    def job(self, planned: PlannedRestore, point: Point, night_starts: datetime) -> Job:
        """The job of a planned restore from a point, in the night that starts then."""
        seed, purpose = self.seed, (planned.kind, planned.item.key, planned.night.isoformat())
        offset = _HOURS.get(planned.kind, 3 + 5 * seed.fraction("hour", *purpose))
        started = night_starts + timedelta(hours=offset, microseconds=seed.between(1, 999_999, "restore", *purpose))
        minutes = _MINUTES.get(planned.kind, seed.between(3, 55, "minutes", *purpose))
        failure = {_K.VM_FAILED: RESTORE_FAILED, _K.SQL_NO_TIME: WORKLOAD_RESTORE_FAILED}.get(planned.kind)
        return Job(
            job_id=seed.guid("job", *purpose),
            activity_id=seed.guid("activity", *purpose),
            item=planned.item,
            operation="Restore",
            started_at=started,
            ended_at=started + timedelta(minutes=minutes, seconds=13, microseconds=171_113),
            status="Failed" if failure else "Completed",
            kind={_K.SQL_NO_TIME: "Invalid", _K.SQL_RANGE: "Log"}.get(planned.kind, point.kind),
            failure=failure,
            restore=self._restore(planned, point),
            by_user=True,
            asked_by=planned.asked_by,
            megabytes=0 if failure else planned.item.size_mb,
        )

    def _restore(self, planned: PlannedRestore, point: Point) -> Restore:
        kind, item = planned.kind, planned.item
        sent: datetime | None = point.at
        restored: Point | None = point
        if kind is _K.SQL_NO_TIME:
            sent, restored = None, None
        elif kind is _K.SQL_RANGE:
            sent, restored = point.at.replace(minute=30, second=0) + timedelta(hours=2), None
        elif kind in (_K.FILES_ALTERNATE, _K.FILES_EMPTY):
            sent = point.at + timedelta(seconds=self.seed.between(0, 2, "bag", item.key, planned.night))
        return Restore(
            job_type=_JOB_TYPES.get(kind, "Recovery to an alternate database"),
            point=restored,
            time_sent=sent,
            target=planned.target or _target(kind, item),
            location=_LOCATIONS.get(kind, "AlternateLocation"),
            target_resource_group=planned.group or (item.resource_group if kind is _K.VM_ORIGINAL else DRILL_GROUP),
            files=3 if kind is _K.FILES_ALTERNATE else 0,
        )


def _target(kind: RestoreKind, item: Item) -> str:
    if kind in (_K.FILES_ALTERNATE, _K.FILES_EMPTY):
        return "stdrill01/restored"
    if kind is _K.VM_ALTERNATE:
        return f"{item.name}-drill"
    if kind is _K.VM_ORIGINAL:
        return item.name
    if kind in (_K.VM_DISKS, _K.VM_DISKS_EXPIRING, _K.VM_FAILED):
        return "vmName"
    if kind is _K.HANA_ALTERNATE:
        return f"hana-drill-01./{item.instance}/{item.name}"
    return f"sql-drill-01/MSSQLSERVER/{item.name}_drill"

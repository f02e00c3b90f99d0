"""Vaults, items, jobs and points that tests change, and the bodies that Azure sends of them; the shapes are those of the recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from evidence.records import Kind, Outcome, Vault

Json = dict[str, object]

SUBSCRIPTION = "5a1c0000-0000-4000-8000-00000000a001"
TYPE = "Microsoft.RecoveryServices/vaults"


def daily(hour: int = 22, days: int = 30, zone: str = "UTC") -> Json:
    """A policy that backs up VMs once a day."""
    at = f"2026-01-01T{hour:02d}:00:00Z"
    kept = {"retentionTimes": [at], "retentionDuration": {"count": days, "durationType": "Days"}}
    return {
        "backupManagementType": "AzureIaasVM",
        "schedulePolicy": {
            "schedulePolicyType": "SimpleSchedulePolicy",
            "scheduleRunFrequency": "Daily",
            "scheduleRunTimes": [at],
        },
        "retentionPolicy": {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": kept},
        "instantRpRetentionRangeInDays": 2,
        "timeZone": zone,
    }


@dataclass(slots=True)
class FakePoint:
    """One recovery point."""

    point_id: str
    at: datetime
    properties: Json = field(default_factory=dict)
    """Besides the usual ones."""


@dataclass(slots=True)
class FakeItem:
    """A protected VM, or a database where `database` says so."""

    name: str
    database: bool = False
    points: list[FakePoint] = field(default_factory=list)
    ranges: list[tuple[datetime, datetime]] = field(default_factory=list)
    properties: Json = field(default_factory=dict)
    """What replaces the usual properties."""


@dataclass(slots=True)
class FakeJob:
    """One job; a restore names the moment that it restores."""

    job_id: str
    item: str
    started_at: datetime | None
    operation: str = "Backup"
    status: str | None = "Completed"
    point_at: datetime | None = None
    gone: bool = False
    """Neither listed nor found any more."""
    properties: Json = field(default_factory=dict)


@dataclass(slots=True)
class FakeVault:
    """A vault that can be changed at any time."""

    name: str
    subscription: str = SUBSCRIPTION
    region: str | None = "westeurope"
    items: list[FakeItem] = field(default_factory=list)
    jobs: list[FakeJob] = field(default_factory=list)
    spoiled: dict[Kind, tuple[Outcome, str] | None] = field(default_factory=dict)
    """Outcome and reason by kind; None: not even a coverage row is made."""
    error: Exception | None = None
    """Raised in the middle of its capture."""
    page_size: int = 1000
    policies: dict[str, Json] = field(default_factory=lambda: {"daily": daily()})
    """Properties by name."""

    @property
    def arm_id(self) -> str:
        """Its id as Azure sends it."""
        return f"/subscriptions/{self.subscription}/resourceGroups/RG-Main/providers/{TYPE}/{self.name}"

    @property
    def vault(self) -> Vault:
        """It as the product knows it."""
        return Vault(self.arm_id.lower(), self.name, "recovery_services", self.subscription, "RG-Main", self.region)

    def item_id(self, item: FakeItem) -> str:
        """ARM id of one of its items."""
        container = f"IaasVMContainer;iaasvmcontainerv2;RG-Main;{item.name}"
        name = f"VM;iaasvmcontainerv2;RG-Main;{item.name}"
        if item.database:
            container, name = "VMAppContainer;compute;RG-Main;sql1", f"SQLDataBase;mssqlserver;{item.name}"
        return f"{self.arm_id}/backupFabrics/Azure/protectionContainers/{container}/protectedItems/{name}"


def listing(rows: Sequence[object], next_link: str | None = None) -> bytes:
    """A page of a list."""
    return orjson.dumps({"value": list(rows)} | ({"nextLink": next_link} if next_link else {}))


def below_body(vault: FakeVault, path: str, properties: Mapping[str, object]) -> Json:
    words = path.split("/")
    kind = "/".join((TYPE, *words[::2]))
    return {"id": f"{vault.arm_id}/{path}", "name": words[-1], "type": kind, "properties": dict(properties)}


def vault_body(vault: FakeVault) -> Json:
    return {
        "id": vault.arm_id,
        "name": vault.name,
        "type": TYPE,
        "location": vault.region,
        "sku": {"name": "RS0"},
        "properties": {"provisioningState": "Succeeded"},
    }


def item_body(vault: FakeVault, item: FakeItem) -> Json:
    usual: Json = {
        "friendlyName": item.name,
        "backupManagementType": "AzureWorkload" if item.database else "AzureIaasVM",
        "workloadType": "SQLDataBase" if item.database else "VM",
        "protectionState": "Protected",
        "policyId": f"{vault.arm_id}/backupPolicies/daily",
    }
    if item.database:
        usual |= {"serverName": "sql1", "parentName": "MSSQLSERVER"}
    return {
        "id": vault.item_id(item),
        "name": item.name,
        "type": f"{TYPE}/backupFabrics/protectionContainers/protectedItems",
        "properties": usual | item.properties,
    }


def job_body(vault: FakeVault, job: FakeJob, *, detailed: bool) -> Json:
    item = next((one for one in vault.items if one.name == job.item), FakeItem(job.item))
    usual: Json = {
        "jobType": "AzureWorkloadJob" if item.database else "AzureIaaSVMJob",
        "backupManagementType": "AzureWorkload" if item.database else "AzureIaasVM",
        "entityFriendlyName": f"{job.item} [sql1]" if item.database else job.item,
        "operation": job.operation,
        "status": job.status,
        "startTime": None if job.started_at is None else sent(job.started_at),
        "activityId": job.job_id,
    }
    if not item.database:
        usual["containerName"] = f"iaasvmcontainerv2;rg-main;{job.item}"
    if job.started_at and job.status not in {"InProgress", None}:
        usual |= {"endTime": sent(job.started_at + timedelta(minutes=9)), "duration": "PT9M"}
    if job.status == "Failed":
        error = {"errorCode": 400001, "errorTitle": "CommandFailed", "errorString": "Command failed."}
        usual["errorDetails"] = [error | {"recommendations": ["Run the backup again."]}]
    if detailed:
        usual["extendedInfo"] = {"tasksList": [{"taskId": "Take Snapshot", "status": "Completed"}], **_bag(job)}
    return below_body(vault, f"backupJobs/{job.job_id}", usual | job.properties)


def _bag(job: FakeJob) -> Json:
    if not job.operation.startswith("Restore"):
        return {"propertyBag": {"VM Name": job.item}}
    at = None if job.point_at is None else f"{job.point_at:%m/%d/%Y %H:%M:%S}"
    return {"propertyBag": {"Job Type": "Recover disks", "Recovery point time ": at, "Target VM Name": "drill"}}


def points_body(vault: FakeVault, item: FakeItem) -> list[Json]:
    kind = f"{TYPE}/backupFabrics/protectionContainers/protectedItems/recoveryPoints"
    name = "recoveryPointTimeInUTC" if item.database else "recoveryPointTime"
    return [
        {
            "id": f"{vault.item_id(item)}/recoveryPoints/{point.point_id}",
            "name": point.point_id,
            "type": kind,
            "properties": {"objectType": "IaasVMRecoveryPoint", name: sent(point.at), **point.properties},
        }
        for point in item.points
    ]


def ranges_body(vault: FakeVault, item: FakeItem) -> list[Json]:
    name = "DefaultRangeRecoveryPoint"
    ranges = [{"startTime": sent(start), "endTime": sent(end)} for start, end in item.ranges]
    return [
        {
            "id": f"{vault.item_id(item)}/recoveryPoints/{name}",
            "name": name,
            "type": f"{TYPE}/backupFabrics/protectionContainers/protectedItems/recoveryPoints",
            "properties": {"objectType": "AzureWorkloadSQLPointInTimeRecoveryPoint", "timeRanges": ranges},
        }
        for _ in range(1 if ranges else 0)
    ]


def sent(moment: datetime) -> str:
    """A moment as Azure writes it: seven fractional digits."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"

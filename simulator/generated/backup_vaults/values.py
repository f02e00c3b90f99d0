"""What Backup vaults are made of, as it happened and not as Azure words it.

No JSON and no clock here: what can be seen at a moment is decided by `bodies` and `desk`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from simulator.generated.values import Caller

PROVIDER = "Microsoft.DataProtection/backupVaults"


class Source(StrEnum):
    """What is protected, by Azure's data source type."""

    DISK = "Microsoft.Compute/disks"
    BLOBS = "Microsoft.Storage/storageAccounts/blobServices"
    POSTGRES = "Microsoft.DBforPostgreSQL/flexibleServers"

    @property
    def resource_type(self) -> str:
        """Type of the resource itself."""
        return "Microsoft.Storage/storageAccounts" if self is Source.BLOBS else str(self)


@dataclass(frozen=True, slots=True)
class Policy:
    """When instances are backed up, and how long points are kept."""

    name: str
    source: Source
    keep_days: int
    run_at: time | None = None
    """Time of the run, UTC; None for blobs, which are backed up continuously and by no job."""
    weekday: int | None = None
    """Day of the run, Monday is 0; None is every day."""
    store: str = "OperationalStore"


@dataclass(frozen=True, slots=True)
class BackupVault:
    """A Backup vault with its settings."""

    subscription: str
    resource_group: str
    name: str
    region: str
    redundancy: str
    soft_delete: str = "On"
    immutability: str = "Disabled"
    guarded: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    policies: tuple[Policy, ...] = ()

    @property
    def group_id(self) -> str:
        """ARM id of the resource group, in Azure's case."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"

    @property
    def id(self) -> str:
        """ARM id, in Azure's case."""
        return f"{self.group_id}/providers/{PROVIDER}/{self.name}"


@dataclass(frozen=True, slots=True)
class Instance:
    """A backup instance."""

    vault: BackupVault = field(repr=False)
    policy: Policy
    resource: str
    """Name of the disk, account or server."""
    resource_group: str
    name: str
    """Name of the instance, with the GUID that Azure's tools put behind the resource's."""

    @property
    def id(self) -> str:
        """ARM id, in Azure's case."""
        return f"{self.vault.id}/backupInstances/{self.name}"

    @property
    def resource_id(self) -> str:
        """ARM id of what is protected."""
        scope = f"/subscriptions/{self.vault.subscription}/resourceGroups/{self.resource_group}"
        return f"{scope}/providers/{self.policy.source.resource_type}/{self.resource}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: Azure's code, our words."""

    code: str
    message: str
    action: str
    is_retryable: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """A recovery point."""

    point_id: str
    at: datetime
    visible_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Restore:
    """What a restore job restores, and whereto."""

    at: datetime
    """Time of the point, or the moment within continuous backups."""
    point: Point | None
    """None for a restore of continuous backups."""
    destination: str
    asked_by: Caller | None = None
    """Who asked for it, where the Activity Log tells it."""


@dataclass(frozen=True, slots=True)
class PlannedRestore:
    """A restore of an instance from its newest point of the nights before."""

    resource: str
    night: date
    asked_by: Caller


@dataclass(frozen=True, slots=True)
class Job:
    """One job, from beginning to end."""

    job_id: str
    activity_id: str
    instance: Instance
    started_at: datetime
    ended_at: datetime
    failure: Failure | None = None
    point: Point | None = None
    restore: Restore | None = None

    @property
    def operation(self) -> str:
        """Azure's name of it, which is its category too."""
        return "Backup" if self.restore is None else "Restore"

    @property
    def status(self) -> str:
        """As it ends."""
        return "Completed" if self.failure is None else "Failed"

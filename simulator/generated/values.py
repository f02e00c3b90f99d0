"""What a generated world is made of, as it happened and not as Azure words it.

No JSON and no clock here: what can be seen at a moment is decided by `bodies`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum


class Workload(StrEnum):
    """What is protected, by Azure's workload type."""

    VM = "VM"
    SQL = "SQLDataBase"
    HANA = "SAPHanaDatabase"
    FILES = "AzureFileShare"

    @property
    def management_type(self) -> str:
        """Azure's `backupManagementType` of it."""
        return {Workload.VM: "AzureIaasVM", Workload.FILES: "AzureStorage"}.get(self, "AzureWorkload")


@dataclass(frozen=True, slots=True)
class Policy:
    """When items are backed up, and how long points are kept."""

    name: str
    workload: Workload
    run_at: time
    """Local time of the daily or weekly run; of the first run for hourly policies."""
    keep_days: int
    weekday: int | None = None
    """Day of the full backup, Monday is 0; None is every day."""
    differential: bool = False
    """Differential backups on the days without a full one."""
    every_hours: int | None = None
    """Hours between runs within a window of 12 hours; None is one run."""
    log_minutes: int | None = None
    time_zone: str = "UTC"
    """Windows name, as Azure writes it."""


@dataclass(frozen=True, slots=True)
class Vault:
    """A Recovery Services vault with its settings."""

    subscription: str
    resource_group: str
    name: str
    region: str
    redundancy: str
    readable: bool = True
    soft_delete: bool = True
    immutability: str | None = None
    resource_guard: bool = False
    customer_key: bool = False
    cross_region_restore: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    policies: tuple[Policy, ...] = ()

    @property
    def id(self) -> str:
        """ARM id, in Azure's case."""
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
        return f"{group}/providers/Microsoft.RecoveryServices/vaults/{self.name}"


@dataclass(frozen=True, slots=True)
class Item:
    """A protected item. Its key is unique in the world and no part of any body."""

    vault: Vault = field(repr=False)
    workload: Workload
    name: str
    """VM, database or share, in the owner's spelling."""
    resource_group: str
    policy: Policy
    host: str = ""
    """Server of a database, storage account of a share."""
    instance: str = ""
    """SQL instance or HANA system."""
    size_mb: int = 0

    @property
    def key(self) -> str:
        """Short unique name, for the seed and for tests."""
        return f"{self.vault.name}/{self.workload}/{self.host}/{self.instance}/{self.name}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job did not simply complete: Azure's code and title, our words."""

    code: int
    title: str
    message: str
    recommendation: str


@dataclass(frozen=True, slots=True)
class Point:
    """A recovery point."""

    point_id: str
    at: datetime
    visible_at: datetime
    vaulted_at: datetime | None
    """When its copy in the vault was complete; None for a snapshot that never got there."""
    expires_at: datetime
    kind: str
    """Full or Differential."""


@dataclass(frozen=True, slots=True)
class Restore:
    """What a restore job restores, and whereto."""

    job_type: str
    """Azure's text for the property bag."""
    point: Point | None
    """None for a restore to a moment within a log range, or one that never chose a point."""
    time_sent: datetime | None
    """Recovery point time that Azure writes into the property bag."""
    target: str
    """Server/instance/database, account/share or VM name."""
    location: str = "AlternateLocation"
    target_resource_group: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for something, as the Activity Log tells it."""

    name: str
    """Sign-in name of a person, or the application's id."""
    object_id: str
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One job, from beginning to end."""

    job_id: str
    activity_id: str
    item: Item
    operation: str
    started_at: datetime
    ended_at: datetime
    status: str
    """As it ends."""
    kind: str = ""
    """Full, Differential, Log or Invalid: what SQL and HANA put behind the operation when the job ends."""
    failure: Failure | None = None
    snapshot_at: datetime | None = None
    """When the snapshot of a VM backup was complete; None if none was."""
    point: Point | None = None
    restore: Restore | None = None
    by_user: bool = False
    megabytes: int = 0
    asked_by: Caller | None = None

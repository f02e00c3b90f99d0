"""Protected item bodies: state, health and the last backup, by workload.

The last backup is the one that ended last; the last recovery point the newest that can be seen. Azure tells the last
point of items in lists for VMs alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.generated.bodies.names import (
    ITEM_TYPE,
    container_name,
    friendly_name,
    item_id,
    item_name,
    policy_id,
    source_id,
)
from simulator.generated.moments import dotnet_span, ticks
from simulator.generated.seeded import Seed
from simulator.generated.values import Failure, Item, Job, Point, Workload

SOFT_DELETED_FOR = timedelta(days=14)
_NEVER = "2001-01-01T00:00:00Z"
_TYPES = {
    Workload.VM: "Microsoft.Compute/virtualMachines",
    Workload.SQL: "AzureVmWorkloadSQLDatabase",
    Workload.HANA: "AzureVmWorkloadSAPHanaDatabase",
    Workload.FILES: "AzureFileShareProtectedItem",
}


@dataclass(frozen=True, slots=True)
class ItemState:
    """What is known of an item at a moment."""

    last: Job | None
    """The backup that ended last."""
    newest: Point | None
    deleted_at: datetime | None = None
    """When it was soft-deleted, if it was."""


def item_body(item: Item, state: ItemState, now: datetime, seed: Seed) -> dict[str, object]:
    """One protected item as it stands at a moment."""
    stopped = state.deleted_at is not None
    own = {Workload.VM: _machine, Workload.FILES: _share}.get(item.workload, _database)(item, state, seed)
    properties = own | {
        "protectedItemType": _TYPES[item.workload],
        "backupManagementType": item.workload.management_type,
        "workloadType": str(item.workload),
        "containerName": container_name(item),
        "sourceResourceId": source_id(item),
        "policyId": "" if stopped else policy_id(item.vault, item.policy),
        "vaultId": f"https://management.azure.com{item.vault.id}",
        "isArchiveEnabled": False,
        "softDeleteRetentionPeriod": 0,
    }
    if item.workload is Workload.VM:
        properties["policyName"] = "" if stopped else item.policy.name
        if state.newest is not None:
            properties["lastRecoveryPoint"] = ticks(state.newest.at)
    if state.deleted_at is not None:
        properties |= _deferred(state.deleted_at, now)
    return {"id": item_id(item), "name": item_name(item), "type": ITEM_TYPE, "properties": properties}


def _deferred(deleted_at: datetime, now: datetime) -> dict[str, object]:
    return {
        "deferredDeleteTimeInUTC": ticks(deleted_at),
        "isScheduledForDeferredDelete": True,
        "deferredDeleteTimeRemaining": dotnet_span(deleted_at + SOFT_DELETED_FOR - now),
        "softDeleteRetentionPeriod": SOFT_DELETED_FOR.days,
    }


def _protection(state: ItemState) -> str:
    if state.deleted_at is not None:
        return "ProtectionStopped"
    return "Protected" if state.newest is not None else "IRPending"


def _machine(item: Item, state: ItemState, seed: Seed) -> dict[str, object]:
    body: dict[str, object] = {}
    failure = state.last.failure if state.last is not None else None
    if state.last is not None:
        body["kpisHealths"] = {"BackupOperationStatusKPI": _kpi(failure)}
    body |= {
        "friendlyName": friendly_name(item),
        "virtualMachineId": source_id(item),
        "protectionStatus": "Healthy",
        "protectionState": _protection(state),
        "healthStatus": "Passed" if failure is None else "ActionSuggested",
    }
    if state.last is not None:
        body["healthDetails"] = [_health(failure)]
    return body | {
        "lastBackupStatus": "" if state.last is None else state.last.status,
        "lastBackupTime": _NEVER if state.last is None else ticks(state.last.started_at),
        "protectedItemDataId": seed.digits(15, "data id", item.key),
        "sourceSideScanning": 0,
    }


def _health(failure: Failure | None) -> dict[str, object]:
    code, title, message = (
        400239,
        "IaasVmHealthGreenDefault",
        "The backup pre-check of this virtual machine found nothing.",
    )
    if failure is not None:
        code, title, message = failure.code, failure.title, failure.message
    return {"code": code, "title": title, "message": message, "recommendations": []}


def _kpi(failure: Failure | None) -> dict[str, object]:
    detail: dict[str, object] = {"code": 0, "title": "Success", "message": "", "recommendations": []}
    if failure is not None:
        detail |= {"code": failure.code, "title": failure.title, "message": failure.message}
    return {
        "resourceHealthStatus": "Healthy" if failure is None else "TransientDegraded",
        "resourceHealthDetails": [detail],
    }


def _share(item: Item, state: ItemState, seed: Seed) -> dict[str, object]:
    del seed
    body: dict[str, object] = {
        "friendlyName": friendly_name(item),
        "protectionStatus": "Healthy",
        "protectionState": _protection(state),
        "lastBackupStatus": "IRPending" if state.last is None else state.last.status,
    }
    if state.last is not None:
        body["lastBackupTime"] = ticks(state.last.started_at)
    return body


def _database(item: Item, state: ItemState, seed: Seed) -> dict[str, object]:
    failure = state.last.failure if state.last is not None else None
    health = "Healthy" if failure is None else "Unhealthy"
    body: dict[str, object] = {
        "kpisHealths": {"BackupOperationStatusKPI": _kpi(failure)},
        "friendlyName": friendly_name(item),
        "serverName": item.host,
        "parentName": item.instance,
        "parentType": f"AzureVmWorkload{'SAPHanaSystem' if item.workload is Workload.HANA else 'SQLInstance'}",
        "protectionStatus": health,
        "protectionState": _protection(state),
        "lastBackupStatus": "IRPending" if state.last is None else health,
    }
    if state.last is not None:
        body["lastBackupTime"] = ticks(state.last.started_at)
    error: dict[str, object] = {"code": "Success", "message": ""}
    if failure is not None:
        error = {"code": failure.title, "message": failure.message, "recommendations": [failure.recommendation]}
    return body | {
        "lastBackupErrorDetail": error,
        "protectedItemDataSourceId": seed.digits(14, "data id", item.key),
        "protectedItemHealthStatus": "IRPending" if state.last is None else health,
    }

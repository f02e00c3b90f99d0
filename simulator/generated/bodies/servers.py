"""Bodies of servers outside Azure: items, jobs, points, containers and backup engines, named as the SDK's models name them.

Never recorded but for containers of agents and engines (2016): `MODELLED_TYPES` lists what a contract test must exempt.
"""

from __future__ import annotations

from datetime import datetime

from simulator.generated.bodies.names import ITEM_TYPE
from simulator.generated.moments import duration, ticks
from simulator.generated.seeded import Seed
from simulator.generated.servers import AGENT, ServerItem, ServerJob
from simulator.generated.values import Vault

MODELLED_TYPES = ("MabJob", "DpmJob", "MabFileFolderProtectedItem", "DPMProtectedItem", "GenericRecoveryPoint")
_CONTAINER_TYPE = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers"


def server_container_name(item: ServerItem) -> str:
    """Name of the container that holds an item."""
    return f"Windows;{item.server.lower()}" if item.management_type == AGENT else f"DPMContainer;{item.server.lower()}"


def server_item_id(item: ServerItem, seed: Seed) -> str:
    """ARM id of an item."""
    name = f"{item.workload};{seed.digits(6, 'server-item', item.key)}"
    return (
        f"{item.vault.id}/backupFabrics/Azure/protectionContainers/{server_container_name(item)}/protectedItems/{name}"
    )


def server_item_body(item: ServerItem, last: ServerJob | None, seed: Seed) -> dict[str, object]:
    """One item with its last backup."""
    arm_id = server_item_id(item, seed)
    properties: dict[str, object] = {
        "friendlyName": item.name,
        "protectionState": "Protected",
        "backupManagementType": item.management_type,
        "workloadType": item.workload,
        "containerName": server_container_name(item),
    }
    if item.management_type == AGENT:
        properties |= {"protectedItemType": "MabFileFolderProtectedItem", "computerName": item.server}
        if last is not None:
            properties |= {"lastBackupStatus": "Completed", "lastBackupTime": ticks(last.ended_at)}
    else:
        properties |= {"protectedItemType": "DPMProtectedItem", "backupEngineName": item.engine}
    if last is not None:
        properties["lastRecoveryPoint"] = ticks(last.started_at)
    return {"id": arm_id, "name": arm_id.rsplit("/", 1)[1], "type": ITEM_TYPE, "properties": properties}


def server_job_body(job: ServerJob, now: datetime, *, details: bool) -> dict[str, object]:
    """One job as it stands at a moment; `extendedInfo` in details alone."""
    item, ended = job.item, job.ended_at <= now
    status = "Completed" if ended else "InProgress"
    properties: dict[str, object] = {
        "jobType": "MabJob" if item.management_type == AGENT else "DpmJob",
        "duration": duration(min(job.ended_at, now) - job.started_at),
        "workloadType": item.workload,
        "entityFriendlyName": item.name,
        "backupManagementType": item.management_type,
        "operation": "Backup",
        "status": status,
        "startTime": ticks(job.started_at),
        "activityId": job.activity_id,
    }
    if item.management_type == AGENT:
        properties |= {"mabServerName": item.server, "mabServerType": "Windows"}
    else:
        properties |= {"dpmServerName": item.engine, "containerName": item.server, "containerType": "DPMContainer"}
    if ended:
        properties["endTime"] = ticks(job.ended_at)
    if details:
        task = {"taskId": "Transfer data", "startTime": ticks(job.started_at), "status": status}
        properties["extendedInfo"] = {"tasksList": [task], "propertyBag": {"Backup Size": "512 MB"}}
    return {
        "id": f"{item.vault.id}/backupJobs/{job.job_id}",
        "name": job.job_id,
        "type": "Microsoft.RecoveryServices/vaults/backupJobs",
        "properties": properties,
    }


def server_point_body(job: ServerJob, seed: Seed) -> dict[str, object]:
    """The recovery point that a backup made."""
    name = seed.digits(15, "server-point", job.job_id)
    return {
        "id": f"{server_item_id(job.item, seed)}/recoveryPoints/{name}",
        "name": name,
        "type": f"{ITEM_TYPE}/recoveryPoints",
        "properties": {
            "objectType": "GenericRecoveryPoint",
            "friendlyName": job.item.name,
            "recoveryPointType": "FileSystemConsistent",
            "recoveryPointTime": ticks(job.started_at),
            "recoveryPointAdditionalInfo": "",
        },
    }


def agent_container_body(item: ServerItem, items: int, seed: Seed) -> dict[str, object]:
    """The container of a server with an agent, in the recorded form and with what the model adds."""
    name = server_container_name(item)
    return {
        "id": f"{item.vault.id}/backupFabrics/Azure/protectionContainers/{name}",
        "name": name,
        "type": _CONTAINER_TYPE,
        "properties": {
            "canReRegister": True,
            "containerId": int(seed.digits(6, "container", item.server)),
            "protectedItemCount": items,
            "agentVersion": "2.0.9262.0",
            "friendlyName": item.server,
            "backupManagementType": AGENT,
            "registrationStatus": "Registered",
            "healthStatus": "Healthy",
            "containerType": "Windows",
            "protectableObjectType": "MABWindowsContainer",
        },
    }


def engine_body(vault: Vault, engine: str, seed: Seed) -> dict[str, object]:
    """A DPM machine, in the recorded form and with what the model adds."""
    return {
        "id": f"{vault.id}/backupEngines/{engine}",
        "name": engine,
        "type": "Microsoft.RecoveryServices/vaults/backupEngines",
        "properties": {
            "friendlyName": engine,
            "backupManagementType": "DPM",
            "registrationStatus": "Registered",
            "healthStatus": "Healthy",
            "backupEngineType": "DpmBackupEngine",
            "canReRegister": True,
            "backupEngineId": seed.digits(6, "engine", engine),
            "dpmVersion": "10.22.148.0",
            "azureBackupAgentVersion": "2.0.9262.0",
        },
    }

"""Job bodies: a list element, and the details that only a get has.

A job that has not ended at the moment asked for is InProgress, whatever becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from simulator.generated.bodies.job_details import extended_info
from simulator.generated.bodies.names import container_name, entity_name
from simulator.generated.moments import duration, ticks
from simulator.generated.values import Failure, Job, Workload

_TYPES = {Workload.VM: "AzureIaaSVMJob", Workload.FILES: "AzureStorageJob"}


def job_body(job: Job, now: datetime, *, details: bool) -> dict[str, object]:
    """One job as it stands at a moment; `extendedInfo` in details alone."""
    properties = _properties(job, now)
    if details:
        properties["extendedInfo"] = extended_info(job, now)
    return {
        "id": f"{job.item.vault.id}/backupJobs/{job.job_id}",
        "name": job.job_id,
        "type": "Microsoft.RecoveryServices/vaults/backupJobs",
        "properties": properties,
    }


def status_at(job: Job, now: datetime) -> str:
    """Status of a job at a moment."""
    return job.status if job.ended_at <= now else "InProgress"


def operation_at(job: Job, now: datetime) -> str:
    """Operation as Azure names it at a moment: SQL and HANA add the kind when the job ends."""
    if job.kind and job.ended_at <= now and job.item.workload in (Workload.SQL, Workload.HANA):
        return f"{job.operation} ({job.kind})"
    return job.operation


def _properties(job: Job, now: datetime) -> dict[str, object]:
    ended = job.ended_at <= now
    body: dict[str, object] = {"jobType": _TYPES.get(job.item.workload, "AzureWorkloadJob")}
    if _cancellable(job, ended=ended):
        body["actionsInfo"] = ["Cancellable"]
    body |= _of_workload(job, ended=ended)
    body["duration"] = duration(min(job.ended_at, now) - job.started_at)
    if ended and job.failure is not None:
        body["errorDetails"] = [_error(job.failure)]
    body["entityFriendlyName"] = entity_name(job.item, job.operation)
    body["backupManagementType"] = job.item.workload.management_type
    body["operation"] = operation_at(job, now)
    body["status"] = status_at(job, now)
    body["startTime"] = ticks(job.started_at)
    if ended:
        body["endTime"] = ticks(job.ended_at)
    body["activityId"] = job.activity_id
    return body


def _cancellable(job: Job, *, ended: bool) -> bool:
    if job.operation not in ("Backup", "Restore"):
        return False
    return job.item.workload is not Workload.FILES or job.operation == "Restore" or not ended


def _of_workload(job: Job, *, ended: bool) -> Mapping[str, object]:
    item = job.item
    if item.workload is Workload.VM:
        return {"containerName": container_name(item), "virtualMachineVersion": "Compute"}
    if item.workload is Workload.FILES:
        version = {"Restore": "ClassicCompute", "Backup": "MicrosoftStorage" if ended else "Storage"}
        return {
            "storageAccountName": item.host,
            "storageAccountVersion": version.get(job.operation, "Storage"),
            "isUserTriggered": False,
        }
    return {"workloadType": str(item.workload), "isUserTriggered": job.by_user}


def _error(failure: Failure) -> dict[str, object]:
    return {
        "errorCode": failure.code,
        "errorTitle": failure.title,
        "errorString": failure.message,
        "recommendations": [failure.recommendation],
    }

"""`extendedInfo` of a job: its tasks and its property bag, by workload and operation.

Bag keys are spelled as recorded, the trailing space of "Recovery point time " included.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from simulator.generated.moments import american, duration, spaced, ticks
from simulator.generated.values import Job, Restore, Workload

_NOT_YET = "0001-01-01T00:00:00"


def extended_info(job: Job, now: datetime) -> dict[str, object]:
    """The details of a job as they stand at a moment.

    While a restore runs only VMs tell its recovery point time; SQL, HANA and file shares do when it has ended.
    """
    if job.operation not in ("Backup", "Restore"):
        return {"tasksList": [], "propertyBag": _life_bag(job)}
    if job.item.workload is Workload.VM:
        return _vm_backup(job, now) if job.restore is None else _vm_restore(job, job.restore, now)
    if job.item.workload is Workload.FILES:
        return _files_backup(job, now) if job.restore is None else _files_restore(job, job.restore, now)
    return _database(job, now)


def _life_bag(job: Job) -> dict[str, str]:
    item, configures = job.item, job.operation == "ConfigureBackup"
    bag: dict[str, str] = {}
    if item.workload is Workload.VM:
        bag["VM Name"] = item.name
        if not configures:
            bag["Number of Recovery Points"] = "0"
    elif item.workload is Workload.FILES:
        bag |= {"File Share Name": item.name, "Storage Account Name": item.host}
    if configures:
        bag["Policy Name"] = item.policy.name
    return bag


def _vm_backup(job: Job, now: datetime) -> dict[str, object]:
    bag = {"VM Name": job.item.name}
    if job.point is not None:
        bag["Recovery Point Expiry Time in UTC"] = american(job.point.expires_at)
    if job.ended_at <= now:
        bag["Backup Size"] = f"{job.megabytes} MB"
    return {"tasksList": _vm_tasks(job, now), "propertyBag": bag, "internalPropertyBag": {"IsInstantRpJob": "True"}}


def _vm_tasks(job: Job, now: datetime) -> list[dict[str, str]]:
    begun = job.started_at + timedelta(seconds=1, microseconds=892_189)
    if job.snapshot_at is None:
        status = "Failed" if job.ended_at <= now else "InProgress"
        return [_task("Take Snapshot", begun, job.ended_at, status, now)]
    tasks = [_task("Take Snapshot", begun, job.snapshot_at, "Completed", now)]
    transfer = job.snapshot_at + timedelta(microseconds=187_507)
    if transfer <= now:
        status = {"Completed": "Completed"}.get(job.status, "Failed")
        if job.failure is not None and job.failure.title == "UserErrorJobSuccessfullyCancelled":
            status = "Cancelled"
        tasks.append(_task("Transfer data to vault", transfer, job.ended_at, status, now))
    return tasks


def _task(name: str, begun: datetime, ended: datetime, status: str, now: datetime) -> dict[str, str]:
    over = ended <= now
    return {
        "taskId": name,
        "startTime": ticks(begun),
        "endTime": ticks(ended) if over else _NOT_YET,
        "duration": duration(max(min(ended, now) - begun, timedelta())),
        "status": status if over else "InProgress",
        "taskType": "Normal",
    }


def _vm_restore(job: Job, restore: Restore, now: datetime) -> dict[str, object]:
    over, account = job.ended_at <= now, f"stdrill{job.item.vault.region[:8]}"
    bag: dict[str, str] = {"Job Type": restore.job_type}
    tasks = ["Transfer data from vault"]
    if restore.location == "AlternateLocation":
        bag |= {
            "Original VM Name": job.item.name,
            "Target VNet Name": f"Group {restore.target_resource_group} vnet-drill",
        }
        tasks.append("Create the restored virtual machine")
    elif restore.location == "OriginalLocation":
        tasks.append("Update the virtual machine")
    bag |= {"Target VM Name": restore.target, "Target Storage Account Name": account}
    if restore.time_sent is not None:
        bag["Recovery point time "] = american(restore.time_sent)
    info: dict[str, object] = {
        "tasksList": [
            {"taskId": name, "duration": "PT0S", "status": _restore_status(job, now), "taskType": "Normal"}
            for name in tasks
        ],
        "propertyBag": bag,
        "internalPropertyBag": {"restoreLocationType": restore.location},
    }
    if job.failure is None or not over:
        bag["Target resource group"] = restore.target_resource_group
        info["progressPercentage"] = 100.0 if over else 1.0
    if over:
        info["estimatedRemainingDuration"] = "PT0S"
        if restore.location == "RestoreDisks" and job.failure is None:
            bag |= _config_blob(job, account)
    return info


def _config_blob(job: Job, account: str) -> dict[str, str]:
    container = f"{job.item.name.lower()[:12].strip('-')}-{job.activity_id.replace('-', '')}"
    base = f"https://{account}.blob.core.windows.net/{container}"
    name = f"config-{job.item.name.lower()}-{job.job_id}.json"
    return {
        "Config Blob Name": name,
        "Config Blob Container Name": container,
        "Config Blob Uri": f"{base}/{name}",
        "Template Blob Uri": f"{base}/azuredeploy{job.job_id}.json",
    }


def _restore_status(job: Job, now: datetime) -> str:
    return job.status if job.ended_at <= now else "InProgress"


def _files_backup(job: Job, now: datetime) -> dict[str, object]:
    if job.ended_at > now:
        return {"tasksList": [], "propertyBag": {"File Share Name": job.item.name}}
    bag = {
        "Data Transferred (in MB)": "0",
        "File Share Name": job.item.name,
        "Whether job is adhoc or scheduled.": "False",
    }
    return {"tasksList": [{"taskId": "Take Snapshot", "taskType": "Normal", "status": job.status}], "propertyBag": bag}


def _files_restore(job: Job, restore: Restore, now: datetime) -> dict[str, object]:
    over = job.ended_at <= now
    account, share = restore.target.split("/", 1)
    bag = {"Source File Share Name": job.item.name, "Source Storage Account Name": job.item.host}
    if over and restore.time_sent is not None:
        bag["RestoreRecoveryPointTime"] = american(restore.time_sent)
    bag |= {
        "Job Type": restore.job_type,
        "RestoreDestination": f"{restore.target}/",
        "Target File Share Name": share,
        "Target Storage Account Name": account,
        "Data Transferred (in MB)": "0",
        "Number Of Restored Files": str(restore.files if over else 0),
        "Number Of Skipped Files": "0",
        "Number Of Failed Files": "0",
    }
    return {"tasksList": [], "propertyBag": bag}


def _database(job: Job, now: datetime) -> dict[str, object]:
    over = job.ended_at <= now
    task = "Transfer data to vault" if job.restore is None else "Transfer data from vault"
    bag: dict[str, str] = {}
    if over:
        bag["Data Transferred (in MB)"] = f"{job.megabytes}.0845" if job.megabytes else "0"
    if job.restore is not None:
        bag["Job Type"] = job.restore.job_type
        if over and job.restore.time_sent is not None:
            bag["RestoreRecoveryPointTime"] = spaced(job.restore.time_sent)
        bag["RestoreDestination"] = job.restore.target
    info: dict[str, object] = {
        "tasksList": [{"taskId": task, "status": _restore_status(job, now)}],
        "propertyBag": bag,
    }
    if over and job.failure is not None and job.item.workload is Workload.HANA:
        info["dynamicErrorMessage"] = ""
    return info
